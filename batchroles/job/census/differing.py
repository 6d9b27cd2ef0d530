"""Whether the site is still as an export has it: a row of the file beside what its person holds there now."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from batchroles.directory.people_by_id import Person
from batchroles.directory.places import Place
from batchroles.job.census import cells, layout
from batchroles.job.census.pairing import name_in
from batchroles.job.census.seen import Seen, Spot
from batchroles.loader.layouts.contexts import read_context
from batchroles.models import Code, ContextRef, Level, PersonName, Problem
from batchroles.models.levels import BY_CONTEXT_ID
from batchroles.text import cleaned
from batchroles.validator.person_names import Fit, compare

_DECIDE_ANEW = "Export again, and decide on what is so now."


@dataclass(frozen=True)
class Now:
    """A holding as the site shows it now."""

    plugin: str | None
    """Its component, `""` for by hand; None where nothing tells."""
    item: int
    since: str
    """As an export has it."""

    @property
    def given(self) -> str:
        """Say who gives it, as an export has it."""
        return layout.NOT_TOLD if self.plugin is None else layout.given_by(self.plugin, self.item)


class Holds:
    """What some people hold now, by who, what and where."""

    def __init__(self, seen: Seen, users: Collection[int]) -> None:
        self._source = seen.source
        self._held: dict[tuple[int, str, Place], list[Now]] = defaultdict(list)
        self._unplaced: set[tuple[int, str]] = set()
        self._enrolling: dict[tuple[int, int], list[Now]] = defaultdict(list)
        self._shown: dict[Place, str] = {}
        for row in np.flatnonzero(np.isin(seen.user, list(users))).tolist():
            user, role = int(seen.user[row]), seen.shortnames[int(seen.role[row])]
            spot = seen.spots[int(seen.spot[row])]
            now = Now(
                seen.plugins[int(seen.plugin[row])],
                int(seen.item[row]),
                cells.moment(seen.moments[int(seen.since[row])]),
            )
            for place in names_of(spot):
                self._held[user, role, place].append(now)
                self._shown[place] = cleaned(spot.shown)
            if spot.place[0] is Level.CONTEXT:
                self._unplaced.add((user, role))
            if spot.place[0] is Level.COURSE and (now.plugin or "").startswith("enrol_"):
                self._enrolling[user, spot.place[1]].append(now)

    def at(self, user: int, role: str, place: Place) -> Sequence[Now]:
        """Give what the person holds there."""
        return self._held.get((user, role, place), ())

    def shown(self, place: Place) -> str:
        """Give what the site calls a place in which one of them holds something; empty where nothing tells."""
        return self._shown.get(place, "")

    def enrolling(self, user: int, course: int) -> Sequence[Now]:
        """Give the roles that enrolment plugins give the person in a course, by which they enrol."""
        return self._enrolling.get((user, course), ())

    def shows(self, user: int, role: str, place: Place) -> bool:
        """Whether it is certain that nothing else is held there."""
        if self._source == layout.COURSES:
            return place[0] is Level.COURSE
        return place[0] in (*BY_CONTEXT_ID, Level.SYSTEM, Level.USER) or (user, role) not in self._unplaced


def names_of(spot: Spot) -> set[Place]:
    """Give every way in which a file or a run may name a place."""
    return {spot.place, *((level, spot.context) for level in BY_CONTEXT_ID if spot.context)}


def changed(sentence: str) -> Problem:
    """Say what is different on the site now."""
    return Problem(Code.CHANGED, sentence, _DECIDE_ANEW)


def of_plugin(given: str, what: str) -> Problem:
    """Say that a plugin gives a role."""
    return Problem(
        Code.HELD_BY_ENROLMENT,
        f"{given[0].upper()}{given[1:]} gives the role, and nobody else can {what}.",
        "Remove the person where the plugin takes people from (the cohort, say); the role then goes by itself.",
    )


def verdict(
    row: Mapping[str, str], now: Sequence[Now], others: Collection[str], *, certain: bool, what: str
) -> Problem | None:
    """Compare what a row says who gives a role with who gives it now; None where what is given by hand may go.

    `others`: who else gives it, by the file's other rows; `certain`: whether `now` is all there is; `what`: what was
    decided, for the sentence on what a plugin gives.
    """
    given = row[layout.GIVEN]
    if given != layout.NOT_TOLD and layout.giver(given) is None:
        return Problem(
            Code.BAD_VALUE,
            f'"{given}" does not say who gives the role, as batchroles export writes it.',
            "Restore the cell from the export.",
            layout.GIVEN,
            given,
        )
    if not now:
        return changed(
            "The person does not have the role there any more."
            if certain
            else "Who has the role there cannot be read any more as it was when the file was exported."
        )
    if given not in (layout.NOT_TOLD, layout.BY_HAND):
        if any(one.given == given or one.plugin is None for one in now):
            return of_plugin(given, what)
        return changed(f"The role was given by {given}, and is given {_listed(now)} now.")
    by_hand = [one for one in now if not one.plugin]
    if by_hand:
        return _anew(row, by_hand) or _as_well(given, now, others)
    if given == layout.NOT_TOLD:
        return of_plugin(now[0].given, what)
    return changed(f"The role was given by hand, and is given {_listed(now)} now.")


def elsewhere(row: Mapping[str, str], shown: str) -> Problem | None:
    """Say where the name in a row's address is another place's now: `shown` is what the site calls the place there."""
    ref, then = read_context(row[layout.CONTEXT]), name_in(row[layout.PLACE])
    # An id stays with its place, whatever that is called.
    if not isinstance(ref, ContextRef) or ref.by == "id" or not then or not shown or then == name_in(shown):
        return None
    return changed(f'{row[layout.CONTEXT]} was "{row[layout.PLACE]}" and is "{shown}" now.')


def _anew(row: Mapping[str, str], by_hand: Sequence[Now]) -> Problem | None:
    """Say where a role was taken away and given again since."""
    then, now = row[layout.SINCE], [one.since for one in by_hand]
    if not then or "" in now or not cells.same_moments(then).isdisjoint(now):
        return None
    return changed(f"The role was given on {then}, and then anew on {now[0]}.")


def _as_well(given: str, now: Sequence[Now], others: Collection[str]) -> Problem | None:
    """Say where a plugin has come to give the role beside."""
    more = [one for one in now if one.plugin and one.given not in others]
    if given == layout.NOT_TOLD or not more:
        return None
    return changed(f"The role is given {_listed(more)} now, too, and would stay.")


def _listed(some: Sequence[Now]) -> str:
    givers = dict.fromkeys(one.given for one in some)
    return " and ".join(one if one == layout.BY_HAND else f"by {one}" for one in givers)


def differences(row: Mapping[str, str], person: Person) -> list[str]:
    """Say how somebody is called otherwise now than in a row; what the site does not show is no difference."""
    words = {
        layout.USERNAME: ("user name", person.username),
        layout.EMAIL: ("e-mail address", person.email),
        layout.IDNUMBER: ("ID number", person.idnumber),
    }
    found = [
        f'the {what} was "{row[column]}" and is "{now}" now'
        for column, (what, now) in words.items()
        if row[column] and now and cleaned(now).casefold() != row[column].casefold()
    ]
    name = PersonName(row[layout.FIRST], row[layout.LAST], row[layout.FULL])
    if str(name) and person.fullname and compare(name, person.fullname) is Fit.DIFFERS:
        found.append(f'the name was "{name}" and is "{person.fullname}" now')
    return found
