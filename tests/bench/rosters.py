"""Rosters of any size: rows of user name, role and course, none twice, every person in as many courses as any other."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from openpyxl import Workbook

HEADER = ("username", "role", "course")
ROLE = "student"


@dataclass(frozen=True)
class Roster:
    """How large: each person stands in `rows / users` courses."""

    rows: int
    users: int
    courses: int

    def usernames(self) -> list[str]:
        """Give every user name."""
        return [f"person{number:05}" for number in range(self.users)]

    def shortnames(self) -> list[str]:
        """Give the short name of every course."""
        return [f"COURSE-{number:04}" for number in range(self.courses)]

    def lines(self) -> Iterator[tuple[str, str, str]]:
        """Yield the rows as a school writes them: person by person."""
        names, courses = self.usernames(), self.shortnames()
        each = self.rows // self.users
        for number, name in enumerate(names):
            for turn in range(each):
                yield name, ROLE, courses[(number * 7 + turn) % self.courses]

    def write_csv(self, path: Path) -> Path:
        """Write it as CSV."""
        return written(path, self.lines())

    def write_names(self, path: Path) -> Path:
        """Write a short CSV that has every user and every course of this roster: enough to make a site from."""
        names, courses = self.usernames(), self.shortnames()
        return written(
            path, ((name, ROLE, courses[number % self.courses]) for number, name in enumerate(names))
        )

    def write_xlsx(self, path: Path) -> Path:
        """Write it as a workbook, with texts in a table of shared strings as Excel has them."""
        book = Workbook(write_only=True)
        sheet = book.create_sheet("Roster")
        sheet.append(HEADER)
        for line in self.lines():
            sheet.append(line)
        book.save(path)
        return path


@dataclass(frozen=True)
class Shuffled(Roster):
    """The rows in random order, each person in courses of random choice; the same for one seed."""

    seed: int = 0

    def lines(self) -> Iterator[tuple[str, str, str]]:
        """Yield the rows as they come out of a student system: in no order."""
        chance, each, courses = Random(self.seed), self.rows // self.users, self.shortnames()
        rows = [(name, ROLE, course) for name in self.usernames() for course in chance.sample(courses, each)]
        chance.shuffle(rows)
        yield from rows


def written(path: Path, lines: Iterator[tuple[str, str, str]], header: Sequence[str] = HEADER) -> Path:
    """Write rows as CSV; gives the path."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header])
        csv.writer(file).writerows(lines)
    return path
