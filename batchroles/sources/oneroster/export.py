"""The files of an export as tables of text, and what its manifest says of them."""

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from batchroles.errors import InputError
from batchroles.loader import ReadingOptions, open_source
from batchroles.loader.workbook.trial import DeadlyError
from batchroles.sources.oneroster.package import MANIFEST, NEEDED, ROLES
from batchroles.text import cleaned, count_of

VERSIONS = ("1.1", "1.2")
_GONE = "tobedeleted"
_HEADERS = {
    MANIFEST: ("propertyName", "value"),
    "users.csv": ("sourcedId", "username"),
    "classes.csv": ("sourcedId",),
    "enrollments.csv": ("classSourcedId", "userSourcedId", "role"),
    ROLES: ("userSourcedId", "role"),
}
"""What each file has to have; its other columns are read where they are there."""


@dataclass(frozen=True)
class Export:
    """The rows of an export that count; those that are marked as deleted are left out, and counted."""

    users: pd.DataFrame
    """Columns as the file has them, texts without what is invisible; index: row numbers in the file. So the others."""
    classes: pd.DataFrame
    enrollments: pd.DataFrame
    roles: pd.DataFrame
    """Columns `userSourcedId` and `role`: every role that somebody has, from `roles.csv` (1.2) or `users.csv` (1.1)."""
    last_row: int
    """Of `enrollments.csv`, also if it is left out."""
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, path: Path, folder: Path) -> "Export":
        """Read the files in a folder; errors speak of `path`. Raises InputError where it is no whole export."""
        reader = _Reader(path, folder)
        modes = reader.manifest()
        for name in NEEDED:
            reader.refuse_a_part(name, modes)
        users, classes = reader.unique("users.csv"), reader.unique("classes.csv")
        enrollments = reader.table("enrollments.csv")
        last_row = max(enrollments.index, default=1)
        there = reader.alive("users.csv", users), reader.alive("classes.csv", classes)
        enrolled = reader.alive("enrollments.csv", enrollments)
        for column, every, alive in zip(
            ("userSourcedId", "classSourcedId"), (users, classes), there, strict=True
        ):
            enrolled = reader.without(enrolled, column, set(every["sourcedId"]) - set(alive["sourcedId"]))
        return cls(*there, enrolled, reader.roles(there[0], modes), last_row, reader.notes)


class _Reader:
    """Reads the files of one export."""

    def __init__(self, path: Path, folder: Path) -> None:
        self._path, self._folder = path, folder
        self.notes: list[str] = []

    def manifest(self) -> dict[str, str]:
        """Give the manifest's words by property, in small letters. Raises InputError for a version that is not read."""
        said = self.table(MANIFEST)
        words = {
            name.casefold(): value.casefold()
            for name, value in zip(said["propertyName"], said["value"], strict=True)
        }
        version = words.get("oneroster.version", "")
        if version not in VERSIONS:
            raise InputError(
                f'{self._path}, {MANIFEST}: oneroster.version is "{version}"; {" and ".join(VERSIONS)} are read.'
            )
        return words

    def refuse_a_part(self, name: str, modes: dict[str, str]) -> None:
        """Raise InputError unless a file is there and the manifest says that it is complete."""
        key = f"file.{name.removesuffix('.csv')}"
        mode = modes.get(key, "")
        if mode == "delta":
            raise InputError(
                f"{self._path}, {MANIFEST}: {name} has changes only (delta), and a part is not the whole: have the"
                " student system export everything (bulk)."
            )
        if mode == "absent":
            raise InputError(f"{self._path}, {MANIFEST}: {name} is left out (absent), and it is needed.")
        if mode != "bulk":
            raise InputError(
                f'{self._path}, {MANIFEST}: {key} is "{mode}", so whether {name} is complete is not known; it should be'
                " bulk."
            )

    def roles(self, users: pd.DataFrame, modes: dict[str, str]) -> pd.DataFrame:
        """Give everybody's roles."""
        columns = ["userSourcedId", "role"]
        if "role" in users:
            return users[["sourcedId", "role"]].set_axis(columns, axis="columns")
        if modes.get("file.roles", "absent") in ("absent", "") and not (self._folder / ROLES).is_file():
            return pd.DataFrame(columns=columns, dtype=str)
        self.refuse_a_part(ROLES, modes)
        return self.alive(ROLES, self.table(ROLES))[columns]

    def unique(self, name: str) -> pd.DataFrame:
        """Read a file whose rows have an id of their own. Raises InputError where two that count have the same one."""
        table = self.table(name)
        alive = table[~_marked(table)]["sourcedId"]
        twice = alive[alive.duplicated(keep=False)]
        if len(twice):
            rows = " and ".join(str(row) for row in twice.index[twice == twice.iloc[0]][:2])
            raise InputError(
                f'{self._path}, {name}: the sourcedId "{twice.iloc[0]}" stands in rows {rows}; it has to be one\'s own.'
            )
        return table

    def alive(self, name: str, table: pd.DataFrame) -> pd.DataFrame:
        """Leave out what is marked as deleted, and count it."""
        marked = _marked(table)
        if marked.any():
            rows = count_of(int(marked.sum()), "row")
            self.notes.append(f"{name}: {rows} marked {_GONE} left out.")
        return table[~marked]

    def without(self, enrolled: pd.DataFrame, column: str, gone: set[str]) -> pd.DataFrame:
        """Leave out enrolments of what is marked as deleted, and count them; of what is unknown, the site will tell."""
        lost = enrolled[column].isin(gone)
        if lost.any():
            rows = count_of(int(lost.sum()), "row")
            self.notes.append(f"enrollments.csv: {rows} whose {column} is marked {_GONE} left out.")
        return enrolled[~lost]

    def table(self, name: str) -> pd.DataFrame:
        """Read one file: columns by header, index row numbers. Raises InputError where it is no such file."""
        path = self._folder / name
        if not path.is_file():
            raise InputError(
                f"{self._path} has no {name}, and a OneRoster export needs one: export all files anew."
            )
        try:
            loaded = open_source(path, ReadingOptions(delimiter=",")).read(None, 1)
        except (InputError, DeadlyError) as error:
            raise InputError(str(error).replace(str(path), f"{self._path}, {name}")) from None
        table = loaded.table
        if table.row_problems:
            row, problem = min(table.row_problems.items())
            raise InputError(f"{self._path}, {name}, row {row}: {problem.reason}")
        headers = [cleaned(header) for header in table.headers]
        for wanted in _HEADERS[name]:
            if headers.count(wanted) != 1:
                raise InputError(
                    f'{self._path}, {name}: {headers.count(wanted) or "no"} columns are called "{wanted}", and there'
                    " has to be one."
                )
        cells = table.cells.astype("str").map(cleaned)
        return cells.set_axis(headers, axis="columns").loc[:, [bool(one) for one in headers]]


def _marked(table: pd.DataFrame) -> "pd.Series[bool]":
    if "status" not in table:
        return pd.Series(data=False, index=table.index)
    return table["status"].str.casefold() == _GONE
