"""What `--help` shows, and what a mistyped command or flag is answered with."""

import json
import re

import click
import pytest

from batchroles.cli.aims import Option
from batchroles.cli.commands import COMMANDS
from batchroles.cli.main import batchroles
from tests.cli.running import Ended, Shell

LOGIN = """\
Usage: batchroles login [OPTIONS]

  Ask for the site's address and a token, check both, and keep them in a
  profile.

  Paste a token that an administrator made, or give --username and type the
  password: the site then gives the token. The profile is written only where
  the site answers as it should. The first one is used wherever none is named.

Set up:
  --url TEXT          Address of the site. [env: MOODLE_URL]
  --name TEXT         Name of the profile.  [default: made from the site's
                      address]
  --username TEXT     Sign in by this user name and its password instead of
                      pasting a token.
  --keyring           Keep the token in the system's keyring, not in the file.

Rarely needed:
  --service TEXT      Short name of the service, to sign in with a password.
                      [default: batchroles]
  --insecure-http     Allow http:// to another machine; the token can be read
                      on the way.
  --ca-cert FILE      Certificates to trust instead of the usual ones.
  --client-cert FILE  Certificate with key by which the site knows this
                      client.
  -h, --help          Show this message and exit.
"""

GUIDE = """\
Usage: batchroles guide [OPTIONS] [NAME]

  Show the guide NAME (Markdown); without a name, list the guides.

Options:
  --schema    Print the JSON Schema of what commands print with --json.
  -h, --help  Show this message and exit.
"""

OF_ASSIGN = {
    "What FILE says": ["--sheet", "--map", "--role", "--date-format"],
    "See before sending": ["--probe", "--check-existing"],
    "Send": ["--max-errors", "--yes"],
    "Look back": ["--verify", "--out", "--json"],
    "Every night": ["--sql-file", "--deadline", "--only-new", "--quiet", "--log-file", "--ping-url"],
    "Set up": ["--site", "--url", "--token-file"],
    "Rarely needed": ["--encoding", "--rest-format", "--timeout", "--ca-cert", "--chunk-size", "--help"],
}
"""The headings of its flags, and some of the flags below each."""


@pytest.mark.parametrize(
    ("words", "shown"),
    [(["login", "-h"], LOGIN), (["guide", "--help"], GUIDE)],
)
def test_help_in_whole(shell: Shell, words: list[str], shown: str) -> None:
    """`--help` groups flags by what one wants, and has one list where all are for one thing; commands: the README."""
    assert shell.run(*words, env={"COLUMNS": "80"}) == Ended(0, shown, "")


def test_the_flags_of_assign_stand_below_what_they_are_for(shell: Shell) -> None:
    """`assign --help` has its flags below the headings of the commands; what is seldom needed stands last."""
    parts = re.split(r"^(\S.*):\n", shell.run("assign", "--help").out, flags=re.MULTILINE)[1:]
    shown = {
        heading: re.findall(r"^  (?:-\w, )?(--[a-z-]+)", part, re.MULTILINE)
        for heading, part in zip(parts[::2], parts[1::2], strict=True)
    }
    assert list(shown) == list(OF_ASSIGN)
    assert {heading: {*OF_ASSIGN[heading]} - {*flags} for heading, flags in shown.items()} == {
        heading: set() for heading in shown
    }
    every = [flag for flags in shown.values() for flag in flags]
    assert len(every) == len({*every})


@pytest.mark.parametrize("name", COMMANDS)
def test_every_flag_says_what_it_is_for(name: str) -> None:
    """No flag of any command is without a heading of its own, and none shows how click calls its numbers."""
    command = batchroles.get_command(click.Context(batchroles), name)
    assert command is not None
    options = [param for param in command.params if isinstance(param, click.Option)]
    assert [one.name for one in options if not isinstance(one, Option)] == []
    assert "RANGE" not in command.get_help(click.Context(command))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("asign x.csv", "There is no command 'asign'; did you mean assign?"),
        ("ASSIGN x.csv", "There is no command 'ASSIGN'; did you mean assign?"),
        ("enroll x.csv", "There is no command 'enroll'; did you mean enrol?"),
        ("template_x", "There is no command 'template_x'; did you mean template?"),
        ("fetch", "There is no command 'fetch'; batchroles --help lists them."),
        ("--jsno", "batchroles has no flag --jsno; batchroles --help lists its flags."),
        (
            "--offline check x.csv",
            "batchroles has no flag --offline; flags stand behind the command: batchroles template --offline.",
        ),
        ("assign x.csv --veirfy", "batchroles assign has no flag --veirfy; did you mean --verify?"),
        (
            "assign x.csv --chunk_size 3",
            "batchroles assign has no flag --chunk_size; did you mean --chunk-size?",
        ),
        (
            "assign x.csv --max 3",
            "batchroles assign has no flag --max; did you mean --max-input-vars or --max-errors or --max-duration?",
        ),
        (
            "assign x.csv --dry-run",
            "batchroles assign has no flag --dry-run; batchroles review, sync take it.",
        ),
        ("runs --offline", "batchroles runs has no flag --offline; batchroles template, check take it."),
        ("assign x.csv -j", "batchroles assign has no flag -j; did you mean --json?"),
        (
            "assign x.csv --nosuch",
            "batchroles assign has no flag --nosuch; batchroles assign --help lists its flags.",
        ),
    ],
)
def test_a_mistyped_command_or_flag(shell: Shell, words: str, sentence: str) -> None:
    """What is mistyped is answered with the nearest, or where what was typed belongs; and the exit code is 2."""
    ended = shell.run(*words.split())
    assert (ended.code, ended.out, ended.err.splitlines()[-1]) == (2, "", f"Error: {sentence}")


@pytest.mark.parametrize(
    "words", ["asign x.csv --json", "--json assign x.csv", "assign x.csv --json --veirfy"]
)
def test_what_is_mistyped_is_said_in_json_where_that_was_asked_for(shell: Shell, words: str) -> None:
    """With `--json` the sentence about what is mistyped is the `error` of the JSON."""
    ended = shell.run(*words.split())
    said = json.loads(ended.out)
    assert (ended.code, said["code"], said["error"] in ended.err) == (2, "usage", True)
