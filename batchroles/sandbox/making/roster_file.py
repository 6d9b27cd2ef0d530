"""Rosters read for what they name: people, roles and places, as kinds and values such as `course` and `BIO 101`."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from batchroles.sandbox.site.contexts import LEVELS

MEANINGS = {
    **dict.fromkeys(("user", "username"), "username"),
    **dict.fromkeys(("email", "emailaddress"), "email"),
    **dict.fromkeys(("idnumber", "studentid", "studentnumber"), "idnumber"),
    "userid": "userid",
    **dict.fromkeys(("role", "roleshortname"), "role"),
    "roleid": "roleid",
    "context": "context",
    **dict.fromkeys(("course", "courseshortname"), "course"),
    "courseidnumber": "course:idnumber",
    "courseid": "course:id",
    **dict.fromkeys(("category", "categoryidnumber"), "category"),
    "categoryname": "category:name",
    "categoryid": "category:id",
    "cmid": "module",
    "contextlevel": "level",
    "instanceid": "instanceid",
    "instance": "instance",
    "reference": "reference",
}
"""What the columns of a roster mean, by their headers without case, spaces, hyphens and underscores."""

NUMBERED = {
    "course": "course",
    "category": "category",
    **dict.fromkeys(("role", "categoryrole", "sysrole"), "role"),
}
"""What the columns `course1`, `role1`, `course2` … of Moodle's user upload mean, without their numbers."""

FLAT_FILE = [("role", 1), ("idnumber", 2), ("course:idnumber", 3)]
"""The columns of Moodle's flat file, which has no header and begins every row with `add` or `del`."""

MAIL_LIST = [("email", 0)]
"""The column of a list for bulk enrolment, which has no header: addresses, `!address` and `# Group`."""

USER_COLUMNS = ("username", "email", "idnumber", "userid")

LEVEL_WORDS = {word: level.words[0] for level in LEVELS for word in level.words}
"""The words of context levels, and the one of each that is kept."""

INSTANCES = {"coursecat": "category:name"}
"""What an `instance` column names by the level in the `context` column, where that is not the level itself."""

Columns = list[tuple[str, int]]
"""What the columns that are understood mean, with their places."""

Named = list[tuple[str, str]]
"""The cells of a row that are filled, with what their columns mean."""


class UnreadableRoster(ValueError):
    """A roster that cannot be read; the message says why."""


def read_roster(path: Path) -> Iterator[Named]:
    """Give what each row says. UnreadableRoster: the file cannot be read, or names nobody."""
    text = _decoded(path)
    first = text.partition("\n")[0]
    delimiter = max(",;\t|", key=first.count)
    rows: Iterator[list[str]] = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    head = next(rows, [])
    columns = _columns(head)
    if not any(meaning in USER_COLUMNS for meaning, _ in columns):
        columns = _columns_without_header(head)
        rows = chain([head], rows)
    if not columns:
        raise UnreadableRoster(
            f"{path.name}: no column names a user; its headers are {first.strip()!r}. "
            "Without a header, only flat files and lists of e-mail addresses can be read."
        )
    return (_named(columns, row) for row in rows)


def _columns(headers: list[str]) -> Columns:
    columns = []
    for position, header in enumerate(headers):
        name = re.sub(r"[\s_-]", "", header.lower())
        meaning = MEANINGS.get(name) or NUMBERED.get(name.rstrip("0123456789"))
        if meaning and (name in MEANINGS or name[-1].isdigit()):
            columns.append((meaning, position))
    return columns


def _columns_without_header(first: list[str]) -> Columns:
    """Give the columns of the format that has no header and begins with such a row; none if there is no such format."""
    begin = first[0].strip().lower() if first else ""
    if begin in ("add", "del") and len(first) > FLAT_FILE[-1][1]:
        return FLAT_FILE
    is_mail = begin.startswith(("#", "!")) or "@" in begin
    return MAIL_LIST if is_mail and not any(cell.strip() for cell in first[1:]) else []


def _named(columns: Columns, row: list[str]) -> Named:
    cells = [(meaning, _plain(meaning, row[at].strip())) for meaning, at in columns if at < len(row)]
    return [(meaning, text) for meaning, text in cells if text]


def _plain(meaning: str, text: str) -> str:
    """Give the text of a cell without the marks by which bulk enrolment and the user upload say what to do."""
    if meaning == "email":
        return "" if text.startswith("#") else text.removeprefix("!").strip()
    return text.removeprefix("-").strip() if meaning == "role" else text


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


def things(row: Named) -> Iterator[tuple[str, str]]:
    """Give what a row names besides its user, as kinds and values: `course:idnumber` and `X`."""
    yield from ((name, text) for name, text in row if name in ("role", "roleid", *PLACE_COLUMNS))
    said = dict(row)
    if "context" in said:
        yield _of_context(said["context"], said.get("instance", ""))
    if "level" in said and "instanceid" in said:
        yield place(said["level"], f"id={said['instanceid']}")
    if "level" in said and "reference" in said:
        yield place(said["level"], said["reference"])


PLACE_COLUMNS = (
    "course",
    "course:idnumber",
    "course:id",
    "category",
    "category:name",
    "category:id",
    "module",
)


def _of_context(context: str, instance: str) -> tuple[str, str]:
    """Give what a context names: `course:X`, or `course` with the instance in a column of its own."""
    level, colon, value = context.partition(":")
    if colon or not instance:
        return place(level, value)
    level = level.strip().lower()
    return INSTANCES.get(level, level), instance


def place(level: str, value: str) -> tuple[str, str]:
    """Turn `course` and `idnumber=X` into `course:idnumber` and `X`."""
    level = level.strip().lower()
    level = LEVEL_WORDS.get(level, level)
    key, equals, rest = value.partition("=")
    if not equals or key.strip() not in ("id", "idnumber", "name"):
        return level, value.strip()
    return (level if level == "module" else f"{level}:{key.strip()}"), rest.strip()
