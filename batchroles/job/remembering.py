"""What a sync's ledger remembers of a file's names and lines, so that they need not be looked up again."""

import time
from collections.abc import Mapping

import numpy as np
import pandas as pd

from batchroles.job.difference import subjects
from batchroles.job.sync_rules import Rules
from batchroles.models import Lines
from batchroles.models.lines import Mask
from batchroles.runs.ledger import AHEAD, OWNED, SEEN, SUBJECT, Ledger, Ref, in_keys


class Remembered:
    """What a ledger remembers of a file's names and lines."""

    def __init__(
        self, ledger: Ledger, rules: Rules, dates: Lines | None = None, *, believed: bool = True
    ) -> None:
        """`dates`: lines with the dates of enrolments, where the file says some; `believed`: whether some are so."""
        self._ledger, self._believed = ledger, believed
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
        dated = subjects(lines).assign(start=self._dates.start, end=self._dates.end)
        names = [*SUBJECT, "start", "end"]
        same = pd.MultiIndex.from_frame(dated[names]).isin(pd.MultiIndex.from_frame(ours[names]))
        return np.asarray(same | ~in_keys(dated, ours))

    def learn(self, found: Mapping[Ref, int]) -> None:
        """Keep what was found."""
        self._ledger.learn(found)
