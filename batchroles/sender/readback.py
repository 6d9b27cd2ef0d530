"""Reading back: what became of what Moodle confirmed, so that nothing unseen is believed."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from batchroles.client import Moodle
from batchroles.models import Code, Level, Lines, Plan, Problem, Status
from batchroles.models.lines import NOT_READ, Mask
from batchroles.runs import Book, Ruling
from batchroles.sender.enrolments import as_confirmed, enrolments_seen_otherwise, not_told, rulings
from batchroles.validator.holdings import Reader
from batchroles.validator.sight import NOT_TOLD, Sight, Unread, how_far


@dataclass(frozen=True)
class _Where:
    """What is said of a role that is still there, or not there, by its place and by the plugins that give it."""

    level: Level
    givers: tuple[str, ...] = ()
    """None where nobody knows which."""

    @property
    def place(self) -> str:
        return "in the course" if self.level is Level.COURSE else "there"

    @property
    def giver(self) -> str:
        """Name what gives the role."""
        known = " and ".join(self.givers)
        return f"the plugin {known}" if known else "an enrolment plugin (cohort sync, say)"

    def not_seen(self) -> Problem:
        look = (
            "Look at the course's participants; if the role is missing there too, run the row again."
            if self.level is Level.COURSE
            else "Look at the page Assign roles of that place; if the role is missing there too, run the row again."
        )
        return Problem(
            Code.NOT_SEEN,
            f"Moodle confirmed the call, but the user does not show this role {self.place} afterwards.",
            look,
        )

    def held(self) -> Problem:
        gives = f"{self.giver} {'give' if len(self.givers) > 1 else 'gives'} it"
        return Problem(
            Code.HELD_BY_ENROLMENT, f"The user still has this role {self.place}: {gives}.", _REMOVE
        )

    def partly_removed(self) -> Problem:
        return Problem(
            Code.PARTLY_REMOVED,
            f"The user had this role {self.place} twice: what was given by hand is gone, what {self.giver} gives is"
            " still there.",
            _REMOVE,
        )

    def own_is_gone(self) -> Problem:
        return Problem(
            Code.HELD_BY_ENROLMENT,
            f"What the run gave is gone; the user still has this role {self.place}, because {self.giver} gives it too.",
            "There is nothing more to take back.",
        )

    def only_by_hand(self) -> Problem:
        return Problem(
            Code.HELD_BY_ENROLMENT,
            f"What was given by hand is gone, as decided; the user still has this role {self.place}, because"
            f" {self.giver} gives it too.",
            _REMOVE,
        )

    def given_again(self) -> Problem:
        return Problem(
            Code.NOT_SEEN,
            f"Moodle confirmed the call, but the user has this role {self.place} afterwards, given by hand: somebody"
            " gave it again meanwhile.",
            "Find out who wants it there; then run the row again.",
        )


_REMOVE = "Remove the user where the enrolment comes from (the cohort, say); the role then goes by itself."
NOT_YET = Problem(
    Code.NOT_VERIFIED,
    "Moodle confirmed the call, but the run ended before it was read back whether it is so.",
    "batchroles apply RUN goes on with reading back.",
)


@dataclass(frozen=True)
class _Staying:
    """What is said of a role that is still there, and whether the row is done all the same."""

    problem: Problem
    done: bool = False


def verify(
    plan: Plan, moodle: Moodle, book: Book, *, every: bool, undoing: bool, reviewing: bool = False
) -> list[str]:
    """Read back what was done, and rule `refused` for every row that Moodle does not show as it should be.

    Removals are always read back, because Moodle answers success also where a role stays; assignments when `every`
    is set. What cannot be read keeps its status, with the code `not-verified`. `undoing`: the plan takes back what a
    run gave, and is done when that is gone, whoever else gives the role. `reviewing`: it takes away what was given by
    hand, and is done when the role is there once less. Gives sentences that say how far it got.
    """
    done = _to_verify(plan, book, every=every)
    if not done.any():
        return []
    sight = Sight(plan.lines, done)
    # A session of its own, which knows nothing of what was read before sending.
    reader = Reader(moodle.session())
    reader.read(sight)
    unread = sight.unread(done & ~sight.seen)
    if (untold := done & not_told(sight)).any():
        unread = {**unread, NOT_TOLD: untold}
    roles = _seen_otherwise(plan.lines, sight, undoing=undoing, reviewing=reviewing)
    enrolments = enrolments_seen_otherwise(sight, done, undoing=undoing)
    book.verified([*roles, *enrolments, *_not_verified(plan.lines, unread)])
    return [*reader.notes, *how_far(done, unread, "{rows} {were} read back from Moodle")]


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


def _seen_otherwise(lines: Lines, sight: Sight, *, undoing: bool, reviewing: bool) -> Iterator[Ruling]:
    """Rule on what was read back: refused where it is not as it should be, without a problem where it is."""
    held, gives = sight.held(), lines.gives
    read = (held != NOT_READ) & ~sight.of_enrolment
    staying = read & ~gives & (held > 0)
    sound = read & (gives == (held > 0)) & (lines.problem >= 0)
    for level in Level:
        yield from rulings(
            read & gives & (held == 0) & lines.at(level), Status.REFUSED, _Where(level).not_seen()
        )
    for told, mask in _still_there(lines, sight, staying, undoing=undoing, reviewing=reviewing).items():
        if told.done:
            yield from as_confirmed(lines, mask, told.problem)
        else:
            yield from rulings(mask, Status.REFUSED, told.problem)
    yield from as_confirmed(lines, sound, None)


def _still_there(
    lines: Lines, sight: Sight, staying: Mask, *, undoing: bool, reviewing: bool
) -> dict[_Staying, Mask]:
    """Part removals after which the role is still there by what is to be said of them."""
    fewer, by_hand = lines.held > sight.held(), sight.by_hand() > 0
    kinds: dict[tuple[Level, tuple[str, ...], bool, bool], list[int]] = defaultdict(list)
    levels = [Level(word) for word in lines.words("level", staying)]
    for line, level in zip(np.flatnonzero(staying).tolist(), levels, strict=True):
        kinds[level, sight.givers(line), bool(fewer[line]), bool(by_hand[line])].append(line)
    found: dict[_Staying, Mask] = {}
    for (level, givers, some_gone, given_again), some in kinds.items():
        where = _Where(level, givers)
        if given_again:
            told = _Staying(where.given_again())
        elif undoing:
            told = _Staying(where.own_is_gone(), done=True)
        elif some_gone:
            told = _Staying(where.only_by_hand() if reviewing else where.partly_removed(), done=reviewing)
        else:
            told = _Staying(where.held())
        mask = found.setdefault(told, np.zeros(len(lines), bool))
        mask[some] = True
    return found


def _not_verified(lines: Lines, unread: Mapping[Unread, Mask]) -> Iterator[Ruling]:
    for cause, mask in unread.items():
        yield from as_confirmed(lines, mask, cause.not_verified)
