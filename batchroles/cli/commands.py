"""The commands by what one wants: imported when they are asked for, the nearest named where there is no such one."""

import functools
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from importlib import import_module

import click

from batchroles.cli.aims import Aim, write_by_aim
from batchroles.cli.settings import WORDS_OF_CONFIG, prepare

_MODULES = {
    Aim.BEFORE: {"template": "advice", "check": "files", "plan": "files", "roles": "advice"},
    Aim.SEND: {
        "assign": "files",
        "unassign": "files",
        "enrol": "files",
        "unenrol": "files",
        "apply": "runs",
        "retry": "runs",
        "review": "reviewing",
        "web": "web",
    },
    Aim.BACK: {
        "runs": "runs",
        "show": "runs",
        "undo": "runs",
        "export": "census",
        "why": "reviewing",
        "compare": "comparing",
    },
    Aim.NIGHT: {"sync": "sync"},
    Aim.SITE: {"login": "configuring", "setup": "advice", "doctor": "advice", "config": "configuring"},
    Aim.TRY: {"guide": "advice", "sandbox": "sandbox"},
}
"""Each command and the module of `batchroles.cli` that holds it, in the order of `--help`."""

COMMANDS = {name: module for modules in _MODULES.values() for name, module in modules.items()}

OF_CONFIG = [f"config {word}" for word in WORDS_OF_CONFIG]
"""Commands of two words; no group of click's, as `config` takes every flag and heeds the profile that these mend."""


class Commands(click.Group):
    """Imports a command when it is asked for: heavy packages must not slow down `--version` and completion."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """List the commands in the order of `--help`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command's module and give the command."""
        return _command(cmd_name) if cmd_name in COMMANDS else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the commands below what they are for."""
        room = formatter.width - 6 - max(map(len, COMMANDS))
        write_by_aim(
            formatter,
            (
                (aim, (name, _command(name).get_short_help_str(room)))
                for aim, modules in _MODULES.items()
                for name in modules
            ),
        )

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is meant. Raises UsageError that names the nearest where there is no such one."""
        said, both = args[0], " ".join(args[:2])
        if both in OF_CONFIG:
            return both, _command(both), args[2:]
        if said == "config" and args[1:] and not args[1].startswith("-") and not ctx.resilient_parsing:
            raise click.UsageError(_no_command(args[1], OF_CONFIG, "config "), ctx)
        if said in COMMANDS or said.startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        raise click.UsageError(_no_command(said, COMMANDS), ctx)


def _no_command(said: str, known: Iterable[str], first: str = "") -> str:
    near = _nearest(said, [name.removeprefix(first) for name in known], first)
    among = f"there are {', '.join(known)}" if first else "batchroles --help lists them"
    return f"There is no command '{first}{said}'{near or f'; {among}.'}"


# Once each: `prepare` wraps the callback, and a command is asked for again to look through its flags.
@functools.cache
def _command(name: str) -> click.Command:
    module = COMMANDS.get(name, "profiles")
    return prepare(getattr(import_module(f"batchroles.cli.{module}"), name.replace(" ", "_")))


def unknown_flag(error: click.NoSuchOption) -> click.UsageError:
    """Say of a flag that a command does not take which commands take it, or which of its own is the nearest."""
    said, ctx = error.option_name, error.ctx
    if ctx is None:
        return error
    theirs = [name for name in COMMANDS if said in _flags(_command(name))]
    if theirs and ctx.parent is None:
        hint = f"; flags stand behind the command: batchroles {theirs[0]} {said}."
    elif theirs:
        hint = f"; batchroles {', '.join(theirs)} {'takes' if len(theirs) == 1 else 'take'} it."
    else:
        # Without the dashes, which make any two short flags alike.
        words = [flag[2:] for flag in _flags(ctx.command) if flag.startswith("--")]
        hint = _nearest(said.lstrip("-"), words, "--") or f"; {ctx.command_path} --help lists its flags."
    return click.UsageError(f"{ctx.command_path} has no flag {said}{hint}", ctx)


def _flags(command: click.Command) -> list[str]:
    return [
        name
        for param in command.params
        if isinstance(param, click.Option)
        for name in (*param.opts, *param.secondary_opts)
    ]


def _nearest(said: str, known: Sequence[str], first: str = "") -> str:
    """Ask whether the nearest of the known words is meant, or those that begin so; empty where none is near."""
    spelt = said.casefold().replace("_", "-")
    near = [word for word in known if word.startswith(spelt)][:3] or get_close_matches(spelt, known, 1)
    return f"; did you mean {' or '.join(f'{first}{word}' for word in near)}?" if near else ""
