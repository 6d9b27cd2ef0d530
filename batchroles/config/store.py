"""Adding a profile to the configuration file, which otherwise stays as a person wrote it."""

import json
import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from batchroles.config.location import refuse_if_others_can_read
from batchroles.errors import InputError

NAME = re.compile(r"[A-Za-z0-9_-]+")
"""Names of profiles: what TOML takes without quotes."""

_TABLE = re.compile(r"[ \t]*\[")


def new_profile(path: Path, name: str, settings: Mapping[str, str]) -> None:
    """Write `[site.NAME]` with these settings, in the place of such a table if there is one.

    Other keys of the table, and everything else in the file, stay. The first profile becomes the one that is used
    where none is named. The file is written beside and then renamed, readable by its owner only. Raises InputError
    for a name that cannot be one, and for a file that cannot be changed safely.
    """
    if not NAME.fullmatch(name):
        raise InputError(f"The profile's name {name!r}: use letters, digits, - and _ only.")
    before = ""
    if path.is_file():
        refuse_if_others_can_read(path)
        before = path.read_text(encoding="utf-8")
    wanted = _parsed(before)
    wanted.setdefault("default-site", name)
    table = wanted.setdefault("site", {}).setdefault(name, {})
    table.pop("token", None)
    table |= settings
    text = _with_table(before, name, settings)
    if _parsed(text) != wanted:
        raise InputError(
            f"{path} is written in a way that cannot be changed safely: edit [site.{name}] by hand."
        )
    _replace(path, text)


def _parsed(text: str) -> dict[str, Any]:
    """Read a file's text; one that is not TOML holds nothing, and so never equals what is wanted of it."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def _with_table(text: str, name: str, settings: Mapping[str, str]) -> str:
    """Put a table's settings into the text of a file."""
    lines = text.splitlines()
    # A TOML string of one line is spelt as JSON spells it.
    new = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in settings.items()]
    start = next((n for n, line in enumerate(lines) if re.match(rf"[ \t]*\[site\.{name}\]", line)), None)
    if start is None:
        lines += ["", f"[site.{name}]", *new] if lines else [f"[site.{name}]", *new]
    else:
        lines[start + 1 : _end_of(lines, start)] = [*new, *_others(lines, start, settings)]
    if "default-site" not in _parsed(text):
        lines[:0] = [f'default-site = "{name}"', ""]
    return "\n".join(lines) + "\n"


def _end_of(lines: list[str], start: int) -> int:
    return next((n for n in range(start + 1, len(lines)) if _TABLE.match(lines[n])), len(lines))


def _others(lines: list[str], start: int, settings: Mapping[str, str]) -> list[str]:
    """Give the lines of a table that set something else."""
    replaced = re.compile(rf"[ \t]*({'|'.join(map(re.escape, {*settings, 'token'}))})[ \t]*=")
    return [line for line in lines[start + 1 : _end_of(lines, start)] if not replaced.match(line)]


def _replace(path: Path, text: str) -> None:
    """Write the file beside and rename it; no moment passes in which others could read it.

    Where a symbolic link stands, as of people who keep their settings elsewhere, it stays and its target is replaced.
    """
    named, path = path, path.resolve()
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(
            os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(text)
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise InputError(f"{named} cannot be written ({error}).") from error
