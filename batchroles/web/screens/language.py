"""In which language the page speaks: what the person chose, else what the browser accepts, else the office's."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from batchroles.web.desk import desk
from batchroles.web.entrance import own_path
from batchroles.web.texts import Texts, chosen, languages

COOKIE = "language"
_YEAR = 365 * 86_400

screen = Blueprint("language", __name__)


def texts_of_request() -> Texts:
    """Give the texts for whoever asks."""
    accepted = [language for language, _ in request.accept_languages]
    return Texts.of(chosen(request.cookies.get(COOKIE), accepted, desk().office.language))


@screen.post("/language")
def choose() -> Response:
    """Keep the language that was chosen, and go back to where that was."""
    answer = redirect(own_path(request.form.get("back", "/")), 303)
    language = request.form.get("language", "")
    if language in languages():
        answer.set_cookie(
            COOKIE, language, max_age=_YEAR, httponly=True, samesite="Lax", secure=request.is_secure
        )
    return answer
