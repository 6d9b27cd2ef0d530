"""The guides, one for each reader: Markdown files beside this one, shown by `batchroles guide`."""

from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

from batchroles.errors import InputError

NAMES = (
    "registrar",
    "page",
    "administrator",
    "sync",
    "migration",
    "census",
    "files",
    "results",
    "settings",
    "library",
    "practice-site",
)
"""In the order in which they are listed: by reader first, then by what is looked up."""

PICTURES = Path(__file__).with_name("pictures")
"""What the guides show."""
_NEAR = 0.5
"""`admin` still means `administrator`."""


def guide(name: str, language: str = "") -> str:
    """Give a guide as Markdown, in a language if it is there in that, else in English.

    Raises InputError for a name that is none of `NAMES`, with the nearest one.
    """
    if name not in NAMES:
        near = get_close_matches(name.lower(), NAMES, 1, _NEAR)
        meant = f"; did you mean {near[0]}?" if near else "."
        raise InputError(f'There is no guide called "{name}"{meant} The guides: {", ".join(NAMES)}.')
    translated = files(__name__) / f"{name}.{language}.md"
    file = translated if translated.is_file() else files(__name__) / f"{name}.md"
    return file.read_text(encoding="utf-8")


def schema() -> str:
    """Give the JSON Schema of all that commands print with `--json`."""
    return (files(__name__) / "schema.json").read_text(encoding="utf-8")


def subject(name: str) -> str:
    """Give the sentence below a guide's title: what it is about."""
    return guide(name).split("\n\n", 2)[1]
