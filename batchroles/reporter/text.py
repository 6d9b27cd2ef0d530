"""What a run says on the terminal when it is over."""

import numpy as np

from batchroles.models import Plan
from batchroles.reporter.outcomes import Columns
from batchroles.reporter.summary import Summary

FIRST_FAILURES = 5


def summary_text(plan: Plan, summary: Summary) -> str:
    """Return the counts, the first failures with their fixes, the closing line and the paths."""
    parts = [
        _table(summary.tally.statuses),
        _failures(plan, summary),
        summary.closing_line(),
        _table(summary.files.by_name()) if summary.files else "",
    ]
    return "\n\n".join(part for part in parts[:-1] if part) + (f"\n{parts[-1]}" if parts[-1] else "")


def _table(cells: dict[str, int] | dict[str, str]) -> str:
    names = max((len(name) for name in cells), default=0)
    shown = {name: f"{cell:,}" if isinstance(cell, int) else cell for name, cell in cells.items()}
    figures = max((len(text) for name, text in shown.items() if isinstance(cells[name], int)), default=0)
    return "\n".join(f"  {name:<{names}}  {text:>{figures}}" for name, text in shown.items())


def _failures(plan: Plan, summary: Summary) -> str:
    """Name the causes with their counts, and the first few rows in full."""
    if not summary.tally.failed:
        return ""
    return "\n".join(
        ["not done, by cause:", _table(summary.tally.codes), "", *_first_failures(plan, summary.tally.failed)]
    )


def _first_failures(plan: Plan, failed: int) -> list[str]:
    columns = Columns(plan)
    has_status = plan.lines["status"].notna().to_numpy()
    failures = np.flatnonzero(~columns.done & has_status)
    _, first_of_each = np.unique(plan.lines["problem"].to_numpy()[failures], return_index=True)
    first = failures[np.sort(first_of_each)[:FIRST_FAILURES]]
    reasons, fixes = columns.text(first, lambda value: value)[-2:]
    told = [line for pair in zip(reasons, fixes, strict=True) for line in _indented(*pair)]
    more = failed - len(first)
    return [*told, f"  and {more:,} more, all in the failed file"] if more > 0 else told


def _indented(reason: str, fix: str) -> list[str]:
    return [f"  {reason}", *([f"    {fix}"] if fix else [])]
