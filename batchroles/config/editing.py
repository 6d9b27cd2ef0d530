"""Changes to the configuration file by command: of one key, or of a profile; the rest stays as a person wrote it."""

import re
import tomllib
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from batchroles.config.profiles import Configuration, understood
from batchroles.config.store import refuse_no_name, replace, text_of
from batchroles.errors import InputError

Change = Callable[[Any], None]
"""Changes a file's content, be it plain data or the document with its comments."""


def set_key(path: Path, keys: Sequence[str], value: object) -> None:
    """Give a key its value, in the table that the keys before it name; a table that is not there is added.

    Raises InputError where the file would then say what cannot be, and for one that cannot be changed safely.
    """
    *tables, key = keys

    def change(content: Any) -> None:
        for name in tables:
            content = content.setdefault(name, {})
        content[key] = value

    _edit(path, change, f"write {key} into it")


def unset_key(path: Path, keys: Sequence[str]) -> None:
    """Take a key out. Raises InputError as `set_key` does."""
    *tables, key = keys

    def change(content: Any) -> None:
        for name in tables:
            content = content[name]
        del content[key]

    _edit(path, change, f"take {key} out of it")


def content_of(path: Path) -> dict[str, Any]:
    """Give what stands in the file, as it stands there; nothing where there is none."""
    return _parsed(path, text_of(path))


def make_default(path: Path, name: str) -> None:
    """Make a profile the one that is used where none is named. Raises InputError where there is none of that name."""
    configuration = _existing(path, name)
    if configuration.default is not None:
        set_key(path, ["default-site"], name)
        return
    before = text_of(path)
    # In front of the text: a key at the end of it would belong to the last table.
    text = f'default-site = "{name}"\n\n{before}'
    _keep(
        path,
        before,
        text,
        lambda content: content.update({"default-site": name}),
        "write default-site into it",
    )


def remove_profile(path: Path, name: str) -> None:
    """Take a profile out with all that belongs to it; no other one becomes the default in its place."""
    configuration = _existing(path, name)

    def change(content: Any) -> None:
        del content["site"][name]
        if not content["site"]:
            del content["site"]
        if configuration.default == name:
            del content["default-site"]

    _edit(path, change, f"take [site.{name}] out of it")


def rename_profile(path: Path, old: str, new: str) -> None:
    """Give a profile another name; the default one stays the default. Raises InputError for a name that is taken."""
    configuration = _existing(path, old)
    refuse_no_name(new)
    if new in configuration.profiles:
        raise InputError(f"There is a [site.{new}] in {path} already: choose another name.")

    def change(content: Any) -> None:
        sites = content["site"]
        # Taken out and put back one by one: so all stay in their order.
        for name in [*sites]:
            sites[new if name == old else name] = sites.pop(name)
        if configuration.default == old:
            content["default-site"] = new

    before = text_of(path)
    # tomlkit cannot rename a table and keep its comments: the headers are changed as a person would change them.
    named = re.compile(rf"""^(\s*\[\s*site\s*\.\s*)(["']?){re.escape(old)}\2(?=\s*[].])""", re.MULTILINE)
    default = re.compile(rf"""^(\s*default-site\s*=\s*)(["']){re.escape(old)}\2""", re.MULTILINE)
    text = default.sub(rf"\g<1>\g<2>{new}\g<2>", named.sub(rf"\g<1>{new}", before))
    _keep(path, before, text, change, f"rename [site.{old}] in it")


def _existing(path: Path, name: str) -> Configuration:
    """Give what the file says, once it is sure that it has the profile."""
    configuration = understood(path, _parsed(path, text_of(path)))
    configuration.profile(name)
    return configuration


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path} is not TOML: {error}.") from None


def _edit(path: Path, change: Change, what: str) -> None:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    before = text_of(path)
    understood(path, _parsed(path, before))
    try:
        document = tomlkit.parse(before)
        change(document)
        text = _with_room(before, tomlkit.dumps(document))
    except (ValueError, TOMLKitError, TypeError, AttributeError, KeyError):
        text = before
    _keep(path, before, text, change, what)


def _with_room(before: str, text: str) -> str:
    """Put a blank line before a header that stands behind something new, as a person would."""
    old, lines = before.splitlines(keepends=True), text.splitlines(keepends=True)
    neighbours = {*pairwise(old)}
    for at in range(len(lines) - 1, 0, -1):
        together = (lines[at - 1], lines[at])
        if lines[at].startswith("[") and lines[at - 1].strip() and together not in neighbours:
            lines.insert(at, "\n")
    return "".join(lines)


def _keep(path: Path, before: str, text: str, change: Change, what: str) -> None:
    """Write a changed text, if it says what the change makes of the text before, and what can be."""
    wanted = _parsed(path, before)
    change(wanted)
    understood(path, wanted)
    # It takes the place of another person's words, and may hold a token: it is read by another reader first.
    try:
        written = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        written = {}
    if written != wanted:
        raise InputError(f"{path} is written in a way that cannot be changed safely: {what} by hand.")
    replace(path, text)
