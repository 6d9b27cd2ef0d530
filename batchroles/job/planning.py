"""A file to a plan: read, resolve, check, and ask Moodle before anything is sent."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from batchroles.client import Moodle
from batchroles.client.side_by_side import Progress, both, silent
from batchroles.client.wire import Stop
from batchroles.directory.census import SiteRoles
from batchroles.job.enrolling import enrol_instead, leave_the_enrolled, say_who_is_not_enrolled
from batchroles.job.identity import faces, identity
from batchroles.job.overview import ROLE
from batchroles.job.proposing.corrections import Correction, corrected
from batchroles.loader import ReadingOptions
from batchroles.loader.layouts import FormatOptions, Repairs, read
from batchroles.models import Level, Lines, Plan, Wanted
from batchroles.models.lines import LEVEL_CODES, Mask
from batchroles.models.references import RoleMap
from batchroles.runs import Origin, Planned
from batchroles.runs.copying import Copy, copied, speaking_of
from batchroles.sources import FileOnDisk, Source
from batchroles.validator import KnownRole, leave_out_what_is_so, resolve
from batchroles.validator.already import needs_reading
from batchroles.validator.dates import site_zone, with_dates, zone_of
from batchroles.validator.naming import Compared, refuse_without_names, with_names_compared
from batchroles.validator.probe import probe
from batchroles.validator.repeats import validate


@dataclass
class Talk:
    """What a caller may want to hear while a job goes on."""

    progress: Progress = silent
    """Called with a phase (`users`, `sending`, …), how much of it is done, and of how much."""
    sent: Callable[[int, int, int], None] = lambda _, __, ___: None
    """Called while rows are sent, with how many have an end, how many of these Moodle refused, and of how many."""
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
    strict_names: bool = False
    """Send only rows whose names were compared with Moodle's, and fit."""


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
    corrections: Sequence[Correction] = (),
) -> Planned:
    """Make the plan of a file or another source: every row is given ids or a problem; nothing is written on the site.

    It is copied first, into a run's `folder` where there is one, and only the copy is read. `repairs` say which
    of its lines are meant and what is read otherwise, where a run's rows are tried again; `corrections` come on top.
    `ready` is called when the file is read, and before the site is asked.

    Raises InputError for a file that cannot be read, or has no names where all are to be compared, TemporaryFailure for
    a source that does not answer, and what `Moodle.call` raises.
    """
    talk = talk or Talk()
    with talk.phase("reading"):
        copy, wanted, reading = read_copy(source, reading, understanding, repairs, folder, moodle.stop)
        if corrections:
            repairs = corrected(corrections, wanted, understanding, repairs)
            wanted = _read(source, copy, reading, understanding, repairs)
    if checks.strict_names:
        refuse_without_names(wanted)
    ready()
    with talk.phase("resolving"):
        site, on_roles = identity(moodle), SiteRoles(moodle)
        plan, roles, enrolling, names = _resolved(wanted, moodle, understanding, checks, talk, on_roles)
    named = plan
    plan, known = both(
        lambda: _checked(named, moodle, checks, talk, on_roles, roles, enrolling),
        lambda: faces(moodle, named.lines),
        moodle.workers,
    )
    if checks.existing and not understanding.enrol:
        plan = say_who_is_not_enrolled(plan, moodle)
    plan = names.noted(plan)
    origin = Origin(
        moodle.url,
        copy,
        reading,
        understanding,
        checks.role_map,
        strict_names=checks.strict_names,
        identity=site,
        faces=known,
        repairs=repairs,
    )
    called = {(ROLE, role.id): role.called for role in roles}
    return Planned(plan, origin, wanted, called, {role.id: role.name for role in roles if role.name})


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
    return copy, _read(source, copy, reading, understanding, repairs), reading


def _read(
    source: Source | Path,
    copy: Copy,
    reading: ReadingOptions,
    understanding: FormatOptions,
    repairs: Repairs | None,
) -> Wanted:
    source = FileOnDisk(source) if isinstance(source, Path) else source
    with speaking_of(source.name, copy.path):
        wanted = read(copy.path, reading, understanding, repairs)
    notes = [*source.notes, *wanted.notes]
    return replace(wanted, table=replace(wanted.table, path=source.shown), notes=notes)


def _resolved(
    wanted: Wanted,
    moodle: Moodle,
    understanding: FormatOptions,
    checks: Checks,
    talk: Talk,
    site: SiteRoles,
) -> tuple[Plan, Sequence[KnownRole], Mask, Compared]:
    """Give the plan in ids, the roles that the site named, which rows enrol though they assign, and the names."""
    resolution = resolve(wanted, moodle, checks.role_map, talk.progress, site, ahead=checks.existing)
    names, resolution = with_names_compared(
        wanted, resolution, moodle, talk.progress, strict=checks.strict_names
    )
    named = understanding.time_zone
    zone = cache(lambda: site_zone(moodle) if named is None else zone_of(named))
    lines, problems = with_dates(resolution.lines, resolution.problems, wanted, zone)
    lines, enrolling = enrol_instead(lines, asked=understanding.enrol)
    lines, problems = validate(lines, problems, wanted.table.called)
    plan = Plan(
        table=wanted.table,
        format=wanted.format,
        read_as=wanted.read_as,
        lines=lines,
        problems=problems,
        notes=[*wanted.notes, *resolution.notes],
    )
    return plan, resolution.roles, enrolling, names


def _checked(
    plan: Plan,
    moodle: Moodle,
    checks: Checks,
    talk: Talk,
    site: SiteRoles,
    roles: Sequence[KnownRole],
    enrolling: Mask,
) -> Plan:
    """Leave out what is so already, and what Moodle would refuse; `enrolling`: rows that enrol though they assign."""
    # Before the probe: what is not sent need not be asked about.
    looked_at = plan.lines.is_open & (checks.existing | needs_reading(plan.lines) | enrolling)
    if checks.existing or looked_at.any():
        with talk.phase("reading roles"):
            plan = leave_out_what_is_so(plan, moodle, talk.progress, site, roles, looked_at)
            plan = leave_the_enrolled(plan, enrolling)
    if checks.probe:
        with talk.phase("probing"):
            plan = probe(plan, moodle, talk.progress)
    return plan


def plan_offline(source: Source | Path, reading: ReadingOptions, understanding: FormatOptions) -> Planned:
    """Make the plan of a file or another source without a site: what is wrong with it, repeats and contradictions too.

    Ids stay 0. Raises InputError for a file that cannot be read.
    """
    copy, wanted, reading = read_copy(source, reading, understanding)
    levels = _levels(wanted.lines)
    named = Lines.of(
        {
            **{name: wanted.lines[name] for name in ("row", "part", "change", "problem")},
            "userid": _numbered(wanted.lines, "user"),
            "roleid": _numbered(wanted.lines, "role"),
            "level": levels,
            "instanceid": _numbered(wanted.lines, "context"),
        }
    )
    zone = understanding.time_zone
    lines, problems = with_dates(named, wanted.problems, wanted, lambda: zone_of(zone) if zone else UTC)
    lines, problems = validate(lines, problems, wanted.table.called)
    plan = Plan(
        wanted.table, wanted.format, wanted.read_as, lines.without_ids(), problems, list(wanted.notes)
    )
    return Planned(plan, Origin("", copy, reading, understanding), wanted)


def _levels(lines: pd.DataFrame) -> npt.NDArray[np.int8]:
    """Give the level of each line's place as the file names it; that of a line without a place is any one."""
    found = np.full(len(lines), LEVEL_CODES[Level.CONTEXT], "int8")
    # The last column first: what stands in an earlier one takes its place.
    for name in reversed([name for name in lines.columns if str(name).startswith("context_")]):
        places = lines[name].cat
        codes = np.array([*(LEVEL_CODES[ref.level] for ref in places.categories), 0], "int8")[places.codes]
        found = np.where(places.codes >= 0, codes, found).astype("int8")
    return found


def _numbered(lines: pd.DataFrame, kind: str) -> "pd.Series[int]":
    """Number the distinct namings of a kind: the same names in the same columns are the same thing."""
    columns = [name for name in lines.columns if str(name).startswith(f"{kind}_")]
    # dropna=False: a row with a blank in one of the columns names somebody in another.
    return lines.groupby(columns, dropna=False, sort=False, observed=True).ngroup().astype("int64")
