"""What would be sent: looked at, repaired, and sent."""

import secrets
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from batchroles.job import Planned
from batchroles.web.desk import desk, me, mine, refuse
from batchroles.web.errands import checking, send, settled
from batchroles.web.proposals import Proposal, Reading
from batchroles.web.screens.run import progress

screen = Blueprint("check", __name__, url_prefix="/proposals/<id_>")


@screen.get("")
def show(id_: str) -> AnyResponse | str:
    """Show what would be sent, or that it is still being looked up."""
    proposal = settled(desk(), me(), mine(id_))
    if proposal.sent:
        return redirect(url_for("run.show", name=proposal.sent), 303)
    work = checking(desk(), me(), proposal)
    if not work.over:
        return render_template("checking.html", proposal=proposal, work=work)
    return render_template("check.html", proposal=proposal, work=work, seen=work.result)


@screen.get("/state")
def state(id_: str) -> Response:
    """Say how far looking up is, for the script that moves the bar."""
    work = checking(desk(), me(), mine(id_))
    return jsonify(over=True) if work.over else jsonify(over=False, **progress(work))


@screen.post("/reading")
def read_otherwise(id_: str) -> AnyResponse:
    """Have the file read as the person says."""
    return _changed(_open(id_), reading=reading_of(request.form))


@screen.post("/send")
def send_it(id_: str) -> AnyResponse:
    """Send what was shown, once: a second time leads to the same run."""
    proposal = settled(desk(), me(), mine(id_))
    if not proposal.sent:
        work = checking(desk(), me(), proposal)
        if request.form.get("revision") != str(proposal.revision) or not work.over:
            return redirect(url_for("check.show", id_=id_), 303)
        planned = work.result
        if not isinstance(planned, Planned):
            return redirect(url_for("check.show", id_=id_), 303)
        if _takes_away(planned) and not request.form.get("agreed"):
            refuse("not-agreed", 400)
        name = f"{datetime.now().astimezone():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        proposal = me().proposals.claim(proposal, name)
        if proposal.sent == name:
            send(desk(), me(), proposal, planned)
    return redirect(url_for("run.show", name=proposal.sent), 303)


@screen.post("/forget")
def forget(id_: str) -> AnyResponse:
    """Delete the file as it was given."""
    me().proposals.forget(_open(id_))
    return redirect(url_for("upload.show"), 303)


def reading_of(form: MultiDict[str, str]) -> Reading:
    """Take what a person says of the file from the form: columns come as pairs of header and meaning."""
    said = {one.name: form.get(one.name, "").strip() for one in fields(Reading) if one.type is str}
    columns: Mapping[str, str] = {
        header: meaning
        for header, meaning in zip(form.getlist("header"), form.getlist("meaning"), strict=False)
        if meaning
    }
    return Reading(**said, columns=columns, enrol="enrol" in form, strict_names="strict_names" in form)


def _takes_away(planned: Planned) -> bool:
    lines = planned.plan.lines
    return bool((lines.is_open & ~lines.gives).any())


def _open(id_: str) -> Proposal:
    """Give a proposal that can still be changed."""
    proposal = settled(desk(), me(), mine(id_))
    return proposal if not proposal.sent else refuse("sent", 409)


def _changed(proposal: Proposal, **what: object) -> AnyResponse:
    me().proposals.write(proposal.changed(**what))
    return redirect(url_for("check.show", id_=proposal.id), 303)
