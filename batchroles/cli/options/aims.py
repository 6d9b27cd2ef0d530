"""What somebody wants who looks for a command or a flag: the headings of `--help`."""

from collections.abc import Callable
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
    TRY = "Try"
    RARE = "Rarely needed"


class Option(click.Option):
    """A flag that says what it is for."""

    def __init__(self, *args: Any, aim: Aim, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.aim = aim


def option(aim: Aim, *names: str, **attributes: Any) -> Callable[[F], F]:
    """Declare a flag and what it is for; all else as `click.option` takes it."""
    return click.option(*names, cls=Option, aim=aim, **attributes)
