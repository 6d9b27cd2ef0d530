"""Whatever a flag is given, by whatever command: a sentence and a documented exit code, never a traceback."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from batchroles.cli.commands import COMMANDS
from batchroles.cli.main import batchroles
from batchroles.cli.settings import long_name
from batchroles.sandbox import serve
from tests.cli.running import Shell
from tests.job.helpers import recorded_site, write_csv

pytestmark = pytest.mark.long

NO_NUMBERS = ["nan", "inf", "-inf", "-1", "1e309", "1e308", f"1{'0' * 30}", "9" * 5000, "x", "²"]
TEXTS = [
    *("", "\udce9"),  # tried with every command: nothing, and a byte that is no UTF-8
    *(" ", "nan", "-1", "\x1b[31m", "\u202e", "9" * 5000, f"{'9' * 5000}h", "²", "1%%", f"{'9' * 30}%"),
    *("users=²", f"users={'9' * 12}", "25:00"),
]
FINE = {0, 1, 2, 3, 4, 5, 130}

ARGUMENTS = {
    "file": ["rows.csv"],
    "run": ["planned"],
    "out": ["out.xlsx"],
    "user": ["u01"],
    "context": ["system"],
    "a": ["rows.csv"],
    "b": ["rows.csv"],
}
"""What a command is given for each of its arguments."""
ENDS_AT_ONCE = {
    "sandbox": ["--state", "no such state"],
    "template": ["--force"],
    "web": ["--no-browser", "--listen", "192.0.2.1"],
}


def command_named(name: str) -> click.Command:
    command = batchroles.get_command(click.Context(batchroles), name)
    assert command is not None
    return command


def options(command: str) -> Iterator[click.Option]:
    params = command_named(command).params
    yield from (param for param in params if isinstance(param, click.Option) and not param.is_flag)


def words_of(command: str, option: click.Option, value: str) -> list[str]:
    arguments = [param for param in command_named(command).params if isinstance(param, click.Argument)]
    named = [word for one in arguments for word in ARGUMENTS[str(one.name)]]
    return [command, *named, *ENDS_AT_ONCE.get(command, []), f"--{long_name(option)}={value}"]


def is_numeric(option: click.Option) -> bool:
    return isinstance(option.type, click.IntRange | click.FloatRange | click.types.IntParamType)


FIRST_OF = {long_name(option): command for command in reversed(COMMANDS) for option in options(command)}
"""The first command that has a flag: there a text is tried at length, elsewhere the same flag is tried once more."""


@pytest.fixture
def prepared(shell: Shell, tmp_path: Path) -> Iterator[Shell]:
    """Give a shell with a site, a file and a plan."""
    write_csv(tmp_path / "rows.csv", ["username", "role", "course"], [("u21", "student", "C-ART-201")])
    with serve(recorded_site()) as practice, pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOODLE_URL", practice.url)
        patch.setenv("MOODLE_TOKEN", practice.token)
        assert shell.run("plan", "rows.csv", "--out", "planned").code == 0
        yield shell


@pytest.mark.parametrize("command", COMMANDS)
def test_no_number_is_a_defect(prepared: Shell, command: str) -> None:
    """Every flag of every command that takes a number refuses what is none, and what no machine could count with."""
    for option in filter(is_numeric, options(command)):
        most = getattr(option.type, "max", None)
        assert most is not None, f"{option.name} has no upper end"
        for value in NO_NUMBERS:
            ended = prepared.run(*words_of(command, option, value))
            assert (ended.code, "Traceback" in ended.err) == (2, False), (option.name, value, ended.err)
        for value in ["0", str(most)]:
            ended = prepared.run(*words_of(command, option, value))
            assert (ended.code in FINE, "Traceback" in ended.err) == (True, False), (
                option.name,
                value,
                ended.err,
            )


@pytest.mark.parametrize("command", COMMANDS)
def test_no_text_is_a_defect(prepared: Shell, command: str) -> None:
    """Every flag of every command that takes a text ends with a documented exit code, whatever the text."""
    for option in options(command):
        if not is_numeric(option):
            for value in TEXTS if FIRST_OF[long_name(option)] == command else TEXTS[:2]:
                ended = prepared.run(*words_of(command, option, value))
                said = (ended.code in FINE, "Traceback" in ended.err, "\x1b" in ended.err + ended.out)
                assert said == (True, False, False), (option.name, value, ended.code, ended.err)


def test_a_profile_cannot_hold_what_no_command_line_can(prepared: Shell) -> None:
    """A null character, which ends a text for the system, is refused wherever a profile has it."""
    prepared.configure('[site.a]\nurl = "https://a.example.edu"\nca-cert = "a\\u0000b"\n')
    ended = prepared.run("config", "--site", "a")
    assert (ended.code, "ca-cert in [site.a]" in ended.err, "Traceback" in ended.err) == (2, True, False), (
        ended.err
    )


def test_help_does_not_wait_for_heavy_packages() -> None:
    """`batchroles --help` prints at once: neither pandas nor requests is imported for it."""
    code = (
        "import sys\nfrom batchroles.cli import main\nsys.argv = ['batchroles', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print([name for name in ('numpy', 'pandas', 'requests') if name in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"
