"""Who of a plan's people is not enrolled: enrolled along with the role where that is asked for, and said where not."""

from dataclasses import replace

import numpy as np

from batchroles.client import Moodle
from batchroles.models import ASSIGN, ENROL, Level, Lines, Plan, Status
from batchroles.models.enrolments import INSIDE, OUTSIDE
from batchroles.models.levels import SITE_HOME
from batchroles.models.lines import NONE, NOT_READ, Ints, Mask
from batchroles.text import count_of
from batchroles.validator.holdings import look_at_some_courses

WHAT_IT_MEANS = (
    "a role alone puts nobody among a course's participants, nor the course on a dashboard. --enrol enrols such people,"
    " too."
)


def in_courses(lines: Lines) -> Mask:
    """Choose the lines that assign a role in a course in which people are enrolled: not on the site's front page."""
    in_course = lines.at(Level.COURSE) & (lines.instanceid != SITE_HOME)
    return np.asarray(in_course & lines.asks(ASSIGN) & (lines.problem == NONE))


def enrol_instead(lines: Lines, *, asked: bool) -> tuple[Lines, Mask]:
    """Have rows that assign a role in a course enrol with it, if that is asked for; gives which these are."""
    chosen = in_courses(lines) & asked
    return (lines.asking(chosen, ENROL) if chosen.any() else lines), chosen


def leave_the_enrolled(plan: Plan, chosen: Mask) -> Plan:
    """Have rows of people who turn out to be enrolled assign the role alone, as they ask."""
    lines = plan.lines
    back = chosen & lines.is_open & np.isin(lines.enrolled, INSIDE)
    if not back.any():
        return plan
    dated = back & ((lines.start > 0) | (lines.end > 0))
    lines = lines.asking(back, ASSIGN)
    lines = lines.ruled(back & (lines.held > 0), Status.ALREADY)
    said = count_of(
        int(back.sum()),
        "row is of somebody who is enrolled already, and gets the role alone",
        "rows are of people who are enrolled already: they get the role alone",
    )
    dates = "; the dates of enrolments stay (batchroles enrol changes them)" if dated.any() else ""
    return replace(plan, lines=lines, notes=[*plan.notes, f"{said}{dates}."])


def say_who_is_not_enrolled(plan: Plan, moodle: Moodle) -> Plan:
    """Say how many people get a role in a course without being enrolled there, and what that means.

    Where it was not read course by course who has which role, that is one call more.
    """
    lines = plan.lines
    chosen = in_courses(lines) & (lines.is_open | lines.ended_as(Status.ALREADY))
    if not chosen.any():
        return plan
    enrolled = lines.enrolled.copy()
    if (enrolled[chosen] == NOT_READ).all():
        enrolled = look_at_some_courses(lines, chosen, moodle)
        plan = replace(plan, lines=lines.with_enrolled(enrolled))
    people = _one_a_person(lines, chosen)
    known = enrolled[people] != NOT_READ
    outside = int(np.isin(enrolled[people], OUTSIDE).sum())
    if not outside:
        return plan
    of = f"{outside:,} of {count_of(int(known.sum()), 'person', 'people')}"
    are = "is" if outside == 1 else "are"
    note = f"{of} with a role in a course {are} not enrolled there: {WHAT_IT_MEANS}"
    return replace(plan, notes=[*plan.notes, note])


def _one_a_person(lines: Lines, chosen: Mask) -> Ints:
    """Give one line for each person and course among some lines."""
    numbers = np.flatnonzero(chosen)
    return numbers[np.unique(lines.numbered("userid", "instanceid")[numbers], return_index=True)[1]]
