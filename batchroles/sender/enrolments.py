"""What reading back says of enrolments: Moodle answers success also where a person stays in by another method."""

from collections.abc import Iterator

import numpy as np

from batchroles.models import ENROL, SUSPEND, UNENROL, Code, Lines, Problem, Status
from batchroles.models.changes import NO_DATE, changes
from batchroles.models.enrolments import INSIDE, OUTSIDE, Enrolment
from batchroles.models.lines import Mask
from batchroles.runs import Ruling
from batchroles.validator.sight import Sight

_REMOVE = "Remove the person where that enrolment comes from (the cohort, say)."
STILL_ENROLLED = Problem(
    Code.STILL_ENROLLED,
    "Moodle confirmed the call, but the person is still enrolled in the course, by another method (cohort sync, say).",
    _REMOVE,
)
STILL_LET_IN = Problem(
    Code.STILL_ENROLLED,
    "Moodle confirmed the call, but the person is still let into the course, by another enrolment (cohort sync, say).",
    _REMOVE,
)
OWN_IS_GONE = Problem(
    Code.STILL_ENROLLED,
    "The enrolment that the run made is gone; the person is still in the course, by another method (cohort sync, say).",
    "There is nothing more to take back.",
)
NOT_IN = Problem(
    Code.NOT_SEEN,
    "Moodle confirmed the call, but the person is not among the course's participants with this role afterwards.",
    "Look at the course's participants; if the person is missing there too, run the row again.",
)
NOT_LET_IN = Problem(
    Code.NOT_SEEN,
    "Moodle confirmed the call, but the person's enrolment is suspended or out of its dates afterwards.",
    "Look at the course's participants; somebody may have suspended the enrolment meanwhile.",
)


def enrolments_seen_otherwise(sight: Sight, done: Mask, *, undoing: bool) -> Iterator[Ruling]:
    """Rule on what was read back of enrolments: refused where they are not as they should be."""
    lines, enrolled = sight.lines, sight.enrolled()
    ours = done & sight.of_enrolment & sight.seen & ~not_told(sight)
    wrong = _wrong(sight)
    for problem, mask in wrong.items():
        if undoing and problem is STILL_ENROLLED:
            yield from as_confirmed(lines, ours & mask, OWN_IS_GONE)
        else:
            yield from rulings(ours & mask, Status.REFUSED, problem)
    sound = ours & ~np.logical_or.reduce(list(wrong.values())) & (enrolled >= 0) & (lines.problem >= 0)
    yield from as_confirmed(lines, sound, None)


def _wrong(sight: Sight) -> dict[Problem, Mask]:
    """Choose the lines of which something else is seen than was confirmed, by what is to be said of them."""
    lines, enrolled = sight.lines, sight.enrolled()
    inside, outside = np.isin(enrolled, INSIDE), np.isin(enrolled, OUTSIDE)
    undated = (lines.start == NO_DATE) & (lines.end == NO_DATE)
    return {
        STILL_ENROLLED: lines.asks(UNENROL) & inside,
        STILL_LET_IN: lines.asks(SUSPEND) & (enrolled == Enrolment.ACTIVE),
        NOT_IN: ~lines.asks(UNENROL) & (outside | (lines.asks(ENROL) & (sight.held() == 0))),
        # With dates of its own the enrolment may well begin later.
        NOT_LET_IN: lines.gives & undated & (enrolled == Enrolment.INACTIVE) & (sight.held() > 0),
    }


def not_told(sight: Sight) -> Mask:
    """Choose the suspended enrolments of which nobody tells whether they are suspended."""
    return np.asarray(sight.lines.asks(SUSPEND) & (sight.enrolled() == Enrolment.UNTOLD))


def as_confirmed(lines: Lines, mask: Mask, problem: Problem | None) -> Iterator[Ruling]:
    """Rule that some lines ended as their changes do, with a problem to be known of them."""
    for code, change in enumerate(changes()):
        yield from rulings(mask & (lines.change == code), change.done, problem)


def rulings(mask: Mask, status: Status, problem: Problem | None) -> list[Ruling]:
    """Rule on some lines; nothing where there are none."""
    return [Ruling(np.flatnonzero(mask), status, problem)] if mask.any() else []
