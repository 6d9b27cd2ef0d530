"""What a journal says of its run as a whole."""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Head:
    """The run's origin: which input, which site, with which settings."""

    site: str
    """The site's address."""
    input_name: str
    """The name of the input file as the user gave it."""
    input_copy: str
    """The name of its copy in the run's folder."""
    input_sha256: str
    created: datetime
    format: str
    """The format that the file was read in, and how that was said."""
    read_as: str
    settings: dict[str, Any] = field(default_factory=dict)
    """How the input was read, so that its copy is read the same way again; holds no secret."""
    undoes: str = ""
    """The name of the run that this one takes back; it then has only rows that the other run did."""
    notes: list[str] = field(default_factory=list)
    number: int = 0
    """One more than the highest of the runs beside it had when this one was saved: a clock that was set back shows."""
    identity: dict[str, str] = field(default_factory=dict)
    """What the site said of itself and of the token's user: `Identity`; empty where it does not say it."""
    faces: dict[str, str] = field(default_factory=dict)
    """The user names of some of the plan's users, by id: they tell one site from another at the same address."""

    def to_json(self) -> str:
        """Give the text that is stored."""
        return json.dumps({**asdict(self), "created": self.created.isoformat()})

    @classmethod
    def from_json(cls, text: str) -> "Head":
        """Read it back. Raises ValueError, KeyError or TypeError where it was edited."""
        values = json.loads(text)
        return cls(**{**values, "created": datetime.fromisoformat(values["created"])})
