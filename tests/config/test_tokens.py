"""Where a token is looked for, and in which order."""

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail

from batchroles.config import Profile, Token, TokenSources, find_token, forget_in_keyring, keep_in_keyring
from batchroles.errors import InputError

SITE = "https://moodle.example.edu"


class Memory(KeyringBackend):
    """A keyring that forgets everything when the test ends."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring leaves its own untyped
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        """Give what was kept."""
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep it."""
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Forget it."""
        del self.kept[service, username]


@pytest.fixture(autouse=True)
def memory() -> Iterator[Memory]:
    """Put a keyring in memory in the place of the machine's own."""
    before, inside = keyring.get_keyring(), Memory()
    keyring.set_keyring(inside)
    yield inside
    keyring.set_keyring(before)


def printing(text: str) -> str:
    """Give a command that prints a text."""
    return f'"{Path(sys.executable).as_posix()}" -c "print({text!r})"'


def test_the_order(tmp_path: Path) -> None:
    """The environment comes first, then file, command, keyring and profile."""
    file = tmp_path / "token"
    file.write_text("from-file\n", encoding="utf-8")
    file.chmod(0o600)
    profile = Profile("campus", tmp_path / "config.toml", token="from-profile")
    keep_in_keyring(SITE, "from-keyring")
    every = TokenSources(SITE, {"MOODLE_TOKEN": "from-environment"}, file, printing("from-command"), profile)
    no_environment = replace(every, environment={})
    no_file = replace(no_environment, file=None)
    no_command = replace(no_file, command=None)
    other_site = replace(no_command, site="https://other.example.edu")
    asked = (every, no_environment, no_file, no_command, other_site)
    assert [(token.value, token.origin) for token in map(find_token, asked)] == [
        ("from-environment", "environment variable MOODLE_TOKEN"),
        ("from-file", f"--token-file {file}"),
        ("from-command", f"--token-command {Path(sys.executable).as_posix()} …"),
        ("from-keyring", "the system's keyring"),
        ("from-profile", f"[site.campus] in {tmp_path / 'config.toml'}"),
    ]


def test_only_the_first_line_counts() -> None:
    """Of what a command prints, the first line is the token, as password managers have it."""
    assert find_token(TokenSources(SITE, {}, command=printing("abc\nuser: bot"))).value == "abc"


def test_no_shell_reads_the_command(tmp_path: Path) -> None:
    """What a shell would act on is an argument like any other."""
    command = f'{printing("abc")} ; touch "{(tmp_path / "made").as_posix()}"'
    assert find_token(TokenSources(SITE, {}, command=command)).value == "abc"
    assert list(tmp_path.iterdir()) == []


def test_a_command_is_not_run_to_tell_the_origin() -> None:
    """Where only the origin is wanted, no password manager asks its user anything."""
    assert find_token(TokenSources(SITE, {}, command="no-such-program x", run=False)) == Token(
        "", "--token-command no-such-program …"
    )


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("", "--token-command is empty: write a command that prints the token, pass show moodle say."),
        ('pass "show', "--token-command cannot be read (No closing quotation): close every quote."),
        pytest.param(
            "no-such-program hush",
            "--token-command: no-such-program cannot be run (No such file or directory).",
            marks=pytest.mark.skipif(os.name != "posix", reason="Windows has other words for it"),
        ),
        (
            "{python} -c \"print('hush'); exit(3)\"",
            "--token-command: {python} failed with exit code 3; try it by itself.",
        ),
        ('{python} -c ""', "--token-command: {python} printed no token on its first line."),
        (
            "{python} -c \"print(); print('hush')\"",
            "--token-command: {python} printed no token on its first line.",
        ),
    ],
)
def test_a_command_that_gives_no_token_is_said(command: str, sentence: str) -> None:
    """A command that fails is named, and neither its arguments nor what it printed are."""
    python = Path(sys.executable).as_posix()
    with pytest.raises(InputError) as caught:
        find_token(TokenSources(SITE, {}, command=command.replace("{python}", python)))
    assert str(caught.value) == sentence.replace("{python}", python)


def test_a_command_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that prints nothing is not waited for without end."""
    monkeypatch.setattr("batchroles.config.tokens.COMMAND_SECONDS", 0.2)
    command = f'"{Path(sys.executable).as_posix()}" -c "import time; time.sleep(60)"'
    with pytest.raises(InputError, match="printed nothing for 0 seconds"):
        find_token(TokenSources(SITE, {}, command=command))


def test_no_token_at_all_says_every_way(tmp_path: Path) -> None:
    """Where no token is, the sentence names the ways to give one."""
    with pytest.raises(InputError) as caught:
        find_token(TokenSources(SITE, {}, profile=Profile("campus", tmp_path)))
    assert str(caught.value) == (
        f"No token for {SITE}: batchroles login keeps one; or set MOODLE_TOKEN, or name a file that holds it with"
        " --token-file, or a command that prints it with --token-command."
    )


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A token file that cannot be read is an error, not a reason to look elsewhere."""
    with pytest.raises(InputError, match=r"The token file .*nothing cannot be read"):
        find_token(TokenSources(SITE, {}, file=tmp_path / "nothing"))


def test_a_keyring_forgets_one_site(memory: Memory) -> None:
    """What is forgotten is this site's token alone; where there is none, nothing happens."""
    keep_in_keyring("https://a.example.edu", "abc")
    keep_in_keyring("https://b.example.edu", "def")
    forget_in_keyring("https://a.example.edu")
    forget_in_keyring("https://a.example.edu")
    assert memory.kept == {("batchroles", "https://b.example.edu"): "def"}


def test_a_machine_without_a_keyring(tmp_path: Path) -> None:
    """Without a keyring the profile's token serves, and keeping one in the keyring is refused."""
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]  # the same
    profile = Profile("campus", tmp_path, token="from-profile")
    assert find_token(TokenSources(SITE, {}, profile=profile)).value == "from-profile"
    with pytest.raises(InputError) as caught:
        keep_in_keyring(SITE, "abc")
    assert str(caught.value) == "The system's keyring cannot be used (NoKeyringError): leave out --keyring."


def test_tokens_are_in_no_repr() -> None:
    """Neither a token nor the places to look for one show it."""
    sources = TokenSources(SITE, {"MOODLE_TOKEN": "secret"})
    assert "secret" not in repr((sources, find_token(sources)))


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")
def test_a_token_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """A file whose mode lets anybody else read the token is refused with what to type; a pipe is no such file."""
    file = tmp_path / "token"
    file.write_text("from-file\n", encoding="utf-8")
    for mode in (0o644, 0o640, 0o604):
        file.chmod(mode)
        with pytest.raises(InputError, match=rf"others on this machine can read it: chmod 600 {file}"):
            find_token(TokenSources(SITE, {}, file=file))
    file.chmod(0o600)
    assert find_token(TokenSources(SITE, {}, file=file)).value == "from-file"
    read, write = os.pipe()
    os.write(write, b"from-pipe\n")
    os.close(write)
    assert find_token(TokenSources(SITE, {}, file=Path(f"/dev/fd/{read}"))).value == "from-pipe"
    os.close(read)


@pytest.mark.parametrize("value", [" ", "two words", "ünicode", "\udce9", "line\nend"])
def test_what_cannot_be_a_token_is_refused_before_it_is_sent(value: str) -> None:
    """A blank token, or one with characters that no token has, is refused without being quoted."""
    with pytest.raises(InputError) as caught:
        find_token(TokenSources(SITE, {"MOODLE_TOKEN": value}))
    assert str(caught.value) == (
        "environment variable MOODLE_TOKEN gives no token: it is blank, or has characters that no token has."
    )
