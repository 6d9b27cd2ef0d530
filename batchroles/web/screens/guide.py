"""The registrar's guide."""

from flask import Blueprint, Response, g, render_template, send_from_directory

from batchroles.guide import PICTURES, guide
from batchroles.web.rendering import rendered

screen = Blueprint("guide", __name__)


@screen.get("/help")
def show() -> str:
    """Show the guide in the reader's language."""
    return render_template("guide.html", guide=rendered(guide("page", g.texts.language)))


@screen.get("/pictures/<name>")
def picture(name: str) -> Response:
    """Give one of the guide's pictures."""
    return send_from_directory(PICTURES, name, max_age=3_600)
