"""The registrar's guide: Markdown as HTML, with headings that can be linked to, and its pictures."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from flask import Blueprint, Response, g, render_template, send_from_directory
from markdown_it import MarkdownIt
from markupsafe import Markup

from batchroles.guide import PICTURES, guide

screen = Blueprint("guide", __name__)

_READER = MarkdownIt("commonmark", {"html": False})
"""Raw HTML is text: a guide needs none."""

_NO_ANCHOR = re.compile(r"[^\w\- ]")


@screen.get("/help")
def show() -> str:
    """Show the guide in the reader's language."""
    return render_template("guide.html", guide=rendered(guide("page", g.texts.language)))


@screen.get("/pictures/<name>")
def picture(name: str) -> Response:
    """Give one of the guide's pictures."""
    return send_from_directory(PICTURES, name, max_age=3_600)


@dataclass(frozen=True)
class Rendered:
    """A guide as the page shows it."""

    title: str
    html: Markup
    """What stands below its title."""
    contents: Mapping[str, str]
    """Its headings of the second level, by their anchors."""


def rendered(text: str) -> Rendered:
    """Render a page that begins with its title."""
    first, _, rest = text.partition("\n")
    tokens = _READER.parse(rest)
    contents = {}
    for opening, heading in pairwise(tokens):
        if opening.type == "heading_open":
            opening.attrSet("id", anchor(heading.content))
            if opening.tag == "h2":
                contents[anchor(heading.content)] = heading.content
    html = _READER.renderer.render(tokens, _READER.options, {})
    return Rendered(first.removeprefix("# "), Markup(html), contents)  # noqa: S704 - raw HTML was escaped


def anchor(title: str) -> str:
    """Give a heading's anchor, as GitHub makes it."""
    return _NO_ANCHOR.sub("", title.lower()).replace(" ", "-")
