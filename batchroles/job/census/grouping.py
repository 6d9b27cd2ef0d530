"""What the sheets of a workbook are about: the category of each row, or who teaches its course."""

import numpy as np

from batchroles.client import Moodle
from batchroles.directory.categories import Categories
from batchroles.directory.people_by_id import PeopleById
from batchroles.job.census.seen import Seen

NO_CATEGORY, NO_OWNER = "No category", "No owner"
OWNERS = "editingteacher"
"""The short name of the role whose holders a course's rows are for."""


def by_category(seen: Seen, moodle: Moodle) -> list[str]:
    """Give of each holding the path of the category that its place is in."""
    paths = {one.id: one.path for one in Categories(moodle).all}
    of_spot = [paths.get(one.category or 0, NO_CATEGORY) for one in seen.spots]
    return [of_spot[spot] for spot in seen.spot.tolist()]


def by_owner(everything: Seen, seen: Seen, people: PeopleById) -> list[str]:
    """Give of each holding who teaches the course of its place; of several the one whose account is the oldest.

    One, because a row on two sheets would be decided twice.
    """
    code = everything.shortnames.index(OWNERS) if OWNERS in everything.shortnames else -1
    owners: dict[int, int] = {}
    for row in np.flatnonzero(everything.role == code).tolist():
        spot, user = everything.spots[int(everything.spot[row])], int(everything.user[row])
        if spot.course and spot.place[1] == spot.course:
            owners[spot.course] = min(owners.get(spot.course, user), user)
    courses = {seen.spots[spot].course for spot in np.unique(seen.spot).tolist()}
    wanted = {owners[course] for course in courses if course in owners}
    known = {one: everything.people[one] for one in wanted if one in everything.people}
    known |= people.fetch(wanted - {*known})
    names = {one: person.fullname or person.username for one, person in known.items()}
    titles = [names.get(owners.get(one.course, 0), NO_OWNER) for one in seen.spots]
    return [titles[spot] for spot in seen.spot.tolist()]
