"""What a sync's ledger remembers of a file's names and lines, so that they need not be looked up again."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from batchroles.job.sync.difference import subjects
from batchroles.job.sync.rules import DAY, Rules
from batchroles.models import Lines, Wanted
from batchroles.models.lines import Mask
from batchroles.runs.ledger import AHEAD, OWNED, SEEN, SUBJECT, Ledger, Ref, in_keys
from batchroles.validator import KnownRole
from batchroles.validator.dates import Zone, day_after, days_counted


class Remembered:
    """What a ledger remembers of a file's names and lines."""

    def __init__(
        self,
        ledger: Ledger,
        rules: Rules,
        dates: Lines | None,
        counted: Callable[[Lines], Lines],
        *,
        believed: bool = True,
    ) -> None:
        """Take what is remembered from a ledger.

        `dates`: lines with the dates of enrolments, where the file says some; `counted`: gives lines those that count
        from their first day; `believed`: whether any are so.
        """
        self._ledger, self._counted, self._believed = ledger, counted, believed
        self._now = time.time()
        self._since = self._now - rules.cache_ttl
        self._adopt = rules.adopt
        self._dates = dates

    def ids(self, refs: set[Ref]) -> Mapping[Ref, int]:
        """Give the ids of names that were looked up lately."""
        found: dict[Ref, int] = {}
        for kind in {type(ref) for ref in refs}:
            found |= self._ledger.ids(kind, self._since)
        return {ref: found[ref] for ref in refs if ref in found}

    def is_so(self, lines: Lines) -> Mask:
        """Choose the lines that are owned, or that were seen to be there lately."""
        known = self._ledger.holdings(OWNED, *(() if self._adopt else (SEEN,)))
        lately = known["looked"].between(self._since, self._now + AHEAD)
        known = known[self._believed & (known["looked"] > 0) & ((known["standing"] == OWNED) | lately)]
        so = lines.gives & in_keys(subjects(lines), known)
        return so if self._dates is None else so & self._same_dates(lines, known)

    def _same_dates(self, lines: Lines, known: pd.DataFrame) -> Mask:
        """Choose the lines whose enrolments have the dates that they were sent with, or are none of this sync's."""
        if self._dates is None:
            raise AssertionError("asked only where there are dates")
        ours = known[known["enrolled"] == 1]
        counted = self._counted(lines.dated(self._dates.start, self._dates.end))
        return in_spans(counted, ours) | ~in_keys(subjects(lines), ours)

    def learn(self, found: Mapping[Ref, int]) -> None:
        """Keep what was found."""
        self._ledger.learn(found)


def in_spans(lines: Lines, enrolled: pd.DataFrame) -> Mask:
    """Choose the lines that are about some enrolments and have their start and end."""
    names = [*SUBJECT, "start", "end"]
    dated = subjects(lines).assign(start=lines.start, end=lines.end)
    return np.asarray(pd.MultiIndex.from_frame(dated[names]).isin(pd.MultiIndex.from_frame(enrolled[names])))


def counted_from_the_first_day(lines: Lines, wanted: Wanted, ledger: Ledger, zone: Zone) -> Lines:
    """Let enrolments that last for a number of days end when they would have by the day on which they were made.

    A file that says the same every night would otherwise put the end off every night, for ever.
    """
    days = days_counted(wanted)
    counted = np.flatnonzero(days)
    if not len(counted):
        return lines
    ours = ledger.holdings(OWNED)
    ours = ours[ours["enrolled"] == 1].set_index(list(SUBJECT))
    if not len(ours):
        return lines
    start, end = lines.start.copy(), lines.end.copy()
    keys = pd.MultiIndex.from_frame(subjects(lines.only(counted)))
    for line, at in zip(counted.tolist(), ours.index.get_indexer(keys).tolist(), strict=True):
        if at < 0:
            continue
        made = ours.iloc[at]
        expected = day_after(date.fromisoformat(str(made["since"])), int(days[line]), zone)
        # The day is UTC's; where the file says another number of days than it did, the end is another one.
        same = abs(expected - int(made["end"])) <= 1.5 * DAY
        start[line], end[line] = int(made["start"]), int(made["end"]) if same else expected
    return lines.dated(start, end)


def roles_told(ledger: Ledger, told: Sequence[KnownRole], ttl: float) -> list[KnownRole]:
    """Give the roles as the site itself told them: just now, and then they are kept, or within so many seconds."""
    now = time.time()
    if told:
        kept = [(role.id, role.shortname) for role in told if role.id and role.shortname]
        ledger.note(roles=json.dumps({"looked": now, "roles": kept}))
        return [*told]
    before = json.loads(ledger.fact("roles") or '{"looked": 0, "roles": []}')
    if not now - ttl <= before["looked"] <= now + AHEAD:
        return []
    return [KnownRole(id_, shortname, shortname, "kept") for id_, shortname in before["roles"]]
