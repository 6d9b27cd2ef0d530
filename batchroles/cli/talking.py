"""What is said while a job goes on and when it ends: progress, notes, the plan, the question, what became of it."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import click

from batchroles.cli.options import Sending, SiteFlags
from batchroles.cli.site import open_site
from batchroles.cli.stopping import interrupts
from batchroles.cli.streams import drawing, speaking
from batchroles.cli.watching import current_watch
from batchroles.client import Moodle
from batchroles.job import Account, Door, Job, Planned
from batchroles.job.overview import overview
from batchroles.job.preview import totals
from batchroles.models import Plan
from batchroles.reporter import Summary, next_steps, summary_text
from batchroles.sender import Halt
from batchroles.text import count_of

_SIGNS = {True: "+ ", False: "\u2212 "}
"""What stands before a group of a sync's plan: whether the people have the role afterwards."""
GROUPS = 20
"""Groups of rows that give something which a plan shows; the rest is counted."""


MINUTE = 60.0


class Voice:
    """Progress by tqdm on a terminal, else a line a minute; retries as sentences, so that a wait is no mystery."""

    def __init__(self, minute: float = MINUTE) -> None:
        """`minute`: seconds between two lines of progress where there is no terminal."""
        self.watch = current_watch()
        self._minute = minute
        self._over = threading.Event()
        self._reached = ""
        self._bar: Any = None
        self._what = ""
        self._lock = threading.Lock()
        self._said: set[str] = set()
        self._moodle: Moodle | None = None

    def speak_for(self, moodle: Moodle) -> None:
        """Say at the end, too, what a client noticed that has this voice for its observer."""
        self._moodle = moodle

    def answered(self, function: str, seconds: float) -> None:
        """Take note of an answer: there is nothing to say of it."""

    def retrying(self, function: str, reason: str, pause: float) -> None:
        """Say why nothing happens for a while."""
        self.watch.note("retrying", "warning", function=function, error=reason, pause=round(pause, 1))
        self._echo(f"{function}: {reason}; trying again in {pause:.0f} s")

    def say(self, sentences: list[str]) -> None:
        """Say each sentence once."""
        for sentence in sentences:
            if sentence not in self._said:
                self._said.add(sentence)
                self._echo(f"note: {sentence}")

    def close(self) -> None:
        """Take the bar away and say what the client noticed; results may follow."""
        with self._lock:
            self._close_bar()
        if self._moodle is not None:
            self.say(self._moodle.notes)

    def __enter__(self) -> Self:
        if not sys.stderr.isatty():
            threading.Thread(target=self._tell_each_minute, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self.close()

    def progress(self, what: str, done: int, total: int) -> None:
        """Draw how far a phase has got, or keep it for the line of the minute."""
        if not sys.stderr.isatty() or self.watch.flags.quiet:
            self._reached = f"{what}: {done:,} of {total:,}"
            return
        with self._lock:
            if what != self._what:
                self._close_bar()
                self._open_bar(what, total)
            # tqdm wants the steps since the last time, and `done` is their sum.
            self._bar.update(done - self._bar.n)

    def _tell_each_minute(self) -> None:
        while not self._over.wait(self._minute):
            if reached := self._reached:
                self.watch.note("progress", reached=reached)
                if not self.watch.flags.quiet:
                    self._echo(f"{datetime.now().astimezone():%H:%M} {reached}")

    def _open_bar(self, what: str, total: int) -> None:
        from tqdm import tqdm

        self._what = what
        self._bar = tqdm(
            total=total, desc=what, unit=" rows" if what == "sending" else "", file=drawing(), leave=False
        )

    def _close_bar(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar, self._what = None, ""

    def _echo(self, sentence: str) -> None:
        # Answers come in several threads: none may draw the bar again before the sentence stands.
        with self._lock:
            if self._bar is not None:
                self._bar.clear()
            click.echo(sentence, err=True)


@contextmanager
def job_on(
    site: SiteFlags, voice: Voice, door: Door | None = None, sending: Sending | None = None
) -> Iterator[Job]:
    """Open the site for one job, listen for interrupts, and say at the end what the client noticed."""
    moodle = open_site(site, observer=voice)
    voice.speak_for(moodle)
    halt = sending.halt if sending is not None else Halt()
    watch, door = voice.watch, door or Door()
    watch.on_site(moodle)

    def show(planned: Planned) -> None:
        watch.planned(planned)
        door.show(planned)

    def waits(sentence: str) -> None:
        watch.note("waiting", error=sentence)
        voice.say([sentence])

    mine = replace(door, progress=voice.progress, show=show, waits=waits, begins=watch.in_run)
    # Left from below: the site is given back while signals are still heeded, and what was noticed is said last.
    with (
        moodle,
        voice,
        interrupts(halt, moodle),
        Job(moodle, mine, halt, sending.if_locked if sending is not None else "wait") as job,
    ):
        yield job


def say_how_read(planned: Planned, voice: Voice) -> None:
    """Say what the file was taken for, and what was noticed; of an undo, for which no file was read, its own notes."""
    voice.close()
    plan = planned.plan
    read = [] if planned.origin.undoes else [f"read as: {plan.read_as}", *plan.table.notes]
    voice.say([*read, *plan.notes])


def show_plan(planned: Planned, *, err: bool) -> None:
    """Say what would be sent: on stderr where it is not what was asked for.

    First how much, then by change, role and context, all of what takes something away before what gives, then people.
    """
    plan = planned.plan
    groups = overview(plan, planned.wanted, planned.known_as)
    removals = groups[~groups["gives"]]
    signs = bool(planned.origin.sync) or len(removals) > 0
    shown = groups.head(len(removals) + GROUPS)
    click.echo(f"  {totals(plan)}", err=err)
    for group in shown.itertuples():
        sign = _SIGNS[bool(group.gives)] if signs else ""
        kept = ", withheld" if group.withheld else ""
        where = " in " if group.role else " "
        click.echo(
            f"  {sign}{group.rows:>7,}  {group.change} {group.role}{where}{group.context}{kept}", err=err
        )
    if len(groups) > len(shown):
        rest = int(groups["rows"][len(shown) :].sum())
        click.echo(f"  {rest:>7,}  in {count_of(len(groups) - len(shown), 'more group')}", err=err)
    label = "namely" if len(planned.first) == plan.lines.is_open.sum() else "such as"
    for number, sentence in enumerate(planned.first):
        click.echo(f"  {'' if number else label:>7}  {sentence}", err=err)


def door_to_send(voice: Voice, *, yes: bool) -> Door:
    """Give the door of a command that sends what it plans: the plan is shown, and a person asked."""

    def show(planned: Planned) -> None:
        say_how_read(planned, voice)
        if len(planned.plan.lines):
            show_plan(planned, err=True)

    def question(planned: Planned) -> Callable[[], bool] | None:
        return None if yes else _question(planned)

    return Door(names=lambda planned: question(planned) is not None, show=show, question=question)


def door_to_apply(voice: Voice, *, yes: bool) -> Door:
    """Give the door of a command that sends a plan which was made before: how it was read has been said."""

    def show(planned: Planned) -> None:
        voice.close()
        show_plan(planned, err=True)

    return replace(door_to_send(voice, yes=yes), show=show)


def somebody_reads(planned: Planned) -> bool:
    """Whether a person at a terminal is shown what would be sent."""
    return bool(planned.plan.lines.is_open.any()) and sys.stdin.isatty() and sys.stderr.isatty()


def _question(planned: Planned) -> Callable[[], bool] | None:
    """Give the question before sending; off a terminal nobody answers, and a scheduler means what it says."""
    if not somebody_reads(planned):
        return None
    count = int(planned.plan.lines.is_open.sum())

    def ask() -> bool:
        with speaking():
            return click.confirm(f"Send {count_of(count, 'row')} to {planned.origin.site}?", err=True)

    return ask


def tell(account: Account, job: Job, voice: Voice, *, as_json: bool) -> int:
    """Print what became of a run; gives the exit code. Where there was nothing to do, the notes have said why."""
    voice.close()
    summary, plan = account.summary, account.plan
    voice.watch.came_to(summary)
    if account.folder is None:
        if as_json:
            voice.watch.print_json(summary.to_json())
        return summary.exit_code
    read = {*plan.table.notes, *plan.notes}
    voice.say([note for note in summary.notes if note not in read])
    if job.halt.reason is not None and summary.exit_code:
        click.echo(f"batchroles: {job.halt.reason.sentence}", err=True)
    for sentence in next_steps(summary, account.folder):
        click.echo(sentence, err=True)
    print_summary(plan, summary, {} if as_json else None)
    return summary.exit_code


def print_summary(plan: Plan, summary: Summary, as_json: dict[str, Any] | None) -> None:
    """Print a summary as it was asked for; `as_json`: what the JSON holds beside it, None for words."""
    watch = current_watch()
    watch.came_to(summary)
    if as_json is not None:
        watch.print_json(summary.to_dict() | as_json)
    else:
        click.echo(summary_text(plan, summary))
