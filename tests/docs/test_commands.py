"""Commands, flags, environment variables and exit codes: in the documentation exactly as they are."""

import re

from batchroles import errors
from batchroles.config import CONFIG_VARIABLE
from batchroles.config.tokens import TOKEN_VARIABLE
from batchroles.sources.query import PASSWORD_VARIABLE
from tests.docs import live, settings_tables
from tests.docs.live import Flag
from tests.docs.pages import GUIDES, code, everywhere
from tests.docs.settings_tables import SETTINGS, SINGLE

GROUPS = ("File", "Query", "Site", "Check", "Sync", "Send", "Out", "Watch")

NOT_OURS = {
    "--moodle-url",  # of the live tests
    "--reinstall",  # of uv
    "--user",  # of pip
}
"""Flags of other programs."""

OTHER_VARIABLES = {
    "BATCHROLES_ADMIN_TOKEN",
    TOKEN_VARIABLE,
    CONFIG_VARIABLE,
    PASSWORD_VARIABLE,
    "BATCHROLES_COMPLETE",  # click's, with an underscore in front
    "BATCHROLES_LIVE_TOKEN",  # of the live tests
}
"""Variables that belong to no flag."""


def documented(title: str) -> set[Flag]:
    """Give the flags of one table of the settings."""
    found = set()
    for row in SETTINGS.table("Flag", title):
        names = [name.split()[0] for name in code(row["Flag"])]
        found.add(Flag(frozenset(names), tuple(code(row["Environment variable"])), row["Default"]))
    return found


def group(name: str) -> set[Flag]:
    """Give the flags of a group by its name in the table of commands."""
    return documented(next(one.title for one in SETTINGS.headings() if one.title.startswith(f"{name}:")))


def all_documented() -> set[Flag]:
    """Give the flags of all tables."""
    return set().union(*map(group, GROUPS), documented(SINGLE))


def test_every_flag_is_in_the_settings_with_its_variable_and_default() -> None:
    """The tables of the settings hold every flag, its environment variables and its default, and no other."""
    assert all_documented() == live.flags()


def test_every_flag_is_told_as_its_help_tells_it() -> None:
    """A row of the settings has names, variables, default and meaning of its flag, word for word."""
    assert settings_tables.up_to_date() == SETTINGS.text()


def test_every_command_is_in_the_table_with_its_flags() -> None:
    """The table of commands holds every command with the flags that it takes, and no other."""
    by_name = {name: flag.names for flag in all_documented() for name in flag.names}
    shown = {}
    for row in SETTINGS.table("command"):
        command = code(row["command"])[0].split()[0]
        cell = row[next(header for header in row if header.startswith("flags"))]
        names = {name for word in code(cell) for name in by_name[word]}
        for one in GROUPS:
            if re.search(rf"\b{one}\b", cell):
                names |= {name for flag in group(one) for name in flag.names}
        shown[command] = names
    taken = {name: {one for flag in live.flags_of(name) for one in flag.names} for name in live.COMMANDS}
    listed = {name for flag in documented(SINGLE) for name in flag.names}
    assert shown["sandbox"] == set()  # the link leads to its own help
    assert shown | {"sandbox": taken["sandbox"]} == taken
    assert taken["sandbox"] <= listed | {"--site"}


def test_no_flag_is_mentioned_that_does_not_exist() -> None:
    """Every word that begins with two hyphens is a flag."""
    mentioned = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*[a-z]", everywhere()))
    taken = {name for flag in live.flags() for name in flag.names} | {"--help", "--version"}
    assert mentioned - NOT_OURS - taken == set()


def test_no_variable_is_mentioned_that_does_not_exist() -> None:
    """Every variable with our prefix, or Moodle's, is one that counts."""
    mentioned = set(re.findall(r"\b_?((?:BATCHROLES|MOODLE)_[A-Z_]+)\b", everywhere()))
    taken = {name for flag in live.flags() for name in flag.variables}
    assert mentioned == taken | OTHER_VARIABLES


def test_no_command_is_mentioned_that_does_not_exist() -> None:
    """Where a page writes a command in code, it exists."""
    words = re.findall(r"(?:^\$ |`)(?:\w+=\S+ )?batchroles ([a-z]+)", everywhere(), re.MULTILINE)
    assert set(words) <= set(live.COMMANDS)


def test_exit_codes_agree() -> None:
    """The guide, `--help` and the exceptions name the same exit codes."""
    shown = {row["code"]: row["meaning"] for row in GUIDES["sync"].table("code")}
    lines = live.EXIT_CODES.split("Exit codes:\n")[1].splitlines()
    assert shown == dict(re.split(r"\s+", line.strip(), maxsplit=1) for line in lines if line.strip())
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    raised = {
        str(kind.exit_code)
        for kind in kinds
        if issubclass(kind, errors.BatchrolesError) and kind is not errors.CallTooLarge
    }
    assert raised <= set(shown)


def test_every_kind_of_setting_is_shown_in_the_profile_as_its_flag() -> None:
    """The keys of the example of a profile are flags without their dashes, or the keys that only profiles have."""
    example = re.search(r"^\[site\.campus\]\n(.*?)^\[", SETTINGS.text(), re.MULTILINE | re.DOTALL)
    assert example is not None
    keys = {line.split(" = ")[0] for line in example[1].splitlines() if line}
    taken = {name.removeprefix("--") for flag in live.flags() for name in flag.names}
    assert keys - taken == {"token"}


def test_the_flags_of_a_job_exist() -> None:
    """The table for a scheduled job holds flags only."""
    taken = {name for flag in live.flags() for name in flag.names}
    assert {word.split()[0] for word in GUIDES["sync"].everything("flag")} <= taken
