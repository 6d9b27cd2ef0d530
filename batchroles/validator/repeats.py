"""Pure checks on lines whose names are ids already: repeats and contradictions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from batchroles.models import Change, Code, Level, Lines, Problem, Status
from batchroles.models.changes import changes
from batchroles.models.levels import BY_CONTEXT_ID
from batchroles.models.lines import NONE, Ints, Mask
from batchroles.models.rows import called

PLACE = ("userid", "level", "instanceid")
"""The columns that say what a change is about, beside the role: an enrolment is one for all of a user's roles."""


Called = Callable[[int], str]
"""Names for people the row of a number."""


def validate(
    lines: Lines, problems: Sequence[Problem], called: Called = called
) -> tuple[Lines, list[Problem]]:
    """Give every line that cannot be sent its status, and leave the status of the others open.

    A line with a problem is `invalid`; so is one whose change is not possible in its place, and so are both sides of a
    contradiction; a later repeat of a line is a `duplicate` and names the line that it repeats; one that has a
    status keeps it. Index and order are kept; the second part of the answer is `problems`, lengthened.
    """
    found = list(problems)
    checked = lines.ruled((lines.problem != NONE) & lines.is_open, Status.INVALID)
    checked = _possible(checked, found)
    sound = np.flatnonzero(checked.is_open)
    some = lines.only(sound)
    about = _About.of(some)

    against = _contradictions(some, about)
    torn = against != NONE
    checked = checked.ruled(sound[torn], Status.INVALID, _conflicts(some, against, found, called))
    unclear = ~torn & _unclear(some)
    if unclear.any():
        checked = checked.ruled(sound[unclear], Status.INVALID, len(found))
        found.append(_MAY_BE_THE_SAME)

    whole = np.flatnonzero(~torn & ~unclear)
    firsts = _first_of_each(about.own[whole] * len(changes()) + some.change[whole])
    repeated = firsts != np.arange(len(whole))
    checked = checked.repeating(sound[whole[repeated]], sound[whole[firsts[repeated]]])
    return checked, found


def _possible(lines: Lines, found: list[Problem]) -> Lines:
    """Rule out what Moodle has no way to do in a place: nobody can be enrolled in a category."""
    for code, change in enumerate(changes()):
        for level in Level:
            if change.possible_at(level):
                continue
            some = lines.is_open & (lines.change == code) & lines.at(level)
            if some.any():
                lines = lines.ruled(some, Status.INVALID, len(found))
                found.append(_not_possible(change, level))
    return lines


def _not_possible(change: Change, level: Level) -> Problem:
    where = " and ".join(f"in {place.facts.place}" for place in change.places)
    return Problem(
        Code.WRONG_LEVEL,
        f"The row asks to {change} somebody in {level.facts.place}, which Moodle can only do {where}.",
        "Name the course itself; or assign the role there, without an enrolment (batchroles assign).",
    )


@dataclass(frozen=True)
class _About:
    """What lines are about, numbered."""

    place: Ints
    """By user and place."""
    role: Ints
    """By user, place and role."""
    own: Ints
    """By the one of the two that counts for a line's change."""

    @classmethod
    def of(cls, lines: Lines) -> Self:
        place = lines.numbered(*PLACE)
        roles, distinct = pd.factorize(lines.roleid)
        role = pd.factorize(place * max(len(distinct), 1) + roles)[0].astype("int64")
        about_role = lines.whose(lambda change: change.about_role)
        # Above all numbers with a role, so that no two that differ are the same.
        return cls(place, role, np.where(about_role, role, place + len(lines)))


def _contradictions(lines: Lines, about: _About) -> Ints:
    """Give each line the first other line that contradicts it, `NONE` where there is none."""
    against = np.full(len(lines), NONE, "int64")
    there = np.bincount(lines.change, minlength=len(changes())) > 0
    for one, other in np.argwhere(_opposites() & there & there[:, None]).tolist():
        both = changes()[one].about_role and changes()[other].about_role
        subject = about.role if both else about.place
        _note_first(against, subject, lines.change == one, lines.change == other)
    _note_other_dates(lines, about.place, against)
    return against


def _note_other_dates(lines: Lines, subject: Ints, against: Ints) -> None:
    """Note for lines about one enrolment the first that has another start or end.

    It has only one of each, whatever the roles: in Moodle the row sent last would win (case `en-twice-conflict`).
    """
    dated = np.flatnonzero(lines.whose(lambda change: change.takes_dates))
    if not (lines.start[dated].any() or lines.end[dated].any()):
        return
    spans = lines.numbered("start", "end")
    first = dated[_first_of_each(subject[dated])]
    ones = np.zeros(len(lines), bool)
    ones[dated[spans[dated] == spans[first]]] = True
    others = np.zeros(len(lines), bool)
    others[dated] = ~ones[dated]
    _note_first(against, subject, ones, others)
    _note_first(against, subject, others, ones)


def _note_first(against: Ints, subject: Ints, ones: Mask, others: Mask) -> None:
    """Note for some lines the first of the others that has the same subject, unless an earlier one is noted."""
    lines = np.flatnonzero(others)
    count = int(subject.max(initial=-1)) + 1
    first = np.full(count, len(subject), "int64")
    # Backwards: of several lines of one subject the first is written last.
    first[subject[lines[::-1]]] = lines[::-1]
    noted = np.where(against == NONE, len(subject), against)
    nearest = np.where(ones, np.minimum(first[subject] if count else noted, noted), noted)
    against[:] = np.where(nearest == len(subject), NONE, nearest)


def _opposites() -> npt.NDArray[np.bool_]:
    """Tell which changes contradict which, by their codes."""
    every = changes()
    return np.array([[one.contradicts(other) for other in every] for one in every], bool)


def _unclear(lines: Lines) -> Mask:
    """Mark lines that may contradict each other: same user and role, opposite changes, a place by its context id.

    Nobody but Moodle knows which course, say, a context id belongs to.
    """
    bare = lines.at(*BY_CONTEXT_ID)
    marked = np.zeros(len(lines), bool)
    if bare.all() or not bare.any():
        return marked
    for one, other in np.argwhere(_opposites()).tolist():
        about_role = changes()[one].about_role and changes()[other].about_role
        numbered = lines.numbered("userid", "roleid") if about_role else lines.numbered("userid")
        by_id, by_name = bare & (lines.change == one), ~bare & (lines.change == other)
        both = np.intersect1d(numbered[by_id], numbered[by_name])
        marked |= (by_id | by_name) & np.isin(numbered, both)
    return marked


_MAY_BE_THE_SAME = Problem(
    code=Code.CONFLICT,
    reason="Other rows ask for the opposite for the same user and role, and one of them names its place by a context"
    " id, so that both may mean the same place.",
    fix="Name the places of these rows in the same way, or put assignments and removals into two files.",
)


def _conflicts(lines: Lines, against: Ints, found: list[Problem], called: Called) -> npt.NDArray[np.int32]:
    """Add a problem for each line that others are contradicted by to `found`; give the torn lines their numbers."""
    torn = np.flatnonzero(against != NONE)
    numbers: dict[tuple[int, bool], int] = {}
    ruled = []
    for line, other in zip(torn.tolist(), against[torn].tolist(), strict=True):
        place = called(int(lines.row[other])) if lines.has_row[other] else lines.called(other)
        opposite = changes()[lines.change[line]].contradicts(changes()[lines.change[other]])
        if (other, opposite) not in numbers:
            numbers[other, opposite] = len(found)
            found.append(_conflict(lines, line, other, place) if opposite else _other_dates(place))
        ruled.append(numbers[other, opposite])
    return np.array(ruled, "int32")


def _conflict(lines: Lines, line: int, other: int, place: str) -> Problem:
    asked = changes()[lines.change[other]]
    both = asked.about_role and changes()[lines.change[line]].about_role
    return Problem(
        code=Code.CONFLICT,
        reason=f"{place[0].upper()}{place[1:]} asks to {asked} the same "
        f"{'role, user and place' if both else 'user in the same course'}.",
        fix=f"Keep this row or {place}, not both.",
    )


def _other_dates(place: str) -> Problem:
    return Problem(
        code=Code.CONFLICT,
        reason=f"{place[0].upper()}{place[1:]} has another start or end for the same user in the same course, and an"
        " enrolment has only one of each, whatever the roles.",
        fix=f"Write the same start and end into this row and {place}.",
    )


def _first_of_each(numbers: Ints) -> Ints:
    """For each position, the position at which the same number stands first."""
    distinct, first, inverse = np.unique(numbers, return_index=True, return_inverse=True)
    return first[inverse] if len(distinct) else np.zeros(0, "int64")
