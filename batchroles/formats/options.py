"""What the caller says about a file's meaning."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from batchroles.models import Action


@dataclass(frozen=True)
class FormatOptions:
    """What a file cannot say itself."""

    match_user_by: str = "username"
    """What a plain `user` column holds: `username`, `email`, `idnumber` or `id`."""
    role: str | None = None
    """The role of every row, where the file has no column for it."""
    context: str | None = None
    """The context of every row, written as in a `context` column, where the file has no column for it."""
    column_map: Mapping[str, str] = field(default_factory=dict)
    """Header to meaning: what `--map COLUMN=MEANING` says."""
    format: str | None = None
    """The short name of a format, to have it not recognised but taken."""
    action: Action = Action.ASSIGN
    """What rows ask for that do not say it themselves."""
