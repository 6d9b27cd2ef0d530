"""Where a key stands in the configuration file, and what may be written there."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click

from batchroles.cli.options import send_flags
from batchroles.cli.settings import SECRETS, flags_of_profiles, is_text, would_do
from batchroles.cli.streams import asked_secret
from batchroles.cli.sync import sync_flags
from batchroles.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from batchroles.config import Configuration

WORDS = ("roles", "columns")
"""Tables of a site's own words: their keys have one behind a full stop, `columns.Veranstaltung`."""


@dataclass(frozen=True)
class Place:
    """One key of the file."""

    path: "Path"
    keys: list[str]
    """The tables that lead to it, and the key itself."""
    key: str
    """As it was said."""
    flag: click.Option | None = None
    """The flag that it sets; None for a word, a token, the default profile, and what is no key."""

    @property
    def where(self) -> str:
        """Name its table for people."""
        table = ".".join(self.keys[:-1])
        return f"[{table}] of {self.path}" if table else str(self.path)

    @property
    def secret(self) -> bool:
        """Whether its value is never shown."""
        return self.keys[-1] == "token" or (self.flag is not None and self.flag.name in SECRETS)

    def value(self) -> object:
        """Give what the file has there; None where it has nothing."""
        from batchroles.config import content_of

        value: Any = content_of(self.path)
        for key in self.keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def checked(self, said: Sequence[str]) -> object:
        """Give a value as the file is to have it. Raises InputError where it cannot be one, with what would do."""
        said = self._given(said)
        if self.flag is not None and self.flag.multiple and said:
            return [self._of_flag(self.flag, one) for one in said]
        if len(said) != 1 or not said[0].strip():
            raise InputError(f"{self.key}: write one value behind it, in quotes where it has blanks.")
        if self.flag is not None:
            return self._of_flag(self.flag, said[0])
        if not self.secret and self.keys[:1] == ["site"] and self.keys[2:] == [self.key]:
            raise InputError(f"There is no key {self.key}: batchroles config unset {self.key} takes it out.")
        if self.keys[-2:-1] == ["columns"]:
            from batchroles.loader.layouts.meanings import refuse_no_meanings

            refuse_no_meanings({self.keys[-1]: said[0]}, self.where)
        return said[0]

    def _given(self, said: Sequence[str]) -> Sequence[str]:
        """Give what was typed, or what is asked for in its place. Raises InputError for bytes that are no text."""
        if not is_text([*said]):
            raise InputError(f"{self.key}: its value has to be written in UTF-8, as the whole file is.")
        if not self.secret:
            return said
        if said:
            raise InputError(
                f"{self.key}: a secret is no argument, which others on this machine can see; leave it out, and it"
                " is asked for."
            )
        return [asked_secret(self.key)]

    def _of_flag(self, flag: click.Option, said: str) -> object:
        try:
            value = flag.type.convert(said, flag, None)
        except click.BadParameter as error:
            # click lists every spelling of true and false; two will do.
            bare = error.message.partition(" Recognized values")[0].rstrip(".")
            hint = f"; write {would}" if (would := would_do(flag.type)) else ""
            raise InputError(f"{self.key} in {self.where}: {bare}{hint}.") from None
        try:
            _refuse_wrong(flag, value)
        except InputError as error:
            raise InputError(f"{self.key} in {self.where}: {error}") from None
        return value if isinstance(value, bool | int | float) else said


def place_of(configuration: "Configuration", key: str, site: str | None) -> Place:
    """Find where a key stands or would stand. Raises InputError for one that is none, and where no profile is meant."""
    path = configuration.path
    if not is_text(key):
        raise InputError(f"{key}: a key has to be written in UTF-8.")
    if key == "default-site":
        return Place(path, [key], key)
    table, stop, word = key.partition(".")
    if stop and table in WORDS and word.strip():
        above = ["site", configuration.profile(site).name] if site is not None else []
        return Place(path, [*above, table, word.strip()], key)
    name = site if site is not None else configuration.default
    if name is None:
        raise InputError(f"Which profile is meant? {path} has no default one: name it with --site.")
    profile = configuration.profile(name)
    flag = _flags().get(key)
    # What is no key can be there all the same, to be looked at and taken out.
    if flag is None and key != "token" and key not in profile.settings:
        near = get_close_matches(key.replace("_", "-"), _flags(), 1)
        listed = f"the keys are default-site, token, roles.WORD, columns.HEADER, {', '.join(_flags())}."
        raise InputError(f"There is no key {key}; {f'did you mean {near[0]}?' if near else listed}")
    return Place(path, ["site", name, key], key, flag)


def _flags() -> dict[str, click.Option]:
    """Give the flags that a profile can set: not those like --unassign, which say what one file means."""
    every = flags_of_profiles(click.get_current_context())
    return {
        key: flag
        for key, flag in every.items()
        if not flag.is_flag or isinstance(flag.type, click.types.BoolParamType)
    }


def _refuse_wrong(flag: click.Option, value: Any) -> None:
    """Raise InputError for what only a command can judge: times, ages, shares."""
    if flag.name == "url":
        from batchroles.client.address import site_address

        site_address(str(value), insecure_http=True)
    if flag.name == "time_zone":
        from batchroles.validator.dates import zone_of

        zone_of(str(value))
    if flag.name == "db":
        from batchroles.sources.query import refuse_password

        refuse_password(str(value))
    if flag.name == "column_map":
        from batchroles.loader.layouts.meanings import refuse_no_meanings

        refuse_no_meanings(dict([value]), "--map")
    given = [value] if flag.multiple else value
    for flags in (send_flags, sync_flags):
        flags.refuse_wrong(str(flag.name), given)
