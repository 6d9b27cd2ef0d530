"""What a run came to: the content of `summary.json` and the sentence that ends the output."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from batchroles.errors import Interrupted, SiteRefusal, TemporaryFailure
from batchroles.models import Code, Plan, Status
from batchroles.models.changes import changes
from batchroles.models.lines import Ints
from batchroles.reporter.tally import Tally, exit_code, tally
from batchroles.reporter.writing import draft_of
from batchroles.text import as_json, count_of

REMARKS: Mapping[str, str] = {
    Code.NOT_VERIFIED: "not verified",
    Code.HELD_BY_ENROLMENT: "still held through an enrolment",
    Code.NOT_DUE: "not due",
    Code.NAME_DIFFERS: "named otherwise in Moodle",
}
"""Code of a row that is done → what the closing line says of it."""

ENDINGS: Mapping[int, str] = {
    1: "rows-failed",
    3: "guard",
    4: SiteRefusal.code,
    5: TemporaryFailure.code,
    130: Interrupted.code,
}
"""Exit code of a run or a plan → the word for it in JSON; those of what ends before there is one: `errors.py`."""
RETRYABLE = (TemporaryFailure.exit_code, Interrupted.exit_code)
"""The exit codes after which `apply` may go on without anybody having done anything."""


@dataclass(frozen=True)
class Files:
    """The files of a run's results."""

    success: Path
    failed: Path
    workbook: Path
    summary: Path
    withheld: Path | None = None
    """What a guard kept back; only a sync has one, and a review."""

    @classmethod
    def inside(cls, folder: Path, *, withheld: bool = False) -> "Files":
        """Name the files in a run's folder, whether they exist or not."""
        return cls(
            folder / "success.csv",
            folder / "failed.csv",
            folder / "results.xlsx",
            folder / "summary.json",
            folder / "withheld.csv" if withheld else None,
        )

    def all(self) -> list[Path]:
        """Return the paths."""
        return [path for path in vars(self).values() if path is not None]

    def drafts(self) -> "Files":
        """Return the files that are written beside these, to take their places."""
        return Files(**{name: path and draft_of(path) for name, path in vars(self).items()})

    def by_name(self) -> dict[str, str]:
        """Return the paths by the names that `summary.json` uses."""
        return {name: str(path) for name, path in vars(self).items() if path is not None}


@dataclass(frozen=True, eq=False)
class Compared:
    """What of a run's failures an earlier run had, too."""

    earlier: str
    """That run's name; empty where there is none to compare with, so that all are new."""
    new: Ints
    """The failed lines that it did not have."""
    known: int
    """How many others there are."""


@dataclass(frozen=True)
class Summary:
    """A run in numbers."""

    run: str
    site: str
    input: str
    tally: Tally
    calls: dict[str, int]
    """By web service function."""
    seconds: dict[str, float]
    """By phase."""
    exit_code: int
    format: str
    read_as: str
    when: datetime
    """When the run ended."""
    notes: list[str] = field(default_factory=list)
    files: Files | None = None
    """None where nothing was written, as for a check."""
    state: int = 0
    """The journal's state that this is the summary of: it grows with all that is recorded."""
    stopped_by: str = ""
    """The sentence of what ended the run early; empty where it came to its end."""
    compared: Compared | None = field(default=None, compare=False)
    """None where nothing was sent yet."""
    sync: str = ""
    """The name of the sync whose run it is, if so."""
    guarded: bool = False
    """Whether rows may be withheld, so that they have a file."""

    def to_json(self) -> str:
        """Return the text of `summary.json`."""
        return as_json(self.to_dict()) + "\n"

    @property
    def error(self) -> str | None:
        """Say why the exit code is not 0; None where it is."""
        return (self.stopped_by or self.closing_line()) if self.exit_code else None

    @property
    def planned(self) -> bool:
        """Whether this is a check or a plan: rows wait to be sent, or there were none to send and no report is left."""
        sent = {*(change.done for change in changes()), Status.UNKNOWN, Status.UNSENT} & set(
            self.tally.statuses
        )
        return bool(self.tally.to_send) or (self.files is None and not sent)

    def closing_line(self) -> str:
        """Return `1,231 done, 9 failed of 1,240`, open rows too where there are any; of a plan, what can be sent."""
        count = self.tally
        of = f"of {count.rows:,}"
        if count.rows - count.rowless != count.file_rows:
            of += f" assignments in {count_of(count.file_rows, 'row')}"
        if count.rowless:
            of += f", {count.rowless:,} of them from no row"
        if not self.planned:
            rest = _counted({"unknown": count.unknown, "unsent": count.unsent, "withheld": count.withheld})
            return f"{count.done:,} done{self._remarks()}, {count.failed:,} failed{self._new()}{rest} {of}"
        already, later = (count.statuses.get(one, 0) for one in (Status.ALREADY, Status.NOT_DUE))
        repeats = count.rows - count.failed - already - later - count.withheld - count.to_send
        rest = _counted(
            {
                "already so": already,
                "not due": later,
                "duplicate": repeats,
                "withheld": count.withheld,
            }
        )
        named = count.remarks.get(Code.NAME_DIFFERS, 0)
        remark = f" ({named:,} {REMARKS[Code.NAME_DIFFERS]})" if named else ""
        return f"{count.to_send:,} can be sent, {count.failed:,} cannot{rest}, {of}{remark}"

    def _new(self) -> str:
        one = self.compared
        return (
            f" ({len(one.new):,} new, {one.known:,} known)"
            if one and one.earlier and self.tally.failed
            else ""
        )

    def _remarks(self) -> str:
        told = ", ".join(f"{count:,} {REMARKS[code]}" for code, count in self.tally.remarks.items())
        return f" ({told})" if told else ""

    def to_dict(self) -> dict[str, Any]:
        """Return what `to_json` writes, for whoever has something to add."""
        count = self.tally
        return {
            "run": self.run,
            "sync": self.sync,
            "state": self.state,
            "site": self.site,
            "input": self.input,
            "format": self.format,
            "read_as": self.read_as,
            "when": self.when.isoformat(timespec="seconds"),
            "rows": count.rows,
            "file_rows": count.file_rows,
            "rowless": count.rowless,
            "statuses": count.statuses,
            "done": count.done,
            "failed": count.failed,
            "unknown": count.unknown,
            "unsent": count.unsent,
            "withheld": count.withheld,
            "pending": count.pending,
            "to_send": count.by_change,
            "new": len(self.compared.new) if self.compared else None,
            "known": self.compared.known if self.compared else None,
            "compared_with": (self.compared.earlier or None) if self.compared else None,
            "codes": count.codes,
            "remarks": count.remarks,
            "calls": self.calls,
            "seconds": {phase: round(seconds, 3) for phase, seconds in self.seconds.items()},
            "exit_code": self.exit_code,
            "error": self.error,
            "code": ENDINGS.get(self.exit_code),
            "retryable": self.exit_code in RETRYABLE,
            "notes": self.notes,
            "files": self.files.by_name() if self.files else {},
        }


def summarise(
    plan: Plan,
    *,
    run: str,
    site: str,
    calls: Mapping[str, int],
    seconds: Mapping[str, float],
    stopped: int | None = None,
    all_verified: bool = False,
    folder: Path | None = None,
    when: datetime | None = None,
    state: int = 0,
    stopped_by: str = "",
    compared: Compared | None = None,
    only_new: bool = False,
    sync: str = "",
    guarded: bool = False,
) -> Summary:
    """Count a plan (with statuses: a run) and put the facts beside it that only the caller knows.

    `stopped` is the exit code of what ended the run early, if anything did; `folder` is where the results go,
    if they are written; with `all_verified` a row that could not be read back gives the exit code of a failed one, and
    with `only_new` failures that are all known do not.
    if they are written; `sync`: the name of the sync whose run it is; with `all_verified` a row that could not be read
    back gives the exit code of a failed one.
    `guarded`: whether rows may be withheld. Raises BatchrolesError where the rows do not add up.
    """
    counts = tally(plan)
    forgiven = only_new and compared is not None and not len(compared.new)
    failures = (Status.INVALID, Status.REFUSED) if forgiven else ()
    failing = {status: count for status, count in counts.statuses.items() if status not in failures}
    return Summary(
        run=run,
        site=site,
        input=str(plan.table.path),
        tally=counts,
        calls=dict(sorted(calls.items())),
        seconds=dict(seconds),
        exit_code=exit_code(
            failing, stopped, lacking=counts.remarks.get(Code.NOT_VERIFIED, 0) if all_verified else 0
        ),
        format=plan.format,
        read_as=plan.read_as,
        when=when or datetime.now().astimezone(),
        notes=list(dict.fromkeys([*plan.table.notes, *plan.notes])),
        files=Files.inside(folder, withheld=guarded) if folder else None,
        state=state,
        stopped_by=stopped_by,
        compared=compared,
        sync=sync,
        guarded=guarded,
    )


def _counted(counts: Mapping[str, int]) -> str:
    """Name the counts that are not 0, each behind a comma."""
    return "".join(f", {count:,} {word}" for word, count in counts.items() if count)
