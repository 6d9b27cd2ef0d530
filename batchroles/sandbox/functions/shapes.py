"""What functions take and give, as data: values, records and lists, and short ways to write them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from batchroles.sandbox.site.release import EVERY

REQUIRED, DEFAULT, OPTIONAL = "required", "default", "optional"


@dataclass(frozen=True)
class Value:
    """A single value of one of Moodle's parameter types (`int`, `alpha`, `raw` …).

    `releases`, of every shape: the names of the Moodle versions that have it.
    """

    type: str
    need: str = REQUIRED
    default: Any = None
    releases: tuple[str, ...] = EVERY


@dataclass(frozen=True)
class Record:
    """A structure with named keys."""

    keys: Mapping[str, "Shape"]
    need: str = REQUIRED
    default: Any = None
    releases: tuple[str, ...] = EVERY


@dataclass(frozen=True)
class Many:
    """A list of one shape."""

    content: "Shape"
    need: str = REQUIRED
    default: Any = None
    releases: tuple[str, ...] = EVERY
    as_given: bool = False
    """Whether a result is taken as it is, because it is large and made with this shape."""


Shape = Value | Record | Many


def optional(shape: Shape) -> Shape:
    """Mark a shape as one that may be missing."""
    return replace(shape, need=OPTIONAL)


def default(shape: Shape, value: object) -> Shape:
    """Mark a shape as one that has a default."""
    return replace(shape, need=DEFAULT, default=value)


def maybe(shape: Shape, *names: str) -> dict[str, Shape]:
    """Give several optional keys of one shape."""
    return dict.fromkeys(names, optional(shape))


def must(shape: Shape, *names: str) -> dict[str, Shape]:
    """Give several required keys of one shape."""
    return dict.fromkeys(names, shape)


def only(keys: Mapping[str, Shape], *releases: str) -> dict[str, Shape]:
    """Mark keys as ones that only some Moodle versions have, by their names."""
    return {name: replace(shape, releases=releases) for name, shape in keys.items()}


def in_release(shape: Shape, release: str) -> Shape:
    """Give a shape as a Moodle version has it: without the keys of others."""
    if isinstance(shape, Many):
        return replace(shape, content=in_release(shape.content, release))
    if isinstance(shape, Record):
        kept = {name: inner for name, inner in shape.keys.items() if release in inner.releases}
        return replace(shape, keys={name: in_release(inner, release) for name, inner in kept.items()})
    return shape


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
