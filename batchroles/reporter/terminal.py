"""What a run, or a plan, says on the terminal when it is over."""

from collections.abc import Mapping
from pathlib import Path

from batchroles.errors import TemporaryFailure
from batchroles.models import Plan
from batchroles.reporter.messages import messages
from batchroles.reporter.summary import Files, Summary
from batchroles.text import count_of

FIRST_FAILURES = 5
"""Messages shown of a run; the failed file has every row."""
MOST_FAILURES = 1_000
"""Messages shown where there is no failed file."""


def summary_text(plan: Plan, summary: Summary) -> str:
    """Return the counts, the first failures with their fixes, the closing line and the paths.

    Where no files were written, as for a check, failures are told in full.
    """
    to_send = {"to send": summary.tally.to_send} if summary.tally.to_send else {}
    closing = [summary.closing_line(), *(_paths(summary.files) if summary.files else [])]
    parts = [_counts(to_send | summary.tally.statuses), _failures(plan, summary), closing]
    return "\n\n".join("\n".join(part) for part in parts if part)


def next_steps(summary: Summary, folder: Path) -> list[str]:
    """Say which command goes on with the open rows of a run, and which takes the failed ones; nothing where none is."""
    count = summary.tally
    if count.approvable:
        approving = f"batchroles apply {folder} --approve-removals {count.approvable}"
        return [f"{approving} sends the {count_of(count.approvable, 'withheld removal')}, once looked at"]
    if not count.pending and summary.exit_code != TemporaryFailure.exit_code:
        return []
    on = f" with the {count_of(count.pending, 'open row')}" if count.pending else ""
    steps = [f"batchroles apply {folder} goes on{on}"]
    if count.failed and not summary.planned:
        steps.append(
            f"batchroles retry {folder} takes the {count_of(count.failed, 'failed row')}, once mended"
        )
    return steps


def _counts(counts: Mapping[str, int]) -> list[str]:
    names = max((len(name) for name in counts), default=0)
    figures = max((len(f"{count:,}") for count in counts.values()), default=0)
    return [f"  {name:<{names}}  {count:>{figures},}" for name, count in counts.items()]


def _paths(files: Files) -> list[str]:
    return [f"  {name:<8}  {path}" for name, path in files.by_name().items()]


def _failures(plan: Plan, summary: Summary) -> list[str]:
    """Name the causes with their counts, and some messages in full, one for each wrong value."""
    if not summary.tally.failed:
        return []
    told_apart = messages(plan, None if summary.compared is None else summary.compared.new)
    shown = told_apart[: FIRST_FAILURES if summary.files else MOST_FAILURES]
    told = [line for one in shown for line in _indented(f"{one.place}: {one.reason}", one.fix)]
    more = summary.tally.failed - sum(one.count for one in shown)
    rest = [f"  and {more:,} more{', all in the failed file' if summary.files else ''}"] if more else []
    heading = "cannot be sent, by cause:" if summary.planned else "failed, by cause:"
    return [heading, *_counts(summary.tally.codes), "", *told, *rest]


def _indented(reason: str, fix: str) -> list[str]:
    return [f"  {reason}", *([f"    {fix}"] if fix else [])]
