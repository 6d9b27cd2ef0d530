"""The tables of flags in the guide to settings, as the command line itself has them."""

import functools
import re
from collections.abc import Iterator

import click

from tests.docs import live
from tests.docs.pages import GUIDES, code

SETTINGS = GUIDES["settings"]
SINGLE = "Flags of single commands"

_ROW = re.compile(r"^\| `-.*\n", re.MULTILINE)
_ASIDE = re.compile(r"\s*\[(?:default|env): [^]]*\]")
"""What click's help adds, and what has a column of its own in the tables."""


def up_to_date() -> str:
    """Give the guide with every row of a flag as the command line has it; flags that do not exist stay as they are."""
    parts = re.split(r"^(?=## )", SETTINGS.text(), flags=re.MULTILINE)
    return "".join(
        _ROW.sub(functools.partial(_row, single=part.startswith(f"## {SINGLE}\n")), part) for part in parts
    )


def _row(written: re.Match[str], *, single: bool) -> str:
    flag, variables, *_ = re.split(r"(?<!\\)\|", written[0].strip().strip("|"))
    names = {name.split()[0] for name in code(flag)}
    found = [
        (command, option)
        for command, option in _options()
        if {*option.opts, *option.secondary_opts} == names
        and not {*code(variables)}.isdisjoint(live.flag(option).variables)
    ]
    if not found:
        return written[0]
    said = _meaning(found[0][1])
    if single:
        said += f" ({', '.join(command for command, _ in found)})"
    option = found[0][1]
    shown = live.flag(option)
    variables = ", ".join(f"`{name}`" for name in shown.variables)
    return f"| {_names(option)} | {variables} | {shown.default} | {said} |\n"


def _options() -> Iterator[tuple[str, click.Option]]:
    """Yield every flag of every command, those of `config` first: it has the groups as they are."""
    every = live.commands()
    for command in sorted(every, key="config".__ne__):
        for param in every[command].params:
            if isinstance(param, click.Option):
                yield command, param


def _names(option: click.Option) -> str:
    choices = option.type.choices if isinstance(option.type, click.Choice) else ()
    value = option.metavar or "|".join(map(str, choices))
    long, *others = [*option.opts, *option.secondary_opts]
    return ", ".join(f"`{name}`" for name in [f"{long} {_escaped(value)}".strip(), *others])


def _meaning(option: click.Option) -> str:
    return _escaped(_ASIDE.sub("", option.help or "").rstrip("."))


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")
