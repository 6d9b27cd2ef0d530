"""From a file to a table of text: nothing is guessed about what its columns mean."""

from functools import partial
from pathlib import Path

from batchroles.loader import ods_parts, sheet_parts
from batchroles.loader.content import Content, content_of
from batchroles.loader.delimited import DelimitedFile
from batchroles.loader.package import Package
from batchroles.loader.source import SURPLUS, Loaded, ReadingOptions, Source
from batchroles.loader.trial import refuse_deadly
from batchroles.loader.workbook import Workbook

__all__ = ["SURPLUS", "Loaded", "ReadingOptions", "Source", "open_source"]


def open_source(path: Path | str, options: ReadingOptions | None = None) -> Source:
    """Open a CSV file or a workbook, recognised by its content. Raises InputError if it cannot be read."""
    path, options = Path(path), options or ReadingOptions()
    content = content_of(path)
    if content is Content.TEXT:
        return DelimitedFile(path, options)
    if content is Content.XLSX:
        return Workbook(path, options, partial(sheet_parts.facts_of, Package(path)))
    refuse_deadly(path)
    if content is Content.ODS:
        return Workbook(path, options, partial(ods_parts.facts_of, Package(path)))
    return Workbook(path, options, None)
