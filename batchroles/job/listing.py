"""A plan line by line, for programs: what would be sent, what would not, and why."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from batchroles.job.naming import named_lines
from batchroles.models import Level, Problem
from batchroles.models.changes import NO_DATE
from batchroles.models.lines import NONE, Ints
from batchroles.runs import Planned


def listed(planned: Planned) -> dict[str, Any]:
    """Give `lines`, one for each change asked for, and `problems`, to which lines refer by number.

    A line has the file's own words and the ids that they were found to mean, null where they were not. Its status is
    null where it would be sent.
    """
    plan = planned.plan
    lines = plan.lines
    columns: dict[str, Iterable[Any]] = {
        "row": [row or None for row in lines.row.tolist()],
        "part": lines.words("part"),
        "origin": lines.words("origin"),
        "action": lines.words("change"),
        "user": [],
        "role": [],
        "context": [],
        "userid": _ids(lines.userid),
        "roleid": _ids(lines.roleid),
        # Only the whole site has no id of its own.
        "level": [
            level if instance or not Level(level).facts.keys else None
            for level, instance in zip(lines.words("level"), lines.instanceid.tolist(), strict=True)
        ],
        "instanceid": _ids(lines.instanceid),
        "start": _moments(lines.start),
        "end": _moments(lines.end),
        "status": [status or None for status in lines.words("status")],
        "problem": [None if problem == NONE else problem for problem in lines.problem.tolist()],
        "same_as": [None if line == NONE else line for line in lines.same_as.tolist()],
    }
    said = list(named_lines(plan, planned.wanted))
    columns |= {name: [getattr(one, name) for one in said] for name in ("user", "role", "context")}
    told = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    return {"lines": told, "problems": [_told(problem) for problem in plan.problems]}


def _ids(ids: Ints) -> list[int | None]:
    return [one or None for one in ids.tolist()]


def _moments(seconds: Ints) -> list[str | None]:
    """Write dates in UTC, as the log and the summary do."""
    return [
        None if one == NO_DATE else datetime.fromtimestamp(one, UTC).isoformat() for one in seconds.tolist()
    ]


def _told(problem: Problem) -> dict[str, str]:
    return {name: str(getattr(problem, name)) for name in ("code", "column", "value", "reason", "fix")}
