"""Reading back: what became of what Moodle confirmed, so that nothing unseen is believed."""

from collections.abc import Iterator, Mapping

import numpy as np

from batchroles.client import Moodle
from batchroles.models import Code, Lines, Plan, Problem, Status
from batchroles.models.changes import changes
from batchroles.models.lines import NOT_READ, Ints, Mask
from batchroles.runs import Book, Ruling
from batchroles.validator.holdings import Reader, Sight, Unread, how_far, shown

NOT_SEEN = Problem(
    code=Code.NOT_SEEN,
    reason="Moodle confirmed the call, but the user does not show this role in the course afterwards.",
    fix="Look at the course's participants; if the role is missing there too, run the row again.",
)
HELD = Problem(
    code=Code.HELD_BY_ENROLMENT,
    reason="The user still has this role in the course: an enrolment plugin (cohort sync, say) gives it.",
    fix="Remove the user where the enrolment comes from (the cohort, say); the role then goes by itself.",
)
PARTLY_REMOVED = Problem(
    code=Code.PARTLY_REMOVED,
    reason="The user had this role in the course twice: what was given by hand is gone, what an enrolment plugin"
    " (cohort sync, say) gives is still there.",
    fix=HELD.fix,
)
OWN_IS_GONE = Problem(
    code=Code.HELD_BY_ENROLMENT,
    reason="What the run gave is gone; the user still has this role in the course, because an enrolment plugin"
    " (cohort sync, say) gives it too.",
    fix="There is nothing more to take back.",
)
NOT_YET = Problem(
    Code.NOT_VERIFIED,
    "Moodle confirmed the call, but the run ended before it was read back whether it is so.",
    "batchroles apply RUN goes on with reading back.",
)


def verify(plan: Plan, moodle: Moodle, book: Book, *, every: bool, undoing: bool) -> list[str]:
    """Read back what was done, and rule `refused` for every row that Moodle does not show as it should be.

    Removals are always read back, because Moodle answers success also where a role stays; assignments when `every`
    is set. What cannot be read keeps its status, with the code `not-verified`. `undoing`: the plan takes back what a
    run gave, and is done when that is gone, whoever else gives the role. Gives sentences that say how far it got.
    """
    done = _to_verify(plan, book, every=every)
    if not done.any():
        return []
    sight = Sight(plan.lines, done & shown(plan.lines))
    Reader(moodle).read(sight)
    unread = sight.unread(done & (sight.held() == NOT_READ))
    book.verified(
        [*_seen_otherwise(plan.lines, sight.held(), undoing=undoing), *_not_verified(plan.lines, unread)]
    )
    return how_far(done, unread, "{} rows were read back from Moodle")


def unverified(plan: Plan, book: Book, *, every: bool) -> Mask:
    """Choose the rows that Moodle confirmed and that have not been read back yet, though they should be."""
    fresh = np.zeros(len(plan.lines), bool)
    fresh[book.lines_since_verified()] = True
    return np.asarray(fresh & _done(plan.lines, every=every))


def _to_verify(plan: Plan, book: Book, *, every: bool) -> Mask:
    """Choose removals that were not read back yet, or every row that was done."""
    return _done(plan.lines, every=True) if every else unverified(plan, book, every=False)


def _done(lines: Lines, *, every: bool) -> Mask:
    return lines.confirmed & (every | ~lines.gives)


def _seen_otherwise(lines: Lines, held: Ints, *, undoing: bool) -> Iterator[Ruling]:
    """Rule on what was read back: refused where it is not as it should be, without a problem where it is."""
    read, gives, before = held != NOT_READ, lines.gives, lines.held
    staying = read & ~gives & (held > 0)
    fewer = staying & (before > held)
    sound = read & (gives == (held > 0)) & (lines.problem >= 0)
    yield from _rulings(read & gives & (held == 0), Status.REFUSED, NOT_SEEN)
    if undoing:
        yield from _as_confirmed(lines, staying, OWN_IS_GONE)
    else:
        yield from _rulings(fewer, Status.REFUSED, PARTLY_REMOVED)
        yield from _rulings(staying & ~fewer, Status.REFUSED, HELD)
    yield from _as_confirmed(lines, sound, None)


def _not_verified(lines: Lines, unread: Mapping[Unread, Mask]) -> Iterator[Ruling]:
    for cause, mask in unread.items():
        yield from _as_confirmed(lines, mask, cause.not_verified)


def _as_confirmed(lines: Lines, mask: Mask, problem: Problem | None) -> Iterator[Ruling]:
    for code, change in enumerate(changes()):
        yield from _rulings(mask & (lines.change == code), change.done, problem)


def _rulings(mask: Mask, status: Status, problem: Problem | None) -> list[Ruling]:
    return [Ruling(np.flatnonzero(mask), status, problem)] if mask.any() else []
