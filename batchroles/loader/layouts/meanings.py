"""Which header means what."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from batchroles.errors import InputError
from batchroles.loader.layouts.headers import described, is_foreign, languages_of, plain_header, readings
from batchroles.models import Level
from batchroles.models.levels import TOLD
from batchroles.text import cleaned


class Kind(StrEnum):
    """What a column says something about."""

    USER = "user"
    ROLE = "role"
    CONTEXT = "context"
    ACTION = "action"
    LEVEL = "context level"
    INSTANCE = "instance"
    START = "start"
    END = "end"
    DAYS = "days"
    PARTICIPATION = "participation"
    FROM = "from"
    UNTIL = "until"
    NAME = "name"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the cells of a column are: a kind, and for users, roles and instances by which of Moodle's fields."""

    kind: Kind
    by: str = ""
    """A key of `UserRef`, `RoleRef` or `ContextRef`, or a part of a name; empty where the cell itself, or a flag, says
    it."""
    level: Level | None = None
    """The level of a context column that holds instances of one level."""


MEANINGS: Mapping[str, Meaning] = {
    "user": Meaning(Kind.USER),
    "username": Meaning(Kind.USER, "username"),
    "email": Meaning(Kind.USER, "email"),
    "email address": Meaning(Kind.USER, "email"),
    "idnumber": Meaning(Kind.USER, "idnumber"),
    "student id": Meaning(Kind.USER, "idnumber"),
    "student number": Meaning(Kind.USER, "idnumber"),
    "userid": Meaning(Kind.USER, "id"),
    "role": Meaning(Kind.ROLE, "word"),
    "role shortname": Meaning(Kind.ROLE, "shortname"),
    "roleid": Meaning(Kind.ROLE, "id"),
    "context": Meaning(Kind.CONTEXT),
    **{
        header: Meaning(Kind.CONTEXT, key, level)
        for level in TOLD
        for header, key in level.facts.headers.items()
    },
    "contextlevel": Meaning(Kind.LEVEL),
    "instanceid": Meaning(Kind.INSTANCE, "id"),
    "reference": Meaning(Kind.INSTANCE, "reference"),
    "action": Meaning(Kind.ACTION),
    "operation": Meaning(Kind.ACTION),
    "start": Meaning(Kind.START),
    "start date": Meaning(Kind.START),
    "enroltimestart": Meaning(Kind.START),
    "end": Meaning(Kind.END),
    "end date": Meaning(Kind.END),
    "enroltimeend": Meaning(Kind.END),
    "end before": Meaning(Kind.END, "before"),
    "enrolperiod": Meaning(Kind.DAYS),
    "enrolstatus": Meaning(Kind.PARTICIPATION),
    "from": Meaning(Kind.FROM),
    "until": Meaning(Kind.UNTIL),
    "until before": Meaning(Kind.UNTIL, "before"),
    "firstname": Meaning(Kind.NAME, "first"),
    "given name": Meaning(Kind.NAME, "first"),
    "lastname": Meaning(Kind.NAME, "last"),
    "surname": Meaning(Kind.NAME, "last"),
    "family name": Meaning(Kind.NAME, "last"),
    "fullname": Meaning(Kind.NAME, "full"),
    "name": Meaning(Kind.NAME, "full"),
    "ignore": Meaning(Kind.NOTHING),
}
"""Every header with a meaning, which is also what `--map COLUMN=MEANING` takes; `ignore` takes a meaning away."""

_SEPARATORS = re.compile(r"[\s_\-]+")


def comparable(header: str) -> str:
    """Return the header as it is compared: without case, spaces, hyphens and underscores."""
    return _SEPARATORS.sub("", cleaned(header)).casefold()


# `ignore` counts in --map alone: a column that is called so is somebody's own.
_BY_HEADER = {
    comparable(name): meaning for name, meaning in MEANINGS.items() if meaning.kind is not Kind.NOTHING
}


# Of our own headers, too, what marks a column as one to be filled is taken off: `Username*`.
_BY_PLAIN = {
    plain_header(name): name for name, meaning in MEANINGS.items() if meaning.kind is not Kind.NOTHING
}


def meanings_of(headers: Sequence[str], column_map: Mapping[str, str]) -> list[Meaning | None]:
    """Return the meaning of each header, None where it has none or may have several. The map goes first."""
    mapped = {comparable(column): _asked_for(meaning) for column, meaning in column_map.items()}
    own = [mapped.get(comparable(header)) or _BY_HEADER.get(comparable(header)) for header in headers]
    names = read_as(headers)
    return [meaning or (MEANINGS[name] if name else None) for meaning, name in zip(own, names, strict=True)]


def read_as(headers: Sequence[str]) -> list[str]:
    """Return what each header is read as that is none of our own as it stands; empty where that is nothing certain."""
    if all(not cleaned(header) or comparable(header) in _BY_HEADER for header in headers):
        return [""] * len(headers)
    found = []
    for header, said in zip(headers, readings(headers), strict=True):
        own = _BY_PLAIN.get(plain_header(header), "")
        found.append(
            "" if comparable(header) in _BY_HEADER else own or (next(iter(said)) if len(said) == 1 else "")
        )
    return found


def notes_of_headers(headers: Sequence[str], column_map: Mapping[str, str]) -> list[str]:
    """Say which headers are read as which of ours: `"Rolle" is read as role and "Kurs" as course.`"""
    mapped = set(map(comparable, column_map))
    said = [
        (cleaned(header), name)
        for header, name in zip(headers, read_as(headers), strict=True)
        if name and comparable(header) not in mapped
    ]
    return said_of(said)


def said_of(words: Sequence[tuple[str, object]]) -> list[str]:
    """Say which words are read as which of ours; nothing where there are none."""
    if not words:
        return []
    (word, ours), *rest = words
    said = [f'"{word}" is read as {ours}', *(f'"{one}" as {other}' for one, other in rest)]
    return [f"{listed(said, 'and')}."]


def languages(headers: Sequence[str]) -> frozenset[str]:
    """Return the languages, by their codes, in which all headers are that are none of our own."""
    return languages_of(readings([header for header in headers if not _is_own(header)])) or frozenset()


def _is_own(header: str) -> bool:
    return comparable(header) in _BY_HEADER or plain_header(header) in _BY_PLAIN


def refuse_unclear(headers: Sequence[str], column_map: Mapping[str, str]) -> None:
    """Raise InputError for a header that may mean several things, and is not mapped."""
    mapped = set(map(comparable, column_map))
    for header, said in zip(headers, readings(headers), strict=True):
        if len(said) > 1 and comparable(header) not in mapped and not _is_own(header):
            name = cleaned(header)
            raise InputError(
                f'The column "{name}" may mean {described(said)}; say which with --map "{name}={next(iter(said))}", '
                f'or leave it out with --map "{name}=ignore".'
            )


def has_meaning(header: str) -> bool:
    """Whether a text is a header that is known by itself, in whichever language."""
    return _is_own(header) or is_foreign(header)


def refuse_no_meanings(column_map: Mapping[str, str], where: str) -> None:
    """Raise InputError, with the place, if something is said of a column that is no meaning."""
    for column, name in column_map.items():
        if comparable(name) not in _BY_MEANING:
            near = get_close_matches(comparable(name), _BY_MEANING, 1)
            hint = f"; did you mean {_BY_MEANING[near[0]]}?" if near else f": write {listed(MEANINGS, 'or')}."
            raise InputError(f'{column} in {where} is "{name}", which is no meaning for a column{hint}')


_BY_MEANING = {comparable(word): word for word in MEANINGS}


def _asked_for(name: str) -> Meaning:
    known = {comparable(word): meaning for word, meaning in MEANINGS.items()}
    if (meaning := known.get(comparable(name))) is None:
        raise InputError(f'"{name}" is no meaning for a column; --map takes {listed(MEANINGS, "or")}.')
    return meaning


def refuse_unmapped(headers: Sequence[str], column_map: Mapping[str, str]) -> None:
    """Raise InputError if a column to be mapped is not in the file."""
    present = set(map(comparable, headers))
    for column in column_map:
        if comparable(column) not in present:
            raise InputError(f'--map: the file has no column "{column}"; its columns are {quoted(headers)}.')


_ONCE = (Kind.ACTION, Kind.LEVEL, Kind.START, Kind.END, Kind.DAYS, Kind.PARTICIPATION, Kind.FROM, Kind.UNTIL)
"""What only one column can say something about."""


def refuse_twins(
    headers: Sequence[str], meanings: Sequence[Meaning | None], column_map: Mapping[str, str]
) -> None:
    """Raise InputError if two columns say the same thing under the same header, or two are actions, say.

    A person named twice by two of our own headers is a check; in other words nobody has meant it as one: an address at
    work beside one at home, a course's title beside its short name.
    """
    mapped = set(map(comparable, column_map))
    seen: dict[object, str] = {}
    foreign = [
        bool(name) and comparable(header) not in mapped
        for header, name in zip(headers, read_as(headers), strict=True)
    ]
    translated = {meaning for meaning, is_so in zip(meanings, foreign, strict=True) if is_so}
    for header, meaning in zip(headers, meanings, strict=True):
        # Names are only compared: where two columns have the same one, neither is (`person_names.py`).
        if meaning is None or meaning.kind in (Kind.NOTHING, Kind.NAME):
            continue
        once: object = meaning.kind if meaning.kind in _ONCE else comparable(header)
        if meaning in translated and meaning.kind not in _ONCE:
            once = meaning
        if once in seen:
            what_to_do = "rename or remove one of them, or write --map COLUMN=ignore."
            raise twins(seen[once], header, what_to_do)
        seen[once] = header


def position_of_each(headers: Sequence[str], is_used: Callable[[str], bool]) -> dict[str, int]:
    """Return the position of each header as it is compared. Raises InputError for two alike that are used."""
    at: dict[str, int] = {}
    for position, header in enumerate(headers):
        name = comparable(header)
        if name in at and is_used(name):
            raise twins(headers[at[name]], header, "rename or remove one of them.")
        at.setdefault(name, position)
    return at


def twins(one: str, other: str, what_to_do: str) -> InputError:
    """Return the error for two columns that say the same."""
    if cleaned(one) == cleaned(other):
        return InputError(f'Two columns are called "{cleaned(one)}"; {what_to_do}')
    return InputError(
        f'Two columns, "{cleaned(one)}" and "{cleaned(other)}", say the same thing; {what_to_do}'
    )


def quoted(headers: Iterable[str]) -> str:
    """Return headers as a list for people: `"user", "role" and "course"`."""
    return listed((f'"{name}"' for name in map(cleaned, headers) if name), "and") or "all unnamed"


def listed(words: Iterable[str], last: str) -> str:
    """Return words as a list for people, with a word such as `and` before the last."""
    *before, end = [*words] or [""]
    return f"{', '.join(before)} {last} {end}" if before else end
