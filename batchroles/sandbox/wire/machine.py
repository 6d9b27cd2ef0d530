"""The measured machine as time goes by: two cores, and a database whose locks are held until a call ends.

A change of a role marks its user in the table `mdl_cache_flags` (`mark_user_dirty` in Moodle's `lib/accesslib.php`,
called by `role_assign` and `role_unassign_all`), and the entry stays locked until the call ends, for a call is one
transaction. So calls lock their users row by row, in the order of their rows; a call that needs a user of another waits
for the end of that one, and a circle of calls that wait for each other is looked for when one of them has waited for
`deadlock_timeout` (PostgreSQL's name for it; a second unless set otherwise). That one is rolled back whole.

How near this comes, for 4,000 rows in random order, 1,000 users in four of 20 courses each (the real site's courses are
not told), calls of 200, in rows/s; "by place" is by course and user, as a spreadsheet program sorts:

    calls at once, their order               real site                    here, on such files
    one, by user                             482 to 484                   482
    two, by user                             815 to 852                   870
    four, by user                            848 to 944                   874
    eight, by user                           895                          875
    four, by user, 50 rows a call            779                          759
    four, by user, 400 rows a call           894                          898
    four, by place, users ascend in a call   524 to 560                   518 to 529
    four, by place, sent again at once       53 to 55, 81 to 87 clashes   5 to 213, 70 in the middle; from 18 clashes
    four, by place, sent again after pauses  not measured                 135 to 237, 150 in the middle; from 13 clashes
    the same, fewer and smaller calls after  218 to 256                   192 to 388, 280 in the middle; 4 to 15 clashes

So waiting is as measured within 5 %. Clashes are a matter of luck: sent again at once, a few of the files never come to
an end here; with pauses, and half as many and half as large calls after a clash, the middle is a tenth above the real
figures.

Measured were assignments. That unassigning, enrolling and unenrolling lock the same entries is what Moodle's source
says; no recording shows it. A user who has no entry yet is given one, and such calls would not wait for each other:
not modelled, here every user has an entry.
"""

import random
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

CORES = 2
HINDRANCE = 1.11
"""How much longer a change takes while another call is under way: two at once do 815 to 852 rows/s, not twice 482."""
DEADLOCK_TIMEOUT = 1.0
NOTHING = 1e-9
"""Seconds of computing that are a rounding error."""


@dataclass(frozen=True)
class Work:
    """What a call has to do: seconds of computing before its first change and for each change, and whom those mark."""

    before: float
    each: float = 0.0
    users: Sequence[int] = ()
    """User ids, one for each change, in the order of the rows."""


@dataclass(eq=False)
class Process:
    """A call under way."""

    changes: deque[tuple[int, float]]
    """Those not begun yet: the user to lock, and the seconds of computing."""
    left: float
    """Seconds of computing until its next change, or its end."""
    after: float
    """Seconds of computing of the changes not begun yet."""
    hindered: bool
    """Whether it changes anything, so that others hinder it."""
    held: set[int] = field(default_factory=set)
    """The users whose entries it has locked."""
    waits_for: int | None = None
    """The user whose entry it waits for; a call that waits computes nothing."""
    looks_at: float | None = None
    """When it looks for a circle, which it does once for each time that it waits."""
    done: bool | None = None
    """True once it has ended, False once it was rolled back."""


class Machine:
    """Shares the cores among the calls, and hands the locks on. Times are seconds on any one clock."""

    def __init__(self, *, deadlock_timeout: float = DEADLOCK_TIMEOUT, seed: int = 0) -> None:
        self.processes: list[Process] = []
        """The calls under way, in the order in which they began."""
        self._deadlock_timeout = deadlock_timeout
        self._random = random.Random(seed)
        self._owners: dict[int, Process] = {}
        self._queues: defaultdict[int, deque[Process]] = defaultdict(deque)
        self._now = 0.0

    def begin(self, work: Work, now: float) -> Process:
        """Take a call up."""
        self.advance(now)
        seconds = self._varied(work)
        process = Process(
            deque(zip(work.users, seconds, strict=True)), work.before, sum(seconds), bool(work.users)
        )
        self.processes.append(process)
        return process

    def advance(self, now: float) -> None:
        """Let time go by until now: what ends, waits or clashes before does so at its own moment."""
        while self.processes and (moment := self._next()) <= now:
            self._compute(moment)
            for process in list(self.processes):
                self._look(process)
                if process.done is None and process.waits_for is None and process.left <= NOTHING:
                    self._go_on(process)
        self._compute(now)

    def soonest(self, process: Process) -> float:
        """Give a moment before which a call under way cannot have ended."""
        chain = [process, *self._before(process)]
        looks = [one.looks_at for one in chain if one.looks_at is not None]
        unseen = self._now + self._deadlock_timeout  # of circles that are not closed yet
        return min([unseen, self._now + max(one.left + one.after for one in chain), *looks])

    def _varied(self, work: Work) -> list[float]:
        """Share the seconds of a call's changes out unevenly.

        By how much they differ was not measured; were all alike, calls that clash would come back in step and clash
        again.
        """
        parts = [self._random.random() for _ in work.users]
        whole = work.each * len(parts)
        return [part * whole / sum(parts) for part in parts]

    def _next(self) -> float:
        moments = [self._now + one.left / self._speed(one) for one in self.processes if one.waits_for is None]
        return min(moments + [one.looks_at for one in self.processes if one.looks_at is not None])

    def _speed(self, process: Process) -> float:
        """Give the seconds of computing that a call does in a second; those that wait hold no core."""
        busy = sum(one.waits_for is None for one in self.processes)
        share = min(1.0, CORES / busy)
        return share / HINDRANCE if process.hindered and busy > 1 else share

    def _compute(self, until: float) -> None:
        running = [(one, self._speed(one)) for one in self.processes if one.waits_for is None]
        for process, speed in running:
            process.left -= max(0.0, until - self._now) * speed
        self._now = max(self._now, until)

    def _go_on(self, process: Process) -> None:
        """Begin the next change, or end."""
        if not process.changes:
            self._end(process, done=True)
            return
        user, process.left = process.changes.popleft()
        process.after -= process.left
        if self._owners.setdefault(user, process) is process:
            process.held.add(user)
        else:
            process.waits_for, process.looks_at = user, self._now + self._deadlock_timeout
            self._queues[user].append(process)

    def _look(self, process: Process) -> None:
        """Roll a call back that has waited long enough to look for a circle, and stands in one."""
        if process.looks_at is not None and process.looks_at <= self._now:
            process.looks_at = None
            if process in self._before(process):
                self._end(process, done=False)

    def _before(self, process: Process) -> Iterator[Process]:
        """Give the call that a call waits for, the one that this waits for, and so on, each once."""
        passed: list[Process] = []
        while process.waits_for is not None and (process := self._owners[process.waits_for]) not in passed:
            passed.append(process)
            yield process

    def _end(self, process: Process, *, done: bool) -> None:
        process.done = done
        self.processes.remove(process)
        if process.waits_for is not None:
            self._queues[process.waits_for].remove(process)
        for user in process.held:
            self._hand_on(user)

    def _hand_on(self, user: int) -> None:
        """Give a lock to the call that has waited longest for it."""
        if not self._queues[user]:
            del self._owners[user], self._queues[user]
            return
        process = self._owners[user] = self._queues[user].popleft()
        process.held.add(user)
        process.waits_for = process.looks_at = None
