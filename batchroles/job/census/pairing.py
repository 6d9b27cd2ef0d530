"""What pairing the places of two sides is given and gives."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from batchroles.client import Moodle
from batchroles.client.side_by_side import Progress
from batchroles.models import Level

T = TypeVar("T")
Key = str
"""A place as a list for the other side names it; of two places never the same one."""
Addresses = Mapping[str, str]
"""The addresses of a side, each with the place in words."""


@dataclass
class Paired:
    """Which place is which."""

    ones: dict[str, Key] = field(default_factory=dict)
    """The key of each address of the one side."""
    others: dict[str, Key] = field(default_factory=dict)
    """The key of each address of the other."""
    shown: dict[Key, str] = field(default_factory=dict)
    """What people are told of a place in the stead of its own words."""
    missing: dict[str, Level] = field(default_factory=dict)
    """Addresses of the one that nothing leads to on the other."""
    nameless: set[str] = field(default_factory=set)
    """Addresses of either that mean nothing on another site."""
    unsure: dict[str, str] = field(default_factory=dict)
    """Addresses of either with names that stand for several, and why, as a sentence."""
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Asked:
    """Where places are looked for beyond those that a side names; None for a file, which cannot be asked."""

    one: Moodle | None
    other: Moodle | None
    progress: Progress


def alone(pairs: Iterable[tuple[str, T]]) -> dict[str, T]:
    """Give what each name stands for where that is one thing; a blank stands for none."""
    found: dict[str, list[T]] = defaultdict(list)
    for name, one in pairs:
        found[name].append(one)
    return {name: some[0] for name, some in found.items() if name and len(some) == 1}


def name_in(shown: str) -> str:
    """Give the name in `Course: Physics 101`, whatever the language of the word before it."""
    return shown.partition(": ")[2]
