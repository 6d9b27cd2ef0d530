"""What is compared: who holds what by an exported file or on a site now, in the columns of an export."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from batchroles.client import Moodle
from batchroles.client.side_by_side import Progress
from batchroles.errors import InputError
from batchroles.job.census import layout
from batchroles.job.census.exported import NAME, Exported, read_export
from batchroles.job.census.exporting import export
from batchroles.job.census.layout import About, Scope
from batchroles.models.lines import Mask
from batchroles.text import count_of

COLUMNS = (
    *(layout.USERNAME, layout.EMAIL, layout.IDNUMBER, layout.ROLE, layout.CONTEXT),
    *(layout.PLACE, layout.GIVEN, layout.SINCE, layout.ENROLMENT, NAME),
)
MOST_SAID = 10
"""Rows that are said one by one; the rest is counted."""
_SAME = [layout.USERNAME, layout.ROLE, layout.CONTEXT, layout.GIVEN]
"""Two rows that agree in these are one holding."""
_BY_ID = re.compile(r"(?:^|:)\s*(?:id\s*=|[0-9]+\s*$)")
"""A word of a scope that names something by its id: `id=5`, `category:id=5`, `module:7`."""


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two that are compared."""

    name: str
    """The file, or the site's address, for people."""
    about: About
    rows: pd.DataFrame
    """One row a holding, `COLUMNS` as text; user names in small letters."""
    moodle: Moodle | None = None
    """The site itself, where it can be asked; None for a file, which tells only of those who hold something."""
    notes: Sequence[str] = ()
    unusable: int = 0
    """Rows of a file that are left out because they cannot be used: nobody knows who holds what by them."""

    @property
    def is_complete(self) -> bool:
        """Whether it has every level, and not only who is on the lists of courses."""
        return self.about.source == layout.REPORTS

    def only(self, chosen: Mask) -> "Side":
        """Give some of the rows."""
        return replace(self, rows=self.rows[chosen].reset_index(drop=True))


def of_file(path: Path) -> Side:
    """Read an exported file. Rows that cannot be used, and repeated ones, are left out and said.

    Raises InputError for what is no export.
    """
    exported = read_export(path)
    rows, faults = exported.rows, exported.faults
    said = [f"{_place(exported, row)}: {why}" for row, why in faults.items()]
    usable: Mask = np.ones(len(rows), bool)
    usable[list(faults)] = False
    some = rows[usable]
    first = pd.Series(some.index, index=some.index).groupby([some[name] for name in _SAME], sort=False)
    before = first.transform("first")
    for row, one in before[before.to_numpy() != before.index.to_numpy()].items():
        usable[int(str(row))] = False
        said.append(
            f"{_place(exported, int(str(row)))}: the row says the same as {exported.place(int(one))}, and counts once."
        )
    if len(said) > MOST_SAID:
        more = count_of(len(said) - MOST_SAID, "more row is", "more rows are")
        said[MOST_SAID:] = [f"{path}: {more} left out."]
    return Side(str(path), exported.about, _tidy(rows[usable]), notes=said, unusable=len(exported.faults))


def _place(exported: Exported, row: int) -> str:
    place = exported.place(row)
    return f"{exported.path.name}, {place}"


def of_site(moodle: Moodle, scope: Scope, progress: Progress) -> Side:
    """Read a site, or what a scope leaves of it. Raises what `export` raises."""
    made = export(moodle, scope, progress=progress)
    rows = made.rows
    if layout.FULL not in rows:
        first, last = rows[layout.FIRST], rows[layout.LAST]
        rows = rows.assign(**{NAME: first.str.cat(last, sep=" ") if len(rows) else ""})
    else:
        rows = rows.assign(**{NAME: rows[layout.FULL]})
    return Side(moodle.url, made.about, _tidy(rows), moodle, made.notes)


def _tidy(rows: pd.DataFrame) -> pd.DataFrame:
    tidy = rows.reindex(columns=list(COLUMNS), fill_value="").astype("object").reset_index(drop=True)
    tidy[layout.USERNAME] = tidy[layout.USERNAME].map({one: one.lower() for one in tidy[layout.USERNAME]})
    return tidy


def is_same_site(one: About, other: About) -> bool:
    """Whether two exports are of one site, by the address that it gives itself: ids mean the same in both then."""
    return one.site.rstrip("/").casefold() == other.site.rstrip("/").casefold()


def refuse_other_scope(one: Side, other: Side) -> None:
    """Raise InputError where one of two files holds what the other was narrowed to leave out."""
    if _words(one.about.scope) != _words(other.about.scope):
        said = [_in_words(side.about.scope) for side in (one, other)]
        raise InputError(
            f"{one.name} is an export of {said[0]} and {other.name} of {said[1]}: they would differ by that alone."
            " Export both alike."
        )


def refuse_ids(side: Side, site: str) -> None:
    """Raise InputError where an export was narrowed by ids, and is to be compared with another site."""
    words = [word for kind in _words(side.about.scope) for word in sorted(kind) if _BY_ID.search(word)]
    if words:
        raise InputError(
            f"{side.name} was narrowed by ids ({', '.join(words)}), which mean something else on {site}: export again"
            " and narrow it by names."
        )


def _words(scope: Scope) -> tuple[frozenset[str], ...]:
    return tuple(map(frozenset, (scope.roles, scope.contexts, scope.below, scope.users)))


def _in_words(scope: Scope) -> str:
    chosen = [word for kind in _words(scope) for word in sorted(kind)]
    return ", ".join(chosen) or "everything"
