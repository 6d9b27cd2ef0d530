"""A log of lines that are whole whoever writes beside, and that name no people: what happened, when, to which run."""

import json
import os
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from batchroles.errors import InputError
from batchroles.text import harmless

LogFormat = Literal["text", "json"]

_BARE = re.compile(r"[\w.,:/%+@-]+")
"""What stands in a line of text as it is; anything else is put into quotes."""


class Log:
    """Adds lines to a file. Raises InputError at once where that cannot be written."""

    def __init__(self, path: Path, form: LogFormat = "text") -> None:
        self.path = path
        self._form = form
        self.failed = ""
        """Why a line could not be written; empty while all are."""
        try:
            self._add(b"")
        except OSError as error:
            raise InputError(
                f"--log-file {path} cannot be written ({error.strerror}): name a file in a folder that you may write to"
            ) from error

    def write(
        self, level: str, event: str, facts: Mapping[str, Any], mask: Callable[[str], str] = lambda text: text
    ) -> None:
        """Add one line: the time in UTC, level, event, then the facts; those that are None or empty are left out.

        `mask` is given every text before the line is made of them: after it, escapes would hide a secret from the mask.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        said = {name: _masked(value, mask) for name, value in facts.items() if value not in (None, "")}
        content = {"time": now, "level": level, "event": event, **said}
        line = json.dumps(content, ensure_ascii=False) if self._form == "json" else _as_text(content)
        try:
            self._add(f"{harmless(line)}\n".encode())
        except OSError as error:
            self.failed = self.failed or f"{self.path} cannot be written ({error.strerror})"

    def _add(self, line: bytes) -> None:
        # Opened for each line: logrotate may have put another file in its place. One write in append mode is put behind
        # whatever others have written, so that no lock is needed; the mode is for a file that is new.
        handle = os.open(
            self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600
        )
        try:
            os.write(handle, line)
        finally:
            os.close(handle)


def _masked(value: Any, mask: Callable[[str], str]) -> Any:
    if isinstance(value, Mapping):
        return {name: _masked(one, mask) for name, one in value.items()}
    return mask(value) if isinstance(value, str) else value


def _as_text(content: Mapping[str, Any]) -> str:
    first = [content["time"], f"{content['level']:<7}", content["event"]]
    rest = {name: value for name, value in content.items() if name not in ("time", "level", "event")}
    return " ".join([*first, *_pairs(rest)])


def _pairs(facts: Mapping[str, Any]) -> list[str]:
    pairs: list[str] = []
    for name, value in facts.items():
        if isinstance(value, Mapping):
            pairs += _pairs(value)
        else:
            text = value if isinstance(value, str) else json.dumps(value)
            pairs.append(f"{name}={text if _BARE.fullmatch(text) else json.dumps(text, ensure_ascii=False)}")
    return pairs
