"""One run: how far it is, what became of it, and what can be done about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, g, jsonify, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from batchroles.errors import RunError
from batchroles.job.applying import is_old
from batchroles.models import Code, Status
from batchroles.reporter import Tally
from batchroles.runs import Run
from batchroles.web.became import became, touched
from batchroles.web.desk import desk, me, refuse
from batchroles.web.errands import go_on, proposal_of, run_key
from batchroles.web.forgetting import kept_until
from batchroles.web.proposals import Kind
from batchroles.web.screens.history import told
from batchroles.web.work import STOPPED, Work

screen = Blueprint("run", __name__, url_prefix="/runs/<name>")

FILES = ("success.csv", "failed.csv", "results.xlsx")
"""What can be downloaded of a run."""
NOTHING = "\u2013"
"""A dash where there is nothing to say yet."""
FIRST_PROBLEMS = 5
"""Problems that are seen at once."""
MOST_PROBLEMS = 100
"""Problems that are told one by one: all of them stand in the files."""


@dataclass(frozen=True)
class Cause:
    """One bar of the picture of failures."""

    code: Code
    count: int
    share: int
    """Of the longest bar, in percent."""


@screen.get("")
def show(name: str) -> AnyResponse | str:
    """Show how far a run is, or what became of it."""
    work = desk().works.of(run_key(me(), name))
    proposal = proposal_of(me(), name)
    if work is not None and not work.over:
        file = proposal.name if proposal else name
        return render_template("progress.html", name=name, file=file, state=progress(work))
    folder = me().runs.inside(name)
    if folder is None:
        # It never became a run: why, is said where it can be sent again.
        if proposal is None or proposal.begun:
            refuse("gone", 404)
        return redirect(url_for("check.show", id_=proposal.id), 303)
    try:
        return _results(name, folder, str(work.error) if work and work.error else "")
    except RunError as error:
        refuse("run-damaged", 400, str(error))


def _results(name: str, folder: Path, error: str) -> str:
    one = became(folder, touched(folder))
    count, head, why = one.count, one.head, error or one.stopped_by
    return render_template(
        "results.html",
        name=name,
        file=Path(head.input_name).name,
        count=count,
        until=kept_until(me().folder, folder, desk().office.keep).date(),
        state=_state(count),
        is_old=is_old(head),
        why="" if why == STOPPED.sentence else why,
        head=head,
        taken_back=next((run.name for run in told(me()) if run.undoes == name), ""),
        causes=_causes(count),
        problems=one.problems[:FIRST_PROBLEMS],
        further=one.problems[FIRST_PROBLEMS:MOST_PROBLEMS],
        more=len(one.problems) - MOST_PROBLEMS,
        notes=one.notes,
        can_repair=bool(count.failed) and not head.undoes and not count.pending,
        # Also of a run that was stopped because it was wrong; not while it is not known what was done.
        can_undo=bool(count.done) and not count.statuses.get(Status.UNKNOWN),
        downloads=[file for file in FILES if (folder / file).is_file()],
    )


def _state(count: Tally) -> str:
    if count.pending:
        return "stopped"
    return "some-failed" if count.failed else "finished"


def _causes(count: Tally) -> Sequence[Cause]:
    most = max(count.codes.values(), default=1)
    return [
        Cause(Code(code), number, max(1, round(100 * number / most))) for code, number in count.codes.items()
    ]


@screen.get("/state")
def state(name: str) -> Response:
    """Say how far a run is, for the script that moves the bar."""
    work = desk().works.under_way(run_key(me(), name))
    return jsonify(over=True) if work is None else jsonify(over=False, **progress(work))


def progress(work: Work, looking: str = "progress.looking-up") -> dict[str, Any]:
    """Say how far something is, in numbers and in words; `looking`: what is said while nothing is sent yet."""
    t, sending = g.texts, work.phase == "sending"
    rate = work.rate if sending else 0.0
    said = t("progress.sending", count=work.done, total=work.total) if sending else t(looking)
    if work.halt.reason is not None:
        said = t("progress.stopping")
    elif work.waits:
        said = t("progress.waiting")
    elif work.trouble:
        said = t("progress.trouble")
    return {
        "say": said,
        "done": work.done if sending else 0,
        "total": work.total if sending else 0,
        "done_said": t.number(work.done) if sending else NOTHING,
        "failed_said": t.number(work.failed),
        "rate_said": t("progress.rate-said", count=round(rate)) if rate else NOTHING,
        "left_said": t.left((work.total - work.done) / rate) if rate else NOTHING,
    }


@screen.post("/stop")
def stop(name: str) -> AnyResponse:
    """Stop a run after the calls under way."""
    work = desk().works.under_way(run_key(me(), name))
    if work is not None:
        work.stop()
    return redirect(url_for("run.show", name=name), 303)


@screen.post("/go-on")
def resume(name: str) -> AnyResponse:
    """Send what is left of a run."""
    folder = me().runs.inside(name)
    if folder is None:
        refuse("gone", 404)
    agreed, goes_on = "even-if-old" in request.form, desk().works.under_way(run_key(me(), name))
    if goes_on is None and not agreed and is_old(became(folder, touched(folder)).head):
        refuse("old", 400)
    go_on(desk(), me(), name, even_if_old=agreed)
    return redirect(url_for("run.show", name=name), 303)


@screen.post("/repair")
def repair(name: str) -> AnyResponse:
    """Begin a proposal of what failed."""
    return _again("retry", name)


@screen.post("/undo")
def undo(name: str) -> AnyResponse:
    """Begin a proposal that takes back what was done."""
    return _again("undo", name)


@screen.get("/files/<file>")
def download(name: str, file: str) -> Response:
    """Give one of the files of a run."""
    folder = me().runs.inside(name)
    if folder is None or file not in FILES or not (folder / file).is_file():
        refuse("gone", 404)
    return send_file((folder / file).resolve(), as_attachment=True, download_name=file)


def _again(kind: Kind, name: str) -> AnyResponse:
    """Lead to a proposal of this kind about a run: to the one that waits already, if there is one."""
    folder = me().runs.inside(name)
    if folder is None:
        refuse("gone", 404)
    proposals = me().proposals
    with desk().deciding:
        waiting = (one for one in proposals.all() if (one.kind, one.run, one.sent) == (kind, name, ""))
        one = next(waiting, None)
        if one is None:
            with Run.look(folder) as run:
                one = proposals.write(proposals.begin(kind, run.plan.table.path.name, run=name))
    return redirect(url_for("check.show", id_=one.id), 303)
