"""How a person had files read before: the next one with these headers is read so by itself."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from batchroles.job.proposing import Shape
from batchroles.reporter.writing import in_place_of
from batchroles.web.proposals import Reading

NAME = "readings.json"
MOST = 200
"""Files of so many kinds are remembered; the one that was said first is forgotten for one more."""


class Remembered:
    """What one person said of files, by their headers."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME

    def reading(self, shape: Shape) -> Reading | None:
        """Give how files with these headers are read; None where nobody said so."""
        found = self._all().get(_key(shape))
        try:
            return None if found is None else Reading.of(found)
        except (ValueError, TypeError):  # of another version: it is said anew
            return None

    def keep(self, shape: Shape, reading: Reading) -> None:
        """Remember it; a file that is read as it comes is nothing to remember."""
        kept = {key: one for key, one in self._all().items() if key != _key(shape)}
        said = reading.of_headers
        if said != Reading():
            kept[_key(shape)] = asdict(said)
        with in_place_of(self._path) as draft:
            draft.write_text(json.dumps(dict([*kept.items()][-MOST:]), ensure_ascii=False), encoding="utf-8")

    def _all(self) -> dict[str, dict[str, Any]]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def _key(shape: Shape) -> str:
    """Name files by their headers; what they hold is nobody's business."""
    headers = json.dumps([column.header for column in shape.columns], ensure_ascii=False)
    return hashlib.sha256(headers.encode()).hexdigest()
