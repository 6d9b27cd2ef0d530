"""Lines that ask for what is so already, and those that cannot be asked for as things are: found by reading."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from batchroles.client import Moodle
from batchroles.client.side_by_side import Progress
from batchroles.directory.census import SiteRoles
from batchroles.models import ENROL, REACTIVATE, SUSPEND, UNENROL, Code, Lines, Plan, Problem, Status
from batchroles.models.changes import NO_DATE
from batchroles.models.enrolments import OUTSIDE, Enrolment
from batchroles.models.lines import NOT_READ, Mask
from batchroles.validator.holdings import Reader
from batchroles.validator.role_words import KnownRole
from batchroles.validator.sight import Sight, how_far

NOT_THERE = Problem(
    Code.NOT_ENROLLED,
    "The person is not enrolled in the course, so that there is no enrolment to suspend or to reactivate.",
    "Enrol the person (batchroles enrol), or remove the row.",
)
OTHER_ROLE = Problem(
    Code.NOT_ENROLLED,
    "The person does not have this role in the course, and would be given it: Moodle changes an enrolment only together"
    " with a role.",
    "Name a role that the person has there, or leave the role blank.",
)
NO_ROLE = Problem(
    Code.NOT_ENROLLED,
    "The person has no role in the course, and Moodle changes an enrolment only together with one.",
    "Assign a role there first, or change the enrolment in Moodle (the course's participants).",
)
NOT_SEEN = Problem(
    Code.NOT_ENROLLED,
    "Whether the person is enrolled in the course could not be read, and who is not would be enrolled by this.",
    "Have an administrator see to what the notes say, or change the enrolment in Moodle (the course's participants).",
)


def leave_out_what_is_so(
    plan: Plan,
    moodle: Moodle,
    progress: Progress,
    site: SiteRoles | None = None,
    known: Iterable[KnownRole] = (),
    only: Mask | None = None,
) -> Plan:
    """Give open rows of what is so already (the role is there, or nobody is enrolled any more) the status `already`.

    Where the lines' `held` was read by an earlier run, it is what an undo comes back to: a role that somebody had
    twice is there again when it is there twice. `site` and `known`: what the site was asked for already; `only`: the
    lines that are looked at.
    """
    lines, before = plan.lines, plan.lines.held
    wanted = lines.is_open if only is None else lines.is_open & only
    sight = Sight(lines, wanted)
    reader = Reader(moodle, progress, site, known)
    reader.read(sight)
    held = sight.held()
    roles = np.where(lines.gives, held >= np.maximum(before, 1), held <= np.maximum(before, 0))
    so = np.where(sight.of_enrolment, _enrolments_are_so(sight), roles & (held != NOT_READ))
    unread = sight.unread(wanted & ~sight.seen)
    lines = _with_roles(lines.with_held(held).with_enrolled(sight.enrolled()), sight)
    lines, problems = _impossible(lines.ruled(wanted & so, Status.ALREADY), wanted, list(plan.problems))
    said = how_far(wanted, unread, "who has the role could be looked up before sending for {rows}")
    notes = [*plan.notes, *reader.notes, *reader.way, *(said if unread else [])]
    return replace(plan, lines=lines, problems=problems, notes=notes)


def needs_reading(lines: Lines) -> Mask:
    """Choose the lines that can only be sent where it was read how things are."""
    return lines.is_open & lines.asks(SUSPEND, REACTIVATE)


def _with_roles(lines: Lines, sight: Sight) -> Lines:
    """Give lines about enrolments that name no role one that the person has: Moodle wants one, and so does an undo."""
    found = sight.of_enrolment & (lines.roleid == 0) & (sight.any_role() > 0)
    roles, held = lines.roleid.copy(), lines.held.copy()
    roles[found] = sight.any_role()[found]
    held[found] = 1
    return lines.with_roles(roles).with_held(held)


def _enrolments_are_so(sight: Sight) -> Mask:
    """Choose the lines about enrolments that are as they shall be.

    Nothing shows dates, so that a row that has some is never taken for done; nor does a list tell a suspended enrolment
    from one that is out of its dates.
    """
    lines, enrolled = sight.lines, sight.enrolled()
    in_force = (enrolled == Enrolment.ACTIVE) & (lines.start == NO_DATE) & (lines.end == NO_DATE)
    has_role = sight.held() >= np.maximum(lines.held, 1)
    so = lines.asks(ENROL) & in_force & has_role
    so |= lines.asks(REACTIVATE) & in_force
    so |= lines.asks(UNENROL) & np.isin(enrolled, OUTSIDE)
    return np.asarray(so)


def _impossible(lines: Lines, wanted: Mask, problems: list[Problem]) -> tuple[Lines, list[Problem]]:
    """Rule out rows that would enrol somebody, or give a role, though they ask for neither."""
    asked = wanted & needs_reading(lines)
    named = lines.roleid > 0
    kinds = {
        NOT_THERE: np.isin(lines.enrolled, OUTSIDE),
        NOT_SEEN: lines.enrolled == NOT_READ,
        NO_ROLE: ~named,
        OTHER_ROLE: named & (lines.held == 0),
    }
    for problem, kind in kinds.items():
        if (some := asked & lines.is_open & kind).any():
            lines = lines.ruled(some, Status.INVALID, len(problems))
            problems.append(problem)
    return lines, problems
