"""Contexts: the places in which roles are held."""

from dataclasses import dataclass

SYSTEM, USER, CATEGORY, COURSE, MODULE, BLOCK = 10, 30, 40, 50, 70, 80

LEVELS = {
    "system": SYSTEM,
    "user": USER,
    "coursecat": CATEGORY,
    "course": COURSE,
    "module": MODULE,
    "block": BLOCK,
}
"""Context levels by the names that the web service takes."""


@dataclass(frozen=True, slots=True)
class Context:
    """One context: its id, its level, what it belongs to, and the ids from the system context down to itself."""

    id: int
    level: int
    instanceid: int
    path: tuple[int, ...]


class Contexts:
    """All contexts of a site, by id and by level and instance."""

    def __init__(self) -> None:
        self.by_id: dict[int, Context] = {}
        self._by_instance: dict[tuple[int, int], Context] = {}

    def add(self, contextid: int, level: int, instanceid: int, parents: tuple[int, ...]) -> Context:
        """Register a context below its parents."""
        context = Context(contextid, level, instanceid, (*parents, contextid))
        self.by_id[contextid] = self._by_instance[level, instanceid] = context
        return context

    def of(self, level: int, instanceid: int) -> Context | None:
        """Give the context of an instance; the system context belongs to any instance id."""
        return self._by_instance.get((level, 0 if level == SYSTEM else instanceid))

    def must(self, level: int, instanceid: int) -> Context:
        """Give the context of an instance that is known to exist."""
        return self._by_instance[level, 0 if level == SYSTEM else instanceid]
