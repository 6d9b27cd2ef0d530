"""What functions take and give, as data: values, records and lists, and short ways to write them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

REQUIRED, DEFAULT, OPTIONAL, NEWER = "required", "default", "optional", "newer"


@dataclass(frozen=True)
class Value:
    """A single value of one of Moodle's parameter types (`int`, `alpha`, `raw` …)."""

    type: str
    need: str = REQUIRED
    default: Any = None


@dataclass(frozen=True)
class Record:
    """A structure with named keys."""

    keys: Mapping[str, "Shape"]
    need: str = REQUIRED
    default: Any = None


@dataclass(frozen=True)
class Many:
    """A list of one shape."""

    content: "Shape"
    need: str = REQUIRED
    default: Any = None
    as_given: bool = False
    """Whether a result is taken as it is, because it is large and made with this shape."""


Shape = Value | Record | Many


def optional(shape: Shape) -> Shape:
    """Mark a shape as one that may be missing."""
    return replace(shape, need=OPTIONAL)


def newer(shape: Shape) -> Shape:
    """Mark a part of a result that older Moodles do not have: where it is missing, XML does not name it either."""
    return replace(shape, need=NEWER)


def default(shape: Shape, value: object) -> Shape:
    """Mark a shape as one that has a default."""
    return replace(shape, need=DEFAULT, default=value)


def maybe(shape: Shape, *names: str) -> dict[str, Shape]:
    """Give several optional keys of one shape."""
    return dict.fromkeys(names, optional(shape))


def must(shape: Shape, *names: str) -> dict[str, Shape]:
    """Give several required keys of one shape."""
    return dict.fromkeys(names, shape)


def record(**keys: Shape) -> Record:
    """Give a structure of required keys; optional ones say so themselves."""
    return Record(keys)


INT, RAW, TEXT, BOOL, ALPHA = Value("int"), Value("raw"), Value("text"), Value("bool"), Value("alpha")
ALPHANUM, ALPHANUMEXT, NOTAGS = Value("alphanum"), Value("alphanumext"), Value("notags")


@dataclass(frozen=True)
class Signature:
    """One function: its parameters, and its result (None where it gives nothing)."""

    takes: Record
    gives: Shape | None
