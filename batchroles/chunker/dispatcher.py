"""The coordinator's book: which items are open, taken or settled, and the next call."""

from collections import deque

import numpy as np
import numpy.typing as npt

from batchroles.chunker.density import Density
from batchroles.chunker.order import Ints, Work, phases
from batchroles.chunker.verdicts import Call, Fate, Suspects, Verdict
from batchroles.errors import CallRefused
from batchroles.models import Cause

OPEN, TAKEN, SETTLED = 0, 1, 2


class Dispatcher:
    """Hands out calls and takes in their answers. Not thread-safe: one coordinator owns it."""

    def __init__(self, work: Work, limit: int, first: Ints | None = None) -> None:
        """Start with all items open; those in `first` are sent before the others. `limit`: most rows in a call."""
        self.work = work
        self.limit = limit
        self.shrunk_to: int | None = None
        """The size to which calls were lowered because one was too large; None if that never happened."""
        self.cut: CallRefused | None = None
        """How a call was refused for its size, by the web server or by PHP; None if that never happened."""
        self._density = Density()
        self._state = np.zeros(len(work), "int8")
        self._pools: list[deque[Ints]] = [deque() for _ in range(phases())]
        self._left = np.bincount(work.phase, minlength=len(self._pools))
        self._urgent: deque[Call] = deque()
        self._held: dict[int, list[Ints]] = {}
        self._bad_users: dict[int, CallRefused] = {}
        self._bad_pairs: dict[int, CallRefused] = {}
        self._verdicts: list[Verdict] = []
        self._by_user: Ints | None = None
        self._fill(np.zeros(0, "int64") if first is None else first)

    def _fill(self, first: Ints) -> None:
        every = np.arange(len(self.work))
        for items in (first, np.setdiff1d(every, first, assume_unique=True)):
            for phase, pool in enumerate(self._pools):
                pool.append(items[self.work.phase[items] == phase])

    def take(self, at_most: int | None = None) -> Call | None:
        """Give the next call to send, or None if nothing may be sent before an answer comes (or at all).

        `at_most` lowers the limit for this call, where the site is slow, say.
        """
        while self._urgent:
            call = self._urgent.popleft()
            if not self._condemned(np.concatenate((call.items, call.rest))).any():
                return call
            self._abandon(call)
        items = self._gather(self._density.group(min(self.limit, at_most or self.limit)))
        return Call(items) if len(items) else None

    def open_items(self) -> Ints:
        """Give the items without a fate, whether or not they are being sent."""
        return np.flatnonzero(self._state != SETTLED)

    def drain(self) -> list[Verdict]:
        """Give the verdicts since the last time."""
        verdicts, self._verdicts = self._verdicts, []
        return verdicts

    # The answers

    def accepted(self, call: Call) -> None:
        """Moodle confirmed the call."""
        self._settle(call.items, Fate.DONE)
        self._density.good(len(call.items))
        self._end_trial(call)
        if call.suspects is None:
            return
        if len(call.rest):
            # A pair whose tried row went through is not to blame: something else about one row is.
            cause = Cause.ROW if call.trial is not None else call.suspects.cause
            self._narrow(Suspects(call.rest, cause, call.suspects.size))
        elif call.suspects.cause is not Cause.CLASH:
            self._shrink(call.suspects.size)

    def refused(self, call: Call, refusal: CallRefused) -> None:
        """Moodle refused the call, for a reason that lies in one of its rows."""
        cause = self.work.change_of(call.items).cause(refusal.errorcode)
        if cause is Cause.USER and len(np.unique(self.work.user[call.items])) == 1:
            self._condemn_user(call.items, refusal)
        elif len(call.items) == 1:
            self._condemn_row(call.items, refusal, cause)
        else:
            self._narrow(Suspects(call.items, cause, len(call.items)))
        self._end_trial(call)
        self._release(call.rest)

    def too_large(self, call: Call, refusal: CallRefused) -> None:
        """The site could not take in the whole call."""
        self.cut = refusal
        if len(call.items) == 1:
            self._settle(call.items, Fate.REFUSED, refusal)
        else:
            self._shrink(len(call.items))
        self._abandon(call)

    def lost(self, call: Call) -> None:
        """No answer could be had: the call may have been done."""
        self._settle(call.items, Fate.UNKNOWN)
        self._abandon(call)

    def not_sent(self, call: Call) -> None:
        """The call was not done: its items wait again."""
        self._abandon(call)

    # What is known to be bad

    def _condemn_user(self, items: Ints, refusal: CallRefused) -> None:
        user = int(self.work.user[items[0]])
        self._bad_users[user] = refusal
        self._density.bad()
        waiting = self._of_user(user)
        everything = np.union1d(items, waiting[self._state[waiting] == OPEN])
        self._settle(everything, Fate.REFUSED, refusal, Cause.USER)

    def _condemn_row(self, items: Ints, refusal: CallRefused, cause: Cause) -> None:
        if cause is Cause.PAIR:
            pair = int(self.work.pair[items[0]])
            self._bad_pairs[pair] = refusal
            waiting = self.work.of_pair(pair)
            items = np.union1d(items, waiting[self._state[waiting] == OPEN])
        self._density.bad()
        self._settle(items, Fate.REFUSED, refusal, cause)

    def _condemned(self, items: Ints) -> npt.NDArray[np.bool_]:
        if not self._bad_users and not self._bad_pairs:
            return np.zeros(len(items), bool)
        users = np.isin(self.work.user[items], list(self._bad_users))
        pairs = np.isin(self.work.pair[items], list(self._bad_pairs))
        return users | pairs

    def _settle_condemned(self, items: Ints) -> Ints:
        """Settle the condemned among these items; give the others."""
        bad = self._condemned(items)
        for item in items[bad].tolist():
            refusal, cause = self._bad_pairs.get(int(self.work.pair[item])), Cause.PAIR
            if refusal is None:
                refusal, cause = self._bad_users[int(self.work.user[item])], Cause.USER
            self._settle(np.array([item]), Fate.REFUSED, refusal, cause)
        return items[~bad]

    def _of_user(self, user: int) -> Ints:
        if self._by_user is None:
            self._by_user = np.argsort(self.work.user, kind="stable")
        start, stop = np.searchsorted(self.work.user, [user, user + 1], sorter=self._by_user)
        return self._by_user[start:stop]

    # Narrowing down

    def _narrow(self, suspects: Suspects) -> None:
        items = self._settle_condemned(suspects.items)
        pair = int(self.work.pair[items[0]]) if len(items) else -1
        if len(items) < len(suspects.items) or pair in self._held:
            # A condemned row explains the refusal, or a trial under way soon will: the rest is not suspect.
            self._release(items)
            return
        self._urgent.append(self._split(suspects))

    def _split(self, suspects: Suspects) -> Call:
        items = suspects.items
        if len(items) == 1:
            return Call(items, suspects)
        if suspects.cause is Cause.USER:
            return self._split_between(suspects, self.work.user[items])
        if suspects.cause in (Cause.ROW, Cause.CLASH):
            return self._split_between(suspects, items)
        pairs = self.work.pair[items]
        if pairs[0] != pairs[-1]:
            return self._split_between(suspects, pairs)
        self._held[int(pairs[0])] = []
        return Call(items[:1], suspects, items[1:], trial=int(pairs[0]))

    @staticmethod
    def _split_between(suspects: Suspects, groups: Ints) -> Call:
        """Split in two without parting items of one group; a single group is sent alone."""
        distinct = np.unique(groups)
        if len(distinct) == 1:
            return Call(suspects.items, suspects)
        first = groups < distinct[len(distinct) // 2]
        return Call(suspects.items[first], suspects, suspects.items[~first])

    def _end_trial(self, call: Call) -> None:
        if call.trial is not None:
            for items in self._held.pop(call.trial):
                self._release(items)

    def _shrink(self, refused_size: int) -> None:
        """Lower the size of calls: one of `refused_size` rows was refused though each part of it is accepted."""
        self.limit = max(1, min(self.limit, refused_size // 2))
        self.shrunk_to = self.limit

    # The items that wait

    def _gather(self, wanted: int) -> Ints:
        """Take up to `wanted` items of the first phase that is not over."""
        pieces: list[Ints] = []
        phases = np.flatnonzero(self._left)
        pool: deque[Ints] = self._pools[phases[0]] if len(phases) else deque()
        while wanted and pool:
            items = pool.popleft()
            piece, rest = items[:wanted], items[wanted:]
            if len(rest):
                pool.appendleft(rest)
            piece = self._hold(piece[self._state[piece] == OPEN])
            if len(piece):
                pieces.append(piece)
                wanted -= len(piece)
        if not pieces:
            return np.zeros(0, "int64")
        items = np.sort(np.concatenate(pieces))
        self._state[items] = TAKEN
        return items

    def _hold(self, items: Ints) -> Ints:
        """Keep back items of pairs that are on trial; give the others."""
        for pair, held in self._held.items():
            mine = self.work.pair[items] == pair
            if mine.any():
                held.append(items[mine])
                items = items[~mine]
        return items

    def _release(self, items: Ints) -> None:
        items = self._settle_condemned(items[self._state[items] != SETTLED])
        self._state[items] = OPEN
        if len(items):
            self._pools[self.work.phase[items[0]]].appendleft(items)

    def _abandon(self, call: Call) -> None:
        self._end_trial(call)
        self._release(np.concatenate((call.items, call.rest)))

    def _settle(
        self, items: Ints, fate: Fate, refusal: CallRefused | None = None, cause: Cause = Cause.ROW
    ) -> None:
        self._state[items] = SETTLED
        self._left -= np.bincount(self.work.phase[items], minlength=len(self._pools))
        self._verdicts.append(Verdict(items, fate, refusal, cause))
