"""What somebody wants who looks for a command or a flag: the headings of `--help`, and what stands below each."""

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class Aim(StrEnum):
    """A heading; they are shown in this order, what is seldom needed last."""

    FILE = "What FILE says"
    BEFORE = "See before sending"
    SEND = "Send"
    BACK = "Look back"
    NIGHT = "Every night"
    SITE = "Set up"
    TRY = "Learn and try"
    RARE = "Rarely needed"


Record = tuple[str, str]
"""A row of `--help`: how it is written, and what it does."""


class Option(click.Option):
    """A flag that says what it is for."""

    def __init__(self, *args: Any, aim: Aim, once: bool = False, **attributes: Any) -> None:
        """`once`: whether it is about one use of its command, so that no profile sets it."""
        super().__init__(*args, **attributes)
        self.aim, self.once = aim, once

    def make_metavar(self, ctx: click.Context) -> str:
        """Write a number as N, where click writes INTEGER RANGE."""
        ranged = isinstance(self.type, click.IntRange | click.FloatRange)
        return "N" if ranged and self.metavar is None else super().make_metavar(ctx)

    def get_help_extra(self, ctx: click.Context) -> Any:
        """Leave out the range, 0<=x<=1000000: whoever leaves it is told in words."""
        extra = super().get_help_extra(ctx)
        extra.pop("range", None)
        return extra


def option(aim: Aim, *names: str, **attributes: Any) -> Callable[[F], F]:
    """Declare a flag and what it is for; all else as `click.option` takes it."""
    return click.option(*names, cls=Option, aim=aim, **attributes)


class Command(click.Command):
    """Shows its flags by what they are for; in one list where all of them are for the same."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the flags below their headings."""
        records = list(self._records(ctx))
        if len({aim for aim, _ in records if aim is not None}) > 1:
            write_by_aim(formatter, ((aim or Aim.RARE, record) for aim, record in records))
            return
        with formatter.section("Options"):
            formatter.write_dl([record for _, record in records])

    def _records(self, ctx: click.Context) -> Iterator[tuple[Aim | None, Record]]:
        for param in self.get_params(ctx):
            # Of --help alone, which is click's, nobody said what it is for.
            aim = param.aim if isinstance(param, Option) else None
            record = None if isinstance(param, click.Argument) else param.get_help_record(ctx)
            if record is not None:
                yield aim, record


def write_by_aim(formatter: click.HelpFormatter, rows: Iterable[tuple[Aim, Record]]) -> None:
    """Write rows below the headings that they belong to, in the headings' order."""
    by_aim: dict[Aim, list[Record]] = {}
    for aim, record in rows:
        by_aim.setdefault(aim, []).append(record)
    # One column for all: else each list would begin its explanations elsewhere.
    widest = max(len(written) for records in by_aim.values() for written, _ in records)
    for aim in Aim:
        if aim in by_aim:
            with formatter.section(aim.value):
                formatter.write_dl([(f"{written:{min(widest, 30)}}", told) for written, told in by_aim[aim]])
