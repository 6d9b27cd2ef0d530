"""The registrar's guide."""

from flask import Blueprint, g, render_template

from batchroles.guide import guide
from batchroles.web.rendering import rendered

screen = Blueprint("guide", __name__)


@screen.get("/help")
def show() -> str:
    """Show the guide in the reader's language."""
    return render_template("guide.html", guide=rendered(guide("page", g.texts.language)))
