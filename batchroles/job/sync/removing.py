"""What a sync takes away: what it owns and the file wants no more; and if that is said, what others gave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from batchroles.directory.census import SiteRoles
from batchroles.errors import InputError
from batchroles.job.overview import ROLE
from batchroles.job.sync.difference import (
    in_pairs,
    may_be_named_otherwise,
    not_wanted,
    removals,
    subjects,
    ways_to_remove,
)
from batchroles.job.sync.protecting import Meant, Protected
from batchroles.job.sync.scope import Scope
from batchroles.job.sync.strangers import strangers
from batchroles.models import Lines, Status
from batchroles.models.changes import UNASSIGN
from batchroles.models.lines import Mask
from batchroles.models.rows import called
from batchroles.runs.ledger import MAYBE, SUSPENDED, Ledger, in_keys
from batchroles.text import count_of
from batchroles.validator import KnownRole

KEEP = "keep"
MOST_NAMED = 5
"""Rows, or roles with places, that a sentence names; the rest is counted."""


@dataclass
class Removing:
    """Adds to a file's lines those that take something away, and notes why something stays."""

    ledger: Ledger
    held: pd.DataFrame
    """The ledger's holdings that are owned."""
    scope: Scope
    protecting: Sequence[Meant]
    """What rows that cannot be done may have meant."""
    on_removal: Mapping[str | int, str]
    """By word and id of a role, `""` for the others: what becomes of a holding that is not wanted any more."""
    today: date
    notes: list[str] = field(default_factory=list)
    known_as: dict[tuple[str, int], str] = field(default_factory=dict)
    """Words for roles and places of what is taken away."""

    def owned(self, lines: Lines) -> Lines:
        """Add a line for each owned holding in the scope that is not wanted today and that no row may have meant.

        What was sent without an answer is among them: it may be there, and may be the sync's (`doubtful`).
        """
        owned = pd.concat([self.held, self.ledger.holdings(MAYBE)], ignore_index=True)
        gone = self._not_wanted(owned, lines)
        gone &= self._not_protected(owned, gone)
        gone &= self._not_kept(owned, gone)
        if not gone.any():
            return lines
        gone[gone] = self.scope.has(owned[gone], sure=True)
        some = owned[gone].reset_index(drop=True)
        wanted = subjects(lines.only(lines.is_open | lines.ended_as(Status.ALREADY)))
        names = list(wanted.columns)
        staying = pd.concat([owned.loc[~gone, names], self.ledger.holdings(SUSPENDED)[names], wanted])
        asked = [one or str(UNASSIGN) for one in self._asked(some)]
        return self._with(lines, some, ways_to_remove(some, asked, staying))

    def unowned(self, lines: Lines, site: SiteRoles, known: Sequence[KnownRole], *, remove: bool) -> Lines:
        """Look at what others gave by hand inside the scope and the file has not: it is said, or taken away.

        Raises InputError where it is to be taken away and no report shows it.
        """
        owned = pd.concat([self.held, self.ledger.holdings(MAYBE, SUSPENDED)])
        named = {*owned["roleid"].tolist(), *lines.roleid.tolist(), *(self.scope.roles or ())}
        # A scope of places alone is about every role that somebody has there.
        every = self.scope.limited and self.scope.roles is None
        found = strangers(site, known, None if every else named)
        if found is None:
            if remove:
                raise InputError(
                    'what others gave is known only where there is the report "batchroles roles" (batchroles setup),'
                    f" and --remove-unowned needs it. {' '.join(site.notes)}".rstrip()
                )
            return lines
        strange = self._not_wanted(found, lines) & ~in_keys(found, owned)
        if not self.scope.limited:
            strange &= in_pairs(found, subjects(lines))
        strange[strange] = self.scope.has(found[strange], sure=True)
        strange[strange] = ~Protected(found[strange].reset_index(drop=True), self.protecting).mask
        if not strange.any():
            return lines
        if remove:
            strange &= self._not_kept(found, strange)
            some = found[strange].reset_index(drop=True)
            return self._with(lines, some, [str(UNASSIGN)] * len(some))
        self.notes.append(_on_strangers(found[strange]))
        return lines

    def doubtful(self, lines: Lines) -> Mask:
        """Choose the lines that take away what is there, and was sent by this sync without an answer."""
        maybe = in_keys(subjects(lines), self.ledger.holdings(MAYBE))
        return np.asarray(~lines.has_row & lines.is_open & ~lines.gives & maybe)

    def announced(self, lines: Lines) -> Mask:
        """Choose the lines that take away what an earlier file said would be over by now."""
        over = self.held[self._over(self.held)]
        return np.asarray(~lines.has_row & in_keys(subjects(lines), over))

    def _over(self, owned: pd.DataFrame) -> Mask:
        until = owned["until"].astype(str)
        return np.asarray((until != "") & (until < self.today.isoformat()))

    def _not_wanted(self, some: pd.DataFrame, lines: Lines) -> Mask:
        sound = lines.only(lines.is_open | lines.ended_as(Status.ALREADY))
        return not_wanted(some, lines) & ~may_be_named_otherwise(some, sound)

    def _with(self, lines: Lines, some: pd.DataFrame, words: Sequence[str]) -> Lines:
        self.known_as |= {(ROLE, id_): word for id_, word in zip(some["roleid"], some["role"], strict=True)}
        places = zip(some["level"], some["instanceid"], strict=True)
        self.known_as |= dict(zip(places, some["place"], strict=True))
        over = self._over(some) if "until" in some else np.zeros(len(some), bool)
        return Lines.joined(lines, removals(some, over, words)) if len(some) else lines

    def _not_protected(self, owned: pd.DataFrame, gone: Mask) -> Mask:
        some = owned[gone].reset_index(drop=True)
        protected = Protected(some, self.protecting)
        staying = np.zeros(len(owned), bool)
        staying[np.flatnonzero(gone)[protected.mask]] = True
        if protected.rows:
            self.notes.append(_on_protected(int(staying.sum()), protected.rows))
        return ~staying

    def _not_kept(self, some: pd.DataFrame, gone: Mask) -> Mask:
        kept: Mask = gone & np.array([one == KEEP for one in self._asked(some)], bool)
        if kept.any():
            count = count_of(int(kept.sum()), "role is", "roles are")
            self.notes.append(f"{count} not in the file any more and kept, as --on-removal says.")
        return ~kept

    def _asked(self, some: pd.DataFrame) -> list[str]:
        """Give what becomes of some holdings: a file may have come to call their role by another word."""
        said, others = self.on_removal, self.on_removal.get("", "")
        return [
            said.get(role.casefold(), said.get(roleid, others))
            for role, roleid in zip(some["role"], some["roleid"].tolist(), strict=True)
        ]


def _on_strangers(found: pd.DataFrame) -> str:
    """Say what others gave."""
    where = found["role"].astype(str) + " in " + found["place"].astype(str)
    groups = where.value_counts()
    named = [f"{one}: {count:,}" for one, count in groups.head(MOST_NAMED).items()]
    more = f"; and {len(groups) - MOST_NAMED:,} more" if len(groups) > MOST_NAMED else ""
    them, stay = ("it", "it stays") if len(found) == 1 else ("them", "they stay")
    return (
        f"{count_of(len(found), 'role was', 'roles were')} given by hand and not by this sync, and the file has {them}"
        f" not ({'; '.join(named)}{more}): {stay}."
    )


def _on_protected(count: int, rows: Sequence[int]) -> str:
    named = ", ".join(called(row).removeprefix("row ") for row in rows[:MOST_NAMED])
    more = f" and {len(rows) - MOST_NAMED:,} more" if len(rows) > MOST_NAMED else ""
    which = f"row {named}" if len(rows) == 1 else f"rows {named}{more}"
    return (
        f"{count_of(count, 'role is', 'roles are')} not in the file any more and kept all the same, because {which}"
        f" cannot be read or looked up and may mean {'it' if count == 1 else 'them'}."
    )
