"""Contexts: the places in which roles are held."""

from dataclasses import dataclass

SYSTEM, USER, CATEGORY, COURSE, MODULE, BLOCK = 10, 30, 40, 50, 70, 80


@dataclass(frozen=True, slots=True)
class Level:
    """One context level: its number, the web service's name for it, and where its instances stand."""

    number: int
    name: str
    rows: str = ""
    """The list of a site file whose rows are its instances; the system stands in none."""
    key: str = "id"
    above: str = ""
    """The field of such a row that names the category or course it lies in, where it lies in one."""
    words: tuple[str, ...] = ()
    """What rosters call it; the first word is the one that is kept."""


LEVELS = (
    Level(SYSTEM, "system", words=("system",)),
    Level(USER, "user", "users", words=("user",)),
    Level(
        CATEGORY,
        "coursecat",
        "categories",
        above="parent",
        words=("category", "coursecat", "course category"),
    ),
    Level(COURSE, "course", "courses", above="categoryid", words=("course",)),
    Level(MODULE, "module", "modules", "cmid", "course", ("module", "activity", "activity module")),
    Level(BLOCK, "block", "blocks", words=("block",)),
)
"""Everything that differs between context levels; in the order of their numbers."""

NUMBERS = {level.name: level.number for level in LEVELS}
"""Context levels by the names that the web service takes."""


@dataclass(frozen=True, slots=True)
class Context:
    """One context: its id, its level, what it belongs to, and the ids from the system context down to itself."""

    id: int
    level: int
    instanceid: int
    path: tuple[int, ...]
    text: str
    """The path as the table of contexts holds it: `/1/60/61`."""


class Contexts:
    """All contexts of a site, by id and by level and instance."""

    def __init__(self) -> None:
        self.by_id: dict[int, Context] = {}
        self._by_instance: dict[tuple[int, int], Context] = {}

    def add(self, contextid: int, level: int, instanceid: int, parents: tuple[int, ...]) -> Context:
        """Register a context below its parents."""
        path = (*parents, contextid)
        context = Context(contextid, level, instanceid, path, f"/{'/'.join(map(str, path))}")
        self.by_id[contextid] = self._by_instance[level, instanceid] = context
        return context

    def of(self, level: int, instanceid: int) -> Context | None:
        """Give the context of an instance; the system context belongs to any instance id (assign-system)."""
        return self._by_instance.get((level, 0 if level == SYSTEM else instanceid))

    def must(self, level: int, instanceid: int) -> Context:
        """Give the context of an instance that is known to exist."""
        return self._by_instance[level, 0 if level == SYSTEM else instanceid]
