"""The first screen: a file is given, or one of the last runs is opened."""

import tempfile
from pathlib import Path

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from batchroles.errors import BatchrolesError
from batchroles.template import site_choices, standard_choices, write_template
from batchroles.web.desk import desk, me, refuse
from batchroles.web.screens.history import told

screen = Blueprint("upload", __name__)

LAST = 5
"""Runs, and files that were not sent yet, that the first screen shows."""


@screen.get("/")
def show() -> str:
    """Show where a file is given, what was not sent yet, and the last runs."""
    waiting = [one for one in me().proposals.all() if not one.sent]
    return render_template(
        "upload.html",
        waiting=waiting[:LAST],
        older=waiting[LAST:],
        runs=told(me(), most=LAST),
        role_map=desk().office.checks.role_map,
        limit=desk().office.upload_limit // 1_000_000,
    )


@screen.post("/upload")
def take() -> AnyResponse:
    """Take a file, and lead to what is made of it."""
    given = request.files.get("file")
    if given is None or not given.filename:
        refuse("no-file", 400)
    proposals = me().proposals
    suffix = Path(given.filename).suffix.lower()
    one = proposals.begin("file", given.filename, suffix=suffix if suffix in _SUFFIXES else "")
    given.save(proposals.file(one))
    proposals.write(one)
    return redirect(url_for("check.show", id_=one.id), 303)


_SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".zip")
"""Ends of names that the stored file keeps; any other says nothing."""


@screen.get("/template.xlsx")
def template() -> Response:
    """Give a workbook to fill in, with the site's own roles."""
    try:
        choices = site_choices(me().moodle.session(), with_courses=False)
    except BatchrolesError:
        choices = standard_choices()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        write_template(path, choices.roles, choices.courses)
        # Read whole: the folder is gone when the answer leaves.
        content = path.read_bytes()
    answer = Response(content, mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    answer.headers["Content-Disposition"] = 'attachment; filename="roles.xlsx"'
    return answer
