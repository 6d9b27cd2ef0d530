"""Names near to one that was not found, out of what was fetched anyway."""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence

from batchroles.resolver.look_alikes import difference

_NO_DIGITS = re.compile(r"\D+")
MOST = 200
"""Names that get a suggestion per file; the rest would only cost time."""
_NEAR = 80.0


def nearest(name: str, known: Collection[str]) -> str | None:
    """Give the known name that is near enough to be meant, or None; another case of the same letters comes first."""
    from rapidfuzz import fuzz, process, utils

    best = process.extractOne(
        name, known, scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=_NEAR
    )
    return best[0] if best else None


def did_you_mean(name: str, near: str | None) -> str:
    """End a sentence about a name with the one that may be meant, and say how two that look the same differ."""
    if not near:
        return "."
    differs = difference(name, near)
    return f'; did you mean "{near}"?' + (f" It looks the same, but {differs}." if differs else "")


def nearest_of_same_digits(names: Sequence[str], known: Collection[str]) -> dict[str, str | None]:
    """Give each name the nearest known one with the same digits: another number is another person, not a slip."""
    groups: dict[str, list[str]] = defaultdict(list)
    for other in known:
        groups[_digits(other)].append(other)
    return {name: nearest(name, groups.get(_digits(name), ())) for name in names[:MOST]}


def _digits(name: str) -> str:
    return _NO_DIGITS.sub("", name)
