"""The same as the commands, for Python: load, plan, apply, retry, undo; results as DataFrames.

An argument is the flag of its name, and where a sentence names a flag, the argument is meant.
"""

import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import pandas as pd

from batchroles import job, models
from batchroles.arguments import above_zero, must_be, must_be_progress, must_be_site, one_of, words
from batchroles.client import Moodle
from batchroles.client.side_by_side import Progress, silent
from batchroles.errors import InputError
from batchroles.job import IfLocked, Rules
from batchroles.loader import ReadingOptions
from batchroles.loader.frame import READING, write_frame
from batchroles.loader.layouts import FormatOptions
from batchroles.loader.layouts import load as load_table
from batchroles.loader.layouts.dates import DateOrder
from batchroles.models.changes import CHANGES
from batchroles.models.references import RoleMap, UserKey
from batchroles.models.words import LAYOUTS
from batchroles.reporter import Summary, outcomes
from batchroles.runs import Runs
from batchroles.runs.copying import copied, speaking_of
from batchroles.sender import Guards, Halt
from batchroles.sources import FileOnDisk, Source, source_of
from batchroles.validator import RoleList, known_roles

Input: TypeAlias = str | Path | pd.DataFrame
"""A spreadsheet's path or address, or what would stand in one."""
Action: TypeAlias = Literal["assign", "unassign", "enrol", "unenrol", "suspend", "reactivate"]


@dataclass(frozen=True, repr=False)
class Plan:
    """What would be sent. Nothing is on disk or on the site yet; `apply` sends it."""

    made: job.Planned
    """The lines in ids, and where they come from."""
    summary: Summary
    """`summary.tally.to_send` rows wait to be sent; `summary.notes` says how the file was understood."""

    def __repr__(self) -> str:
        return f"Plan({self.summary.closing_line()})"

    @property
    def plan(self) -> models.Plan:
        """Give the lines in ids, each with a status where one is known."""
        return self.made.plan

    @cached_property
    def rows(self) -> pd.DataFrame:
        """Give the rows as `Result.rows` does; `_status` is `""` for what is to be sent."""
        return outcomes(self.made.plan)


@dataclass(frozen=True, repr=False)
class Result:
    """What became of a run, at the moment at which it was asked for."""

    plan: models.Plan
    """The lines in ids with their statuses."""
    summary: Summary
    folder: Path
    """Where `run.db` is, and once it was applied `success.csv`, `failed.csv`, `results.xlsx` and `summary.json`."""

    def __repr__(self) -> str:
        return f"Result({str(self.folder)!r}, {self.summary.closing_line()})"

    @property
    def finished(self) -> bool:
        """Whether `apply` has nothing left to send."""
        return not self.summary.tally.pending

    @cached_property
    def rows(self) -> pd.DataFrame:
        """Give a line for every assignment: the file's columns, then `_row`, `_status`, `_code`, `_reason`, `_fix`.

        Columns of text, blank is `""`; `_row` is an int. A wide format has a line per assignment, and `_part`.
        """
        return outcomes(self.plan)


def load(
    path: str | Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
) -> pd.DataFrame:
    """Read a spreadsheet as text. Index: the spreadsheet's row numbers; columns: its headers; blank is `""`.

    `path`: as the `file` of `plan`. Raises InputError where it cannot be read, TemporaryFailure where an address does
    not answer.
    """
    must_be(str | Path, "a path", path=path)
    must_be(str | None, "text", encoding=encoding, delimiter=delimiter, sheet=sheet)
    source = source_of(path)
    reading = source.reading(ReadingOptions(encoding=encoding, delimiter=delimiter, sheet=sheet))
    copy = copied(source)
    with speaking_of(source.name, copy.path):
        return load_table(copy.path, reading)


def plan(
    file: Input,
    moodle: Moodle | None,
    *,
    action: Action = "assign",
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    all_sheets: bool = False,
    visible_rows: bool = False,
    format: str | None = None,  # noqa: A002 - the flag's name
    match_user_by: UserKey = "username",
    role: str | None = None,
    context: str | None = None,
    column_map: Mapping[str, str] | None = None,
    split_courses: str | None = None,
    enrol: bool = False,
    date_format: DateOrder | None = None,
    time_zone: str | None = None,
    role_map: RoleMap | None = None,
    probe: bool = True,
    check_existing: bool = True,
    strict_names: bool = False,
    sync: str | None = None,
    state: str | Path | None = None,
    rules: Rules | None = None,
    progress: Progress | None = None,
) -> Plan:
    """Check a file or a DataFrame and turn its names into ids; nothing is written on the site.

    `file`: a path, also that of a OneRoster export (a folder or a zip file); as a str also the https address of a
    published sheet; or a DataFrame. Of a DataFrame the columns are the headers, and the first row is row 2, as in a
    spreadsheet; the index is not read. Text stays as it is, a whole number is written without `.0`, and None, NaN, NaT
    and NA are blank.

    `all_sheets`: every visible sheet with a table is read. `visible_rows`: rows that a workbook hides are left out.
    `split_courses`: what stands between the courses of a cell.

    `action`: what rows ask for that do not say it themselves. `enrol`: rows that assign a role in a course enrol
    whoever is not enrolled there. `date_format` and `time_zone`: how dates are read. `strict_names`: only rows are sent
    whose names are in the file and fit the accounts' in Moodle.

    `sync`: the name of the sync whose full list this is; what it gave and the list has no more is then taken away.
    `rules`: what it may do. `state`: the folder where it is kept what it owns.

    `moodle`: None checks the file alone. `progress` is called with a phase, how much of it is done, and of how much,
    from several threads, though never from two at once.

    Raises InputError for a file or an argument that cannot be used, StoppedByGuard for a sync's list that looks like a
    mistake, SiteRefusal and TemporaryFailure for a site that cannot.
    """
    must_be(Input, "a path or a DataFrame", file=file)
    if moodle is not None:
        must_be_site(moodle)
    must_be(
        str | None,
        "text",
        encoding=encoding,
        delimiter=delimiter,
        sheet=sheet,
        role=role,
        context=context,
        split_courses=split_courses,
    )
    one_of(get_args(Action), action=action)
    one_of(get_args(UserKey), match_user_by=match_user_by)
    one_of((None, *LAYOUTS), format=format)
    words(str, "column_map", column_map)
    must_be(bool, "True or False", enrol=enrol, all_sheets=all_sheets, visible_rows=visible_rows)
    one_of((None, *get_args(DateOrder)), date_format=date_format)
    must_be(str | None, "the name of a time zone", time_zone=time_zone)
    must_be(str | None, "the sync's name", sync=sync)
    must_be(str | Path | None, "a folder", state=state)
    must_be(Rules | None, "a batchroles.Rules", rules=rules)
    if sync is None and (rules is not None or state is not None):
        raise InputError("rules and state are for a sync: give its name as sync, too")
    understanding = FormatOptions(
        match_user_by,
        role,
        context,
        column_map or {},
        format,
        CHANGES[action],
        enrol=enrol,
        date_format=date_format,
        time_zone=time_zone,
        split_courses=split_courses,
    )
    reading = ReadingOptions(encoding, delimiter, sheet, all_sheets, visible_rows)
    checks, door = _checks(role_map, probe, check_existing, strict_names), _door(progress)
    if isinstance(file, pd.DataFrame) and reading != ReadingOptions():
        raise InputError(
            "encoding, delimiter, sheet, all_sheets and visible_rows are for files: a DataFrame has none of them"
        )
    with _readable(file) as source:
        reading = READING if isinstance(file, pd.DataFrame) else reading
        if moodle is None:
            if sync is not None:
                raise InputError("a sync is a difference to a site: give one in the place of None")
            made = job.plan_offline(source, reading, understanding)
            made = _named(made, file)
            return Plan(made, job.summary_of_plan(made, {}, {}))
        with job.Job(moodle, door) as work:
            task: job.Task = job.PlanFile(source, reading, understanding, checks)
            if sync is not None:
                ledgers = Path(state) if state is not None else None
                task = job.Sync(source, sync, ledgers, reading, understanding, checks, rules or Rules())
            made = _named(work.planned(task), file)
            return Plan(made, work.summary(made))


def apply(
    run: Plan | Result | str | Path,
    moodle: Moodle,
    *,
    out: str | Path | None = None,
    chunk_size: int = 200,
    max_errors: int | str | None = None,
    rate: float | None = None,
    max_duration: float | None = None,
    verify: bool = False,
    approve_removals: int | None = None,
    if_locked: IfLocked = "wait",
    yes: bool = False,
    progress: Progress | None = None,
) -> Result:
    """Send a plan as a new run, or what is left of a run, and say what became of every row.

    * `run`: a plan; or a run by its folder, a part of its name, `last`, or its Result.
    * `out`: the folder of the new run; by default one in `batchroles-runs`.
    * `chunk_size`: most rows a call. `rate`: most rows a second. `max_duration`: stop cleanly after so many seconds.
    * `max_errors`: stop when more rows have failed: a number (`10`) or a share of the rows (`"2%"`).
    * `verify`: read the roles back after sending.
    * `approve_removals`: send what a sync withheld, too, if there is not more of it.
    * `if_locked`: while another run works on the site `"wait"`, or raise SiteBusy (`"fail"`) or Skipped (`"skip"`);
      the run is saved and can be applied later.
    * `yes`: apply a plan that is older than a day, and the last run after a guard has stopped it.

    A site that stops answering is no exception: rows are `unknown` or `unsent`, `Result.finished` is False, and
    `summary.exit_code` is 5. Raises InputError, before there is a run, for what cannot be used.
    """
    must_be(Plan | Result | str | Path, "a plan, a result, or a run's folder or name", run=run)
    must_be_site(moodle)
    must_be(str | Path | None, "a folder", out=out)
    must_be(bool, "True or False", verify=verify, yes=yes)
    one_of(get_args(IfLocked), if_locked=if_locked)
    above_zero(chunk_size=chunk_size, rate=rate, max_duration=max_duration)
    must_be(int, "a whole number", chunk_size=chunk_size)
    must_be(int | None, "a whole number", approve_removals=approve_removals)
    how = job.Apply(
        Guards(chunk_size=chunk_size, rate=rate),
        max_errors,
        verify=verify,
        even_if_old=yes,
        approve_removals=approve_removals,
    )
    door = _door(progress)
    halt = Halt(None if max_duration is None else time.monotonic() + max_duration)
    with job.Job(moodle, door, halt, if_locked) as work:
        if isinstance(run, Plan):
            return _result(work.sent(run.made, run.summary, Path(out) if out is not None else None, how))
        if out is not None:
            raise InputError("out is for a new run: this one has its folder")
        folder = run.folder if isinstance(run, Result) else Runs().to_apply(str(run), agreed=yes)
        return _result(work.gone_on(folder, how))


def retry(
    run: Result | str | Path,
    moodle: Moodle,
    *,
    role_map: RoleMap | None = None,
    probe: bool = True,
    check_existing: bool = True,
    strict_names: bool = False,
    progress: Progress | None = None,
) -> Plan:
    """Plan a run's failed rows anew; what was mended in its `failed.csv` or `results.xlsx` counts. `apply` sends it.

    Words for roles mean what they meant in the run; `role_map` adds to them. Names are compared at least as strictly as
    in the run. Raises RunError where there is nothing to retry, or the run has to be applied first, and else what
    `plan` raises.
    """
    must_be_site(moodle)
    task = job.PlanRetry(_folder(run), _checks(role_map, probe, check_existing, strict_names))
    return _planned(task, moodle, progress)


def undo(
    run: Result | str | Path,
    moodle: Moodle,
    *,
    also_unknown: bool = False,
    progress: Progress | None = None,
) -> Plan:
    """Plan the inverse of what a run is known to have done; `apply` sends it.

    A plan without rows (`len(plan.rows) == 0`) means that everything is taken back. `also_unknown` takes back rows as
    well for which it was not read before whether the people had the role. Raises RunError where there is nothing to
    take back, or the run has to be applied first, and else what `plan` raises.
    """
    must_be_site(moodle)
    must_be(bool, "True or False", also_unknown=also_unknown)
    return _planned(job.PlanUndo(_folder(run), also_unknown), moodle, progress)


def open_run(run: str | Path) -> Result:
    """Look at a run by its folder, a part of its name, or `last`; the site is not asked.

    Result files that a crash left old are written anew first. Raises RunError where there is no such run, or it is
    damaged.
    """
    opened, said = job.fresh(_folder(run))
    with opened:
        now, summary = job.shown(opened)
        return Result(now, replace(summary, notes=[*summary.notes, *said]), opened.folder)


def roles(moodle: Moodle, *, role_map: RoleMap | None = None, progress: Progress | None = None) -> RoleList:
    """Give the site's roles, each with its id, short name, shown name, and where the id was learned.

    `complete` says whether these are all; where they are not, `hint` says how more could be known.
    """
    must_be_site(moodle)
    words(str | int, "role_map", role_map)
    return known_roles(moodle, role_map, _door(progress).progress)


def _planned(task: job.Task, moodle: Moodle, progress: Progress | None) -> Plan:
    with job.Job(moodle, _door(progress)) as work:
        made = work.planned(task)
        return Plan(made, work.summary(made))


def _result(account: job.Account) -> Result:
    if account.folder is None:
        raise AssertionError("what was sent has a folder")
    return Result(account.plan, account.summary, account.folder)


def _folder(run: Result | str | Path) -> Path:
    must_be(Result | str | Path, "a result, or a run's folder or name", run=run)
    return run.folder if isinstance(run, Result) else Runs().find(str(run))


def _checks(role_map: RoleMap | None, probe: bool, check_existing: bool, strict_names: bool) -> job.Checks:
    words(str | int, "role_map", role_map)
    must_be(bool, "True or False", probe=probe, check_existing=check_existing, strict_names=strict_names)
    return job.Checks(role_map or {}, probe, check_existing, strict_names)


def _door(progress: Progress | None) -> job.Door:
    must_be_progress(progress)
    return job.Door(progress or silent)


@contextmanager
def _readable(file: Input) -> Iterator[Source]:
    """Give what is read; the file of a DataFrame is private, and goes when it has been copied."""
    if not isinstance(file, pd.DataFrame):
        yield source_of(file)
        return
    with tempfile.TemporaryDirectory(prefix="batchroles-") as folder:
        path = Path(folder) / "DataFrame.csv"
        with speaking_of("the DataFrame", path):
            write_frame(file, path)
            yield FileOnDisk(path)


def _named(made: job.Planned, file: Input) -> job.Planned:
    """Let the plan of a DataFrame name it, and not the file that it was in for a moment."""
    if not isinstance(file, pd.DataFrame):
        return made
    table = replace(made.plan.table, path=Path("DataFrame"))
    return replace(made, plan=replace(made.plan, table=table))
