"""Whether a name in a file may be that of the account: forgiving of how offices write names, not of another person.

What is compared is letters: case, accents, hyphens, apostrophes, titles and what stands in another order count for
nothing; `ü` is `ue` and `u`. Of a last name of several words one is enough, and of several first names as well.
"""

import re
import unicodedata
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache

from batchroles.models import PersonName


class Fit(Enum):
    """What a comparison comes to."""

    FITS = "fits"
    DIFFERS = "differs"
    UNTOLD = "untold"
    """One of the two is no whole name, or they are in different alphabets."""


Words = tuple[str, ...]

_LETTERS = str.maketrans(
    {**dict(zip("øđðłħŋ\u0131", "oddlhni", strict=True)), "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters of the Latin alphabet that are not a letter and an accent to Unicode; `ß` is `ss` once case is folded."""
_PAIRS = (("ae", "a"), ("oe", "o"), ("ue", "u"), ("aa", "a"), ("dj", "d"))
"""How ä, ö, ü, å and đ are written where keyboards lack them; both spellings are made the shorter one."""
_APOSTROPHES = re.compile("['\u2018\u2019\u02bc\u02b9`\u00b4]")
_TITLES = re.compile(
    "dr|prof|professor|mr|mrs|miss|ms|mx|dipl|phd|msc|bsc|mba|dott|dottssa|mme|mlle|frau|herr|jr"
)
_DOTTED = re.compile(r"\b(ing|mag|ir|sr|sra|srta|dra|sir|st|ra|hon|rev)\.", re.IGNORECASE)
"""Titles that are names without the point."""
_PARTICLES = re.compile(
    "de|da|do|dos|das|di|del|della|den|der|des|du|la|le|van|von|zu|zum|zur|ten|ter|bin|ibn|al|el|und|y|e|i"
)
"""Words that many last names have: alone they are no sign of the same person."""


def compare(file: PersonName, moodle: str) -> Fit:
    """Compare a file's name with the one that Moodle shows of the account.

    With a first and a last name, a word of each must be in Moodle's name. A full name may have words more or fewer than
    Moodle's; where both have words of their own, both must begin and end alike.
    """
    # Nearly all names are written alike, and taking them apart costs thirty times as much.
    if moodle[:1].isalpha() and str(file).casefold() == moodle.casefold():
        return Fit.FITS
    theirs = words_of(moodle)
    first, last = words_of(file.first), words_of(file.last)
    ours = words_of(in_order(file.full)) or (*first, *last)
    if not ours or not theirs:
        return Fit.UNTOLD
    if "".join(theirs) in _written_together(ours) or "".join(ours) in _written_together(theirs):
        return Fit.FITS
    if _alphabets(ours).isdisjoint(_alphabets(theirs)):
        return Fit.UNTOLD
    first, last, ours = (_joined(some, theirs) for some in (first, last, ours))
    theirs = _joined(theirs, ours)
    if (len(theirs) == 1 and len(ours) > 1 and theirs[0] in ours) or _are_initials(ours, theirs):
        return Fit.UNTOLD
    fits = _parts_fit(first, last, theirs) if file.first or file.last else _whole_fits(ours, theirs)
    return Fit.FITS if fits else Fit.DIFFERS


@lru_cache(maxsize=4096)
def words_of(name: str) -> Words:
    """Give the words of a name as they are compared, in their order: no titles, no accents, small letters."""
    if not name:
        return ()
    text = _APOSTROPHES.sub("", _DOTTED.sub(" ", name).casefold()).translate(_LETTERS)
    bare = "".join(
        letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter)
    )
    for pair, short in _PAIRS:
        bare = bare.replace(pair, short)
    words = "".join(letter if letter.isalpha() else " " for letter in bare).split()
    return tuple([word for word in words if not _TITLES.fullmatch(word)] or words)


def in_order(full: str) -> str:
    """Turn `Silva, Ana` round."""
    last, comma, first = full.partition(",")
    return f"{first.strip()} {last}" if comma else full


def _alphabets(words: Words) -> set[str]:
    letters = set("".join(words))
    return {
        "LATIN" if letter.isascii() else unicodedata.name(letter, "").partition(" ")[0] for letter in letters
    }


def _written_together(words: Words) -> set[str]:
    """Give a name in one word, whichever of its words comes first: some languages write none apart."""
    return {"".join(words[at:] + words[:at]) for at in range(len(words))}


def _joined(words: Words, others: Sequence[str]) -> Words:
    """Write neighbouring words together that are one word on the other side: `mac donald`, `van der berg`."""
    known, found, at = set(others), list[str](), 0
    while at < len(words):
        width = next(
            (n for n in (4, 3, 2) if "".join(words[at : at + n]) in known and at + n <= len(words)), 1
        )
        found.append("".join(words[at : at + width]))
        at += width
    return tuple(found)


def _telling(words: Words) -> Words:
    """Leave out what many names have, unless there is nothing else."""
    return tuple(word for word in words if not _PARTICLES.fullmatch(word)) or words


def _parts_fit(first: Words, last: Words, theirs: Words) -> bool:
    """Whether a word of the last name and another of the first are in Moodle's name; a blank part asks nothing."""
    left = list(theirs)
    if last:
        shared = [word for word in _telling(last) if word in left]
        for word in shared:
            left.remove(word)
        if not shared:
            return _with_initial(first, last, left)
        # One name for both: `Suharto`, which Moodle has twice.
        left = left or list(theirs)
    return not first or any(_same_given(one, other) for one in _telling(first) for other in left)


def _with_initial(first: Words, last: Words, theirs: Sequence[str]) -> bool:
    """Whether a last name is the initial of one beside a whole first name: `Anna H.`, as data protection has it."""
    whole = [word for word in _telling(first) if len(word) > 1 and word in theirs]
    others = [word for word in theirs if word not in whole]
    return bool(whole) and any(len(one) == 1 and _same_given(one, other) for one in last for other in others)


def _are_initials(ours: Words, theirs: Words) -> bool:
    """Whether a name is nothing but initials that fit: they tell nobody from anybody."""
    left = list(theirs)
    for one in ours:
        twin = next((other for other in left if other[0] == one), None)
        if twin is None:
            return False
        left.remove(twin)
    return True


def _same_given(one: str, other: str) -> bool:
    """Whether two first names are one, of which either may be an initial."""
    return one == other or (min(len(one), len(other)) == 1 and one[0] == other[0])


def _whole_fits(ours: Words, theirs: Words) -> bool:
    """Whether one name has all words of the other, or both begin and end alike; an initial stands for a first name."""
    own, other = list(_telling(ours)), list(_telling(theirs))
    shared = [word for word in own if word in other]
    for word in shared:
        if word in own and word in other:
            own.remove(word)
            other.remove(word)
    abbreviated: list[list[str]] = []
    for word in [*own]:
        twin = next((one for one in other if _same_given(word, one)), None)
        if twin is not None and shared:
            own.remove(word)
            other.remove(twin)
            shared.append(word)
            abbreviated.append(own if len(word) == 1 else other)
    # `Huber` is no `H. Berg`: whose initial it is has a name beside it that the other one lacks.
    beside = any(len(word) > 1 for words in abbreviated for word in words)
    if not (own and other) and not beside:
        return bool(shared)
    mine, yours = _telling(ours), _telling(theirs)
    return len(shared) > 1 and _same_given(mine[0], yours[0]) and mine[-1] == yours[-1]
