"""Pure: which of many pairs Moodle refuses, found with at most one call a pair and one more. Knows no network.

A call for several pairs is accepted where every one of them is, and then saves a call for each but one. Where it is
refused it has told little, and is lost. So calls are saved first and only what was saved is risked: the groups begin
small and grow with what they save. Where many pairs are bad nothing is saved, and each is asked for alone.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from batchroles.chunker.density import Density
from batchroles.errors import CallRefused
from batchroles.models import ASSIGN, Cause
from batchroles.models.changes import CallRow

Pairs = Sequence[CallRow]
Place = tuple[str, int]
"""Level and instance id."""

ABOUT_THE_PLACE = frozenset({"requireloginerror", "nopermissions"})
"""Error codes of checks that Moodle makes of a place before it looks at the role: every role is refused there."""
FEWEST = 20
"""Pairs that a call keeps when the last ones are shared among several: as many take the time of two calls of none."""


@dataclass(frozen=True, eq=False)
class Question:
    """Pairs to be asked for with one call."""

    pairs: Pairs
    rest: Pairs = ()
    """The other part of a group that was refused: the bad pair is here if it is not among those asked for."""
    suspicion: CallRefused | None = None
    """How that group was refused."""

    @property
    def halvings(self) -> int:
        """How often the pairs have to be halved, at worst, until one of them stands alone."""
        # The logarithm to base 2, rounded up, without a float that may come out a little too high.
        return (len(self.pairs) - 1).bit_length()


class PairSearch:
    """Hands out questions and takes in their answers. Not thread-safe: one coordinator owns it."""

    def __init__(self, pairs: Pairs, limit: int, at_once: int = 1) -> None:
        """Start with all pairs open; `limit`: most pairs in a call, 1 where they can only be asked for alone.

        `at_once`: calls that the site serves at full speed, between which the last pairs are shared.
        """
        self.limit, self._at_once = limit, at_once
        self.refusals: dict[CallRow, CallRefused] = {}
        self._open = deque(pairs)
        self._closed: dict[Place, CallRefused] = {}
        """Places that are refused whatever the role."""
        self._guilty: deque[Question] = deque()
        """Groups that are known to hold a bad pair, halved and ready to be asked for."""
        self._flying: list[Question] = []
        self._unsettled = len(pairs)
        self._left = len(pairs) + 1
        """Calls that may still be made."""
        self._density = Density()

    @property
    def unsettled(self) -> int:
        """How many pairs nothing is known of yet."""
        return self._unsettled

    def take(self) -> Question | None:
        """Give the next question; None if an answer must come first, or there is nothing more to ask."""
        question = self._guilty.popleft() if self._guilty else self._fresh()
        if question is not None:
            self._left -= 1
            self._flying.append(question)
        return question

    def accepted(self, question: Question) -> None:
        """Every pair may be assigned."""
        self._answered(question)
        self._unsettled -= len(question.pairs)
        self._density.good(len(question.pairs))
        if question.suspicion is not None:
            self._suspect(question.rest, question.suspicion)

    def refused(self, question: Question, refusal: CallRefused) -> None:
        """One of the pairs may not be assigned."""
        self._answered(question)
        # The rest is no more suspect now than any other pair.
        self._open.extendleft(reversed(question.rest))
        if len(question.pairs) > 1:
            self._suspect(question.pairs, refusal)
        else:
            self._condemn(question.pairs[0], refusal)

    def not_asked(self, question: Question, limit: int) -> None:
        """The call could not be made with so many pairs: they wait again, and no call has more than `limit`."""
        self._answered(question)
        self.limit = max(1, limit)
        self._open.extendleft(reversed([*question.pairs, *question.rest]))

    def _fresh(self) -> Question | None:
        """Take as many open pairs as may be risked together."""
        group = self._density.group(self.limit)
        # A refused group of n takes, to find its bad pair, as many calls more than it settles as it has to be halved.
        allowed = 2 ** max(0, self._spare())
        if allowed < group and any(len(question.pairs) > 1 for question in self._flying):
            # What is under way may save more calls than asking for single pairs at the same time would save seconds.
            return None
        group = min(group, allowed, self._share())
        taken: list[CallRow] = []
        while self._open and len(taken) < group:
            pair = self._open.popleft()
            if pair[2:] in self._closed:
                self._condemn(pair, self._closed[pair[2:]])
            else:
                taken.append(pair)
        return Question(taken) if taken else None

    def _share(self) -> int:
        """Give the pairs of a call where all open ones are asked for in as few rounds as can be, alike in size."""
        count = len(self._open)
        calls = max(-(-count // self.limit), min(self._at_once - len(self._flying), count // FEWEST), 1)
        return -(-count // calls)

    def _spare(self) -> int:
        """Give the calls that can be lost: those left over when every pair is asked for alone after all."""
        asked = sum(max(0, question.halvings - 1) for question in self._flying)
        waiting = sum(question.halvings for question in self._guilty)
        return self._left - self._unsettled - asked - waiting

    def _answered(self, question: Question) -> None:
        self._flying.remove(question)

    def _suspect(self, pairs: Pairs, refusal: CallRefused) -> None:
        """Take note that one of these pairs was refused so, among others that are accepted."""
        if len(pairs) == 1 and ASSIGN.cause(refusal.errorcode) is Cause.PAIR:
            self._condemn(pairs[0], refusal)
        elif pairs:
            half = (len(pairs) + 1) // 2
            self._guilty.append(Question(pairs[:half], pairs[half:], refusal))

    def _condemn(self, pair: CallRow, refusal: CallRefused) -> None:
        self.refusals[pair] = refusal
        self._unsettled -= 1
        self._density.bad()
        if refusal.errorcode in ABOUT_THE_PLACE:
            self._closed[pair[2:]] = refusal
