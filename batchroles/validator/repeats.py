"""Pure checks on lines whose names are ids already: repeats and contradictions."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from batchroles.models import Code, Lines, Problem, Status
from batchroles.models.changes import changes
from batchroles.models.levels import BY_CONTEXT_ID
from batchroles.models.lines import NONE, Ints, Mask

SUBJECT = ("userid", "roleid", "level", "instanceid")
"""The columns that say what a change is about."""


def validate(lines: Lines, problems: Sequence[Problem]) -> tuple[Lines, list[Problem]]:
    """Give every line that cannot be sent its status, and leave the status of the others open.

    A line with a problem is `invalid`; so are both sides of a contradiction; a later repeat of a line is a `duplicate`
    and names the line that it repeats. Index and order are kept; the second part of the answer is `problems`,
    lengthened.
    """
    found = list(problems)
    checked = lines.ruled(lines.problem != NONE, Status.INVALID)
    sound = np.flatnonzero(lines.problem == NONE)
    some = lines.only(sound)
    subject = some.numbered(*SUBJECT)

    torn = _contradictions(subject, some.change)
    checked = checked.ruled(sound[torn], Status.INVALID, _conflicts(some.only(torn), subject[torn], found))
    unclear = ~torn & _unclear(some)
    if unclear.any():
        checked = checked.ruled(sound[unclear], Status.INVALID, len(found))
        found.append(_MAY_BE_THE_SAME)

    whole = np.flatnonzero(~torn & ~unclear)
    firsts = _first_of_each(some.only(whole).numbered("change", *SUBJECT))
    repeated = firsts != np.arange(len(whole))
    checked = checked.repeating(sound[whole[repeated]], sound[whole[firsts[repeated]]])
    return checked, found


def _opposites() -> npt.NDArray[np.bool_]:
    """Tell which changes contradict which, by their codes."""
    every = changes()
    return np.array([[one.contradicts(other) for other in every] for one in every], bool)


def _contradictions(subject: Ints, change: npt.NDArray[np.int8]) -> Mask:
    """Mark the lines of which the file asks for the opposite as well."""
    count = int(subject.max()) + 1 if len(subject) else 0
    opposites = _opposites()
    asked = np.zeros((len(opposites), count), bool)
    asked[change, subject] = True
    against = opposites @ asked
    return np.asarray(against[change, subject])


def _unclear(lines: Lines) -> Mask:
    """Mark lines that may contradict each other: same user and role, opposite changes, a place by its context id.

    Nobody but Moodle knows which course, say, a context id belongs to.
    """
    bare = lines.at(*BY_CONTEXT_ID)
    marked = np.zeros(len(lines), bool)
    if bare.all() or not bare.any():
        return marked
    numbered = lines.numbered("userid", "roleid")
    for one, other in np.argwhere(_opposites()).tolist():
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


def _conflicts(torn: Lines, subject: Ints, found: list[Problem]) -> npt.NDArray[np.int32]:
    """Add one problem for each side of each contradiction to `found`; give each line the number of its own."""
    keys = list(zip(subject.tolist(), torn.change.tolist(), strict=True))
    first: dict[tuple[int, int], int] = {}
    for at, key in enumerate(keys):
        first.setdefault(key, at)
    opposites, numbers = _opposites(), {}
    for about, one in first:
        against = [
            first[about, other]
            for other in np.flatnonzero(opposites[one]).tolist()
            if (about, other) in first
        ]
        numbers[about, one] = len(found)
        found.append(_conflict(torn, min(against)))
    return np.array([numbers[key] for key in keys], "int32")


def _conflict(lines: Lines, other: int) -> Problem:
    place = lines.called(other)
    return Problem(
        code=Code.CONFLICT,
        reason=f"{place[0].upper()}{place[1:]} asks to {changes()[lines.change[other]]} the same role, user and place.",
        fix=f"Keep this row or {place}, not both.",
    )


def _first_of_each(numbers: Ints) -> Ints:
    """For each position, the position at which the same number stands first."""
    distinct, first, inverse = np.unique(numbers, return_index=True, return_inverse=True)
    return first[inverse] if len(distinct) else np.zeros(0, "int64")
