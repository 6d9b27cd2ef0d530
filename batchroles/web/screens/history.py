"""All runs of a person, with search."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, render_template, request

from batchroles.errors import BatchrolesError
from batchroles.job.standing import standing
from batchroles.web.became import touched
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
    return desk().works.under_way(run_key(person, name)) is not None


def _told(person: Person, name: str) -> Told:
    folder = person.runs.folder / name
    seen = _seen(folder, touched(folder))
    return replace(seen, state="going") if _goes_on(person, name) else seen


@lru_cache(maxsize=10_000)
def _seen(folder: Path, touched: int) -> Told:  # noqa: ARG001 - what was written since is looked at anew
    """Look at a run, once: reading the journal of a large one takes a second."""
    try:
        one = standing(folder)
    except BatchrolesError:
        return Told(folder.name, folder.name, None, "damaged")
    state = "stopped" if one.pending else "failed" if one.failed else "done"
    when = one.created.astimezone()
    return Told(folder.name, one.file, when, state, one.done, one.failed, one.pending, one.undoes)


def _fits(one: Told, wanted: str) -> bool:
    texts = (one.file, one.name, f"{one.when:%Y-%m-%d %d.%m.%Y}" if one.when else "")
    return all(any(word in text.casefold() for text in texts) for word in wanted.casefold().split())
