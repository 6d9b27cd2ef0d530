"""The configuration file, which nobody else may read: `[site.NAME]` tables of settings, and a site's own words.

default-site = "campus"             # the profile to use where none is named

[roles]                             # for every site
Lecturer = "editingteacher"

[columns]                           # what headers mean, where a file has them
Veranstaltung = "course"

[site.campus]
url = "https://moodle.example.edu"
token = "…"
chunk-size = 100                    # any flag, spelt as on the command line

[site.campus.roles]                 # for this site
Tutor = 9

[site.campus.columns]
Stg = "category"
"""

import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from batchroles.errors import InputError

CONFIG_VARIABLE = "BATCHROLES_CONFIG"
"""The environment variable that names another file."""


def config_file() -> Path:
    """Give the path of the configuration file, whether it exists or not."""
    named = os.environ.get(CONFIG_VARIABLE)
    if named:
        return Path(named)
    from platformdirs import user_config_path

    return user_config_path("batchroles", appauthor=False) / "config.toml"


def refuse_if_others_can_read(path: Path) -> None:
    """Raise InputError where the file's mode lets others read it; Windows has no such mode, and is left alone."""
    mode = path.stat().st_mode
    # What is no file (a pipe, a terminal) holds nothing that could be read twice.
    if os.name == "posix" and stat.S_ISREG(mode) and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise InputError(
            f"{path} may hold a token, and others on this machine can read it: chmod 600 {path}."
        )


TOP = ("default-site", "site", "roles", "columns")
"""What may stand at the top of the file."""

OWN_KEYS = ("token", "roles", "columns")
"""Keys of a profile that are no flags."""


@dataclass(frozen=True)
class Profile:
    """What the file says for one site; the one without a name holds what it says for every site."""

    name: str
    path: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Flag without its dashes (`chunk-size`) → value, as TOML has it."""
    roles: Mapping[str, str] = field(default_factory=dict)
    """A site's own word → short name or id of a role."""
    token: str | None = field(default=None, repr=False)
    columns: Mapping[str, str] = field(default_factory=dict)
    """A header → what a column of that name means, where a file has one."""

    @property
    def origin(self) -> str:
        """Name the table for people."""
        return f"[site.{self.name}] in {self.path}"


@dataclass(frozen=True)
class Configuration:
    """The file as it was read."""

    path: Path
    default: str | None = None
    """The profile to use where none is named."""
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)

    def nothing(self) -> Profile:
        """Give what holds where no profile is used."""
        return Profile("", self.path, roles=self.roles, columns=self.columns)

    def profile(self, name: str) -> Profile:
        """Give a profile by its name. Raises InputError that names those there are."""
        if name in self.profiles:
            return self.profiles[name]
        known = ", ".join(self.profiles) or "none yet: batchroles login makes one"
        raise InputError(f"There is no [site.{name}] in {self.path}; the profiles there are: {known}.")


def read_configuration() -> Configuration:
    """Read the file, or give an empty configuration where there is none.

    Raises InputError where others can read it, where it is not TOML (with the line), or where it says what cannot be.
    """
    path = config_file()
    if not path.is_file():
        return Configuration(path)
    refuse_if_others_can_read(path)
    try:
        return understood(path, tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path} is not TOML: {error}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read ({error}).") from error


def understood(path: Path, raw: dict[str, Any]) -> Configuration:
    """Give what a file says. Raises InputError, with the place, where that cannot be."""
    unknown = [key for key in raw if key not in TOP]
    if unknown:
        raise InputError(
            f"{path}: unknown key {unknown[0]}; write default-site, [roles], [columns], or settings below [site.NAME]."
        )
    roles = _roles(path, "roles", raw.get("roles", {}))
    columns = _columns(path, "columns", raw.get("columns", {}))
    every = Profile("", path, roles=roles, columns=columns)
    sites = _table(path, "site", raw.get("site", {}))
    profiles = {name: _profile(every, name, _table(path, f"site.{name}", one)) for name, one in sites.items()}
    default = raw.get("default-site")
    if default is not None and default not in profiles:
        known = ", ".join(profiles) or "none"
        raise InputError(
            f"{path}: default-site is {default!r}, and there is no such profile; there are: {known}."
        )
    return Configuration(path, default, profiles, roles, columns)


def _profile(every: Profile, name: str, raw: dict[str, Any]) -> Profile:
    path, token = every.path, raw.get("token")
    if token is not None and not isinstance(token, str):
        raise InputError(f"{path}: token in [site.{name}] is not text: write it in quotes.")
    return Profile(
        name,
        path,
        {key: value for key, value in raw.items() if key not in OWN_KEYS},
        {**every.roles, **_roles(path, f"site.{name}.roles", raw.get("roles", {}))},
        token,
        {**every.columns, **_columns(path, f"site.{name}.columns", raw.get("columns", {}))},
    )


def _table(path: Path, name: str, value: object) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise InputError(f"{path}: {name} is no table: write [{name}] on a line of its own, its settings below.")


def _roles(path: Path, name: str, value: object) -> dict[str, str]:
    table = _table(path, name, value)
    for word, role in table.items():
        # To Python True is a whole number, and would be role 1.
        if isinstance(role, bool) or not isinstance(role, str | int) or not str(role).strip():
            raise InputError(f"{path}: {word} in [{name}] is {role!r}: write a role's short name or its id.")
    return {word: str(role) for word, role in table.items()}


def _columns(path: Path, name: str, value: object) -> dict[str, str]:
    table = _table(path, name, value)
    for header, meaning in table.items():
        if not isinstance(meaning, str):
            raise InputError(
                f'{path}: {header} in [{name}] is {meaning!r}: write what such a column means, "course" say.'
            )
    return table
