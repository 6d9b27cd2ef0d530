"""The registrar's guide."""

from flask import Blueprint, render_template

screen = Blueprint("guide", __name__)


@screen.get("/help")
def show() -> str:
    """Show the guide."""
    return render_template("guide.html")
