"""The categories of a site, all fetched with one call, their ID numbers from the report where Moodle hides them.

Moodle would look one up by its ID number only for those who may change categories (case `cat-idnumber-bot`), and by a
name without its path, which several may have (case `cat-name-duplicate`).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from batchroles.client import Moodle, functions, records
from batchroles.directory.claim import done_without
from batchroles.directory.register import CATEGORY_LINK, parted, plain
from batchroles.directory.reports import (
    Cell,
    NoReportError,
    Sheet,
    UnbelievedError,
    find,
    opened,
    read,
)
from batchroles.directory.wanted import CATEGORIES
from batchroles.errors import CallRefused, NotInService


@dataclass(frozen=True)
class Category:
    """A category as Moodle answered."""

    id: int
    names: tuple[str, ...]
    """The names from the top down to its own."""
    idnumber: str | None
    """None where the token may not see it."""
    courses: int
    ancestors: tuple[int, ...] = ()
    """The ids of the categories that it is in, from the top down to its own."""

    @property
    def path(self) -> str:
        """Its names as a path: `Science / Physics`."""
        return " / ".join(self.names)


class Categories:
    """The site's categories as the token sees them; fetched at most once."""

    def __init__(self, moodle: Moodle) -> None:
        self._moodle = moodle
        self.refusal: NotInService | CallRefused | None = None
        """Why they cannot be fetched."""
        self._numbered: tuple[Category, ...] | None = None
        self.notes: list[str] = []
        """What the report was used for, or why it was not."""

    @cached_property
    def all(self) -> tuple[Category, ...]:
        """Every visible category; none where the site refuses to tell."""
        try:
            answer = records(self._moodle.ask(functions.CATEGORIES))
        except (NotInService, CallRefused) as refusal:
            self.refusal = refusal
            return ()
        names = {int(one["id"]): str(one["name"]) for one in answer}
        return tuple(_category(one, names) for one in answer)

    def course_count(self) -> int | None:
        """Give the number of courses in all visible categories; None if it cannot be had."""
        return None if not self.all else sum(one.courses for one in self.all)

    def with_idnumbers(self, wanted: Collection[str]) -> tuple[Category, ...]:
        """Give every visible category, hidden ID numbers filled in where the report on categories has `wanted` ones."""
        if not any(one.idnumber is None for one in self.all):
            return self.all
        if self._numbered is None:
            self._numbered = self.all
            try:
                self._numbered = self._filled_in(wanted)
            except NoReportError as none:
                if self._moodle.reports:
                    self._doubt(none)
            except UnbelievedError as why:
                self._doubt(why)
        return self._numbered

    def _doubt(self, why: UnbelievedError) -> None:
        self.notes.append(done_without(why))

    def _filled_in(self, wanted: Collection[str]) -> tuple[Category, ...]:
        sheet = read(self._moodle, opened(self._moodle, find(self._moodle, CATEGORIES)))
        numbers = idnumbers(sheet, self.all, wanted)
        self.notes.append(f"{sheet.cost()}: the ID numbers of categories.")
        return tuple(
            one if one.idnumber is not None else replace(one, idnumber=numbers[one.id]) for one in self.all
        )


def _category(one: Mapping[str, Any], names: dict[int, str]) -> Category:
    path = [int(step) for step in str(one["path"]).split("/") if step]
    # The ID number is null on a category that has none, and absent where it may not be seen. XML shows both as
    # null, but `visible`, which goes with it, as null only where it may not be seen.
    seen = one.get("visible") is not None
    return Category(
        int(one["id"]),
        tuple(names.get(step, "…") for step in path),
        str(one.get("idnumber") or "") if seen else None,
        int(one.get("coursecount") or 0),
        tuple(path),
    )


def idnumbers(sheet: Sheet, known: Collection[Category], wanted: Collection[str]) -> dict[int, str]:
    """Give the ID numbers of categories by id.

    Nothing that the token may call shows them, so that the column is told by what ID numbers are: one a category,
    never the same for two, and not what else is known of them. Raises `UnbelievedError` where not exactly one column
    is such a one and shows a wanted number.
    """
    name = f'The report "{sheet.report.name}"'
    with_ids, others = parted(sheet, CATEGORY_LINK)
    if not with_ids:
        raise UnbelievedError(
            f"{name} has no column with the link to each category: add the one that has it, not aggregated."
        )
    ids = with_ids[0]
    if lacking := {one.id for one in known} - set(ids):
        raise UnbelievedError(
            f"{name} lacks the category with the id {min(lacking)}, which Moodle shows: it has a condition, or a filter"
            " that the token's user has set on its page."
        )
    columns = [_one_a_category(ids, cells) for cells in others]
    fit = [one for one in columns if one is not None and _may_be_numbers(one, known, wanted)]
    if len(fit) != 1:
        raise UnbelievedError(
            f"{name} has no column, or several, that may be the ID numbers that are sought."
        )
    return fit[0]


def _one_a_category(ids: list[int], cells: list[Cell]) -> dict[int, str] | None:
    """Give a column's text by category; None where a category, which has a row for each role in it, has several."""
    texts: dict[int, set[str]] = defaultdict(set)
    for id_, cell in zip(ids, cells, strict=True):
        if not isinstance(cell, str | None):
            return None
        texts[id_].add(plain(cell))
    return (
        {id_: some.pop() for id_, some in texts.items() if len(some) == 1}
        if all(len(some) == 1 for some in texts.values())
        else None
    )


def _may_be_numbers(texts: Mapping[int, str], known: Collection[Category], wanted: Collection[str]) -> bool:
    filled = [text for text in texts.values() if text]
    # The path of a category at the top is its name, and a count of courses is a text where the site answers in XML.
    other = sum(
        texts[one.id] in (one.names[-1], one.path, str(one.courses)) for one in known if texts[one.id]
    )
    shown = all(texts[one.id] == one.idnumber for one in known if one.idnumber is not None)
    return (
        len(set(filled)) == len(filled)
        and 2 * other <= len(filled)
        and shown
        and not set(wanted).isdisjoint(filled)
    )
