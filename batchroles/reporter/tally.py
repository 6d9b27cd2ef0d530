"""Which group every row belongs to, the counts of a run, the proof that they add up, and the exit code."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from batchroles.errors import BatchrolesError
from batchroles.models import Plan, Status
from batchroles.models.plan import codes, status_code

Integers: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]


def deciding_lines(plan: Plan) -> Integers:
    """Return, for each line, the index of the line whose fate it shares: its own but for duplicates.

    `same_as` always names the first of equal lines, which is no duplicate itself.
    """
    fate = np.arange(len(plan.lines), dtype=np.int64)
    repeats = (plan.lines["status"] == Status.DUPLICATE).to_numpy()
    same_as = plan.lines["same_as"].to_numpy()
    fate[repeats] = same_as[repeats]
    return fate


@dataclass(frozen=True, eq=False)
class Groups:
    """Which lines belong to which of the four groups; each belongs to exactly one."""

    done: Flags
    """Done, or so already: the success file."""
    failed: Flags
    """A check, a look-up or Moodle refused them: the failed file."""
    unknown: Flags
    """Sent, without an answer."""
    unsent: Flags
    """Not sent yet; of a plan, what is to be sent."""


def groups(plan: Plan) -> Groups:
    """Put every line into its group; a duplicate is where the line is that it repeats."""
    status = codes(plan.lines["status"])[deciding_lines(plan)]

    def ended_as(*some: Status) -> Flags:
        return np.isin(status, [status_code(one) for one in some])

    return Groups(
        done=ended_as(*(one for one in Status if one.done)),
        failed=ended_as(Status.INVALID, Status.REFUSED),
        unknown=ended_as(Status.UNKNOWN),
        unsent=ended_as(Status.UNSENT) | (status < 0),
    )


@dataclass(frozen=True)
class Tally:
    """How many rows ended as what. A row of a wide format counts once for each of its assignments."""

    rows: int
    """All of them: the sum of `done`, `failed`, `unknown` and `unsent`, and that of `statuses` and `to_send`."""
    statuses: dict[str, int]
    """By status, in the order of `Status`; those that do not occur are left out."""
    codes: dict[str, int]
    """Failed rows by problem code, most frequent first; a duplicate has the code of the row it repeats."""
    remarks: dict[str, int]
    """The same of rows that are done, and of which there is something to know: `not-verified`, say."""
    done: int
    """Rows of the success file."""
    failed: int
    """Rows of the failed file."""
    unknown: int
    """Rows that were sent without an answer: neither done nor failed."""
    unsent: int
    """Rows that were not sent yet: neither done nor failed."""
    to_send: int
    """Rows without a status, which only a plan has: each of them will be sent."""
    file_rows: int
    """Rows of the spreadsheet that are not blank."""

    @property
    def pending(self) -> int:
        """Rows that `batchroles apply` would still send."""
        return self.to_send + self.statuses.get(Status.UNKNOWN, 0) + self.statuses.get(Status.UNSENT, 0)


def tally(plan: Plan) -> Tally:
    """Count what became of every row.

    Raises BatchrolesError when the counts do not add up: a row lost, counted twice, or not in the file.
    """
    _check_every_row_once(plan)
    lines = plan.lines
    group = groups(plan)
    counts = lines["status"].value_counts()
    causes = lines["problem"].to_numpy()[deciding_lines(plan)]
    counted = Tally(
        rows=len(lines),
        statuses={str(status): int(counts[status]) for status in Status if counts.get(status, 0)},
        codes=_codes(plan, causes[group.failed].astype(np.int64)),
        remarks=_codes(plan, causes[group.done].astype(np.int64)),
        done=int(group.done.sum()),
        failed=int(group.failed.sum()),
        unknown=int(group.unknown.sum()),
        unsent=int(group.unsent.sum()),
        to_send=int(lines["status"].isna().sum()),
        file_rows=len(plan.table.cells),
    )
    _check_sums(counted)
    return counted


def exit_code(statuses: Mapping[str, int], stopped: int | None = None, *, lacking: int = 0) -> int:
    """Return a run's exit code: `stopped` where something stopped it, else what the statuses say.

    `lacking`: rows that are done, but not as the caller wants to know them done.
    """
    if stopped is not None:
        return stopped
    if statuses.get(Status.UNKNOWN, 0) or statuses.get(Status.UNSENT, 0):
        return 5
    return 1 if statuses.get(Status.INVALID, 0) or statuses.get(Status.REFUSED, 0) or lacking else 0


def _codes(plan: Plan, problems: np.ndarray[tuple[int], np.dtype[np.int64]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for problem, count in zip(*np.unique(problems[problems >= 0], return_counts=True), strict=True):
        code = str(plan.problems[problem].code)
        counts[code] = counts.get(code, 0) + int(count)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _check_sums(counted: Tally) -> None:
    grouped = counted.done + counted.failed + counted.unknown + counted.unsent
    if not counted.rows == grouped == sum(counted.statuses.values()) + counted.to_send:
        raise BatchrolesError(
            f"The totals do not add up: {counted.rows:,} rows, {grouped:,} of them done, failed, unknown or unsent."
        )


def _check_every_row_once(plan: Plan) -> None:
    lines, rows = plan.lines, plan.table.cells.index
    foreign = lines.loc[~lines["row"].isin(rows), "row"]
    if len(foreign):
        raise BatchrolesError(
            f"The totals do not add up: row {foreign.iloc[0]} is not in {plan.table.path.name}."
        )
    lost = rows[~rows.isin(lines["row"])]
    if len(lost):
        raise BatchrolesError(
            f"The totals do not add up: row {lost[0]} of {plan.table.path.name} was lost on the way."
        )
    twice = lines.loc[lines.duplicated(["row", "part"]), "row"]
    if len(twice):
        raise BatchrolesError(f"The totals do not add up: row {twice.iloc[0]} is counted twice.")
