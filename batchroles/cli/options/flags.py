"""What flags are made of: their values, and groups of them that several commands share."""

import functools
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click

R = TypeVar("R")
Decorator = Callable[[Callable[..., R]], Callable[..., R]]


class Pair(click.ParamType["tuple[str, str]"]):
    """A `LEFT=RIGHT` flag; the last `=` parts the two, so that a header may hold one."""

    name = "pair"
    # click would part a variable at blanks, which names of roles and columns have.
    envvar_list_splitter = ";"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Part the two."""
        # click wants every type to take what is converted already: defaults, say.
        if isinstance(value, tuple):
            return value
        left, equals, right = str(value).rpartition("=")
        if not (equals and left.strip() and right.strip()):
            self.fail(f"{value!r}: write it as LEFT=RIGHT", param, ctx)
        return left.strip(), right.strip()


class Number(click.FloatRange):
    """A number that can be counted with: neither `nan` nor `inf`."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Refuse what is no number, or none in the range."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value!r} is no number that can be counted with.", param, ctx)
        return number


MOST_SECONDS = 1_000_000
"""Longer than eleven days nobody waits; machines cannot wait much longer."""
MOST_VARIABLES = 100_000
"""PHP keeps 1,000 unless told otherwise, and nobody tells it this much; the doctor sends as many."""
MOST_ROWS = 1_000_000_000
"""More than any file or site has."""


class Flags:
    """Flags that several commands share, and what a command is given in their place."""

    def __init__(
        self, make: Callable[..., dict[str, object]], takes: Iterable[str], options: Sequence[Decorator[Any]]
    ) -> None:
        """`make`: gives the command's arguments for the values of the flags that it `takes`."""
        self._make = make
        self._takes = list(takes)
        self._options = options

    def __call__(self, function: Callable[..., R]) -> Callable[..., R]:
        """Add the flags to a command, which is given what is made of them."""

        @functools.wraps(function)
        def with_made(**values: Any) -> R:
            made = self._make(**{name: values.pop(name) for name in self._takes})
            return function(**made, **values)

        return self.alone(with_made)

    def refuse_wrong(self, name: str, value: object) -> None:
        """Raise InputError as a command would for this value of one of the flags, if it is one of these."""
        if name in self._takes:
            alone = click.command("alone")(self.alone(lambda: None))
            self._make(**alone.make_context("alone", []).params | {name: value})

    def alone(self, function: Callable[..., R]) -> Callable[..., R]:
        """Add the flags to a command, which is given their values as they are."""
        # The last decorator comes first in --help.
        for option in reversed(self._options):
            function = option(function)
        return function
