"""What is seen of a plan's lines on the site, from wherever it is read, and why nothing is seen of the others."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from batchroles.directory.holdings import Found
from batchroles.models import Code, Level, Lines, Problem
from batchroles.models.lines import NOT_READ, Ints, Mask
from batchroles.text import count_of


@dataclass(frozen=True)
class Unread:
    """Why it is not known whether somebody has a role."""

    why: str
    """A clause."""
    fix: str
    """A sentence."""

    @property
    def not_verified(self) -> Problem:
        """The problem of a row that was done and that nobody could look at."""
        reason = f"Moodle confirmed the call, but whether it is so could not be read: {self.why}."
        return Problem(Code.NOT_VERIFIED, reason, self.fix)


NOT_SHOWN = Unread(
    "Moodle shows this token nothing of the user in the course",
    "The token's user needs moodle/user:viewdetails in the course; a deleted user is shown to nobody.",
)
NOT_A_ROLE = Unread("it is no role, and only roles are read", "Look at the place in Moodle.")
NOT_TOLD = Unread(
    "Moodle shows this token who is enrolled, but not whose enrolment is suspended",
    "The token's user needs moodle/course:enrolreview in the course.",
)
NOT_NAMED = Unread(
    'which short name the role has in the report "batchroles roles" could not be learned',
    "Have the report offer the filter Role name, and its functions added to the service (batchroles setup).",
)
_LOOK = "Look at the page Assign roles of that place"


def beyond_courses(level: Level) -> Unread:
    """Why no roles are seen at a level where there is no report that shows them."""
    return Unread(
        f"Moodle's web service shows roles in courses only, not in {level.facts.place}",
        f'{_LOOK}; from Moodle 4.4 on the report "batchroles roles" shows it, too (batchroles setup).',
    )


def not_placed(level: Level) -> Unread:
    """Why it is not known whether a context in which the user has the role is the line's place."""
    if level is Level.BLOCK:
        why = "no web service tells which context is which block's"
        return Unread(why, f"{_LOOK}, or write context: and the context's id.")
    return Unread(
        f"the user has this role elsewhere, in what may be this place: no report tells which context is which"
        f" {level.facts.called}",
        f'{_LOOK}; the report "batchroles contexts" tells it (batchroles setup).',
    )


class Sight:
    """What is seen of some of a plan's lines: how often the users have the roles, and who gives them."""

    def __init__(self, lines: Lines, chosen: Mask) -> None:
        self.lines = lines
        self._wanted = chosen & lines.whose(lambda change: change.shown_by_roles)
        self._held = np.full(len(lines), NOT_READ, "int64")
        self._by_hand = np.full(len(lines), NOT_READ, "int64")
        self._of_enrolment = lines.whose(lambda change: change.of_enrolment)
        self._enrolled = np.full(len(lines), NOT_READ, "int8")
        self._any_role = np.zeros(len(lines), "int64")
        self._reasons: list[Unread] = [NOT_A_ROLE]
        self._why = np.zeros(len(lines), "int64")
        """By line: the place among `_reasons` of why nothing is seen, if so."""
        self._givers: dict[int, tuple[str, ...]] = {}
        for level in Level:
            cause = NOT_SHOWN if level.facts.roles_shown else beyond_courses(level)
            self.hide(
                np.flatnonzero(lines.at(level) & lines.whose(lambda change: change.shown_by_roles)), cause
            )

    @property
    def seen(self) -> Mask:
        """Choose the lines of which it is known what they are about: the enrolment, or the role."""
        return np.asarray(np.where(self._of_enrolment, self._enrolled != NOT_READ, self._held != NOT_READ))

    @property
    def left(self) -> Mask:
        """Choose the lines of which nothing is seen yet, though roles would tell."""
        return np.asarray(self._wanted & ~self.seen)

    @property
    def of_enrolment(self) -> Mask:
        """Choose the lines about enrolments, which only a course's own list tells."""
        return self._of_enrolment

    def enrolled(self) -> npt.NDArray[np.int8]:
        """Give for every line the `Enrolment` of its user; `NOT_READ` where that is not known."""
        return self._enrolled

    def any_role(self) -> Ints:
        """Give a role that the user of each line has in its course, 0 where none is known."""
        return self._any_role

    def show_enrolled(self, lines: Ints, enrolled: npt.NDArray[np.int8], any_role: Ints) -> None:
        """Take in how the users of some lines are enrolled, and a role that they have."""
        self._enrolled[lines], self._any_role[lines] = enrolled, any_role

    def held(self) -> Ints:
        """Give for every line how often the user has the role there; `NOT_READ` where that is not known."""
        return self._held

    def by_hand(self) -> Ints:
        """Give how often without a plugin that gives it; `NOT_READ` where that is not known."""
        return self._by_hand

    def givers(self, line: int) -> tuple[str, ...]:
        """Give the plugins that still give a user the role that a line takes away, as far as that is known."""
        return self._givers.get(line, ())

    def show(self, lines: Ints, held: Ints) -> None:
        """Take in how often some lines' users have their roles; `NOT_READ` leaves it as it is."""
        seen = held != NOT_READ
        self._held[lines[seen]] = held[seen]

    def hide(self, lines: Ints, cause: Unread) -> None:
        """Note why nothing is seen of some lines."""
        if cause not in self._reasons:
            self._reasons.append(cause)
        self._why[lines] = self._reasons.index(cause)

    def show_census(self, lines: Ints, found: Found) -> None:
        """Take in what a census says of some lines, for certain or not."""
        self.show(lines, found.held)
        seen = found.held != NOT_READ
        self._by_hand[lines[seen]] = found.by_hand[seen]
        taken = ~self.lines.gives[lines]
        for place in np.flatnonzero(seen & taken & (found.held > found.by_hand)).tolist():
            self._givers[int(lines[place])] = found.givers(place)
        self.hide(lines[found.unnamed], NOT_NAMED)
        for level in Level:
            self.hide(lines[found.unplaced & self.lines.at(level)[lines]], not_placed(level))

    def unread(self, mask: Mask) -> dict[Unread, Mask]:
        """Part lines that are not known by the reason, most lines first."""
        found = {cause: mask & (self._why == number) for number, cause in enumerate(self._reasons)}
        some = {cause: lines for cause, lines in found.items() if lines.any()}
        return dict(sorted(some.items(), key=lambda item: -int(item[1].sum())))


def how_far(wanted: Mask, unread: Mapping[Unread, Mask], said: str) -> list[str]:
    """Say for how many rows something could be read, and why not for the rest.

    In `said` stand `{rows}` for their number and `{were}` for the verb behind it.
    """
    count, missing = int(wanted.sum()), sum(int(mask.sum()) for mask in unread.values())
    reasons = "; ".join(f"{cause.why} ({mask.sum():,})" for cause, mask in unread.items())
    were = "was" if count - missing == 1 else "were"
    sentence = said.format(rows=f"{count - missing:,} of {count_of(count, 'row')}", were=were)
    sentence = sentence[0].upper() + sentence[1:]
    return [f"{sentence}; {missing:,} could not be: {reasons}." if missing else f"{sentence}."]
