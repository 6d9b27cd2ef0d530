"""Whether people are enrolled in the courses in which they have roles, as far as that is worth its calls."""

from collections.abc import Sequence

import numpy as np

from batchroles.client import Moodle
from batchroles.client.side_by_side import Progress
from batchroles.job.census.layout import COURSES, NOT_TOLD
from batchroles.job.census.seen import Seen
from batchroles.models import ENROL, Level, Lines
from batchroles.models.enrolments import OUTSIDE, Enrolment
from batchroles.models.levels import SITE_HOME
from batchroles.models.lines import NOT_READ
from batchroles.validator.course_roles import CourseReader, Pairs

MOST = 5_000
"""Holdings in courses of which enrolments are read: a measured site takes 0.7 ms for each, so that these are 4 s."""
ENROLLED, SUSPENDED, NOT_ENROLLED = "enrolled", "suspended or out of dates", "not enrolled"


def enrolments(seen: Seen, moodle: Moodle, progress: Progress) -> tuple[Sequence[str], list[str]]:
    """Give a word for each holding, empty where it is in no course, and a sentence where some are not read."""
    course = np.array([one.place[1] if one.place[0] is Level.COURSE else 0 for one in seen.spots], "int64")
    courses = course[seen.spot] if len(seen.spots) else seen.spot
    inside = (courses > 0) & (courses != SITE_HOME)
    count = int(inside.sum())
    if not count:
        return [""] * len(courses), []
    listed = seen.source == COURSES
    if count > MOST:
        unread = ENROLLED if listed else NOT_TOLD
        what = "Who is suspended was" if listed else "Enrolments were"
        said = (
            f"{what} not read: at most {MOST:,} holdings in courses are looked up, and these are {count:,};"
            " --below, --context, --role or --user narrow them."
        )
        return [unread if one else "" for one in inside.tolist()], [said]
    lines = Lines.of(
        {
            "row": np.arange(len(courses)),
            "part": np.full(len(courses), ""),
            "change": np.full(len(courses), ENROL.word),
            "userid": seen.user,
            "roleid": np.zeros(len(courses), "int64"),
            "level": np.full(len(courses), str(Level.COURSE)),
            "instanceid": courses,
        }
    )
    pairs = Pairs(lines, inside)
    CourseReader(moodle, progress).read(pairs)
    words = [
        _word(code) if one else ""
        for code, one in zip(pairs.enrolled().tolist(), inside.tolist(), strict=True)
    ]
    return words, []


def _word(code: int) -> str:
    if code == NOT_READ:
        return NOT_TOLD
    if code in OUTSIDE:
        return NOT_ENROLLED
    return SUSPENDED if code == Enrolment.INACTIVE else ENROLLED
