"""The places where a token may be kept, in the order in which they are looked at."""

import os
import re
import shlex
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from batchroles.config.profiles import Profile, refuse_if_others_can_read
from batchroles.errors import InputError

TOKEN_VARIABLE = "MOODLE_TOKEN"  # noqa: S105 - the variable's name
KEYRING_SERVICE = "batchroles"
"""Under this name the system's keyring keeps tokens, one for each site's address."""
_LIKE_A_TOKEN = re.compile("[!-~]+")
COMMAND_SECONDS = 60.0
"""A password manager may ask its user for something; longer than this it is stuck."""


@dataclass(frozen=True)
class Token:
    """A token and where it came from; the token is in no repr."""

    value: str = field(repr=False)
    origin: str


@dataclass(frozen=True)
class TokenSources:
    """Where to look."""

    site: str
    """The site's address: the keyring's entry."""
    environment: Mapping[str, str] = field(repr=False)
    file: Path | None = None
    command: str | None = None
    profile: Profile | None = None
    """A profile of this very site; another site's token is never sent here."""
    run: bool = True
    """Whether the command is run; without it, only the origin is told."""
    file_flag: str = "--token-file"
    """The flag that names the file, for what is said of it."""


def find_token(sources: TokenSources) -> Token:
    """Give the first token there is: environment, file, command, keyring, profile.

    Raises InputError where there is none, where a file or a command that was named does not give one, and where others
    can read that file.
    """
    for look in _PLACES:
        token = look(sources)
        if token is not None:
            _check(token, sources)
            return token
    raise InputError(
        f"No token for {sources.site}: batchroles login keeps one; or set {TOKEN_VARIABLE}, or name a file that holds"
        " it with --token-file, or a command that prints it with --token-command."
    )


def _check(token: Token, sources: TokenSources) -> None:
    if sources.run and not _LIKE_A_TOKEN.fullmatch(token.value):
        raise InputError(f"{token.origin} gives no token: it is blank, or has characters that no token has.")


def _from_environment(sources: TokenSources) -> Token | None:
    value = sources.environment.get(TOKEN_VARIABLE)
    return Token(value, f"environment variable {TOKEN_VARIABLE}") if value else None


def _from_file(sources: TokenSources) -> Token | None:
    if sources.file is None:
        return None
    try:
        refuse_if_others_can_read(sources.file)
        return Token(sources.file.read_text(encoding="utf-8").strip(), f"{sources.file_flag} {sources.file}")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The token file {sources.file} cannot be read ({error}).") from error


def _from_command(sources: TokenSources) -> Token | None:
    if sources.command is None:
        return None
    words = _words(sources.command)
    origin = f"--token-command {words[0]} …"
    return Token(_first_line(words) if sources.run else "", origin)


def _words(command: str) -> list[str]:
    """Part a command into its words as a shell would, without being one."""
    try:
        # On Windows a backslash is part of a path.
        words = [
            word.strip('"') if os.name == "nt" else word
            for word in shlex.split(command, posix=os.name != "nt")
        ]
    except ValueError as error:
        raise InputError(f"--token-command cannot be read ({error}): close every quote.") from None
    if not words:
        raise InputError(
            "--token-command is empty: write a command that prints the token, pass show moodle say."
        )
    return words


def _first_line(words: list[str]) -> str:
    """Run a command and give the first line that it prints; neither that nor its arguments are in any error."""
    name = words[0]
    try:
        # stdin and stderr stay the terminal's: a password manager may ask for its password there.
        done = subprocess.run(words, stdout=subprocess.PIPE, timeout=COMMAND_SECONDS, check=False)  # noqa: S603 - the user's own command, no shell
    # from None: the error below quotes the command with its arguments.
    except subprocess.TimeoutExpired:
        raise InputError(
            f"--token-command: {name} printed nothing for {COMMAND_SECONDS:.0f} seconds."
        ) from None
    except OSError as error:
        raise InputError(f"--token-command: {name} cannot be run ({error.strerror}).") from None
    if done.returncode:
        raise InputError(
            f"--token-command: {name} failed with exit code {done.returncode}; try it by itself."
        )
    lines = done.stdout.decode("utf-8", errors="replace").splitlines()
    if not lines or not lines[0].strip():
        raise InputError(f"--token-command: {name} printed no token on its first line.")
    return lines[0].strip()


def _from_keyring(sources: TokenSources) -> Token | None:
    if find_spec("keyring") is None:
        return None
    import keyring
    from keyring.errors import KeyringError

    try:
        value = keyring.get_password(KEYRING_SERVICE, sources.site)
    except KeyringError:
        # A machine without a keyring, or a locked one that nobody can open: the profile may still have a token.
        return None
    return Token(value, "the system's keyring") if value else None


def _from_profile(sources: TokenSources) -> Token | None:
    profile = sources.profile
    return Token(profile.token, profile.origin) if profile is not None and profile.token else None


_PLACES: tuple[Callable[[TokenSources], Token | None], ...] = (
    _from_environment,
    _from_file,
    _from_command,
    _from_keyring,
    _from_profile,
)


def forget_in_keyring(site: str) -> None:
    """Take a site's token out of the system's keyring, if one is there and holds it."""
    if find_spec("keyring") is None:
        return
    import keyring
    from keyring.errors import KeyringError

    with suppress(KeyringError):
        if keyring.get_password(KEYRING_SERVICE, site) is not None:
            keyring.delete_password(KEYRING_SERVICE, site)


def keep_in_keyring(site: str, token: str) -> None:
    """Keep a site's token in the system's keyring. Raises InputError where there is none that can be used."""
    if find_spec("keyring") is None:
        raise InputError("The system's keyring needs one more package: pip install batchroles[keyring].")
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(KEYRING_SERVICE, site, token)
    except KeyringError as error:
        raise InputError(
            f"The system's keyring cannot be used ({type(error).__name__}): leave out --keyring."
        ) from None
