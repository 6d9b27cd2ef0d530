"""What a run says on the terminal when it is over."""

from collections.abc import Mapping

import numpy as np

from batchroles.models import Plan, Status
from batchroles.reporter.outcomes import Columns
from batchroles.reporter.summary import Files, Summary

FIRST_FAILURES = 5


def summary_text(plan: Plan, summary: Summary) -> str:
    """Return the counts, the first failures with their fixes, the closing line and the paths."""
    closing = [summary.closing_line(), *(_paths(summary.files) if summary.files else [])]
    parts = [_counts(summary.tally.statuses), _failures(plan, summary), closing]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _counts(counts: Mapping[str, int]) -> list[str]:
    names = max((len(name) for name in counts), default=0)
    figures = max((len(f"{count:,}") for count in counts.values()), default=0)
    return [f"  {name:<{names}}  {count:>{figures},}" for name, count in counts.items()]


def _paths(files: Files) -> list[str]:
    return [f"  {name:<8}  {path}" for name, path in files.by_name().items()]


def _failures(plan: Plan, summary: Summary) -> list[str]:
    """Name the causes with their counts, and one row of each of the first few problems in full."""
    if not summary.tally.failed:
        return []
    causes = _counts(summary.tally.codes)
    return ["not done, by cause:", *causes, "", *_first_failures(plan, summary.tally.failed)]


def _first_failures(plan: Plan, failed: int) -> list[str]:
    columns = Columns(plan)
    statuses = plan.lines["status"]
    own_failure = (statuses.notna() & (statuses != Status.DUPLICATE)).to_numpy()
    failures = np.flatnonzero(~columns.done & own_failure)
    _, first_of_each = np.unique(plan.lines["problem"].to_numpy()[failures], return_index=True)
    first = failures[np.sort(first_of_each)[:FIRST_FAILURES]]
    reasons, fixes = columns.text(first, lambda value: value)[-2:]
    told = [line for pair in zip(reasons, fixes, strict=True) for line in _indented(*pair)]
    more = failed - len(first)
    return [*told, f"  and {more:,} more, all in the failed file"] if more > 0 else told


def _indented(reason: str, fix: str) -> list[str]:
    return [f"  {reason}", *([f"    {fix}"] if fix else [])]
