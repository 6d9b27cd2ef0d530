r"""A file of metrics for the textfile collector of node_exporter, in Prometheus' text format.

The format: https://prometheus.io/docs/instrumenting/exposition_formats/. In a label's value a backslash, a quotation
mark and a line end are escaped as `\\`, `\"` and `\n`; everything else stands as it is, in UTF-8.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from batchroles.models import Status
from batchroles.reporter import Summary
from batchroles.reporter.writing import beside
from batchroles.text import harmless

SUCCESS = "batchroles_last_success_timestamp_seconds"
MODE = 0o644
"""The collector is another user; nothing in the file is about people."""


@dataclass(frozen=True)
class Labels:
    """What tells one job's metrics from another's."""

    site: str
    command: str
    name: str

    def __str__(self) -> str:
        return ",".join(f'{name}="{_escaped(value)}"' for name, value in vars(self).items())


def write_metrics(
    path: Path, labels: Labels, *, now: float, seconds: float, exit_code: int, summary: Summary | None
) -> None:
    """Replace the file. The time of the last success is kept from the one before where this was none.

    `now`: seconds since 1970. `summary`: None where there was no run and no plan. Raises TemporaryFailure where the
    file cannot be written.
    """
    success = now if exit_code == 0 else _last_success(path)
    lines = [
        *_gauges(labels, now, seconds, exit_code, success),
        *(_of_summary(labels, summary) if summary else ()),
    ]
    with beside(path) as draft:
        draft.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
        draft.chmod(MODE)


def _gauges(
    labels: Labels, now: float, seconds: float, exit_code: int, success: float | None
) -> Iterator[str]:
    at = f"{{{labels}}}"
    if success is not None:
        yield from _metric(SUCCESS, "When the command last ended with exit code 0.", {at: success})
    yield from _metric(
        "batchroles_last_run_timestamp_seconds",
        "When the command last ended, whatever its exit code.",
        {at: now},
    )
    yield from _metric("batchroles_exit_code", "The exit code of the last run.", {at: exit_code})
    yield from _metric("batchroles_duration_seconds", "How long the last run took.", {at: round(seconds, 3)})


def _of_summary(labels: Labels, summary: Summary) -> Iterator[str]:
    count = summary.tally
    # Every status, also those that do not occur: a series that comes and goes cannot be alerted on.
    rows = {f'{{{labels},status="{status}"}}': count.statuses.get(status, 0) for status in Status}
    yield from _metric("batchroles_rows", "Rows of the last run by what became of them.", rows)
    at = f"{{{labels}}}"
    yield from _metric("batchroles_rows_pending", "Rows that are still to be sent.", {at: count.pending})
    if summary.compared is not None:
        kinds = {"new": len(summary.compared.new), "known": summary.compared.known}
        failures = {f'{{{labels},kind="{kind}"}}': number for kind, number in kinds.items()}
        yield from _metric(
            "batchroles_failures", "Failed rows, new ones and those of the run before.", failures
        )
    calls = {at: sum(summary.calls.values())}
    yield from _metric("batchroles_calls", "Calls of web service functions that the last run made.", calls)
    phases = {f'{{{labels},phase="{phase}"}}': round(took, 3) for phase, took in summary.seconds.items()}
    yield from _metric("batchroles_phase_seconds", "Seconds of the last run by phase.", phases)


def _metric(name: str, meaning: str, values: Mapping[str, float]) -> Iterator[str]:
    if values:
        yield f"# HELP {name} {meaning}"
        yield f"# TYPE {name} gauge"
        yield from (f"{name}{labels} {value!r}" for labels, value in values.items())


def _last_success(path: Path) -> float | None:
    """Read it from the file of the run before; None where there is none that can be read."""
    try:
        text = path.read_text(encoding="utf-8")
        found = re.search(rf"^{SUCCESS}{{.*}} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else None
    except (OSError, ValueError):
        return None


def _escaped(value: str) -> str:
    # Made harmless first: what shows a control character has a backslash, which is escaped like any other.
    return harmless(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
