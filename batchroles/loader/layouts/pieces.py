"""Where one of several values stands in a cell, so that it can be changed and the others stay as they are."""

import re

from batchroles.loader.layouts import marks, several
from batchroles.loader.layouts.meanings import Kind, meanings_of
from batchroles.loader.layouts.recognise import FORMATS
from batchroles.loader.layouts.sheet import FormatOptions
from batchroles.models import Level
from batchroles.text import cleaned

Between = re.Pattern[str]


def between(layout: str, header: str, options: FormatOptions) -> Between | None:
    """Return what parts the values of a column's cells; None where each cell is one value."""
    (meaning,) = meanings_of([header], options.columns)
    if layout == "matrix":
        return marks.BETWEEN if meaning is None else None
    if not FORMATS[layout].splits_courses or meaning is None:
        return None
    if meaning.kind is not Kind.CONTEXT or meaning.level is not Level.COURSE:
        return None
    said = several.delimiter(options)
    signs = several.LINES.pattern + (f"|{re.escape(said)}" if said else "")
    return re.compile(signs)


def pieces(text: str, parted: Between) -> list[str]:
    """Return the values of a cell as they are compared."""
    return [piece for piece in map(cleaned, parted.split(text)) if piece]


def with_piece(text: str, parted: Between, old: str, new: str) -> str:
    """Return a cell in which each value that is `old` is `new`, and what stands around and between them as it was.

    Where `new` is blank, so is the place in which the value stood.
    """
    ends = [*(found.span() for found in parted.finditer(text)), (len(text), len(text))]
    changed, start = "", 0
    for end, after in ends:
        piece = text[start:end]
        changed += _put(piece, new) if cleaned(piece) == old else piece
        changed += text[end:after]
        start = after
    return changed


def _put(piece: str, new: str) -> str:
    """Put a value in the place of one, with the blanks around it."""
    front = piece[: len(piece) - len(piece.lstrip())]
    return f"{front}{new}{piece[len(piece.rstrip()) :]}"
