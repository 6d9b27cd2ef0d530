"""The page as a Flask application: who is at it, its screens, and what is said when something goes wrong."""

from collections.abc import Callable
from typing import TypeAlias

from flask import Flask, Response, g, make_response, render_template, request

from batchroles.errors import BatchrolesError
from batchroles.web.desk import Desk
from batchroles.web.office import Office
from batchroles.web.people import Person
from batchroles.web.screens import SCREENS
from batchroles.web.screens.language import texts_of_request
from batchroles.web.texts import languages

Entry: TypeAlias = Callable[[], Person]
"""Gives who is at the page."""


def make_app(office: Office, entry: Entry) -> Flask:
    """Make the application. It is for one process: what goes on is kept in its memory."""
    app = Flask(__name__)
    app.extensions["desk"] = Desk(office)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    @app.before_request
    def arrive() -> None:
        g.texts = texts_of_request()
        # Whoever is about to sign in may choose a language first.
        if request.blueprint != "language":
            g.person = entry()

    @app.context_processor
    def words() -> dict[str, object]:
        return {"t": g.texts, "person": g.get("person"), "office": office, "languages": languages()}

    for screen in SCREENS:
        app.register_blueprint(screen)
    app.register_error_handler(BatchrolesError, _said)
    app.register_error_handler(404, lambda _: _problem("not-found", 404))
    app.register_error_handler(500, lambda _: _problem("defect", 500))
    return app


def _problem(what: str, status: int, sentence: str = "") -> Response:
    return make_response(render_template("problem.html", what=what, sentence=sentence), status)


def _said(error: BatchrolesError) -> Response:
    return _problem("said", 400, str(error))
