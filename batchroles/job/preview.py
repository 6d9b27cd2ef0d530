"""What a person reads before saying yes: totals, and the first people by their names as Moodle has them."""

from collections import Counter

import numpy as np

from batchroles.client import Moodle
from batchroles.job.in_words import in_words
from batchroles.models import Plan, Status
from batchroles.models.changes import changes
from batchroles.models.lines import Ints
from batchroles.runs import Planned

FIRST = 5
"""People who are shown by name."""


def totals(plan: Plan) -> str:
    """Say how many rows would be done, by what becomes of them, and how many would not."""
    lines = plan.lines
    statuses = lines.by_status()
    by_change = np.bincount(lines.change[lines.is_open], minlength=len(changes())).tolist()
    # What takes away comes first, here as everywhere.
    asked = sorted(zip(changes(), by_change, strict=True), key=lambda pair: pair[0].gives)
    said = [f"{count:,} to be {change.done}" for change, count in asked if count]
    others = {
        Status.ALREADY: "so already",
        Status.NOT_DUE: "not due",
        Status.DUPLICATE: "repeat" if statuses.get(Status.DUPLICATE) == 1 else "repeats",
        Status.WITHHELD: "withheld",
        Status.INVALID: f"cannot be sent ({_causes(plan)})",
    }
    said += [f"{statuses[status]:,} {words}" for status, words in others.items() if status in statuses]
    return ", ".join(said)


def _causes(plan: Plan) -> str:
    """Count the rows that cannot be sent by their codes, the most first."""
    lines = plan.lines
    problems, counts = np.unique(lines.problem[lines.ended_as(Status.INVALID)], return_counts=True)
    by_code = Counter[str]()
    for problem, count in zip(problems.tolist(), counts.tolist(), strict=True):
        by_code[str(plan.problems[problem].code)] += count
    return ", ".join(f"{code} {count:,}" for code, count in by_code.most_common())


def first_people(planned: Planned, moodle: Moodle) -> list[str]:
    """Say what becomes of the first people, above all of those from whom something is taken.

    Raises what `in_words` raises.
    """
    return [one.sentence for one in in_words(planned, _chosen(planned.plan), moodle)]


def _chosen(plan: Plan) -> Ints:
    """Choose one line of each of a few people, of whom something is taken away first."""
    lines = plan.lines
    open_lines = np.flatnonzero(lines.is_open)
    ordered = np.concatenate([open_lines[~lines.gives[open_lines]], open_lines[lines.gives[open_lines]]])
    _, first = np.unique(lines.userid[ordered], return_index=True)
    return np.asarray(ordered[np.sort(first)[:FIRST]])
