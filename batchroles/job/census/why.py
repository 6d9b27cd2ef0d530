"""Why somebody has a role: each holding of a person with what gave it, a run of batchroles, a plugin, or others."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np

from batchroles.client import Moodle, records
from batchroles.client.functions import USERS_BY_FIELD
from batchroles.client.side_by_side import Progress, silent
from batchroles.directory.courses import Course
from batchroles.directory.people_by_id import PeopleById, Person
from batchroles.directory.places import Place
from batchroles.errors import CallRefused, InputError, NotInService
from batchroles.job.census import cells, layout
from batchroles.job.census.choosing import chosen
from batchroles.job.census.differing import names_of
from batchroles.job.census.history import Deed, Did, History, Owned, history_of
from batchroles.job.census.layout import Scope
from batchroles.job.census.seen import Looking, Seen, Spot, with_courses
from batchroles.job.identity import USER, identity, names_now, same_names
from batchroles.models import UNENROL, Level, RoleRef
from batchroles.models.levels import BY_CONTEXT_ID
from batchroles.models.references import RoleMap
from batchroles.runs.folders import DEFAULT
from batchroles.runs.ledger import LOST
from batchroles.text import count_of
from batchroles.validator import look_up
from batchroles.validator.dates import site_zone

Origin = Literal["run", "sync", "plugin", "other", "unknown"]
"""What gave a role: a run that is at hand; a sync whose run is not; a plugin; neither; or nobody can tell."""
_APART = timedelta(minutes=10)
"""So much may the clocks of a site and of this machine differ, and a call take."""
_WIDEST = timedelta(hours=14)
"""No zone is farther from UTC."""
_SERVER = "99"
"""A user's time zone that is the site's."""


@dataclass(frozen=True)
class Held:
    """One holding with its origin."""

    role: str
    """The role's short name."""
    context: str
    """The place as a file names it."""
    place: str
    """The place in words; empty where nothing tells."""
    given_by: str
    """As an export has it: `by hand`, `cohort sync (enrol_cohort, 17)`, or `unknown`."""
    since: str
    """As an export has it; empty where the site does not show it."""
    origin: Origin
    run: Deed | None = None
    """What gave it, or gave it before others did anew."""
    owned: Owned | None = None
    """What a sync's ledger says of it."""
    taken: Deed | None = None
    """What took it away before somebody else gave it again."""


@dataclass(frozen=True)
class Gone:
    """A role that a run took away, and that is not there."""

    role: str
    context: str
    given: Deed | None
    """The run that gave it before, if one of those at hand did."""
    taken: Deed


@dataclass(frozen=True)
class Why:
    """Everything that a person holds, and why."""

    person: Person
    holdings: Sequence[Held]
    gone: Sequence[Gone]
    complete: bool
    """Whether all levels are told: else these are only the roles on the lists of courses."""
    runs: int
    """How many runs of this site were read."""
    notes: Sequence[str]


def why(
    moodle: Moodle,
    user: str,
    context: str | None = None,
    *,
    runs: Sequence[Path] = (DEFAULT,),
    state: Path | None = None,
    role_map: RoleMap | None = None,
    progress: Progress = silent,
) -> Why:
    """Say of each holding of a person what gave it. `context`: only in exactly this place.

    `runs`: folders with runs; `state`: where ledgers are kept. Nothing is written. Raises InputError for a person or a
    place that is not there, NotInService where the site shows no holdings, and else what `Moodle.call` raises.
    """
    looking = Looking(moodle, progress)
    everything = looking.look()
    scope = Scope(users=(user,), contexts=() if context is None else (context,))
    try:
        choice = chosen(scope, moodle, everything, role_map or {}, looking.site)
    except InputError as error:
        # The words stand in no flags here.
        raise InputError(re.sub(r"^--(user|context) ", "", str(error))) from None
    ((userid,),) = [choice.users or ()]
    seen, courses = with_courses(everything.only(choice.rows(everything)), looking.courses)
    people = PeopleById(moodle, progress)
    known = people.fetch({userid, *(spot.user for spot in seen.spots if spot.user)})
    history = _of_this_site(history_of(userid, moodle.url, runs, state), userid, moodle)
    ids = _role_ids(moodle, seen, looking, role_map or {})
    telling = _Telling(history, ids, _zone(moodle) if history.deeds else None)
    order = np.lexsort((seen.plugin, seen.role, seen.spot)).tolist()
    held = telling.holdings(seen, order, cells.addresses(seen.spots, courses, known), courses)
    gone = telling.gone(seen, choice.places)
    notes = [*seen.notes, *people.notes, *history.notes, *telling.notes]
    return Why(
        known.get(userid, Person(userid)), held, gone, seen.source == layout.REPORTS, history.runs, notes
    )


def _of_this_site(history: History, userid: int, moodle: Moodle) -> History:
    """Leave out runs that knew other people by the ids of today's: another site was at this address then."""
    # The person may have been renamed, and be the only one of a run.
    faces = {
        deed.run: {one: name for one, name in deed.faces if one != str(userid)} for deed in history.deeds
    }
    ids = sorted({one for some in faces.values() for one in some})
    now = names_now(moodle, ids) if ids else {}
    foreign = {run for run, some in faces.items() if same_names(some, now) is False}
    if not foreign:
        return history
    return replace(
        history,
        deeds=[deed for deed in history.deeds if deed.run not in foreign],
        notes=[
            *history.notes,
            f"{', '.join(sorted(foreign))} {'does' if len(foreign) == 1 else 'do'} not count: by their ids most people"
            " have other user names now, so that another site was at this address then.",
        ],
    )


def _role_ids(moodle: Moodle, seen: Seen, looking: Looking, role_map: RoleMap) -> Mapping[str, int]:
    """Give the ids of the roles that are held by short name, as far as they can be known."""
    held = {seen.shortnames[code] for code in np.unique(seen.role).tolist()}
    refs = {name: RoleRef("shortname", name) for name in held if name not in seen.roles}
    found: Mapping[object, object] = (
        look_up(moodle, refs.values(), (), role_map, looking.site) if refs else {}
    )
    told = {name: found[ref] for name, ref in refs.items()}
    return {**seen.roles, **{name: one for name, one in told.items() if isinstance(one, int)}}


def _zone(moodle: Moodle) -> tzinfo | None:
    """Give the zone in which reports show times to the token's user; None where that is not told."""
    try:
        found = records(moodle.ask(USERS_BY_FIELD, {"field": "id", "values": [identity(moodle)[USER]]}))
        own = str(found[0].get("timezone") or _SERVER)
        return site_zone(moodle) if own == _SERVER else ZoneInfo(own)
    except (CallRefused, NotInService, InputError, KeyError, IndexError, ValueError, OSError):
        return None


class _Telling:
    """Compares what is held with what runs did."""

    def __init__(self, history: History, ids: Mapping[str, int], zone: tzinfo | None) -> None:
        self._history, self._ids, self._zone = history, ids, zone
        self.notes: list[str] = []

    def holdings(
        self, seen: Seen, order: Sequence[int], addresses: Sequence[str], courses: Mapping[int, Course]
    ) -> list[Held]:
        found, told = [], set[tuple[str, int]]()
        for row in order:
            spot, role = seen.spots[int(seen.spot[row])], seen.shortnames[int(seen.role[row])]
            plugin = seen.plugins[int(seen.plugin[row])]
            given = layout.NOT_TOLD if plugin is None else layout.given_by(plugin, int(seen.item[row]))
            one = Held(
                role,
                addresses[int(seen.spot[row])],
                cells.in_words(spot, courses),
                given,
                cells.moment(seen.moments[int(seen.since[row])]),
                "plugin" if plugin else "other",
            )
            # Of two that look alike one is a run's: Moodle keeps what is given by hand once.
            first = (role, int(seen.spot[row])) not in told
            if not plugin and first:
                told.add((role, int(seen.spot[row])))
                one = self._explained(one, spot, certain=plugin is not None)
            elif plugin is None:
                one = replace(one, origin="unknown")
            found.append(one)
        return found

    def _explained(self, held: Held, spot: Spot, *, certain: bool) -> Held:
        """Say what gave a holding that no plugin gives for certain."""
        where = names_of(spot)
        deeds = [deed for deed in self._history.deeds if self._is_about(deed, held.role, where)]
        giver, taken = _last(deeds)
        owned = self._owned(held.role, where)
        if giver is not None and self._is_then(held.since, giver.moment):
            return replace(held, origin="run", run=giver, owned=owned)
        if giver is None and taken is None and owned is not None and owned.standing != LOST:
            return replace(held, origin="sync", owned=owned)
        if not certain or self._may_be_elsewhere(held.role, spot):
            return replace(held, origin="unknown", run=giver, taken=taken)
        return replace(held, origin="other", run=giver, taken=taken)

    def gone(self, seen: Seen, places: Collection[Place] | None) -> list[Gone]:
        """Give what runs took away and is not there, in some places or anywhere."""
        there = {
            (seen.shortnames[int(role)], one)
            for role, spot in zip(seen.role, seen.spot, strict=True)
            for one in names_of(seen.spots[int(spot)])
        }
        words = {id_: name for name, id_ in self._ids.items()}
        subjects: dict[tuple[str, Place], list[Deed]] = {}
        for deed in self._history.deeds:
            if deed.change != str(UNENROL) and (places is None or deed.where in places):
                role = words.get(deed.roleid) or deed.role or f"role {deed.roleid}"
                subjects.setdefault((role, deed.where), []).append(deed)
        found = []
        for (role, where), own in subjects.items():
            ended = [one for one in self._history.deeds if _ends(one, where)]
            deeds = sorted([*own, *ended], key=lambda one: (one.moment, one.number))
            giver, taken = _last(deeds)
            if giver is None and taken is not None and (role, where) not in there:
                before = [one for one in deeds if one.did in (Did.GAVE, Did.SENT)]
                found.append(Gone(role, _address(where), before[-1] if before else None, taken))
        return found

    def _is_about(self, deed: Deed, role: str, where: Collection[Place]) -> bool:
        if deed.where not in where:
            return False
        return _ends(deed, deed.where) or self._is_role(deed.roleid, deed.role, role)

    def _is_role(self, roleid: int, called: str, role: str) -> bool:
        return roleid == self._ids[role] if role in self._ids else called.casefold() == role.casefold()

    def _owned(self, role: str, where: Collection[Place]) -> Owned | None:
        mine = [
            one
            for one in self._history.owned
            if one.where in where and self._is_role(one.roleid, one.role, role)
        ]
        return mine[0] if mine else None

    def _is_then(self, since: str, moment: datetime) -> bool:
        """Whether a holding can be as old as what a run did."""
        try:
            began = datetime.strptime(since, "%Y-%m-%d %H:%M").replace(tzinfo=self._zone or UTC)
        except ValueError:
            return True  # in another language, or not shown
        return abs(began - moment) <= (_APART if self._zone else _APART + _WIDEST)

    def _may_be_elsewhere(self, role: str, spot: Spot) -> bool:
        """Whether a run gave the role in a place that may be this one, of which only the context id is known."""
        if spot.place[0] is not Level.CONTEXT:
            return False
        levels = set(Level) - {*BY_CONTEXT_ID, Level.SYSTEM, Level.USER}
        some = [
            deed
            for deed in self._history.deeds
            if deed.where[0] in levels and self._is_role(deed.roleid, deed.role, role)
        ]
        if some:
            self.notes.append(
                f"Which place the context {spot.context} is, is not known (the report batchroles contexts would tell;"
                f" batchroles setup): whether one of {count_of(len(some), 'run line')} is about it cannot be said."
            )
        return bool(some)


def _last(deeds: Sequence[Deed]) -> tuple[Deed | None, Deed | None]:
    """Give what stands at the end, in the order of time: the deed that gave the role, else the one that took it."""
    giver, taken = None, None
    for deed in deeds:
        if deed.did in (Did.TOOK, Did.MISSED):
            giver, taken = None, deed if deed.did is Did.TOOK else taken
        elif deed.did is Did.GAVE or giver is None:
            # What nobody had looked for, or no answer came for, may have been given by the one before.
            giver, taken = deed, None
    return giver, taken


def _ends(deed: Deed, where: Place) -> bool:
    """Whether a deed ended an enrolment, with which all roles in the course went that no plugin gives."""
    return deed.change == str(UNENROL) and deed.where == where and deed.did is Did.TOOK


def _address(place: Place) -> str:
    level, instance = place
    return f"{level}:id={instance}" if level.facts.keys else f"{level}:{instance}" if instance else str(level)
