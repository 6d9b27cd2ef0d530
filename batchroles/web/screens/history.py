"""All runs of a person, with search."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, render_template, request

from batchroles.errors import BatchrolesError
from batchroles.job import shown
from batchroles.runs import Run
from batchroles.runs.folders import JOURNAL
from batchroles.web.desk import desk, me
from batchroles.web.errands import run_key
from batchroles.web.people import Person
from batchroles.web.proposals import Proposal

screen = Blueprint("history", __name__)


@dataclass(frozen=True)
class Told:
    """A run in one line."""

    name: str
    file: str
    when: datetime | None
    state: str
    """`going`, `done`, `failed` (finished, some rows failed), `stopped`, or `damaged`."""
    done: int = 0
    failed: int = 0
    pending: int = 0
    undoes: str = ""


@screen.get("/runs")
def show() -> str:
    """Show all runs, or those whose file, name or day holds what is looked for."""
    wanted = request.args.get("q", "").strip()
    found = [one for one in told(me()) if _fits(one, wanted)]
    return render_template("history.html", runs=found, wanted=wanted)


def told(person: Person, most: int | None = None) -> Sequence[Told]:
    """Give a person's runs, the newest first; those that look everything up before they send, too."""
    names = [entry.folder.name for entry in reversed(person.runs.entries()) if entry.is_run]
    begun = [
        _begun(one) for one in person.proposals.all() if one.sent not in names and _goes_on(person, one.sent)
    ]
    return [*begun, *(_told(person, name) for name in names[:most])][:most]


def _begun(proposal: Proposal) -> Told:
    return Told(proposal.sent, proposal.name, datetime.now().astimezone(), "going")


def _goes_on(person: Person, name: str) -> bool:
    work = desk().works.of(run_key(person, name))
    return work is not None and not work.over


def _told(person: Person, name: str) -> Told:
    folder = person.runs.folder / name
    seen = _seen(folder, _touched(folder))
    return replace(seen, state="going") if _goes_on(person, name) else seen


def _touched(folder: Path) -> int:
    """Give when something was last written into a run's journal: of what is over, that is always the same."""
    try:
        return (folder / JOURNAL).stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=10_000)
def _seen(folder: Path, touched: int) -> Told:  # noqa: ARG001 - what was written since is looked at anew
    """Look at a run. Reading a journal whole takes a second for the largest: it is done once."""
    name = folder.name
    try:
        with Run.look(folder) as run:
            plan, summary = shown(run)
            created, undoes = run.journal.head.created, run.journal.head.undoes
    except BatchrolesError:
        return Told(name, name, None, "damaged")
    count = summary.tally
    state = "stopped" if count.pending else "failed" if count.failed else "done"
    return Told(
        name,
        plan.table.path.name,
        created.astimezone(),
        state,
        count.done,
        count.failed,
        count.pending,
        undoes,
    )


def _fits(one: Told, wanted: str) -> bool:
    texts = (one.file, one.name, f"{one.when:%Y-%m-%d %d.%m.%Y}" if one.when else "")
    return all(any(word in text.casefold() for text in texts) for word in wanted.casefold().split())
