"""What a header may say, however it is decorated and in whichever language it is."""

import re
from collections.abc import Sequence

from batchroles.models.languages import Meanings, folded, words
from batchroles.text import cleaned

_LONGEST = 80
"""A longer text is no header, and is not looked at more closely."""
# The brackets of East Asian text are characters of their own.
_REMARK = re.compile(r"\s*[(\[\uff08\u3010]([^()\[\]\uff08\uff09\u3010\u3011]*)[)\]\uff09\u3011]")

_AT_THE_ENDS = " *:\uff1a"
_PLACE = re.compile("[:=]")


def plain_header(header: str) -> str:
    """Return a header folded, without what says of its column that it has to be filled: `Email (required)*`."""
    text = cleaned(header)
    if len(text) > _LONGEST:
        return ""
    # What else stands in brackets is a part of the name: "Course (full name)" is not the course.
    text = _REMARK.sub(_without_mark, text).strip(_AT_THE_ENDS)
    # In a matrix a header may be a place: "course:id=5".
    return "" if _PLACE.search(text) else folded(text)


def _without_mark(remark: re.Match[str]) -> str:
    said = folded(remark[1])
    return "" if not said or said in words().marks else remark[0]


def is_foreign(header: str) -> bool:
    """Whether a text is a header in some language."""
    return plain_header(header) in words().headers


def readings(headers: Sequence[str]) -> list[Meanings]:
    """Return what each header may mean, as far as the languages of the others do not decide it."""
    known = words().headers
    return narrowed([known.get(plain_header(header), {}) for header in headers])


def narrowed(each: Sequence[Meanings]) -> list[Meanings]:
    """Leave out of each header's meanings those in languages that are not the one of all headers with one meaning."""
    common = languages_of(each)
    if common is None:
        return [*each]
    return [_in(common, one) if len(one) > 1 else one for one in each]


def _in(common: frozenset[str], meanings: Meanings) -> Meanings:
    left = {meaning: codes & common for meaning, codes in meanings.items() if codes & common}
    return left or meanings


def languages_of(each: Sequence[Meanings]) -> frozenset[str] | None:
    """Return the languages in which all headers with one meaning are; None where there is no such header."""
    sets: list[frozenset[str]] = [codes for one in each if len(one) == 1 for codes in one.values()]
    return frozenset.intersection(*sets) if sets else None


def described(meanings: Meanings) -> str:
    """Name meanings for people, with their languages where these differ: `"course" (German) or "role" (Czech)`."""
    apart = len(set(meanings.values())) > 1
    named = {meaning: f" ({words().language(codes)})" if apart else "" for meaning, codes in meanings.items()}
    return " or ".join(f'"{meaning}"{languages}' for meaning, languages in named.items())
