"""Categories by name, path or ID number, matched among all of them."""

from collections.abc import Iterable, Sequence

from batchroles.client import functions
from batchroles.directory.categories import Categories, Category
from batchroles.models import Code, ContextRef, Problem
from batchroles.validator.names import Resolved, did_you_mean, given_id, nearest


class CategoryFinder:
    """Looks categories up; one instance per file."""

    def __init__(self, categories: Categories) -> None:
        self._categories = categories
        self._all: Sequence[Category] = ()

    def find(self, refs: Iterable[ContextRef]) -> dict[ContextRef, Resolved]:
        """Turn references to categories into ids, or into problems."""
        some = list(refs)
        numbers = [ref.value for ref in some if ref.by == "idnumber"]
        if any(ref.by != "id" for ref in some):
            self._all = self._categories.with_idnumbers(numbers) if numbers else self._categories.all
        return {ref: self._find(ref) for ref in some}

    def _find(self, ref: ContextRef) -> Resolved:
        if ref.by == "id":
            return given_id(ref.value, "category")
        if not self._all:
            return self._no_categories(ref)
        hits = self._by_idnumber(ref.value) if ref.by == "idnumber" else self._by_name(ref.value)
        if len(hits) == 1:
            return hits[0].id
        return self._several(ref, hits) if hits else self._not_found(ref)

    def _by_idnumber(self, value: str) -> list[Category]:
        return [one for one in self._all if one.idnumber == value]

    def _by_name(self, value: str) -> list[Category]:
        """Match a name, or else a path, from the top or from any category below it."""
        hits = [one for one in self._all if one.names[-1] == value]
        steps = tuple(step.strip() for step in value.split("/"))
        if hits or len(steps) == 1:
            return hits
        whole = [one for one in self._all if one.names == steps]
        return whole or [one for one in self._all if one.names[-len(steps) :] == steps]

    def _several(self, ref: ContextRef, hits: Sequence[Category]) -> Problem:
        named = ", ".join(f"{one.path} (id {one.id})" for one in hits)
        ways = [self._own_way(one) for one in hits]
        alone = [one.path for one in hits if ref.by == "name" and self._by_name(one.path) == [one]]
        return Problem(
            Code.CONTEXT_AMBIGUOUS,
            f'There are several categories "{ref.value}": {named}.',
            f"Write {', '.join(ways[:-1])} or {ways[-1]}.",
            value=ref.value,
            suggestions=tuple(alone),
        )

    def _own_way(self, category: Category) -> str:
        """Give what means this category and no other: its path, or its id where the path is that of another, too."""
        alone = self._by_name(category.path) == [category]
        return f"category:name={category.path}" if alone else f"category:id={category.id}"

    def _not_found(self, ref: ContextRef) -> Problem:
        if ref.by == "idnumber" and any(one.idnumber is None for one in self._all):
            return _hidden_idnumber(ref.value, some_seen=any(one.idnumber for one in self._all))
        if ref.by == "idnumber":
            known, what = [one.idnumber for one in self._all if one.idnumber], "Category with ID number"
        else:
            known, what = [one.names[-1] for one in self._all] + [one.path for one in self._all], "Category"
        near = nearest(ref.value, known)
        return Problem(
            Code.CONTEXT_NOT_FOUND,
            f'{what} "{ref.value}" not found, or not visible to this token{did_you_mean(ref.value, near)}',
            "Check the spelling; a hidden category is seen only with moodle/category:viewhiddencategories.",
            value=ref.value,
            suggestions=(near,) if near else (),
        )

    def _no_categories(self, ref: ContextRef) -> Problem:
        said = str(self._categories.refusal) if self._categories.refusal else "The token sees no categories."
        return Problem(
            Code.NO_PERMISSION,
            f'Category "{ref.value}" cannot be looked up. {said}',
            f"Add {functions.CATEGORIES} to the token's service, or write category:id=… instead.",
            value=ref.value,
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
