"""Categories, all fetched with one call and matched here.

Moodle would look one up by its ID number only for those who may change categories (case `cat-idnumber-bot`), and by a
name without its path, which several may have (case `cat-name-duplicate`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from batchroles.client import Moodle, functions, records
from batchroles.errors import CallRefused, NotInService
from batchroles.models import Code, ContextRef, Problem
from batchroles.validator.names import Resolved, did_you_mean, given_id, nearest


@dataclass(frozen=True)
class Category:
    """A category as Moodle answered."""

    id: int
    names: tuple[str, ...]
    """The names from the top down to its own."""
    idnumber: str | None
    """None where the token may not see it."""
    courses: int

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

    def find(self, refs: Iterable[ContextRef]) -> dict[ContextRef, Resolved]:
        """Turn references to categories into ids, or into problems."""
        return {ref: self._find(ref) for ref in refs}

    def _find(self, ref: ContextRef) -> Resolved:
        if ref.by == "id":
            return given_id(ref.value, "category")
        if not self.all:
            return self._no_categories(ref)
        hits = self._by_idnumber(ref.value) if ref.by == "idnumber" else self._by_name(ref.value)
        if len(hits) == 1:
            return hits[0].id
        return self._several(ref, hits) if hits else self._not_found(ref)

    def _by_idnumber(self, value: str) -> list[Category]:
        return [one for one in self.all if one.idnumber == value]

    def _by_name(self, value: str) -> list[Category]:
        """Match a name, or else a path, from the top or from any category below it."""
        hits = [one for one in self.all if one.names[-1] == value]
        steps = tuple(step.strip() for step in value.split("/"))
        if hits or len(steps) == 1:
            return hits
        whole = [one for one in self.all if one.names == steps]
        return whole or [one for one in self.all if one.names[-len(steps) :] == steps]

    def _several(self, ref: ContextRef, hits: Sequence[Category]) -> Problem:
        named = ", ".join(f"{one.path} (id {one.id})" for one in hits)
        ways = [self._own_way(one) for one in hits]
        return Problem(
            Code.CONTEXT_AMBIGUOUS,
            f'There are several categories "{ref.value}": {named}.',
            f"Write {', '.join(ways[:-1])} or {ways[-1]}.",
            value=ref.value,
        )

    def _own_way(self, category: Category) -> str:
        """Give what means this category and no other: its path, or its id where the path is that of another, too."""
        alone = self._by_name(category.path) == [category]
        return f"category:name={category.path}" if alone else f"category:id={category.id}"

    def _not_found(self, ref: ContextRef) -> Problem:
        if ref.by == "idnumber" and any(one.idnumber is None for one in self.all):
            return _hidden_idnumber(ref.value, some_seen=any(one.idnumber for one in self.all))
        if ref.by == "idnumber":
            known, what = [one.idnumber for one in self.all if one.idnumber], "Category with ID number"
        else:
            known, what = [one.names[-1] for one in self.all] + [one.path for one in self.all], "Category"
        near = nearest(ref.value, known)
        return Problem(
            Code.CONTEXT_NOT_FOUND,
            f'{what} "{ref.value}" not found, or not visible to this token{did_you_mean(ref.value, near)}',
            "Check the spelling; a hidden category is seen only with moodle/category:viewhiddencategories.",
            value=ref.value,
        )

    def _no_categories(self, ref: ContextRef) -> Problem:
        said = str(self.refusal) if self.refusal else "The token sees no categories."
        return Problem(
            Code.NO_PERMISSION,
            f'Category "{ref.value}" cannot be looked up. {said}',
            f"Add {functions.CATEGORIES} to the token's service, or write category:id=… instead.",
            value=ref.value,
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
    )


def _hidden_idnumber(value: str, *, some_seen: bool) -> Problem:
    where = "in some categories" if some_seen else "of categories"
    return Problem(
        Code.NO_PERMISSION,
        f'Category with ID number "{value}" cannot be found: Moodle shows ID numbers {where} only with the'
        " permission moodle/category:manage.",
        "Give the token's user moodle/category:manage, or write category:name=… or category:id=… instead.",
        value=value,
    )
