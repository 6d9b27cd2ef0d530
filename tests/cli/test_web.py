"""What `batchroles web` refuses before it serves anything."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from tests.cli.running import Shell


@pytest.fixture(scope="module")
def practice() -> Iterator[Practice]:
    with serve() as practice:
        yield practice


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--listen", "192.0.2.1"], "--behind-proxy"),
        (["--listen", "::", "--sign-in"], "--behind-proxy"),
        (["--sign-in", "--behind-proxy", "127.0.0.1"], "--public-address go together"),
        (["--sign-in", "--public-address", "https://a.example"], "--public-address go together"),
        (["--behind-proxy", "127.0.0.1", "--public-address", "https://a.example"], "--sign-in"),
        (["--sign-in", "--behind-proxy", "proxy", "--public-address", "https://a.example"], "IP address"),
        (["--sign-in", "--behind-proxy", "127.0.0.1", "--public-address", "http://a.example"], "https"),
        (["--keep", "0"], "--keep"),
        (["--folder", "taken"], "others can read it"),
        (["--folder", "file"], "'--folder'"),
    ],
)  # fmt: skip
def test_what_is_refused_before_anything_is_served(
    shell: Shell, practice: Practice, tmp_path: Path, words: list[str], said: str
) -> None:
    """What could not be safe, or cannot be, ends the command with 2 and a sentence."""
    (tmp_path / "taken").mkdir(mode=0o755)
    (tmp_path / "taken").chmod(0o755)
    (tmp_path / "taken" / "letter.txt").touch()
    (tmp_path / "file").touch()
    if os.name == "nt" and said.startswith("others"):
        pytest.skip("Windows has no such modes")
    ended = shell.run(
        "web", "--no-browser", *words, env={"MOODLE_URL": practice.url, "MOODLE_TOKEN": practice.token}
    )
    assert (ended.code, ended.out, said in ended.err) == (2, "", True), ended.err


def test_a_token_that_the_site_does_not_know(shell: Shell, practice: Practice) -> None:
    """On one's own machine a token that the site refuses ends the command with 4 before anything is served."""
    ended = shell.run("web", "--no-browser", env={"MOODLE_URL": practice.url, "MOODLE_TOKEN": "0" * 32})
    assert (ended.code, ended.out) == (4, "")


def test_a_port_that_is_taken(shell: Shell, practice: Practice) -> None:
    """A port that cannot be had is named in a sentence."""
    port = practice.url.rpartition(":")[2]
    ended = shell.run(
        "web",
        "--no-browser",
        "--port",
        port,
        env={"MOODLE_URL": practice.url, "MOODLE_TOKEN": practice.token},
    )
    assert (ended.code, f"port {port} of 127.0.0.1" in ended.err) == (2, True)
