"""Markdown of ours as HTML, with headings that can be linked to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt
from markupsafe import Markup

_READER = MarkdownIt("commonmark", {"html": False})
"""Raw HTML is text: a guide needs none."""

_NO_ANCHOR = re.compile(r"[^\w\- ]")


@dataclass(frozen=True)
class Rendered:
    """A page of Markdown."""

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
