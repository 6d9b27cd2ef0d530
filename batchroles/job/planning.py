"""A file to a plan: read, resolve, check, and ask Moodle before anything is sent."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from batchroles.client import Moodle
from batchroles.client.side_by_side import Progress, both, silent
from batchroles.client.wire import Stop
from batchroles.directory.census import SiteRoles
from batchroles.job.identity import faces, identity
from batchroles.loader import ReadingOptions
from batchroles.loader.layouts import FormatOptions, Repairs, read
from batchroles.models import Level, Lines, Plan, Wanted
from batchroles.models.references import RoleMap
from batchroles.runs import Origin, Planned
from batchroles.runs.copying import Copy, copied, speaking_of
from batchroles.sources import FileOnDisk, Source
from batchroles.validator import KnownRole, leave_out_what_is_so, resolve
from batchroles.validator.probe import probe
from batchroles.validator.repeats import validate


@dataclass
class Talk:
    """What a caller may want to hear while a job goes on."""

    progress: Progress = silent
    """Called with a phase (`users`, `sending`, …), how much of it is done, and of how much."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Seconds by phase, filled in as phases end."""

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time a phase."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - began


@dataclass(frozen=True)
class Checks:
    """What is asked of the site before anything is sent."""

    role_map: RoleMap = field(default_factory=dict)
    """A site's own role words → short name or id."""
    probe: bool = True
    """Ask Moodle for every distinct role and context whether it would be refused."""
    existing: bool = True
    """Read which roles are there already, and leave them out."""


def make_plan(
    source: Source | Path,
    moodle: Moodle,
    reading: ReadingOptions,
    understanding: FormatOptions,
    checks: Checks,
    talk: Talk | None = None,
    repairs: Repairs | None = None,
    folder: Path | None = None,
    ready: Callable[[], None] = lambda: None,
) -> Planned:
    """Make the plan of a file or another source: every row is given ids or a problem; nothing is written on the site.

    It is copied first, into a run's `folder` where there is one, and only the copy is read. `repairs` say which
    of its lines are meant and what is read otherwise, where a run's rows are tried again. `ready` is called when the
    file is read, and before the site is asked.

    Raises InputError for a file that cannot be read, TemporaryFailure for a source that does not answer, and what
    `Moodle.call` raises.
    """
    talk = talk or Talk()
    with talk.phase("reading"):
        copy, wanted, reading = read_copy(source, reading, understanding, repairs, folder, moodle.stop)
    ready()
    with talk.phase("resolving"):
        site, on_roles = identity(moodle), SiteRoles(moodle)
        plan, roles = _resolved(wanted, moodle, checks, talk, on_roles)
    named = plan
    plan, known = both(
        lambda: _checked(named, moodle, checks, talk, on_roles, roles),
        lambda: faces(moodle, named.lines),
        moodle.workers,
    )
    origin = Origin(
        moodle.url,
        copy,
        reading,
        understanding,
        checks.role_map,
        identity=site,
        faces=known,
        repairs=repairs,
    )
    return Planned(plan, origin, wanted)


def read_copy(
    source: Source | Path,
    reading: ReadingOptions,
    understanding: FormatOptions,
    repairs: Repairs | None = None,
    folder: Path | None = None,
    stop: Stop | None = None,
) -> tuple[Copy, Wanted, ReadingOptions]:
    """Copy a source and read the copy; what is said of it names the source itself. Gives how it was read, too.

    Raises InputError where it cannot be.
    """
    source = FileOnDisk(source) if isinstance(source, Path) else source
    reading = source.reading(reading)
    copy = copied(source, folder, stop)
    with speaking_of(source.name, copy.path):
        wanted = read(copy.path, reading, understanding, repairs)
    notes = [*source.notes, *wanted.notes]
    return copy, replace(wanted, table=replace(wanted.table, path=source.shown), notes=notes), reading


def _resolved(
    wanted: Wanted, moodle: Moodle, checks: Checks, talk: Talk, site: SiteRoles
) -> tuple[Plan, Sequence[KnownRole]]:
    """Give the plan in ids, and the roles that the site named on the way."""
    resolution = resolve(wanted, moodle, checks.role_map, talk.progress, site, ahead=checks.existing)
    lines, problems = validate(resolution.lines, resolution.problems)
    plan = Plan(
        table=wanted.table,
        format=wanted.format,
        read_as=wanted.read_as,
        lines=lines,
        problems=problems,
        notes=[*wanted.notes, *resolution.notes],
    )
    return plan, resolution.roles


def _checked(
    plan: Plan, moodle: Moodle, checks: Checks, talk: Talk, site: SiteRoles, roles: Sequence[KnownRole]
) -> Plan:
    """Leave out what is so already, and what Moodle would refuse."""
    # Before the probe: what is not sent need not be asked about.
    if checks.existing:
        with talk.phase("reading roles"):
            plan = leave_out_what_is_so(plan, moodle, talk.progress, site, roles)
    if checks.probe:
        with talk.phase("probing"):
            plan = probe(plan, moodle, talk.progress)
    return plan


def plan_offline(source: Source | Path, reading: ReadingOptions, understanding: FormatOptions) -> Planned:
    """Make the plan of a file or another source without a site: what is wrong with it, repeats and contradictions too.

    Ids stay 0. Raises InputError for a file that cannot be read.
    """
    copy, wanted, reading = read_copy(source, reading, understanding)
    named = Lines.of(
        {
            **{name: wanted.lines[name] for name in ("row", "part", "change", "problem")},
            "userid": _numbered(wanted.lines, "user"),
            "roleid": _numbered(wanted.lines, "role"),
            # Any one will do: names are numbered, and only whether two lines are the same counts.
            "level": [Level.CONTEXT] * len(wanted.lines),
            "instanceid": _numbered(wanted.lines, "context"),
        }
    )
    lines, problems = validate(named, wanted.problems)
    plan = Plan(
        wanted.table, wanted.format, wanted.read_as, lines.without_ids(), problems, list(wanted.notes)
    )
    return Planned(plan, Origin("", copy, reading, understanding), wanted)


def _numbered(lines: pd.DataFrame, kind: str) -> "pd.Series[int]":
    """Number the distinct namings of a kind: the same names in the same columns are the same thing."""
    columns = [name for name in lines.columns if str(name).startswith(f"{kind}_")]
    # dropna=False: a row with a blank in one of the columns names somebody in another.
    return lines.groupby(columns, dropna=False, sort=False, observed=True).ngroup().astype("int64")
