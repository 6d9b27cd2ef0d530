"""Which categories a place is in: a course's own with all above it, read for many courses in one call."""

from collections.abc import Collection, Mapping
from functools import cached_property

from batchroles.client import Moodle, functions, records
from batchroles.directory.categories import Categories
from batchroles.directory.places import SYSTEM, Place
from batchroles.errors import CallRefused, NotInService
from batchroles.models import Level

COURSES_A_CALL = 200


class Inside:
    """Tells whether places are inside others; what the token is not shown is not known."""

    def __init__(self, moodle: Moodle) -> None:
        self._moodle = moodle
        self._category_of: dict[int, int] = {}

    @cached_property
    def _above(self) -> Mapping[int, tuple[int, ...]]:
        """By category: the categories that it is in, itself included."""
        return {one.id: one.ancestors for one in Categories(self._moodle).all}

    def learn(self, courses: Collection[int]) -> None:
        """Read in which categories some courses are. Raises what `Moodle.call` raises, except refusals."""
        wanted = sorted({*courses} - {*self._category_of})
        for first in range(0, len(wanted), COURSES_A_CALL):
            some = ",".join(map(str, wanted[first : first + COURSES_A_CALL]))
            try:
                answer = self._moodle.ask(functions.COURSES_BY_FIELD, {"field": "ids", "value": some})
            except (CallRefused, NotInService):
                return
            found = records(answer["courses"]) if isinstance(answer, Mapping) else []
            self._category_of |= {int(one["id"]): int(one["categoryid"]) for one in found}

    def inside(self, place: Place, outer: Collection[Place]) -> bool | None:
        """Whether a place is one of some others or inside one; None where that is not known."""
        if place in outer or SYSTEM in outer:
            return True
        level, instance = place
        categories = {id_ for one, id_ in outer if one is Level.COURSECAT}
        if level is Level.SYSTEM or (not categories and level in (Level.COURSE, Level.COURSECAT)):
            return False
        if level is Level.COURSE:
            instance = self._category_of.get(instance, 0)
        if level not in (Level.COURSE, Level.COURSECAT) or instance not in self._above:
            return None
        return not categories.isdisjoint(self._above[instance])
