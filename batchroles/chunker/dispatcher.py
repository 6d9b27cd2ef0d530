"""The coordinator's book: which items are open, taken or settled, and the next call."""

from itertools import count

import numpy as np
import numpy.typing as npt

from batchroles.chunker.density import Density
from batchroles.chunker.order import Ints, Work
from batchroles.chunker.verdicts import Call, Fate, Suspects, Verdict
from batchroles.chunker.waiting import Waiting
from batchroles.errors import CallRefused
from batchroles.models import Cause

NOTHING: Ints = np.zeros(0, "int64")


class Dispatcher:
    """Hands out calls and takes in their answers. Not thread-safe: one coordinator owns it.

    Every call that was handed out is to be answered for: until then nothing else goes out for its users.
    """

    def __init__(self, work: Work, limit: int, first: Ints = NOTHING) -> None:
        """Start with all items open; those in `first` are sent before the others. `limit`: most rows in a call."""
        self.work = work
        self.limit = limit
        self.shrunk_to: int | None = None
        """The size to which calls were lowered because one was too large; None if that never happened."""
        self.cut: CallRefused | None = None
        """How a call was refused for its size, by the web server or by PHP; None if that never happened."""
        self._waiting = Waiting(work, first)
        self._density = Density()
        self._numbers = count(1)
        self._urgent: list[Call] = []
        """Parts of refused calls, to be sent before anything else."""
        self._accepted = np.zeros(work.pair.max(initial=-1) + 1, bool)
        """By pair: whether the last that was heard of it is that a row went through."""
        self._blames: list[tuple[CallRefused, Cause]] = []
        self._blame_of_pair = np.zeros(work.pair.max(initial=-1) + 1, "int64")
        """0, or 1 and more for what condemned the pair: the first of `_blames`, and so on."""
        self._blame_of_user = np.zeros(work.user.max(initial=-1) + 1, "int64")
        self._verdicts: list[Verdict] = []

    def take(self, at_most: int | None = None) -> Call | None:
        """Give the next call to send, or None if nothing may be sent before an answer comes (or at all).

        `at_most` lowers the limit for this call, where the site is slow, say.
        """
        call = self._next_urgent() or self._fresh(min(self.limit, at_most or self.limit))
        if call is not None:
            self._waiting.users.reserve(call.number, call.items)
        return call

    def open_items(self) -> Ints:
        """Give the items without a fate, whether or not they are being sent."""
        return self._waiting.without_fate()

    def drain(self) -> list[Verdict]:
        """Give the verdicts since the last time."""
        verdicts, self._verdicts = self._verdicts, []
        return verdicts

    # The answers

    def accepted(self, call: Call) -> None:
        """Moodle confirmed the call."""
        self._settle(call.items, Fate.DONE)
        self._accepted[self.work.pair[call.items]] = True
        self._density.good(len(call.items))
        self._waiting.end(call.number)
        if call.suspects is None:
            return
        if len(call.rest):
            self._narrow(Suspects(call.rest, call.suspects.cause, call.suspects.size))
        # Refused as a whole, accepted in parts: PHP cut it (case `vars-250-rows-fail`). A deadlock is no sign of size.
        elif call.suspects.cause is not Cause.CLASH:
            self._shrink(call.suspects.size)

    def refused(self, call: Call, refusal: CallRefused) -> None:
        """Moodle refused the call, for a reason that lies in one of its rows."""
        cause = self.work.change_of(call.items).cause(refusal.errorcode)
        self._waiting.end(call.number)
        if cause is Cause.USER and len(np.unique(self.work.user[call.items])) == 1:
            self._condemn_user(call.items, refusal)
        elif len(call.items) == 1:
            self._condemn_row(call.items, refusal, cause)
        else:
            self._narrow(Suspects(call.items, cause, len(call.items)))
        # This part explains the refusal of the whole: nothing speaks against the rest any more.
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
        user = self.work.user[items[0]]
        self._blames.append((refusal, Cause.USER))
        self._blame_of_user[user] = len(self._blames)
        self._condemn(items, self.work.user == user, refusal, Cause.USER)

    def _condemn_row(self, items: Ints, refusal: CallRefused, cause: Cause) -> None:
        pair = self.work.pair[items[0]]
        fellows = np.zeros(len(self.work), bool)
        if cause is Cause.PAIR and not self._accepted[pair]:
            self._blames.append((refusal, cause))
            self._blame_of_pair[pair] = len(self._blames)
            fellows = self.work.pair == pair
        elif cause is Cause.PAIR:
            # A row of it went through: the pair is not to blame, unless the next one is refused as well.
            self._accepted[pair] = False
        self._condemn(items, fellows, refusal, cause)

    def _condemn(
        self, items: Ints, fellows: npt.NDArray[np.bool_], refusal: CallRefused, cause: Cause
    ) -> None:
        """Refuse these items, and those of their fellows that are in no call; the others follow when they come back."""
        # Once, however many rows share the fate: what is dense are causes, each of which costs a search.
        self._density.bad()
        waiting = self._waiting.still_open(np.flatnonzero(fellows))
        self._settle(np.union1d(items, waiting), Fate.REFUSED, refusal, cause)
        urgent, self._urgent = self._urgent, []
        for call in urgent:
            if self._blame(np.concatenate((call.items, call.rest))).any():
                self._abandon(call)
            else:
                self._urgent.append(call)

    def _blame(self, items: Ints) -> Ints:
        """Give for each item what condemned its pair or its user; 0 for nothing."""
        if not self._blames:
            return np.zeros(len(items), "int64")
        of_pair = self._blame_of_pair[self.work.pair[items]]
        return np.where(of_pair > 0, of_pair, self._blame_of_user[self.work.user[items]])

    def _settle_condemned(self, items: Ints) -> Ints:
        """Settle the condemned among these items; give the others."""
        blame = self._blame(items)
        for number in np.unique(blame[blame > 0]).tolist():
            refusal, cause = self._blames[number - 1]
            self._settle(items[blame == number], Fate.REFUSED, refusal, cause)
        others: Ints = items[blame == 0]
        return others

    # Narrowing down

    def _narrow(self, suspects: Suspects) -> None:
        items = self._settle_condemned(suspects.items)
        if len(items) < len(suspects.items) or self._is_being_proved(suspects):
            # A condemned row explains the refusal, or one under way soon will: the rest is not suspect.
            self._release(items)
        else:
            self._urgent.append(self._split(suspects))

    def _is_being_proved(self, suspects: Suspects) -> bool:
        return suspects.cause is Cause.PAIR and self._waiting.pairs.any(self._doubtful(suspects.items))

    def _doubtful(self, items: Ints) -> Ints:
        """Give the items of pairs of which no row went through."""
        doubtful: Ints = items[~self._accepted[self.work.pair[items]]]
        return doubtful

    def _split(self, suspects: Suspects) -> Call:
        items = suspects.items
        if len(items) == 1:
            return Call(next(self._numbers), items, suspects)
        if suspects.cause is Cause.USER:
            return self._split_between(suspects, self.work.user[items])
        doubtful = self._doubtful(items)
        if suspects.cause is Cause.PAIR and len(doubtful):
            return self._split_between_pairs(suspects, doubtful)
        return self._split_between(suspects, items)

    def _split_between(self, suspects: Suspects, groups: Ints) -> Call:
        """Split in two without parting items of one group; a single group is sent alone."""
        distinct = np.unique(groups)
        if len(distinct) == 1:
            return Call(next(self._numbers), suspects.items, suspects)
        return self._part(suspects, groups < distinct[len(distinct) // 2])

    def _split_between_pairs(self, suspects: Suspects, doubtful: Ints) -> Call:
        """Put one half of the doubtful pairs to the proof, or a single row of the last one.

        Until there is an answer nothing more is sent for any of them. The items of other pairs come along with the
        first half: they have to be sent anyway.
        """
        pairs = self.work.pair
        distinct = np.unique(pairs[doubtful])
        if len(distinct) == 1:
            call = self._part(suspects, suspects.items == doubtful[0])
        else:
            second = np.isin(pairs[suspects.items], distinct[len(distinct) // 2 :])
            call = self._part(suspects, ~second)
        self._waiting.pairs.reserve(call.number, doubtful)
        return call

    def _part(self, suspects: Suspects, first: npt.NDArray[np.bool_]) -> Call:
        return Call(next(self._numbers), suspects.items[first], suspects, suspects.items[~first])

    def _shrink(self, refused_size: int) -> None:
        """Lower the size of calls: one of `refused_size` rows was refused though each part of it is accepted."""
        self.limit = max(1, min(self.limit, refused_size // 2))
        self.shrunk_to = self.limit

    # The items that wait

    def _next_urgent(self) -> Call | None:
        """Take the first part of a refused call of which no user is being sent; the others keep their turn."""
        for place, call in enumerate(self._urgent):
            # One user who is being sent must not hold up the parts of others behind it.
            if not self._waiting.users.any(call.items):
                del self._urgent[place]
                return call
        return None

    def _fresh(self, limit: int) -> Call | None:
        items = self._waiting.take(self._density.group(limit))
        return Call(next(self._numbers), items) if len(items) else None

    def _abandon(self, call: Call) -> None:
        self._waiting.end(call.number)
        self._release(np.concatenate((call.items, call.rest)))

    def _release(self, items: Ints) -> None:
        self._waiting.put_back(self._settle_condemned(self._waiting.unsettled(items)))

    def _settle(
        self, items: Ints, fate: Fate, refusal: CallRefused | None = None, cause: Cause = Cause.ROW
    ) -> None:
        self._waiting.settle(items)
        self._verdicts.append(Verdict(items, fate, refusal, cause))
