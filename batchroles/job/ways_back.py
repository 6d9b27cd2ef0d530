"""Which change takes back what a line did, as far as it was read what was so before.

An undo must never take away what somebody had before the run, and unenrolling takes all: so an enrolment is ended only
where it was read that there was none, nor any role in the course.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from batchroles.models import ENROL, REACTIVATE, SUSPEND, UNASSIGN, UNENROL, Change, Lines
from batchroles.models.changes import changes
from batchroles.models.enrolments import INSIDE, Enrolment
from batchroles.models.lines import NONE, NOT_READ, Mask
from batchroles.text import count_of


@dataclass(frozen=True)
class WaysBack:
    """For every line of a run, what takes it back."""

    codes: npt.NDArray[np.int8]
    """Of the changes; `NONE` where there is none."""
    known: Mask
    """Lines of which it was read what was so before, and that a change takes back."""
    unknown: Mask
    """Lines of which that was not read."""

    @property
    def none(self) -> Mask:
        """Lines that nothing takes back."""
        return np.asarray(~self.known & ~self.unknown)


def ways_back(lines: Lines, *, also_unknown: bool) -> WaysBack:
    """Say what takes every line back. `also_unknown`: choose a change where it was not read what was so, too."""
    every = changes()
    codes = np.array([every.index(change.inverse) for change in every], "int8")[lines.change]
    of_enrolment = lines.whose(lambda change: change.of_enrolment)
    codes[of_enrolment] = NONE
    unread = np.where(of_enrolment, lines.enrolled == NOT_READ, lines.held == NOT_READ)
    for change, mask in _of_enrolments(lines).items():
        codes[mask] = every.index(change)
    untold = lines.asks(SUSPEND, REACTIVATE) & (lines.enrolled == Enrolment.UNTOLD)
    unknown = unread | untold
    if also_unknown:
        # The role that was given is all that can be told from what was there before.
        codes[unread & lines.asks(ENROL)] = every.index(UNASSIGN)
        codes[unread & lines.asks(UNENROL) & (lines.roleid > 0)] = every.index(ENROL)
        codes[unknown & lines.asks(SUSPEND)] = every.index(REACTIVATE)
        codes[unknown & lines.asks(REACTIVATE)] = every.index(SUSPEND)
        unknown &= codes != NONE
    return WaysBack(codes, np.asarray(~unknown & (codes != NONE)), np.asarray(unknown))


def _of_enrolments(lines: Lines) -> dict[Change, Mask]:
    """Choose the lines about enrolments that a change takes back, by that change."""
    before, had_role = lines.enrolled, lines.held > 0
    inside, was_let_in = np.isin(before, INSIDE), np.isin(before, (Enrolment.ACTIVE, Enrolment.UNTOLD))
    return {
        UNENROL: lines.asks(ENROL) & (before == Enrolment.NONE),
        UNASSIGN: lines.asks(ENROL) & inside & ~had_role,
        SUSPEND: lines.asks(ENROL, REACTIVATE) & (before == Enrolment.INACTIVE) & had_role,
        ENROL: lines.asks(UNENROL) & was_let_in & had_role,
        REACTIVATE: lines.asks(SUSPEND) & (before == Enrolment.ACTIVE),
    }


def losses(lines: Lines) -> list[str]:
    """Say of the lines of an undo what Moodle does not bring back, or takes away with an enrolment."""
    notes = []
    if count := int(lines.asks(UNENROL).sum()):
        notes.append(
            f"{count_of(count, 'person is', 'people are')} unenrolled again: with the enrolment go all roles in the"
            " course and the groups, whoever gave them since, and what Moodle deletes with an enrolment."
        )
    if count := int(lines.asks(ENROL).sum()):
        notes.append(
            f"{count_of(count, 'person is', 'people are')} enrolled again, with the row's role and without dates: other"
            " roles and groups, which went with the enrolment, do not come back."
        )
    if count := int(lines.asks(SUSPEND, REACTIVATE).sum()):
        notes.append(
            f"The dates that {count_of(count, 'enrolment')} had before do not come back: Moodle shows them to nobody."
        )
    return notes
