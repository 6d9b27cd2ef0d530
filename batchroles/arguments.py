"""What the library is given, refused in a sentence before anything is made."""

import math
from collections.abc import Mapping
from types import UnionType

from batchroles.client import Moodle
from batchroles.errors import InputError


def must_be(kind: type | UnionType, said: str, **values: object) -> None:
    """Raise InputError for an argument of another type."""
    for name, value in values.items():
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise InputError(f"{name}={value!r}: give {said}")


def must_be_site(moodle: object) -> None:
    """Raise InputError for what is no site."""
    if not isinstance(moodle, Moodle):
        # Nothing more is shown of it: it may be a token.
        raise InputError(f"moodle is a {type(moodle).__name__}: give a batchroles.Moodle")


def must_be_progress(progress: object) -> None:
    """Raise InputError for what is no function, where one is given."""
    if progress is not None and not callable(progress):
        raise InputError(
            f"progress={progress!r}: give a function of a phase, how much is done, and of how much"
        )


def texts(**values: object) -> None:
    """Raise InputError for an argument that is no list of texts."""
    for name, value in values.items():
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            raise InputError(f"{name}={value!r}: give a list of texts")


def one_of(choices: tuple[object, ...], **values: object) -> None:
    """Raise InputError for a value that is none of some."""
    for name, value in values.items():
        if value not in choices:
            raise InputError(f"{name}={value!r}: give {', '.join(map(repr, choices))}")


def above_zero(**values: object) -> None:
    """Raise InputError for what is neither None nor a number above 0."""
    must_be(int | float | None, "a number above 0", **values)
    for name, value in values.items():
        if isinstance(value, int | float) and not 0 < value < math.inf:
            raise InputError(f"{name}={value!r}: give a number above 0")


def words(kind: type | UnionType, name: str, words: Mapping[str, object] | None) -> None:
    """Raise InputError for a map that is not one of words."""
    must_be(Mapping | None, "a dictionary", **{name: words})
    for word, target in (words or {}).items():
        must_be(str, "text", **{f"a key of {name}": word})
        must_be(kind, "text", **{f"{name}[{word!r}]": target})
