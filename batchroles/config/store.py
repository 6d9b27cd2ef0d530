"""Adding a profile to the configuration file, which otherwise stays as a person wrote it."""

import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from batchroles.config.profiles import refuse_if_others_can_read
from batchroles.errors import InputError

NAME = re.compile(r"[A-Za-z0-9_-]+")
"""Names of profiles: what TOML takes without quotes."""


def new_profile(path: Path, name: str, settings: Mapping[str, str]) -> None:
    """Write `[site.NAME]` with these settings, in the place of such a table if there is one.

    Other keys of the table, and everything else in the file, stay. The first profile becomes the one that is used
    where none is named. The file is written beside and then renamed, readable by its owner only. Raises InputError
    for a name that cannot be one, and for a file that cannot be changed safely.
    """
    refuse_no_name(name)
    text = _changed(text_of(path), name, settings)
    if text is None:
        raise InputError(
            f"{path} is written in a way that cannot be changed safely: edit [site.{name}] by hand."
        )
    replace(path, text)


def refuse_no_name(name: str) -> None:
    """Raise InputError for what cannot be a profile's name."""
    if not NAME.fullmatch(name):
        raise InputError(f"The profile's name {name!r}: use letters, digits, - and _ only.")


def text_of(path: Path) -> str:
    """Give the file's text, none where it is not there. Raises InputError where others can read it."""
    if not path.is_file():
        return ""
    refuse_if_others_can_read(path)
    return path.read_text(encoding="utf-8")


def _changed(before: str, name: str, settings: Mapping[str, str]) -> str | None:
    """Give the file's new text; None where it would not say what it should."""
    from tomlkit.exceptions import TOMLKitError

    try:
        text = _with_profile(before, name, settings)
        # It takes the place of another person's words, and holds a token: it is read by another reader first.
        return text if tomllib.loads(text) == _wanted(before, name, settings) else None
    except (ValueError, TOMLKitError, TypeError, AttributeError):
        # The last two where something else than a table is called `site`.
        return None


def _wanted(before: str, name: str, settings: Mapping[str, str]) -> dict[str, Any]:
    """Give what the new file must say."""
    wanted = tomllib.loads(before)
    wanted.setdefault("default-site", name)
    table = wanted.setdefault("site", {}).setdefault(name, {})
    table.pop("token", None)
    table |= settings
    return wanted


def _with_profile(before: str, name: str, settings: Mapping[str, str]) -> str:
    """Put a table's settings into the text of a file."""
    import tomlkit

    document = tomlkit.parse(before)
    sites: Any = document.setdefault("site", tomlkit.table(is_super_table=True))
    table = sites.setdefault(name, tomlkit.table())
    new = not table
    table.update(settings)
    if "token" in table and "token" not in settings:
        del table["token"]
    # tomlkit puts a new table behind the last of its kind, without a blank line before what follows.
    if new and list(document)[-1] != "site":
        table.add(tomlkit.nl())
    # In front of the text: a key at the end of it would belong to the last table.
    first = "" if "default-site" in document else f'default-site = "{name}"\n\n'
    return first + tomlkit.dumps(document)


def replace(path: Path, text: str) -> None:
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
            file.flush()
            # On disk before the rename: else a power cut may leave an empty file, and no profile at all.
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise InputError(f"{named} cannot be written ({error}).") from error
