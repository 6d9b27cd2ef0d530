"""Ctrl-C, SIGTERM, SIGHUP and the clock: how a person or a scheduler stops a run."""

import re
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from threading import Thread
from types import FrameType

import click

from batchroles.client import Moodle
from batchroles.errors import InputError, Interrupted
from batchroles.job.whole import nothing_sent_yet
from batchroles.sender import Ended, Halt

INTERRUPTED = Ended(130, "interrupted")

SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""What asks a run to stop: Ctrl-C, a scheduler, and a terminal that is closed (which Windows has no signal for)."""

GRACE = 0.5
"""Seconds that calls under way have after an interrupt: a site that answers mostly does, and nobody waits longer."""
CLOCK_GRACE = 10.0
"""Seconds that they have when the time allowed is over: no person stands waiting."""


@contextmanager
def interrupts(halt: Halt, *moodles: Moodle) -> Iterator[None]:
    """Stop cleanly at the first Ctrl-C, SIGTERM or SIGHUP, at once at the second."""
    heard: SimpleQueue[None] = SimpleQueue()
    Thread(target=_stop_when_heard, args=(heard, halt, moodles), daemon=True).start()
    times = 0

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a handler's signature
        # NOTE: a handler interrupts the main thread wherever it is, perhaps inside a lock: it may take none itself.
        # Putting into a SimpleQueue is safe; another thread does the rest.
        nonlocal times
        times += 1
        if times > 1:
            # Handlers run in the main thread alone: it leaves whatever it waits for.
            raise KeyboardInterrupt
        heard.put(None)

    # What is ignored stays ignored: nohup means it. None is a handler that no Python made (a program that Python runs
    # inside of has it): it could not be put back.
    heeded = [number for number in SIGNALS if signal.getsignal(number) not in (signal.SIG_IGN, None)]
    before = {number: signal.signal(number, stop) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop_when_heard(heard: SimpleQueue[None], halt: Halt, moodles: Sequence[Moodle]) -> None:
    try:
        heard.get(timeout=halt.left)
    except Empty:
        for moodle in moodles:
            moodle.stop.leave_after(CLOCK_GRACE)
        heard.get()
    halt.ask(INTERRUPTED)
    for moodle in moodles:
        moodle.stop.leave_after(GRACE)
    click.echo("stopping after the calls under way; once more to stop now", err=True)


@contextmanager
def interruptible(*moodles: Moodle) -> Iterator[None]:
    """Let a command that only asks be stopped like one that sends, whatever it makes of questions without an answer."""
    halt = Halt()
    with interrupts(halt, *moodles), nothing_sent_yet(halt):
        yield
    if halt.reason is not None:
        raise Interrupted("interrupted; nothing was sent")


def halt_after(deadline: str | None, max_duration: str | None) -> Halt:
    """Make the halt for `--deadline` and `--max-duration`, whichever comes first. Raises InputError."""
    moments = [
        seconds
        for seconds in (
            _until(deadline) if deadline else None,
            lasting("--max-duration", max_duration) if max_duration else None,
        )
        if seconds is not None
    ]
    return Halt(time.monotonic() + min(moments) if moments else None)


def _until(deadline: str) -> float:
    """Give the seconds until the next time of day `HH:MM`."""
    try:
        moment = datetime.strptime(deadline, "%H:%M").time()  # noqa: DTZ007 - a time of day in the local zone
    except ValueError:
        raise InputError(f"--deadline {deadline}: write a time of day as 06:00") from None
    now = datetime.now().astimezone()
    # Each day's own time: after a night in which summer time begins or ends, 06:00 is 23 or 25 hours later.
    days = (datetime.combine(now.date() + timedelta(days), moment).astimezone() for days in range(3))
    return next((then - now).total_seconds() for then in days if then > now)


def lasting(flag: str, text: str) -> float:
    """Give the seconds of a time as flags write it. Raises InputError."""
    match = re.fullmatch(
        r"(?:(\d{1,5})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?", text.replace(" ", "")
    )
    if match is None or not any(match.groups()):
        raise InputError(f"{flag} {text}: write days, hours, minutes or seconds as 2d, 2h, 90m, 1h30m or 45s")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(days * 86_400 + hours * 3_600 + minutes * 60 + seconds)
