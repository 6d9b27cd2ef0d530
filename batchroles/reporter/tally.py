"""Which group every row belongs to, the counts of a run, the proof that they add up, and the exit code."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from batchroles.errors import BatchrolesError
from batchroles.models import Code, Lines, Plan, Status
from batchroles.models.changes import changes
from batchroles.models.lines import Ints, Mask
from batchroles.text import count_of


def deciding_lines(lines: Lines) -> Ints:
    """Return, for each line, the index of the line whose fate it shares: its own but for duplicates.

    `same_as` always names the first of equal lines, which is no duplicate itself.
    """
    fate = np.arange(len(lines), dtype=np.int64)
    repeats = lines.ended_as(Status.DUPLICATE)
    fate[repeats] = lines.same_as[repeats]
    return fate


def problems_told(plan: Plan) -> Ints:
    """Return for each line the number of the problem that is told of it, -1 for none.

    That of a duplicate is that of the line which it repeats, but what names a row has is its own.
    """
    own, repeats = plan.lines.problem.astype(np.int64), plan.lines.ended_as(Status.DUPLICATE)
    if not repeats.any():
        return own
    found = own[deciding_lines(plan.lines)]
    of_names = [number for number, problem in enumerate(plan.problems) if problem.code is Code.NAME_DIFFERS]
    mine = repeats & np.isin(found, [-1, *of_names])
    return np.where(mine, own, found)


@dataclass(frozen=True, eq=False)
class Groups:
    """Which lines belong to which of the groups; each belongs to exactly one."""

    done: Mask
    """Done, or so already: the success file."""
    failed: Mask
    """A check, a look-up or Moodle refused them: the failed file."""
    unknown: Mask
    """Sent, without an answer."""
    unsent: Mask
    """Not sent yet; of a plan, what is to be sent."""
    withheld: Mask
    """Kept back by a guard: the withheld file."""


def groups(plan: Plan) -> Groups:
    """Put every line of a plan into its group; a duplicate is where the line is that it repeats."""
    return groups_of(plan.lines)


def groups_of(lines: Lines) -> Groups:
    """Do so for lines alone."""
    fate = deciding_lines(lines)

    def ended_as(*some: Status) -> Mask:
        return lines.ended_as(*some)[fate]

    return Groups(
        done=ended_as(*(one for one in Status if one.done)),
        failed=ended_as(Status.INVALID, Status.REFUSED),
        unknown=ended_as(Status.UNKNOWN),
        unsent=ended_as(Status.UNSENT) | lines.is_open[fate],
        withheld=ended_as(Status.WITHHELD),
    )


@dataclass(frozen=True)
class Tally:
    """How many lines ended as what."""

    rows: int
    """All lines: the sum of `done`, `failed`, `unknown`, `unsent` and `withheld`, and that of `statuses` and `to_send`.
    A row of a wide format has a line for each of its assignments."""
    statuses: dict[str, int]
    """By status, in the order of `Status`; those that do not occur are left out."""
    codes: dict[str, int]
    """Failed rows by problem code, most frequent first; a duplicate has the code of the row it repeats."""
    remarks: dict[str, int]
    """The same of rows that are done or to be sent, and of which there is something to know: `not-verified`, say."""
    done: int
    """Rows of the success file."""
    failed: int
    """Rows of the failed file."""
    unknown: int
    """Rows that were sent without an answer: neither done nor failed."""
    unsent: int
    """Rows that were not sent yet: neither done nor failed."""
    withheld: int
    """Rows that a guard kept back."""
    to_send: int
    """Rows without a status, which only a plan has: each of them will be sent."""
    file_rows: int
    """Rows of the spreadsheet that are not blank."""
    rowless: int
    """Lines that come from no row of the spreadsheet."""
    by_change: dict[str, int] = field(default_factory=dict)
    """Of `to_send`, by what is asked for."""
    approvable: int = 0
    """Those of `withheld` that wait for somebody to agree."""

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
    told = problems_told(plan)
    coming = lines.is_open[deciding_lines(plan.lines)]
    counted = Tally(
        rows=len(lines),
        statuses={status: count for status, count in lines.by_status().items() if status},
        codes=_codes(plan, told[group.failed]),
        remarks=_codes(plan, told[group.done | coming]),
        done=int(group.done.sum()),
        failed=int(group.failed.sum()),
        unknown=int(group.unknown.sum()),
        unsent=int(group.unsent.sum()),
        withheld=int(group.withheld.sum()),
        approvable=int(plan.approvable[deciding_lines(lines)].sum()),
        to_send=int(lines.is_open.sum()),
        by_change=_by_change(lines),
        file_rows=len(plan.table.cells),
        rowless=int((~lines.has_row).sum()),
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
    if statuses.get(Status.WITHHELD, 0):
        return 3
    return 1 if statuses.get(Status.INVALID, 0) or statuses.get(Status.REFUSED, 0) or lacking else 0


def _by_change(lines: Lines) -> dict[str, int]:
    counts = np.bincount(lines.change[lines.is_open], minlength=len(changes())).tolist()
    return {change.word: count for change, count in zip(changes(), counts, strict=True) if count}


def _codes(plan: Plan, problems: np.ndarray[tuple[int], np.dtype[np.int64]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for problem, count in zip(*np.unique(problems[problems >= 0], return_counts=True), strict=True):
        code = str(plan.problems[problem].code)
        counts[code] = counts.get(code, 0) + int(count)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _check_sums(counted: Tally) -> None:
    grouped = counted.done + counted.failed + counted.unknown + counted.unsent + counted.withheld
    if not counted.rows == grouped == sum(counted.statuses.values()) + counted.to_send:
        raise BatchrolesError(
            f"The totals do not add up: {count_of(counted.rows, 'row')}, {grouped:,} of them done, failed, unknown,"
            " unsent or withheld."
        )


def _check_every_row_once(plan: Plan) -> None:
    """Reconcile the lines with the rows that were read: each row has lines, each line a row or an origin."""
    lines, rows = plan.lines, plan.table.cells.index
    with_row = lines.row[lines.has_row]
    foreign = with_row[~np.isin(with_row, rows)]
    if len(foreign):
        raise BatchrolesError(f"The totals do not add up: row {foreign[0]} is not in {plan.table.path.name}.")
    lost = rows[~rows.isin(with_row)]
    if len(lost):
        raise BatchrolesError(
            f"The totals do not add up: row {lost[0]} of {plan.table.path.name} was lost on the way."
        )
    if not all(lines.words("origin", ~lines.has_row)):
        raise BatchrolesError(
            "The totals do not add up: a line comes from no row and does not say where from."
        )
    twice = np.flatnonzero(lines.named_before())
    if len(twice):
        raise BatchrolesError(f"The totals do not add up: {plan.place(int(twice[0]))} is counted twice.")
