"""What all requests share, and who asks."""

from dataclasses import dataclass, field
from threading import RLock
from typing import NoReturn, cast

from flask import Response, abort, current_app, g, make_response, render_template

from batchroles.web.office import Office
from batchroles.web.people import Person
from batchroles.web.proposals import Proposal
from batchroles.web.work import Turns, Works


@dataclass(frozen=True)
class Desk:
    """What all requests share."""

    office: Office
    works: Works = field(default_factory=Works)
    checks: Turns = field(default_factory=Turns)
    deciding: RLock = field(default_factory=RLock)
    """Held while it is decided what becomes of a proposal: of two tabs that do so at once, the first decides."""


def desk() -> Desk:
    """Give what all requests share."""
    return cast("Desk", current_app.extensions["desk"])


def me() -> Person:
    """Give who is at the page."""
    return cast("Person", g.person)


def mine(id_: str) -> Proposal:
    """Give one of this person's proposals; where there is none, say so and how to go on."""
    found = me().proposals.find(id_)
    return found if found is not None else refuse("gone", 404)


def refuse(what: str, status: int, sentence: str = "", **fix: str) -> NoReturn:
    """End a request with a screen that says what is wrong and what to do."""
    abort(problem(what, status, sentence, **fix))


def problem(what: str, status: int, sentence: str = "", **fix: str) -> Response:
    """Make that screen; `fix`: what the text that says what to do takes."""
    return make_response(render_template("problem.html", what=what, sentence=sentence, fix=fix), status)
