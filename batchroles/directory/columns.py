"""The columns of a roles report, told by what stands in them: headings are translated, renamed, and name no entity.

A column that is not told for certain is not used, and without the columns that are needed nothing is.
"""

import html
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from batchroles.directory.register import has_several
from batchroles.models.lines import Ints

PATH = re.compile(r"(?:/[1-9][0-9]{0,17})+")
"""A context's path: the ids of all contexts from the system down to itself."""
PROFILE = re.compile(r'<a\b[^>]*\bhref="[^"]*/user/profile\.php\?id=([1-9][0-9]{0,17})"')
"""The link to a user. The name behind it is not escaped (case `rr-odd`), so that only the beginning is looked at."""
_LINK = re.compile(r'<a\b[^>]*\bhref="[^"]*".*', re.DOTALL)
_COMPONENT = re.compile(r"[a-z][a-z0-9]*_[a-z0-9_]+")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")
_WORD = re.compile(r"\S+")
_MOMENT = re.compile(r"(?=.*\b(?:19|20)\d\d\b)(?=.*\b\d{1,2}[:.]\d\d\b).*", re.DOTALL)
"""A day and a time of day, in whatever language: a year stands in it, and an hour with its minutes."""


class ColumnMissingError(Exception):
    """A column that cannot be told; the message is a clause that names it."""


class ColumnUntoldError(ColumnMissingError):
    """A column that may be there, in a report with too few rows to tell it."""


@dataclass(frozen=True, eq=False)
class Column:
    """A column as numbers into its distinct texts; null is the empty text."""

    codes: Ints
    texts: Sequence[str]

    @classmethod
    def of(cls, cells: Collection[Any]) -> "Column":
        """Take a column as it came: texts, null, and numbers in JSON where XML has texts."""
        array = np.empty(len(cells), object)
        array[:] = list(cells)
        codes, distinct = pd.factorize(array, use_na_sentinel=False)
        texts = ["" if pd.isna(text) else str(text) for text in distinct.tolist()]
        again, unique = pd.factorize(np.array(texts, object))
        return cls(again[codes].astype("int64"), unique.tolist())

    @property
    def cells(self) -> list[str]:
        """Give the text of every row."""
        return [self.texts[code] for code in self.codes.tolist()]

    @cached_property
    def filled(self) -> Sequence[str]:
        """Give the texts that are not empty."""
        return [text for text in self.texts if text]

    @property
    def never_empty(self) -> bool:
        """Whether every row has a text."""
        return len(self.filled) == len(self.texts)

    def all_like(self, pattern: re.Pattern[str]) -> bool:
        """Whether every text that is not empty has a shape."""
        return all(map(pattern.fullmatch, self.filled))

    def numbers(self, read: Callable[[str], int]) -> Ints:
        """Turn each distinct text into a number."""
        return np.array([read(text) for text in self.texts], "int64")[self.codes]


def columns_of(rows: Iterable[Sequence[Any]]) -> list[Column]:
    """Turn the rows of a report into its columns; there are none where it has no rows."""
    return [Column.of(cells) for cells in zip(*rows, strict=True)]


@dataclass(frozen=True, eq=False)
class RoleColumns:
    """The columns of who has which role where, and what gave it."""

    path: Column
    user: Column
    role: Column
    plugin: Column
    item: Column | None
    """The item id; it may be left out."""
    since: Column | None
    """When each was given, as Moodle shows it; it may be left out."""
    role_at: int
    """The place of the column of short names among all."""
    others: Sequence[Column]


def role_columns(columns: Sequence[Column], known: Collection[str]) -> RoleColumns:
    """Tell the columns of a report on roles apart.

    `known`: short names of roles that the site has, or that most sites have. Raises `ColumnMissingError`.
    """
    path = path_of(columns)
    user = _one([one for one in columns if is_profile(one)], "the user (Full name with link, not aggregated)")
    role = _short_name(columns, user, known)
    rest = [one for one in columns if one not in (path, user, role)]
    plugin = _plugin([one for one in rest if one.all_like(_COMPONENT)])
    item = _item(rest, plugin)
    rest = [one for one in rest if one not in (plugin, item)]
    moments = [one for one in rest if one.filled and one.all_like(_MOMENT)]
    since = moments[0] if len(moments) == 1 else None
    others = [one for one in rest if one is not since]
    return RoleColumns(path, user, role, plugin, item, since, columns.index(role), others)


def path_of(columns: Sequence[Column]) -> Column:
    """Tell the column of context paths; an orphaned assignment has none (case `rr-orphan-context`)."""
    return _one([one for one in columns if one.filled and one.all_like(PATH)], "the context's Path")


def link_of(columns: Sequence[Column]) -> Column:
    """Tell the column of links to the pages of contexts."""
    return _one([one for one in columns if one.filled and one.all_like(_LINK)], "the context's URL")


def is_profile(column: Column) -> bool:
    """Whether a column holds links to users, one a row; of a user who is gone it is empty (case `rr-orphan-user`)."""
    return bool(column.filled) and all(
        PROFILE.match(text) and not has_several(text, PROFILE) for text in column.filled
    )


def joined_by_name(told: RoleColumns, names: Mapping[int, str]) -> dict[int, str]:
    """Give short names by role id, where a column shows the name of every row's role (Original name).

    `names`: those of all roles by id, as a filter lists them; one that two roles have tells neither.
    """
    found: dict[int, str] = {}
    ids = {name: number for number, name in names.items() if [*names.values()].count(name) == 1}
    for column in told.others:
        pairs = set(zip(told.role.codes.tolist(), column.codes.tolist(), strict=True))
        texts = [html.unescape(text) for text in column.texts]
        if len(pairs) == len(told.role.texts) and set(texts) <= set(names.values()):
            found |= {ids[texts[text]]: told.role.texts[role] for role, text in pairs if texts[text] in ids}
    return found


def _one(found: Sequence[Column], what: str) -> Column:
    if len(found) != 1:
        raise ColumnMissingError(
            f"it has no column for {what}" if not found else f"{len(found)} of its columns may be {what}"
        )
    return found[0]


def _short_name(columns: Sequence[Column], user: Column, known: Collection[str]) -> Column:
    """Choose the column of words that hold a known short name, and are no user names.

    A user name goes with one user each, a role with many: a column in which each word goes with one user is believed
    only if it has no word but known ones.
    """
    words = [one for one in columns if one.never_empty and one.all_like(_WORD) and not one.all_like(_NUMBER)]
    some = [one for one in words if set(one.texts) & set(known)]
    found = [one for one in some if set(one.texts) <= set(known) or not _goes_with_one(one, user)]
    if some and not found:
        raise ColumnUntoldError(
            "which of its columns is the role's Short name, if one is, cannot be told until a role has two people"
        )
    return _one(found, "the role's Short name")


def _goes_with_one(column: Column, user: Column) -> bool:
    pairs = np.unique(column.codes * len(user.texts) + user.codes)
    return len(pairs) == len(column.texts)


def _plugin(found: Sequence[Column]) -> Column:
    """Tell the column of components, which is empty where nobody's role comes from a plugin.

    Of several empty columns any is that one.
    """
    some = [one for one in found if one.filled]
    if not some and found:
        return found[0]
    return _one(some, "the Plugin")


def _item(columns: Sequence[Column], plugin: Column) -> Column | None:
    """Tell the column of item ids, if there is one: what is given by hand has 0 there."""
    by_hand = np.array([not text for text in plugin.texts])[plugin.codes]
    found = [
        one
        for one in columns
        if one.never_empty and one.all_like(_NUMBER) and not one.numbers(int)[by_hand].any()
    ]
    return found[0] if len(found) == 1 else None
