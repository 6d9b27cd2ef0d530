"""What one export or site has and another has not: holdings by names, and names that are not on the other side.

Whoever gives it, a person has a role in a place or has it not: a holding by hand is no difference from one by a cohort.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from batchroles.client import Moodle
from batchroles.client.side_by_side import Progress, one_at_a_time, silent
from batchroles.directory.categories import Categories
from batchroles.errors import InputError, SiteRefusal
from batchroles.job.census import layout
from batchroles.job.census.enrolled import NOT_ENROLLED
from batchroles.job.census.exported import NAME
from batchroles.job.census.layout import Scope
from batchroles.job.census.pairing import Asked, Paired
from batchroles.job.census.places_by_id import on_one_site
from batchroles.job.census.places_by_name import on_two_sites
from batchroles.job.census.same_people import Known, SiteRegister, Who, pair_people, said_otherwise
from batchroles.job.census.sides import (
    MOST_SAID,
    Side,
    is_same_site,
    of_file,
    of_site,
    refuse_ids,
    refuse_other_scope,
)
from batchroles.loader.layouts.contexts import read_context
from batchroles.models import ContextRef, Level, Problem, RoleRef
from batchroles.models.lines import Ints, Mask, numbered_together
from batchroles.models.references import RoleMap
from batchroles.text import count_of
from batchroles.validator import look_up
from batchroles.validator.categories import CategoryFinder

Source = Path | Moodle
_USER = f"{Level.USER}:"


@dataclass(frozen=True)
class Missing:
    """A name of the one side that is not on the other."""

    kind: str
    """`person`, `role`, or what people call an instance of a context level."""
    name: str
    holdings: int
    """How many differences hang on it."""
    why: str = ""
    """What the site says of a role, and what to do; empty for all else."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """What a comparison came to."""

    one: Side
    other: Side
    same_site: bool
    lacking: pd.DataFrame
    """What the one has and the other has not, a row a holding, in the words of the other: the columns of a list."""
    possible: Mask
    """Those of them whose names are all there on the other side."""
    surplus: pd.DataFrame
    """What the other has and the one has not, in the same columns."""
    by_hand: Mask
    """Those of them that no plugin gives, so that they can be taken away."""
    both: int
    """Holdings of both."""
    by_plugins: tuple[int, int]
    """What plugins give on either side and the other lacks, where these do not count as differences."""
    left_out: tuple[int, int]
    """Holdings of either side that cannot be compared."""
    missing: Sequence[Missing]
    otherwise: Mapping[str, str]
    """People with another user name on the other side, by that on the one."""
    notes: Sequence[str]

    @property
    def exit_code(self) -> int:
        """0 where nothing differs, 1 where something does, or where names of one site mean others by now."""
        doubts = self.same_site and any(self.left_out)
        return int(bool(len(self.lacking) or len(self.surplus) or doubts))


def compare(
    one: Source,
    other: Source,
    *,
    with_plugins: bool = False,
    same_site: bool = False,
    role_map: RoleMap | None = None,
    progress: Progress = silent,
) -> Comparison:
    """Compare two exports, two sites, or one of each; nothing is written on any site.

    `with_plugins`: what plugins give counts, too. `same_site`: refuse exports of two sites. `role_map`: which role of
    the other site a short name is, where that does not tell. Raises InputError for a file that is no export, and for
    two sides that cannot be compared, SiteRefusal with `same_site` for a site that shows less than its export; else
    what `export` raises.
    """
    progress = one_at_a_time(progress)
    a, b = _sides(one, other, same_site, progress)
    same = is_same_site(a.about, b.about)
    if same_site:
        _refuse_less(a, b)
    a, b, notes = _both_alike(a, b)
    known, register = _people(a, b, progress, same_site=same)
    paired = _places(a, b, known, progress, same_site=same)
    roles, no_roles = _roles(a, b, role_map or {})
    keys = _Keys(a, b, known, roles, paired)
    lacking, both, by_plugins_a = keys.only(0, with_plugins)
    surplus, _, by_plugins_b = keys.only(1, with_plugins)
    absent = _Absent(set(known.missing), no_roles, paired)
    possible = ~absent.of(a.rows.iloc[lacking])
    notes += [*a.notes, *b.notes, *register, *paired.notes, *said_otherwise(known, MOST_SAID)]
    return Comparison(
        a,
        b,
        same,
        _as_list(a, lacking, known, roles, paired, None if same else b.moodle),
        possible,
        _own_list(b, surplus),
        ~keys.plugin[1][surplus],
        both,
        (by_plugins_a, by_plugins_b),
        (int(keys.left[0].sum()), int(keys.left[1].sum())),
        absent.counted(a.rows.iloc[lacking]),
        {name: known.names[name] for name in known.otherwise},
        [*notes, *_doubts(known, paired)],
    )


def _sides(one: Source, other: Source, same_site: bool, progress: Progress) -> tuple[Side, Side]:
    """Read both, a file first: a site is read as far as the file goes."""
    files = [of_file(source) if isinstance(source, Path) else None for source in (one, other)]
    there = [side for side in files if side is not None]
    if len(there) == 2:
        refuse_other_scope(there[0], there[1])
    scope = there[0].about.scope if there else Scope()
    a, b = (
        of_site(source, scope, progress) if isinstance(source, Moodle) else side
        for side, source in zip(files, (one, other), strict=True)
    )
    assert a is not None and b is not None  # noqa: S101, PT018 - what is no site is a file
    if not is_same_site(a.about, b.about):
        if same_site:
            raise InputError(
                f"{a.name} is of {a.about.site} and {b.name} of {b.about.site}: these are two sites. Name the export of"
                " the site that is meant, or leave --same-site out to compare them by names."
            )
        for side in there:
            refuse_ids(side, (b if side is a else a).about.site)
    return a, b


def _refuse_less(a: Side, b: Side) -> None:
    """Raise SiteRefusal where a site that is watched does not show any more what the export has."""
    if a.is_complete and not b.is_complete and b.moodle is not None:
        raise SiteRefusal(
            f"{a.name} was read from the site's reports, and {b.name} shows only the lists of courses now: what changed"
            " elsewhere cannot be seen. batchroles doctor says what is missing; or export anew without the reports, and"
            " watch what the lists show."
        )


def _both_alike(a: Side, b: Side) -> tuple[Side, Side, list[str]]:
    """Leave out of a complete side what the lists of courses, which are all of the other, do not show."""
    if a.is_complete == b.is_complete:
        return a, b, []
    whole, lists = (a, b) if a.is_complete else (b, a)
    context, enrolment = whole.rows[layout.CONTEXT], whole.rows[layout.ENROLMENT]
    inside = context.str.startswith(f"{Level.COURSE}:") & (enrolment != NOT_ENROLLED)
    note = (
        f"{lists.name} has only who is on the lists of courses, so that of {whole.name}"
        f" {count_of(int((~inside).sum()), 'holding')} elsewhere or without an enrolment could not be compared."
    )
    narrowed = whole.only(inside.to_numpy(bool))
    return (narrowed, b, [note]) if whole is a else (a, narrowed, [note])


def _people(a: Side, b: Side, progress: Progress, *, same_site: bool) -> tuple[Known, list[str]]:
    register = None if b.moodle is None else SiteRegister(b.moodle, progress)
    known = pair_people(_who(a.rows), _who(b.rows), register, same_site=same_site)
    if register is not None:
        return known, register.notes
    # An export names only those who have something: whether there are others nobody can say.
    return replace(known, names={**known.names, **{name: name for name in known.missing}}, missing=()), []


def _who(rows: pd.DataFrame) -> list[Who]:
    """Give the people of a side, and those who are places of holdings and of whom it has the user name alone."""
    first = rows[[layout.USERNAME, layout.EMAIL, layout.IDNUMBER, NAME]].drop_duplicates(layout.USERNAME)
    people = {one[0]: Who(*one) for one in first.itertuples(index=False, name=None)}
    for text in rows[layout.CONTEXT].unique():
        ref = read_context(text) if text.startswith(_USER) else None
        if isinstance(ref, ContextRef) and ref.by == "username":
            people.setdefault(ref.value, Who(ref.value))
    return list(people.values())


def _roles(a: Side, b: Side, role_map: RoleMap) -> tuple[dict[str, str], dict[str, str]]:
    """Give each role's short name on the other side, and of roles that are not there why."""
    there = {name.casefold(): name for name in b.rows[layout.ROLE].unique()}
    names = a.rows[layout.ROLE].unique()
    found = {name: there.get(name.casefold(), name) for name in names}
    left = [RoleRef("shortname", name) for name in names if name.casefold() not in there]
    told = look_up(b.moodle, left, (), role_map) if left and b.moodle is not None else {}
    problems = {ref.value: told[ref] for ref in left if ref in told}
    return found, {
        name: f"{one.reason} {one.fix}" for name, one in problems.items() if isinstance(one, Problem)
    }


def _places(a: Side, b: Side, known: Known, progress: Progress, *, same_site: bool) -> Paired:
    ones, others = (
        dict(zip(side.rows[layout.CONTEXT], side.rows[layout.PLACE], strict=True)) for side in (a, b)
    )
    refs = {text: ref for text in (*ones, *others) if isinstance(ref := read_context(text), ContextRef)}
    paired = Paired()
    pair = on_one_site if same_site else on_two_sites
    pair(ones, others, refs, known, Asked(a.moodle, b.moodle, progress), paired)
    return paired


class _Keys:
    """The holdings of both sides as numbers, the same for the same person, role and place."""

    def __init__(self, a: Side, b: Side, known: Known, roles: Mapping[str, str], paired: Paired) -> None:
        self._rows = a.rows, b.rows
        places = {*paired.nameless, *(one for one in paired.unsure if not one.startswith(_USER))}
        self.left = _left(a.rows, known.unsure, places), _left(b.rows, known.doubtful, places)
        self.plugin = _by_plugin(a.rows), _by_plugin(b.rows)
        same: Mapping[str, str] = {}
        columns = (
            (layout.USERNAME, known.names, same),
            (layout.ROLE, roles, same),
            (layout.CONTEXT, paired.ones, paired.others),
        )
        texts = (
            np.array([*_spoken(a.rows[name], ones), *_spoken(b.rows[name], others)], object)
            for name, ones, others in columns
        )
        key = numbered_together(len(a.rows) + len(b.rows), texts)
        self._keys = key[: len(a.rows)], key[len(a.rows) :]

    def only(self, side: int, with_plugins: bool) -> tuple[Ints, int, int]:
        """Give the rows of one side's holdings that the other lacks, how many both have, and how many plugins give."""
        keys, others = self._keys[side], self._keys[1 - side][~self.left[1 - side]]
        there = np.isin(keys, others)
        mine = ~self.left[side]
        counts = mine & ~there & (with_plugins | ~self.plugin[side])
        first = _first(keys, counts)
        given = np.setdiff1d(keys[mine & ~there & self.plugin[side]], keys[first])
        return first, len(np.unique(keys[mine & there])), len(given)


def _spoken(column: pd.Series, words: Mapping[str, str]) -> Sequence[str]:
    return column.map({one: words.get(one, one) for one in column.unique()}).tolist()


def _first(keys: Ints, chosen: Mask) -> Ints:
    """Give the first row of each key among some."""
    rows = np.flatnonzero(chosen)
    return np.sort(rows[np.unique(keys[rows], return_index=True)[1]])


def _left(rows: pd.DataFrame, people: Collection[str], places: Collection[str]) -> Mask:
    """Choose holdings that cannot be compared, by whose they are, or where."""
    every = [*places, *(f"{_USER}{name}" for name in people)]
    return (rows[layout.USERNAME].isin(list(people)) | rows[layout.CONTEXT].isin(every)).to_numpy(bool)


def _by_plugin(rows: pd.DataFrame) -> Mask:
    column = rows[layout.GIVEN]
    told = {text: layout.giver(text) for text in column.unique()}
    return column.isin([text for text, giver in told.items() if giver is not None and giver[0]]).to_numpy(
        bool
    )


@dataclass(frozen=True)
class _Absent:
    """The names that are not on the other side."""

    people: Collection[str]
    roles: Mapping[str, str]
    """Each with the reason."""
    paired: Paired

    def of(self, rows: pd.DataFrame) -> Mask:
        """Choose the holdings that hang on one of them."""
        columns = (
            (layout.USERNAME, self.people),
            (layout.ROLE, self.roles),
            (layout.CONTEXT, self.paired.missing),
        )
        found: Mask = np.zeros(len(rows), bool)
        for name, some in columns:
            found |= rows[name].isin(list(some)).to_numpy(bool)
        return found

    def counted(self, rows: pd.DataFrame) -> list[Missing]:
        """Give each of them with how many holdings hang on it, most first."""
        found: dict[tuple[str, str], set[int]] = {}
        for column, some in ((layout.USERNAME, self.people), (layout.ROLE, self.roles)):
            kind = "person" if column == layout.USERNAME else "role"
            for name, numbers in _groups(rows[column], some).items():
                found.setdefault((kind, name), set()).update(numbers)
        for text, numbers in _groups(rows[layout.CONTEXT], self.paired.missing).items():
            level = self.paired.missing[text]
            name = self.paired.shown.get(self.paired.ones[text], text.partition(":")[2])
            kind = "person" if level is Level.USER else level.facts.called
            found.setdefault((kind, name), set()).update(numbers)
        every = [
            Missing(kind, name, len(numbers), self.roles.get(name, "") if kind == "role" else "")
            for (kind, name), numbers in found.items()
        ]
        return sorted(every, key=lambda one: (one.kind, -one.holdings, one.name))


def _groups(column: pd.Series, some: Collection[str]) -> dict[str, list[int]]:
    chosen = column[column.isin(list(some))]
    return {str(name): list(numbers) for name, numbers in chosen.groupby(chosen).groups.items()}


def _as_list(
    side: Side,
    rows: Ints,
    known: Known,
    roles: Mapping[str, str],
    paired: Paired,
    moodle: Moodle | None,
) -> pd.DataFrame:
    """Write holdings as a list for the other side. `moodle`: the other site, where names are to be read on it."""
    some = side.rows.iloc[rows]
    keys = _spoken(some[layout.CONTEXT], paired.ones)
    written = _categories_by_name({key for key in keys if key.startswith("category:id=")}, moodle)
    shown = [paired.shown.get(key, own) for key, own in zip(keys, some[layout.PLACE], strict=True)]
    return pd.DataFrame(
        {
            layout.USERNAME: _spoken(some[layout.USERNAME], known.names),
            layout.FULL: some[NAME].to_numpy(),
            layout.ROLE: _spoken(some[layout.ROLE], roles),
            layout.CONTEXT: [written.get(key, key) for key in keys],
            layout.PLACE: shown,
            layout.GIVEN: some[layout.GIVEN].to_numpy(),
        },
        dtype="object",
    )


def _own_list(side: Side, rows: Ints) -> pd.DataFrame:
    """Write a side's own holdings as a list for it."""
    columns = {NAME: layout.FULL}
    names = [layout.USERNAME, NAME, layout.ROLE, layout.CONTEXT, layout.PLACE, layout.GIVEN]
    return side.rows.iloc[rows][names].rename(columns=columns).reset_index(drop=True)


def _categories_by_name(keys: Collection[str], moodle: Moodle | None) -> dict[str, str]:
    """Write categories by their paths where these are read as exactly them on the site that they are of."""
    if not keys or moodle is None:
        return {}
    every = Categories(moodle)
    paths = {f"category:id={one.id}": (one.id, one.path) for one in every.all}
    refs = {key: ContextRef(Level.COURSECAT, "name", paths[key][1]) for key in keys if key in paths}
    found = CategoryFinder(every).find(refs.values())
    return {key: f"category:name={ref.value}" for key, ref in refs.items() if found[ref] == paths[key][0]}


def _doubts(known: Known, paired: Paired) -> list[str]:
    """Say what was left out because names do not tell, each once."""
    said = [*dict.fromkeys([*known.unsure.values(), *paired.unsure.values()])]
    if len(said) > MOST_SAID:
        said[MOST_SAID:] = [f"{len(said) - MOST_SAID:,} more names lead to several, or to others."]
    if paired.nameless:
        said.append(
            f"{count_of(len(paired.nameless), 'place')} with nothing but an id (activities, blocks, courses whose short"
            " names are not theirs alone) cannot be compared with another site's, and what is held there is left out."
        )
    return said
