"""A OneRoster 1.1 or 1.2 export, a folder or a zip file, as one table: who has which role in which class or of whom.

Of the export only this table is kept: it has names, telephone numbers, passwords and grades that no run needs.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

from batchroles.client.wire import Stop
from batchroles.loader import ReadingOptions
from batchroles.sources.oneroster.export import Export
from batchroles.sources.oneroster.package import is_package, unpacked
from batchroles.sources.oneroster.table import COLUMNS, rows_of
from batchroles.sources.source import reading_of_made
from batchroles.sources.writing import csv_blocks

__all__ = ["OneRoster"]


@dataclass(frozen=True)
class OneRoster:
    """The files of an export: users, classes and enrollments, and roles where they have a file of their own (1.2)."""

    path: Path
    notes: list[str] = field(default_factory=list)

    @staticmethod
    def is_at(path: Path) -> bool:
        """Whether a folder or a zip file looks like an export."""
        return is_package(path)

    @property
    def name(self) -> str:
        """The path as it was given."""
        return str(self.path)

    @property
    def shown(self) -> Path:
        """The path."""
        return self.path

    @property
    def suffix(self) -> str | None:
        """That of the table."""
        return ".csv"

    def reading(self, asked: ReadingOptions) -> ReadingOptions:
        """Give how the table is read."""
        return reading_of_made(asked, "a OneRoster export")

    def blocks(self, stop: Stop) -> Generator[bytes]:  # noqa: ARG002 - a disk is not waited for
        """Make the table. Raises InputError, with the file inside, for an export that cannot be used."""
        with unpacked(self.path) as folder:
            export = Export.of(self.path, folder)
            rows = rows_of(export)
        self.notes[:] = export.notes
        return csv_blocks([list(COLUMNS), *rows])
