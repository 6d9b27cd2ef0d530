"""What would be sent: looked at, repaired, and sent."""

import mimetypes
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Blueprint, Response, g, jsonify, redirect, render_template, request, send_file, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from batchroles.job.proposing import Correction, Trouble, repaired_suffix, write_repaired
from batchroles.models.words import LAYOUTS
from batchroles.web import errands
from batchroles.web.desk import desk, me, mine, refuse
from batchroles.web.errands import LookedAt, changed, checking, send, settled
from batchroles.web.forgetting import kept_until
from batchroles.web.proposals import Proposal, Reading
from batchroles.web.remembered import Remembered
from batchroles.web.screens.looked_at import (
    MEANINGS,
    MOST_TROUBLES,
    differing,
    group_in_words,
    repaired,
    shown,
)
from batchroles.web.screens.run import progress

SOON = 0.2
"""Seconds that the screen waits itself: what is wrong with a file as such is known by then, without a bar first."""
MOST_COLUMNS = 100
"""Columns of a file of which it can be said what they hold: a sheet may have 16,384."""
ENCODINGS = ("", "utf-8", "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "mac-roman")
"""Encodings of CSV files that people may choose from."""

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".zip")
"""Ends of names of files whose letters cannot be chosen."""

BETWEEN = {
    "": "default",
    ";": "semicolon",
    ",": "comma",
    "|": "bar",
    "/": "slash",
    "space": "space",
    "line": "line",
}
"""What may stand between the courses of a cell, as the loader wants it, and how its text is called."""

screen = Blueprint("check", __name__, url_prefix="/proposals/<id_>")


@screen.get("")
def show(id_: str) -> AnyResponse | str:
    """Show what would be sent, or that it is still being looked up."""
    proposal = settled(desk(), me(), mine(id_))
    if proposal.sent:
        return redirect(url_for("run.show", name=proposal.sent), 303)
    work = checking(desk(), me(), proposal)
    if not work.ended.wait(SOON):
        return render_template("checking.html", proposal=proposal, state=progress(work, "checking.goes-on"))
    now = mine(id_)
    if now.revision != proposal.revision or now.sent:
        return _back(now)
    # While it was looked at it may have been found that such a file was read in some way before.
    proposal, looked = now, work.result
    seen = shown(looked) if isinstance(looked, LookedAt) else {}
    table = looked.planned.plan.table if isinstance(looked, LookedAt) else None
    return render_template(
        "check.html",
        proposal=proposal,
        work=work,
        seen=seen,
        repaired=repaired(proposal, table),
        until=kept_until(me().folder, me().proposals.place(proposal.id), desk().office.keep).date(),
        differing=differing(proposal),
        in_words=group_in_words,
        shape=work.seen,
        # Of text the letters may be chosen, also where it cannot be read; of a workbook nothing helps but another file.
        unreadable=Path(proposal.stored).suffix in WORKBOOKS and proposal.reading == Reading(),
        encodings=ENCODINGS,
        layouts=LAYOUTS,
        between=BETWEEN,
        meanings=MEANINGS,
        most_columns=MOST_COLUMNS,
    )


@screen.get("/state")
def state(id_: str) -> Response:
    """Say how far looking up is, for the script that moves the bar."""
    work = checking(desk(), me(), mine(id_))
    return jsonify(over=True) if work.over else jsonify(over=False, **progress(work, "checking.goes-on"))


@screen.post("/reading")
def read_otherwise(id_: str) -> AnyResponse:
    """Have the file read as the person says."""
    proposal, reading = _open(id_), reading_of(request.form)
    shape = checking(desk(), me(), proposal).seen
    if shape is not None:
        Remembered(me().folder).keep(shape, reading)
    return _changed(proposal, reading=reading, remembered=False)


@screen.post("/enrol")
def enrol(id_: str) -> AnyResponse:
    """Have whoever is not enrolled in a course yet enrolled there, with the role of the row."""
    proposal = _open(id_)
    return _changed(proposal, reading=replace(proposal.reading, enrol=True))


@screen.post("/again")
def again(id_: str) -> AnyResponse:
    """Look once more, where the site did not answer."""
    return _changed(_open(id_))


@screen.post("/repairs")
def repair(id_: str) -> AnyResponse:
    """Have cells read as the person says: each text that was typed, and the suggestion that was pressed."""
    proposal = _open(id_)
    looked = checking(desk(), me(), proposal).result
    if not isinstance(looked, LookedAt) or request.form.get("looked") != looked.key:
        return _back(proposal)
    said = [one.to_plain() for one in corrections_of(request.form, looked.troubles)]
    if not said:
        return _back(proposal, "wrong")
    return _changed(proposal, "wrong", corrections=(*proposal.corrections, *said))


@screen.post("/repairs/<int:number>/put-back")
def put_back(id_: str, number: int) -> AnyResponse:
    """Have one repair forgotten."""
    proposal = _open(id_)
    if request.form.get("revision") != str(proposal.revision):
        return _back(proposal)
    rest = tuple(one for at, one in enumerate(proposal.corrections) if at != number)
    return _changed(proposal, corrections=rest)


@screen.get("/copy")
def copy(id_: str) -> AnyResponse:
    """Give the file with what was repaired in it."""
    proposal = mine(id_)
    looked = checking(desk(), me(), proposal).result
    if not isinstance(looked, LookedAt):
        return _back(proposal)
    suffix = repaired_suffix(looked.planned)
    # A place of its own: somebody may press twice, and the copy stays nowhere.
    with TemporaryDirectory(dir=me().proposals.place(proposal.id)) as folder:
        path = Path(folder) / f"repaired{suffix}"
        write_repaired(looked.planned, path)
        content = BytesIO(path.read_bytes())
    name = f"{Path(proposal.name).stem}-{g.texts('check.copy-name')}{suffix}"
    return send_file(
        content, mimetypes.guess_type(name)[0] or "text/csv", as_attachment=True, download_name=name
    )


@screen.post("/send")
def send_it(id_: str) -> AnyResponse:
    """Send what was shown, once: a second time leads to the same run."""
    proposal = settled(desk(), me(), mine(id_))
    if not proposal.sent:
        looked = checking(desk(), me(), proposal).result
        # By the plan, not by the revision: one that had to be made anew may be another one.
        if not isinstance(looked, LookedAt) or request.form.get("looked") != looked.key:
            return _back(proposal)
        if looked.counts.takes and not request.form.get("agreed"):
            refuse("not-agreed", 400)
        proposal = send(desk(), me(), proposal, looked.planned)
    return redirect(url_for("run.show", name=proposal.sent), 303) if proposal.sent else _back(proposal)


@screen.post("/forget")
def forget(id_: str) -> AnyResponse:
    """Delete the file as it was given."""
    if not errands.forget(desk(), me(), _open(id_)):
        refuse("sent", 409)
    return redirect(url_for("upload.show"), 303)


def reading_of(form: MultiDict[str, str]) -> Reading:
    """Take what a person says of the file from the form: columns come as pairs of header and meaning."""
    said: dict[str, Any] = {
        one.name: form.get(one.name, "").strip() for one in fields(Reading) if one.type is str
    }
    said |= {one.name: one.name in form for one in fields(Reading) if one.type is bool}
    columns: Mapping[str, str] = {
        header: meaning
        for header, meaning in zip(form.getlist("header"), form.getlist("meaning"), strict=False)
        if meaning
    }
    return Reading(**said, columns=columns)


def _open(id_: str) -> Proposal:
    """Give a proposal that can still be changed."""
    proposal = settled(desk(), me(), mine(id_))
    return proposal if not proposal.sent else refuse("sent", 409)


def _changed(proposal: Proposal, at: str | None = None, **what: object) -> AnyResponse:
    return _back(changed(desk(), me(), proposal, **what), at)


def _back(proposal: Proposal, at: str | None = None) -> AnyResponse:
    """Lead back to the screen; `at`: the part of it where somebody was, if it is there still."""
    return redirect(url_for("check.show", id_=proposal.id, _anchor=at), 303)


def corrections_of(form: MultiDict[str, str], troubles: Sequence[Trouble]) -> Iterator[Correction]:
    """Give what a person repaired: the suggestion that was pressed, or all of them, and whatever was typed.

    All of them are those that the person saw, where nothing was typed and one thing alone may be meant.
    """
    pressed, _, which = form.get("take", "").partition(":")
    failing = [one for one in troubles if one.fails][:MOST_TROUBLES]
    for number, one in enumerate(failing):
        text = form.get(f"new-{number}", "").strip()
        if str(number) == pressed and which.isdecimal() and int(which) < len(one.suggestions):
            text = one.suggestions[int(which)]
        if pressed == "all" and not text and len(one.suggestions) == 1:
            text = one.suggestions[0]
        if text and one.repairable:
            row = form.get(f"row-{number}", "")
            yield one.correction(text, int(row) if row.isdecimal() and int(row) in one.rows else None)
