"""A run's open rows to the site."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from batchroles.chunker import Dispatcher
from batchroles.chunker.order import arrange
from batchroles.client import Moodle
from batchroles.client.reading import FORM_CUT
from batchroles.errors import RunError, SiteRefusal, StoppedByGuard, TemporaryFailure
from batchroles.job.identity import refuse_address, refuse_another
from batchroles.job.planning import Talk
from batchroles.job.reporting import report
from batchroles.job.sync.owning import owning
from batchroles.job.turn import Turn
from batchroles.models import Plan, Status
from batchroles.models.lines import Mask
from batchroles.reporter import Summary
from batchroles.runs import Head
from batchroles.runs.run import Run
from batchroles.sender import Ended, Guards, Halt, Sending
from batchroles.sender.guards import counted
from batchroles.sender.readback import unverified, verify
from batchroles.sender.sending import wait_for_stragglers
from batchroles.text import count_of

OLD = timedelta(days=1)
"""A plan older than this is applied only by someone who says yes to it."""


@dataclass(frozen=True)
class Apply:
    """How a run is applied."""

    guards: Guards = field(default_factory=Guards)
    max_errors: str | int | None = None
    """`N` or `N%`: a run with more failed rows is stopped."""
    verify: bool = False
    """Read back after sending."""
    even_if_old: bool = False
    """Apply a plan that is older than a day."""
    only_new: bool = False
    """Leave the exit code alone where everything that failed did so in the run before."""
    approve_removals: int | None = None
    """Send what a guard kept back, if it is not more than this."""

    def __post_init__(self) -> None:
        """Refuse a wrong `max_errors` before anything is done."""
        errors_allowed(self.max_errors, 0)


def apply(
    run: Run,
    moodle: Moodle,
    how: Apply | None = None,
    halt: Halt | None = None,
    talk: Talk | None = None,
    turn: Turn | None = None,
) -> Summary:
    """Send what is left of a run, write its reports, and give its summary. Other runs on the site are waited for.

    Raises RunError where the run is of another site or is old, or a later run of the same sync began; StoppedByGuard
    where more was kept back than is approved; TemporaryFailure where the journal or the reports
    cannot be written, or another run works on the site: the run can then be applied again.
    """
    how, halt, talk = how or Apply(), halt or Halt(), talk or Talk()
    refuse_address(run.journal.head, run.name, moodle)
    _check_age(run, how)
    _check_approval(run, how)
    with nullcontext(turn) if turn else Turn(moodle, halt) as mine:
        mine.take(run.folder)
        with owning(run):
            return _applied(run, moodle, how, halt, talk, mine)


def _applied(run: Run, moodle: Moodle, how: Apply, halt: Halt, talk: Talk, turn: Turn) -> Summary:
    """Do so while the site is held."""
    notes: list[str] = []
    ended = _check_site(run, moodle, how, halt)
    if ended is None:
        with talk.phase("sending"):
            # NOTE: noted before the first call leaves. After a kill in between, the next run on this site waits.
            turn.begins()
            ended, notes = _send(run, moodle, how, halt, talk, turn)
            turn.ends(run.journal.book.unanswered(turn.died)[1])
    with talk.phase("verifying"):
        ended, said = _verify(run, moodle, how, halt, ended)
    return report(run, dict(moodle.calls), talk, ended, [*notes, *said], only_new=how.only_new)


def _check_site(run: Run, moodle: Moodle, how: Apply, halt: Halt) -> Ended | None:
    """Raise RunError where ids would mean others; gives why nothing can be sent where the site does not say it."""
    plan = run.now()
    open_lines = _to_send(plan, how) | plan.lines.ended_as(Status.UNKNOWN)
    if not (open_lines.any() or unverified(plan, run.journal.book, every=how.verify).any()):
        return None
    try:
        refuse_another(run.journal.head, run.name, moodle)
    except (TemporaryFailure, SiteRefusal) as error:
        # Asked, not given: Ctrl-C may be why no answer came, and the first reason counts.
        halt.ask(Ended(error.exit_code, str(error)))
        return halt.reason
    return None


def _verify(
    run: Run, moodle: Moodle, how: Apply, halt: Halt, ended: Ended | None
) -> tuple[Ended | None, list[str]]:
    """Read back what was done, unless the run was stopped. Gives why the run ended early, and sentences."""
    book = run.journal.book
    if how.verify:
        run.journal.expect_all_verified()
    if ended is None:
        # Of both it is asked that their own assignments go, whoever else gives the role.
        undoing = bool(run.journal.head.undoes or run.journal.head.sync)
        try:
            reviewing = run.journal.head.is_review
            return None, verify(
                run.now(), moodle, book, every=how.verify, undoing=undoing, reviewing=reviewing
            )
        except (TemporaryFailure, SiteRefusal) as error:
            ended = halt.reason or Ended(error.exit_code, f"what was done could not be read back: {error}")
    count = int(unverified(run.now(), book, every=how.verify).sum())
    return ended, [
        f"{count_of(count, 'row that Moodle confirmed has', 'rows that Moodle confirmed have')} not been read back."
    ] if count else []


def _send(
    run: Run, moodle: Moodle, how: Apply, halt: Halt, talk: Talk, turn: Turn
) -> tuple[Ended | None, list[str]]:
    """Send the open lines: those without an answer first, when the site can no longer be busy with them.

    Gives why it ended early, if it did, and sentences for the person who runs it.
    """
    plan = run.now()
    lines = plan.lines
    unanswered = lines.ended_as(Status.UNKNOWN)
    work = arrange(lines, _to_send(plan, how) | unanswered)
    failed = int(lines.ended_as(Status.INVALID, Status.REFUSED).sum())
    unknown = np.flatnonzero(unanswered[work.line])
    if len(unknown):
        last_asked = run.journal.book.unanswered(turn.died)[1]
        wait_for_stragglers(last_asked, moodle.retry.settle_pause, halt, moodle.observer)
    sending = Sending(
        work,
        moodle,
        run.journal.book,
        replace(how.guards, max_errors=errors_allowed(how.max_errors, len(lines))),
        halt,
        errors_before=failed,
        progress=_counted(talk, len(work)),
        lives=turn.lives,
    )
    ended = sending.run(unknown)
    return ended, _on_size(sending.dispatcher, moodle)


def _on_size(dispatcher: Dispatcher, moodle: Moodle) -> list[str]:
    """Say why calls were made smaller, and what spares the next run the calls that were too large."""
    size = dispatcher.shrunk_to
    if size is None:
        return []
    said, next_time = (
        f"Calls were made smaller, at most {count_of(size, 'row')}",
        f"ext time: --chunk-size {size}",
    )
    if dispatcher.cut is None:
        return [f"{said}: a larger one was refused as a whole though its parts were accepted (n{next_time})."]
    if dispatcher.cut.errorcode != FORM_CUT:
        return [f"{said}: the web server does not take a larger one (n{next_time})."]
    return [
        f"{said}: the site lost the end of a larger one, because PHP's max_input_vars is smaller there than"
        f" --max-input-vars ({moodle.max_input_vars:,}). N{next_time}; or give the number that"
        f" {moodle.url}/admin/phpinfo.php shows for max_input_vars as --max-input-vars: calls then fit by themselves."
    ]


def _counted(talk: Talk, total: int) -> Callable[[int, int], None]:
    done, failed = 0, 0

    def progress(rows: int, refused: int) -> None:
        nonlocal done, failed
        done, failed = done + rows, failed + refused
        talk.progress("sending", done, total)
        talk.sent(done, failed, total)

    return progress


def errors_allowed(said: str | int | None, rows: int) -> int | None:
    """Turn `N` or `N%` into a number of rows. Raises InputError for anything else."""
    return None if said is None else counted("--max-errors", said, rows)


def _to_send(plan: Plan, how: Apply) -> Mask:
    return plan.lines.is_open if how.approve_removals is None else plan.lines.is_open | plan.approvable


def _check_approval(run: Run, how: Apply) -> None:
    count = int(run.now().approvable.sum())
    if how.approve_removals is not None and count > how.approve_removals:
        raise StoppedByGuard(
            f"{count_of(count, 'removal is', 'removals are')} withheld in {run.name}, and --approve-removals allows"
            f" {how.approve_removals:,}: nothing was sent"
        )


def is_old(head: Head) -> bool:
    """Whether so much may have changed since a run was planned that somebody has to say yes to it once more."""
    return datetime.now(UTC) - head.created > OLD


def _check_age(run: Run, how: Apply) -> None:
    planned = run.journal.head.created
    if is_old(run.journal.head) and not how.even_if_old:
        raise RunError(
            f"{run.name} was planned on {planned:%d %B %Y} and the site may have changed: plan the file again, or say"
            " --yes to apply it all the same"
        )
