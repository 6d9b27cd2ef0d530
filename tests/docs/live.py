"""The command line as data: every command with its flags, as click has them."""

from dataclasses import dataclass

import click

from batchroles.cli.commands import COMMANDS
from batchroles.cli.main import EXIT_CODES, batchroles
from batchroles.cli.settings import PREFIX

__all__ = ["COMMANDS", "EXIT_CODES", "PREFIX", "Flag", "commands", "flag", "flags", "flags_of"]


@dataclass(frozen=True)
class Flag:
    """A flag as the tables of the settings show it."""

    names: frozenset[str]
    variables: tuple[str, ...]
    default: str
    """`none` where there is none, `on` or `off` for a switch."""


def commands() -> dict[str, click.Command]:
    """Give every command by its name."""
    ctx = click.Context(batchroles, info_name="batchroles")
    found = {name: batchroles.get_command(ctx, name) for name in batchroles.list_commands(ctx)}
    return {name: command for name, command in found.items() if command is not None}


def flags_of(command: str) -> set[Flag]:
    """Give the flags of a command, without `--help`."""
    return {flag(param) for param in commands()[command].params if isinstance(param, click.Option)}


def flags() -> set[Flag]:
    """Give the flags of all commands."""
    return {flag for command in commands() for flag in flags_of(command)}


def flag(option: click.Option) -> Flag:
    """Give an option as the tables show it."""
    names = frozenset([*option.opts, *option.secondary_opts])
    variables = (option.envvar,) if isinstance(option.envvar, str) else tuple(option.envvar or ())
    return Flag(names, variables, _default(option))


def _default(option: click.Option) -> str:
    value = option.get_default(click.Context(click.Command("none")), call=False)
    if option.is_flag and (value is not None or not option.secondary_opts):
        return "on" if value is True else "off"
    if not isinstance(value, str | int | float):
        return "none"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"
