"""What several commands do alike: plan a file, show the plan, ask, send, report."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import click

from batchroles.cli.options import CheckFlags, FileFlags, SendFlags, SiteFlags
from batchroles.cli.site import open_site
from batchroles.cli.stopping import halt_after, interrupts, nothing_sent_yet
from batchroles.cli.talking import Voice
from batchroles.client import Moodle
from batchroles.errors import Interrupted
from batchroles.job import Apply, Checks, Planned, Run, Talk, Turn, apply, complete, summary_of
from batchroles.loader import ReadingOptions
from batchroles.loader.layouts import FormatOptions
from batchroles.models import Change, Plan
from batchroles.reporter import Summary, next_steps, summarise, summary_text
from batchroles.runs import Draft
from batchroles.sender import Guards, Halt

GROUPS = 20
"""Groups of rows that a plan shows; the rest is counted."""


def reading(flags: FileFlags) -> ReadingOptions:
    """Give what says how the file is read."""
    return ReadingOptions(encoding=flags.encoding, delimiter=flags.delimiter, sheet=flags.sheet)


def understanding(flags: FileFlags, change: Change) -> FormatOptions:
    """Give what says how the file is understood."""
    return FormatOptions(
        match_user_by=flags.match_user_by,
        role=flags.role,
        context=flags.context,
        column_map=dict(flags.column_map),
        format=flags.format,
        change=change,
    )


def checks(file: FileFlags, check: CheckFlags) -> Checks:
    """Give what is asked of the site before anything is sent."""
    return Checks(
        role_map=dict(file.role_map),
        probe=check.probe,
        existing=check.check_existing,
    )


@dataclass(frozen=True)
class Session:
    """One command's dealings with one site."""

    moodle: Moodle
    voice: Voice
    halt: Halt
    how: Apply
    turn: Turn
    yes: bool = False
    """Whether the user wants no questions."""

    def plan(self, make: Callable[[Talk], Planned]) -> Planned:
        """Make a plan, and say what it was made of."""
        with nothing_sent_yet(self.halt):
            planned = make(self.voice.talk)
        self.voice.close()
        say_how_read(planned, self.voice)
        return planned

    def ask_and_send(self, planned: Planned, draft: Draft, *, as_json: bool) -> int:
        """Show a plan, ask, save it as a run, send it and report; gives the exit code."""
        show_plan(planned, err=True)
        if not self.yes and _can_ask(planned.plan):
            with nothing_sent_yet(self.halt), self.turn.let_go():
                _ask(planned.plan, self.moodle.url)
        with Run.save(draft.folder, planned, draft.hold) as run:
            return self.send(run, as_json=as_json)

    def send(self, run: Run, *, as_json: bool) -> int:
        """Send what is left of a run and print what became of it; gives the exit code."""
        with nothing_sent_yet(self.halt):
            self.turn.take(run.folder)
        summary = apply(run, self.moodle, self.how, self.halt, self.voice.talk, self.turn)
        self.voice.close()
        read = {*run.plan.table.notes, *run.plan.notes}
        self.voice.say([note for note in summary.notes if note not in read])
        if self.halt.reason is not None and summary.exit_code:
            click.echo(f"batchroles: {self.halt.reason.sentence}", err=True)
        for sentence in next_steps(summary, run.folder):
            click.echo(sentence, err=True)
        _print(complete(run), summary, as_json=as_json)
        return summary.exit_code


@contextmanager
def session(site: SiteFlags, send: SendFlags | None = None) -> Iterator[Session]:
    """Open the site, listen for interrupts, and say at the end what the client noticed."""
    voice = Voice()
    moodle = open_site(site, observer=voice)
    voice.speak_for(moodle)
    halt, how = Halt(), Apply()
    if send is not None:
        guards = Guards(workers=site.workers, chunk_size=send.chunk_size, rate=send.rate)
        how = Apply(guards=guards, max_errors=send.max_errors, verify=send.verify, even_if_old=send.yes)
        halt = halt_after(send.deadline, send.max_duration)
    if_locked = send.if_locked if send is not None else "wait"
    with (
        moodle,
        voice,
        interrupts(halt, moodle),
        Turn(moodle, halt, if_locked, lambda sentence: voice.say([sentence])) as turn,
    ):
        yield Session(moodle, voice, halt, how, turn, yes=send is not None and send.yes)


def say_how_read(planned: Planned, voice: Voice) -> None:
    """Say what the file was taken for, and what was noticed; of an undo, for which no file was read, its own notes."""
    plan = planned.plan
    read = [] if planned.origin.undoes else [f"read as: {plan.read_as}", *plan.table.notes]
    voice.say([*read, *plan.notes])


def show_plan(planned: Planned, *, err: bool) -> None:
    """Say what would be sent, by action, role and context: on stderr where it is not what was asked for."""
    from batchroles.job.overview import overview

    groups = overview(planned.plan, planned.wanted)
    for group in groups.head(GROUPS).itertuples():
        click.echo(f"  {group.rows:>7,}  {group.change} {group.role} in {group.context}", err=err)
    if len(groups) > GROUPS:
        rest = int(groups["rows"][GROUPS:].sum())
        click.echo(f"  {rest:>7,}  in {len(groups) - GROUPS:,} more groups", err=err)


def _can_ask(plan: Plan) -> bool:
    """Whether to ask before sending: off a terminal nobody answers, and a scheduler means what it says."""
    return bool(plan.lines.is_open.any()) and sys.stdin.isatty() and sys.stderr.isatty()


def _ask(plan: Plan, site: str) -> None:
    count = int(plan.lines.is_open.sum())
    if not click.confirm(f"Send {count:,} rows to {site}?", err=True):
        raise Interrupted("the question whether to send was answered by no; nothing was sent")


def _print(plan: Plan, summary: Summary, *, as_json: bool) -> None:
    click.echo(summary.to_json() if as_json else summary_text(plan, summary), nl=not as_json)


def finish_check(planned: Planned, calls: Mapping[str, int], talk: Talk, *, as_json: bool) -> int:
    """Print what was understood and what could not be sent; gives the exit code: 1 where there is such a row."""
    from batchroles.loader.layouts import describe

    if not as_json:
        for sentence in describe(planned.wanted, first=3):
            click.echo(f"  {sentence}")
        click.echo()
    site = planned.origin.site
    summary = summarise(planned.plan, run="", site=site, calls=calls, seconds=talk.seconds)
    _print(planned.plan, summary, as_json=as_json)
    return summary.exit_code


def finish_empty(planned: Planned, moodle: Moodle, talk: Talk, *, as_json: bool) -> int:
    """Finish where there is nothing to do; gives the exit code. The notes have said why."""
    summary = summarise(
        planned.plan, run="", site=planned.origin.site, calls=moodle.calls, seconds=talk.seconds
    )
    if as_json:
        click.echo(summary.to_json(), nl=False)
    return summary.exit_code


def finish_plan(run: Run, moodle: Moodle, talk: Talk, *, as_json: bool) -> int:
    """Print what a saved plan came to; gives the exit code: 1 where some rows cannot be sent."""
    run.journal.note_usage(dict(moodle.calls), talk.seconds)
    plan = run.now()
    summary = summary_of(run, plan)
    _print(plan, summary, as_json=as_json)
    if not as_json and summary.tally.pending:
        click.echo(f"batchroles apply {run.folder} sends it")
    return summary.exit_code
