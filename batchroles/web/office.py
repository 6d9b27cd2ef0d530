"""What is served to whom: one site, to one person on their own machine or to an office."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from batchroles.client import Moodle
from batchroles.job import Apply, Checks
from batchroles.loader.layouts import FormatOptions


@dataclass(frozen=True)
class Office:
    """What all who use the page have in common."""

    site: str
    """The site's address."""
    connect: Callable[[str], Moodle]
    """Makes a client of a token."""
    folder: Path
    """Where each person's proposals and runs are kept."""
    understanding: FormatOptions = field(default_factory=FormatOptions)
    """How files are read unless somebody says otherwise at the page."""
    checks: Checks = field(default_factory=Checks)
    """What is asked of the site, and the office's words for roles."""
    how: Apply = field(default_factory=Apply)
    upload_limit: int = 25_000_000
    """Most bytes of a file."""
    keep: int = 30
    """Days after which what became of nothing more is forgotten."""
    name: str = ""
    """The profile's; empty where there is none."""
    language: str = "en"
    """That of whoever has not chosen one, and whose browser names none that there is."""
