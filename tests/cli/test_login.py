"""`batchroles login`: a token is asked for, checked and kept."""

from collections.abc import Iterator

import keyring
import pytest
from keyring.backends import fail

from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from tests.cli.running import Shell
from tests.client.odd_server import serve as serve_odd

PASSWORD = "practice-user"

SOUND = """\
ok       address: URL answers over plain http.
ok       web services: Web services are on.
ok       REST protocol: The REST protocol is on.
ok       token: The site knows the token; it belongs to wsbot (Batch Bot).
ok       service: The service is on and offers 13 of the 13 functions that batchroles calls.
ok       user: wsbot may use the service, and the account is in order.
Kept as the profile NAME in FILE; batchroles doctor examines the rest.
"""


@pytest.fixture(scope="module")
def practice() -> Iterator[Practice]:
    with serve() as running:
        yield running


def said(shell: Shell, practice: Practice, name: str) -> str:
    return SOUND.replace("URL", practice.url).replace("NAME", name).replace("FILE", str(shell.config))


def test_a_pasted_token_is_checked_and_kept(shell: Shell, practice: Practice) -> None:
    """The token is kept with the address as the profile that the next command uses, and shown nowhere."""
    ended = shell.run("login", "--url", f"{practice.url}/", "--name", "campus", stdin=f"{practice.token}\n")
    assert (ended.code, ended.out, ended.err) == (0, said(shell, practice, "campus"), "")
    assert shell.config.read_text("utf-8") == (
        f'default-site = "campus"\n\n[site.campus]\nurl = "{practice.url}"\ntoken = "{practice.token}"\n'
    )
    assert shell.run("doctor").code == 0


def test_the_address_is_asked_for(shell: Shell, practice: Practice) -> None:
    """Without --url the address is asked for, and the profile's name is made from it."""
    ended = shell.run("login", stdin=f"{practice.url}\n{practice.token}\n")
    name = practice.url.removeprefix("http://").replace(".", "-").replace(":", "-")
    assert (ended.code, ended.out) == (0, said(shell, practice, name))
    assert ended.err.startswith("Address of the site: ")


def test_user_name_and_password_get_the_token(shell: Shell, practice: Practice) -> None:
    """With a user name the password is asked for; the site gives the token, and the password is kept nowhere."""
    words = ("login", "--url", practice.url, "--username", "wsbot", "--name", "campus")
    ended = shell.run(*words, stdin=f"{PASSWORD}\n")
    assert (ended.code, ended.out, ended.err) == (0, said(shell, practice, "campus"), "")
    kept = shell.config.read_text("utf-8")
    assert (practice.token in kept, PASSWORD in kept) == (True, False)


@pytest.mark.parametrize(
    ("words", "stdin", "code", "sentence"),
    [
        (("--username", "wsbot"), "wrong\n", 4, "The site does not accept this user name and password"),
        (
            ("--username", "wsbot", "--service", "none"),
            f"{PASSWORD}\n",
            4,
            "The web service does not exist or is disabled",
        ),
        (
            (),
            "0123456789abcdef\n",
            4,
            "Nothing was kept. batchroles setup prints what an administrator has to do.",
        ),
        ((), "two words\n", 2, "The token is empty or holds blanks"),
        ((), "\n", 2, "The token is empty or holds blanks"),
    ],
)
def test_what_does_not_work_is_not_kept(
    shell: Shell, practice: Practice, words: tuple[str, ...], stdin: str, code: int, sentence: str
) -> None:
    """Where the site refuses, the reason is given, and no profile is written."""
    ended = shell.run("login", "--url", practice.url, *words, stdin=stdin)
    assert (ended.code, sentence in ended.err, shell.config.exists()) == (code, True, False)


def test_a_profile_name_that_cannot_be_one(shell: Shell, practice: Practice) -> None:
    """A name that the file cannot hold is refused."""
    ended = shell.run("login", "--url", practice.url, "--name", "my site", stdin=f"{practice.token}\n")
    assert (ended.code, ended.err) == (
        2,
        "batchroles: The profile's name 'my site': use letters, digits, - and _ only.\n",
    )


@pytest.mark.parametrize("words", [(), ("--username", "wsbot")])
def test_nothing_is_sent_over_plain_http(shell: Shell, words: tuple[str, ...]) -> None:
    """Neither token nor password is asked for, let alone sent, where another machine would be spoken to in clear."""
    ended = shell.run("login", "--url", "http://moodle.example.edu", *words, stdin="secret\n")
    assert (ended.code, ended.err) == (
        2,
        "batchroles: http://moodle.example.edu would send the token unprotected: use https://moodle.example.edu, or"
        " allow it with --insecure-http.\n",
    )


@pytest.mark.parametrize("words", [(), ("--username", "wsbot")])
def test_a_certificate_that_cannot_be_verified_ends_it(shell: Shell, words: tuple[str, ...]) -> None:
    """Neither token nor password goes to a server whose certificate is not trusted."""
    with serve_odd(tls=True) as odd:
        ended = shell.run("login", "--url", odd.url, *words, stdin="secret\n")
    assert (ended.code, odd.requests, "cannot be verified" in ended.out + ended.err) == (4, [], True)


@pytest.fixture
def no_keyring() -> Iterator[None]:
    """Take the machine's keyring away."""
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]  # keyring leaves its own untyped
    yield
    keyring.set_keyring(before)


@pytest.mark.usefixtures("no_keyring")
def test_the_keyring_of_a_machine_without_one(shell: Shell, practice: Practice) -> None:
    """Where there is no keyring, --keyring is refused and nothing is kept in its place."""
    ended = shell.run("login", "--url", practice.url, "--keyring", stdin=f"{practice.token}\n")
    assert (ended.code, ended.err, shell.config.exists()) == (
        2,
        "batchroles: The system's keyring cannot be used (NoKeyringError): leave out --keyring.\n",
        False,
    )
