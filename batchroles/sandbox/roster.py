"""A site in which every name of a roster exists: its users, courses, categories, activities and roles."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from batchroles.sandbox.builder import Builder
from batchroles.sandbox.clean import clean_username
from batchroles.sandbox.generate import FIRST, LAST
from batchroles.sandbox.tables import Row

FIRST_FREE = 100_000
"""Ids of people and places that the roster names without an id begin here, clear of those it names by id."""

MEANINGS = {
    **dict.fromkeys(("user", "username"), "username"),
    "email": "email",
    **dict.fromkeys(("idnumber", "studentid", "studentnumber"), "idnumber"),
    "userid": "userid",
    **dict.fromkeys(("role", "roleshortname"), "role"),
    "roleid": "roleid",
    "context": "context",
    **dict.fromkeys(("course", "courseshortname"), "course"),
    "courseidnumber": "course:idnumber",
    "courseid": "course:id",
    "category": "category",
    "categoryname": "category:name",
    "categoryid": "category:id",
    "cmid": "module",
    "contextlevel": "level",
    "instanceid": "instanceid",
    "reference": "reference",
}
"""What the columns of a roster mean, by their headers without case, spaces, hyphens and underscores."""

LEVELS = {"coursecat": "category"}


class UnreadableRoster(ValueError):
    """A roster that cannot be read; the message says why."""


def roster_site(path: Path) -> dict[str, Any]:
    """Give a site in which everything that a CSV roster names exists."""
    columns, rows = read_roster(path)
    maker = RosterSite()
    for row in rows:
        maker.add({meaning: row[place].strip() for meaning, place in columns if place < len(row)})
    return maker.builder.raw


def read_roster(path: Path) -> tuple[list[tuple[str, int]], Iterator[list[str]]]:
    """Give the columns that are understood, with their places, and the rows."""
    text = _decoded(path)
    first = text.partition("\n")[0]
    delimiter = max(",;\t|", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    headers = [re.sub(r"[\s_-]", "", header.lower()) for header in next(rows, [])]
    columns = [(MEANINGS[header], place) for place, header in enumerate(headers) if header in MEANINGS]
    if not any(meaning in USER_COLUMNS for meaning, _ in columns):
        raise UnreadableRoster(f"{path.name}: no column names a user; its headers are {first.strip()!r}")
    return columns, rows


USER_COLUMNS = ("username", "email", "idnumber", "userid")


def _decoded(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableRoster(f"{path.name} cannot be read: {error.strerror}") from error
    for encoding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableRoster(f"{path.name} is no text in UTF-8, UTF-16 or Windows-1252")


class RosterSite:
    """Adds to a site what the rows of a roster name, each thing once."""

    def __init__(self) -> None:
        self.builder = Builder()
        self._made = {("course:id", "1")}
        self._people = 0
        accounts: list[Row] = self.builder.raw["users"]
        self._users = {("username", row["username"]): row for row in accounts}
        self._users |= {("userid", str(row["id"])): row for row in accounts}
        self._last_id = FIRST_FREE
        self._home = self.builder.category("Courses of the roster", "ROSTER", as_id=FIRST_FREE)
        self._by_path: dict[str, int] = {}
        self._activities = 0
        self._adders: dict[str, Callable[[str], None]] = {
            "role": self._role,
            "roleid": self._role_by_id,
            "user": lambda username: self._user({"username": username}),
            "user:id": lambda number: self._user({"userid": number}),
            "course": self._course,
            "course:idnumber": self._course_by_idnumber,
            "course:id": self._course_by_id,
            "category": self._category,
            "category:id": self._category_by_id,
            "category:name": self._category_by_name,
            "module": self._module,
        }

    def add(self, row: dict[str, str]) -> None:
        """Add what one row names."""
        self._user({name: row[name] for name in USER_COLUMNS if row.get(name)})
        for kind, value in things(row):
            if kind in self._adders and self._is_new(kind, value):
                self._adders[kind](value)

    def _is_new(self, kind: str, value: str) -> bool:
        if not value or (kind, value) in self._made:
            return False
        self._made.add((kind, value))
        return not (kind.endswith("id") and not value.isdigit())

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _user(self, names: dict[str, str]) -> None:
        """Add a user, or give one who is known by one of these names the others."""
        if "username" in names:
            names = {**names, "username": clean_username(names["username"])}
        known = [self._users[name] for name in names.items() if name in self._users]
        if known:
            known[0].update(
                {field: value for field, value in names.items() if field in ("email", "idnumber")}
            )
        elif any(names.values()):
            known = [self._new_user(names)]
        self._users |= {name: known[0] for name in names.items() if known}

    def _new_user(self, names: dict[str, str]) -> Row:
        number = self._people
        self._people += 1
        first, last = FIRST[number % len(FIRST)], LAST[number // len(FIRST) % len(LAST)]
        username = names.get("username") or f"user{number + 1:06d}"
        email = names.get("email") or (username if "@" in username else f"{username}@example.edu")
        wanted = names.get("userid", "")
        userid = int(wanted) if wanted.isdigit() else self._next_id()
        self.builder.user(username, first, last, email, idnumber=names.get("idnumber", ""), as_id=userid)
        row: Row = self.builder.raw["users"][-1]
        return row

    def _role(self, name: str) -> None:
        if name.isdigit():
            self._role_by_id(name)
        else:
            self.builder.role(name)

    def _role_by_id(self, number: str) -> None:
        self.builder.role(f"role{number}", as_id=int(number))

    def _course(self, shortname: str) -> None:
        self.builder.course(shortname, shortname, self._home, as_id=self._next_id())

    def _course_by_idnumber(self, idnumber: str) -> None:
        self.builder.course(f"C-{idnumber}", idnumber, self._home, idnumber=idnumber, as_id=self._next_id())

    def _course_by_id(self, number: str) -> None:
        self.builder.course(f"C-{number}", f"Course {number}", self._home, as_id=int(number))

    def _category(self, idnumber: str) -> None:
        self.builder.category(idnumber, idnumber, as_id=self._next_id())

    def _category_by_id(self, number: str) -> None:
        self.builder.category(f"Category {number}", as_id=int(number))

    def _category_by_name(self, path: str) -> None:
        """Add `Science / Physics`, and what is above it."""
        parent, above = 0, ""
        for name in (part.strip() for part in path.split("/")):
            above = f"{above}/{name}"
            if above not in self._by_path:
                self._by_path[above] = self.builder.category(name, parent=parent, as_id=self._next_id())
            parent = self._by_path[above]

    def _module(self, number: str) -> None:
        if not number.isdigit():
            return
        if not self._activities:
            self._activities = self.builder.course("ROSTER", "Activities", self._home, as_id=self._next_id())
        self.builder.module(self._activities, "forum", f"Forum {number}", as_id=int(number))


def things(row: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Give what a row names besides its user, as kinds and values: `course:idnumber` and `X`."""
    for name in ("role", "roleid", *PLACE_COLUMNS):
        if name in row:
            yield name, row[name]
    if row.get("context"):
        level, _, value = row["context"].partition(":")
        yield place(level, value)
    if row.get("level") and row.get("instanceid"):
        yield place(row["level"], f"id={row['instanceid']}")
    if row.get("level") and row.get("reference"):
        yield place(row["level"], row["reference"])


PLACE_COLUMNS = (
    "course",
    "course:idnumber",
    "course:id",
    "category",
    "category:name",
    "category:id",
    "module",
)


def place(level: str, value: str) -> tuple[str, str]:
    """Turn `course` and `idnumber=X` into `course:idnumber` and `X`."""
    level = level.strip().lower()
    level = LEVELS.get(level, level)
    key, equals, rest = value.partition("=")
    if not equals or key.strip() not in ("id", "idnumber", "name"):
        return level, value.strip()
    return (level if level == "module" else f"{level}:{key.strip()}"), rest.strip()
