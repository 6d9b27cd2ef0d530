"""From a file to a table of text: nothing is guessed about what its columns mean."""

from functools import partial
from pathlib import Path

from batchroles.loader.content import Content, content_of
from batchroles.loader.delimited import DelimitedFile
from batchroles.loader.source import SURPLUS, Loaded, ReadingOptions, Source
from batchroles.loader.workbook import ods, xls, xlsx
from batchroles.loader.workbook.facts import SheetFacts
from batchroles.loader.workbook.package import Package
from batchroles.loader.workbook.reading import FactsOf, Workbook
from batchroles.loader.workbook.trial import DeadlyError, survived

__all__ = ["SURPLUS", "Loaded", "ReadingOptions", "Source", "open_source"]


def open_source(path: Path | str, options: ReadingOptions | None = None) -> Source:
    """Open a CSV file or a workbook, recognised by its content. Raises InputError if it cannot be read."""
    path, options = Path(path), options or ReadingOptions()
    content = content_of(path)
    if content is Content.TEXT:
        return DelimitedFile(path, options)
    try:
        with survived(path, content.name.lower()):
            facts_of = _facts_of(path, content)
    except DeadlyError:
        if content is Content.XLSX:
            xlsx.explain_deadly(Package(path))
        raise
    return Workbook(path, options, facts_of)


def _facts_of(path: Path, content: Content) -> FactsOf:
    """Return what tells of a sheet more than calamine does. Raises InputError for a package that is damaged."""
    if content is Content.XLS:
        return partial(xls.facts_of, path)
    package = Package(path)
    if content is Content.XLSX:
        return partial(xlsx.facts_of, package)
    if content is Content.ODS:
        return partial(ods.facts_of, package)
    return lambda _: SheetFacts(formats_unknown=True, hidden_unknown=True)
