"""What is wrong with a run's rows, said once for all the rows in which it is wrong in the same way."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from batchroles.models import Code, Plan
from batchroles.models.lines import Ints
from batchroles.reporter.tally import groups, problems_told


@dataclass(frozen=True)
class Message:
    """What is wrong in the same way with some lines."""

    code: Code
    place: str
    """Their first rows, and how many there are."""
    reason: str
    fix: str
    count: int
    """Of lines: a row may ask for several things."""


def messages(plan: Plan, only: Ints | None = None) -> list[Message]:
    """Give what is wrong with failed lines, in the order of their first; a duplicate stands with what it repeats.

    `only`: of these lines alone, where there are some.
    """
    told = problems_told(plan)
    lines = np.flatnonzero(groups(plan).failed & (told >= 0))
    if only is not None and len(only):
        lines = np.intersect1d(lines, only)
    found: dict[tuple[Code, str, str, str], list[int]] = {}
    for line, cause in zip(lines.tolist(), told[lines].tolist(), strict=True):
        problem = plan.problems[cause]
        # By its words: what is said of a whole column is said once, whatever the values in it are.
        key = (problem.code, problem.column, problem.reason, problem.fix)
        found.setdefault(key, []).append(line)
    return [
        Message(code, _place(plan, column, some), reason, fix, len(some))
        for (code, column, reason, fix), some in found.items()
    ]


def _place(plan: Plan, column: str, lines: Sequence[int]) -> str:
    rows = list(dict.fromkeys(row for row in plan.lines.row[list(lines)].tolist() if row))
    if rows:
        return plan.table.places(rows, column)
    more = f" and {len(lines) - 1:,} more" if len(lines) > 1 else ""
    return f"{plan.lines.called(lines[0])}{more}"
