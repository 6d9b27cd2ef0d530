"""Pure: which open items may go next: phase by phase, a user's items together, and nothing that has to wait."""

from collections import deque

import numpy as np
import numpy.typing as npt

from batchroles.chunker.order import Ints, Work, phases

OPEN, TAKEN, SETTLED = 0, 1, 2

FULL = 0.9
"""The part of a call that is enough, where nobody fits in whole any more. Below it a user is split, whose other items
then have to wait for the answer; above it that would spare less than a tenth of the calls."""
NEAR = 200
"""Items among which users are looked for who fit into what is left of a call."""
LOOK_AHEAD = 2_000
"""Items that are looked at for one call while pairs are in doubt: all that is left may be theirs."""


class Reserved:
    """Users, or pairs, of whom nothing more may be sent before a call is answered; and the items that wait for it."""

    def __init__(self, numbers: Ints) -> None:
        """`numbers`: the number of each item's user, or pair."""
        self._numbers = numbers
        self._holder = np.zeros(numbers.max(initial=-1) + 1, "int64")
        """The call that each is reserved for; 0 if it is free."""
        self._reserved: dict[int, Ints] = {}
        self._waiting: dict[int, list[Ints]] = {}

    def __bool__(self) -> bool:
        """Whether anything is reserved."""
        return bool(self._reserved)

    def reserve(self, call: int, items: Ints) -> None:
        """Keep the users, or pairs, of these items for a call; calls are numbered from 1."""
        self._reserved[call] = self._numbers[items]
        self._waiting[call] = []
        self._holder[self._reserved[call]] = call

    def free(self, call: int) -> list[Ints]:
        """Give back what a call had, if it had anything. Gives the items that waited for it."""
        if call not in self._reserved:
            return []
        self._holder[self._reserved.pop(call)] = 0
        return self._waiting.pop(call)

    def any(self, items: Ints) -> bool:
        """Whether one of these items has to wait."""
        return bool(self._reserved) and bool(self._holder[self._numbers[items]].any())

    def keep_back(self, items: Ints) -> Ints:
        """Let those items wait that have to; give the others."""
        if not self.any(items):
            return items
        holders = self._holder[self._numbers[items]]
        for call in np.unique(holders[holders > 0]).tolist():
            self._waiting[call].append(items[holders == call])
        others: Ints = items[holders == 0]
        return others

    def keep_back_together(self, items: Ints) -> None:
        """Let items wait of which all have the user, or pair, of the first, who is reserved."""
        self._waiting[int(self._holder[self._numbers[items[0]]])].append(items)


class Waiting:
    """The items without a fate that are in no call, in the order in which they go."""

    def __init__(self, work: Work, first: Ints) -> None:
        """Start with all items open; those in `first` go before the others."""
        self.users = Reserved(work.user)
        """Whose items are being sent: two calls at once never share a user."""
        self.pairs = Reserved(work.pair)
        """Those of which one is being proved to be bad."""
        self._work = work
        self._state = np.zeros(len(work), "int8")
        self._pools: list[deque[Ints]] = [deque() for _ in range(phases())]
        """By phase: pieces, each of them in the order of sending, so that a user's items stand together in it."""
        self._left = np.bincount(work.phase, minlength=len(self._pools))
        every = np.arange(len(work))
        for items in (np.sort(first), np.setdiff1d(every, first, assume_unique=True)):
            for phase, pool in enumerate(self._pools):
                if len(piece := items[work.phase[items] == phase]):
                    pool.append(piece)

    def without_fate(self) -> Ints:
        """Give the items without a fate, whether or not they are in a call."""
        return np.flatnonzero(self._state != SETTLED)

    def unsettled(self, items: Ints) -> Ints:
        """Give those of these items that have no fate."""
        found: Ints = items[self._state[items] != SETTLED]
        return found

    def still_open(self, items: Ints) -> Ints:
        """Give those of these items that are in no call and have no fate."""
        found: Ints = items[self._state[items] == OPEN]
        return found

    def settle(self, items: Ints) -> None:
        """Take note that these items have a fate."""
        self._state[items] = SETTLED
        self._left -= np.bincount(self._work.phase[items], minlength=len(self._pools))

    def put_back(self, items: Ints) -> None:
        """Let these items (of one phase) wait again, before the others."""
        self._state[items] = OPEN
        self._queue_first(np.sort(items))

    def end(self, call: int) -> None:
        """Let the items go on that waited for a call."""
        for reserved in (self.pairs, self.users):
            # Each goes to the front: the last one first, so that they keep their order.
            for items in reversed(reserved.free(call)):
                self._queue_first(items)

    def _queue_first(self, items: Ints) -> None:
        if len(items):
            self._pools[self._work.phase[items[0]]].appendleft(items)

    def take(self, wanted: int) -> Ints:
        """Take up to `wanted` items of the first phase that is not over."""
        pieces = [np.zeros(0, "int64")]
        left = np.flatnonzero(self._left)
        pool: deque[Ints] = self._pools[left[0]] if len(left) else deque()
        taken = looked_at = 0
        while pool and taken < wanted and looked_at < LOOK_AHEAD:
            items = pool.popleft()
            if held := self._held_at_its_head(items):
                self.users.keep_back_together(items[:held])
                chosen, others = items[:0], [items[held:]]
            else:
                chosen, others = self._fitting(items, wanted - taken, enough=taken >= FULL * wanted)
            pool.extendleft(piece for piece in reversed(others) if len(piece))
            # Nobody near fits into what is left, and enough is taken: the call goes as it is.
            if not (held or len(chosen)):
                break
            pieces.append(self.users.keep_back(self.pairs.keep_back(self.still_open(chosen))))
            taken += len(pieces[-1])
            looked_at += len(chosen) if self.pairs else 0
        items = np.sort(np.concatenate(pieces))
        self._state[items] = TAKEN
        return items

    def _held_at_its_head(self, items: Ints) -> int:
        """Give how many items are the first user's, if that one is reserved; these may be a million."""
        if not self.users.any(items[:1]):
            return 0
        return int(np.searchsorted(items, self._work.end_of_user(int(items[0]))))

    def _fitting(self, items: Ints, room: int, *, enough: bool) -> tuple[Ints, list[Ints]]:
        """Choose users who fit into the room; gives their items, and what is left, piece by piece.

        Those at the head, or a little further on those who have few enough items. Where there are none the first one is
        split, unless there is `enough` already.
        """
        if len(items) <= room:
            return items, []
        if whole := self._border(items, room):
            return items[:whole], [items[whole:]]
        border = self._border(items, NEAR)
        near, far = items[:border], items[border:]
        fits = self._fits(near, room)
        if fits.any():
            return near[fits], [near[~fits], far]
        return (items[:0], [items]) if enough else (items[:room], [items[room:]])

    def _border(self, items: Ints, most: int) -> int:
        """Give how many items at the head are those of whole users, at most so many."""
        users = self._work.user[items[: most + 1]]
        return int(np.searchsorted(users, users[-1])) if len(items) > most else len(items)

    def _fits(self, items: Ints, room: int) -> npt.NDArray[np.bool_]:
        """Mark the items of users who fit into the room one after the other."""
        # In the order of the users' numbers, which is that of the items: `repeat` relies on it.
        counts = np.unique(self._work.user[items], return_counts=True)[1]
        fits = counts <= room
        fits &= np.cumsum(np.where(fits, counts, 0)) <= room
        return np.repeat(fits, counts)
