"""What a file may have meant whose names are not found: another field, the other column, a letter out of place.

A hint is words: nothing is looked up to be sent in the place of what the file says. It costs a few calls more, and none
where everything was found.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from string import ascii_lowercase
from typing import Any

from batchroles.client import Moodle
from batchroles.directory.people_by_field import SINGULAR, Account, PeopleByField, is_plain
from batchroles.errors import CallRefused
from batchroles.models import Code, ContextRef, Problem, UserRef
from batchroles.models.references import UserKey
from batchroles.validator.courses import CourseFinder
from batchroles.validator.merging import ReferenceColumn
from batchroles.validator.names import Resolved
from batchroles.validator.users import PLURAL, not_found

MOST_ASKED = 20
"""Values of a column that are looked up once more, in each other field."""
MOST_MISSPELT = 3
"""Users of a file of whom other spellings are looked up."""
MOST_SPELLINGS = 600
"""Other spellings of each: one call, in which what nobody has costs next to nothing."""
LONGEST = 101
"""Letters of what may be misspelt: Moodle keeps 100 of a user name or an address, and one may be too many."""
FIELDS: tuple[UserKey, ...] = ("username", "email", "idnumber")

Found = Mapping[Any, Resolved]


class Hints:
    """Says more of what was not found; one instance a file."""

    def __init__(self, moodle: Moodle, courses: CourseFinder, found: Found, used: Collection[Any]) -> None:
        self._people, self._courses, self._found = PeopleByField(moodle), courses, found
        self._used = used

    def given(
        self, users: Sequence[ReferenceColumn], contexts: Sequence[ReferenceColumn]
    ) -> dict[Any, Problem]:
        """Return the problems of users and courses that say more than those that were found."""
        said: dict[Any, Problem] = {}
        for column in users:
            said |= self._of_users(column, contexts)
        for column in contexts:
            said |= self._of_courses(column, users)
        return said

    def _of_users(self, column: ReferenceColumn, contexts: Sequence[ReferenceColumn]) -> dict[Any, Problem]:
        missing = self._missing(column)
        if not missing:
            return {}
        if self._all_missing(column) and self._courses.named([ref.value for ref in missing]):
            other = next((one.source for one in contexts if self._holds_users(one)), "")
            return _in_the_wrong_column(column, missing, other, Code.USER_NOT_FOUND, "courses", "users")
        return self._of_another_field(column, missing) or self._misspelt(missing)

    def _of_courses(self, column: ReferenceColumn, users: Sequence[ReferenceColumn]) -> dict[Any, Problem]:
        missing = self._missing(column)
        if not (missing and self._holds_users(column)):
            return {}
        other = next((one.source for one in users if self._holds_courses(one)), "")
        return _in_the_wrong_column(column, missing, other, Code.CONTEXT_NOT_FOUND, "users", "courses")

    def _holds_users(self, column: ReferenceColumn) -> bool:
        """Whether a column for courses names none, but users."""
        missing = self._missing(column)
        return self._all_missing(column) and any(
            self._accounts(by, [ref.value for ref in missing[:MOST_ASKED]]) for by in FIELDS[:2]
        )

    def _holds_courses(self, column: ReferenceColumn) -> bool:
        """Whether a column for users names none, but courses."""
        missing = self._missing(column)
        return self._all_missing(column) and bool(self._courses.named([ref.value for ref in missing]))

    def _missing(self, column: ReferenceColumn) -> list[Any]:
        """Give what a column names and nobody has, as far as hints are made about it."""
        return sorted(ref for ref in self._names_in(column) if self._is_missing(ref))

    def _all_missing(self, column: ReferenceColumn) -> bool:
        names = self._names_in(column)
        return bool(names and column.source) and all(map(self._is_missing, names))

    def _names_in(self, column: ReferenceColumn) -> list[Any]:
        return [ref for ref in column.refs if ref in self._used]

    def _is_missing(self, ref: Any) -> bool:
        one = self._found.get(ref)
        if not isinstance(one, Problem) or ref.by == "id":
            return False
        if isinstance(ref, ContextRef):
            return ref.level.facts.look_up == "courses" and one.code is Code.CONTEXT_NOT_FOUND
        return one.code in (Code.USER_NOT_FOUND, Code.BAD_VALUE)

    def _accounts(self, by: UserKey, values: Sequence[str]) -> dict[str, list[Account]]:
        """Look a few values up in a field, and give those that accounts have there, with the accounts."""
        asked = {value: value.lower() if by == "username" else value for value in values}
        plain = {value: spelt for value, spelt in asked.items() if is_plain(by, spelt)}
        if not plain:
            return {}
        try:
            known = self._people.fetch(by, sorted(set(plain.values()))).by_value
        except CallRefused:
            return {}
        return {value: known[spelt] for value, spelt in plain.items() if known.get(spelt)}

    def _having(self, by: UserKey, refs: Sequence[UserRef]) -> dict[str, list[Account]]:
        """Give the texts of references to other fields that accounts have in this one, with the accounts."""
        texts = [ref.value for ref in refs if ref.by != by]
        # User names were read in small letters, whatever the file has, and ID numbers have capitals mostly.
        capital = {text.upper(): text for text in texts} if by == "idnumber" else {}
        found = self._accounts(by, [*dict.fromkeys([*texts, *capital])])
        return {capital.get(text, text): accounts for text, accounts in found.items()}

    def _of_another_field(self, column: ReferenceColumn, missing: Sequence[UserRef]) -> dict[Any, Problem]:
        asked = missing[:MOST_ASKED]
        elsewhere = {by: self._having(by, asked) for by in FIELDS}
        by = max(FIELDS, key=lambda one: len(elsewhere[one]))
        if len(elsewhere[by]) * 2 >= len(asked) and self._all_missing(column):
            return {ref: _rename(column.source, ref, by) for ref in missing}
        return {
            ref: _of_one(ref, by, elsewhere[by][ref.value])
            for ref in asked
            if (by := next((one for one in FIELDS if ref.value in elsewhere[one]), ref.by)) != ref.by
        }

    def _misspelt(self, missing: Sequence[UserRef]) -> dict[Any, Problem]:
        """Try what slips of the keyboard do, where a file has few names that are not found and none is near."""
        said: dict[Any, Problem] = {}
        if len(missing) > MOST_MISSPELT:
            return said
        for ref in missing:
            if len(ref.value) > LONGEST or self._found[ref] != not_found(ref.by, ref.value):
                continue
            tried = self._accounts(ref.by, list(islice(spellings(ref.by, ref.value), MOST_SPELLINGS)))
            if len(tried) == 1:
                said[ref] = not_found(ref.by, ref.value, next(iter(tried)))
        return said


def spellings(by: UserKey, text: str) -> Iterator[str]:
    """Yield texts that are one slip away: of an ID number other capitals; else letters swapped, too many, missing.

    Digits stay as they are: another number is another person.
    """
    if by == "idnumber":
        yield from {text.upper(), text.lower()} - {text}
        return
    seen = {text}
    for other in _slips(text):
        if other not in seen:
            seen.add(other)
            yield other


def _slips(text: str) -> Iterator[str]:
    letters = dict.fromkeys(at for at, letter in enumerate(text) if not letter.isdigit())
    for at in letters:
        if at + 1 in letters:
            yield text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    for sign in "._-":
        yield text.translate(str.maketrans("._- ", sign * 4))
    for at in letters:
        yield text[:at] + text[at + 1 :]
    for at in sorted({*letters, *(at + 1 for at in letters)}):
        for letter in ascii_lowercase:
            yield text[:at] + letter + text[at:]


def _rename(header: str, ref: UserRef, by: UserKey) -> Problem:
    """Say of a whole column that it is of another field; the same words for each of its values."""
    return Problem(
        Code.USER_NOT_FOUND,
        f"These look like {PLURAL[by]}: accounts are found by them as such, and none as {PLURAL[ref.by]}.",
        f'Rename the header "{header}" to "{by}".',
        value=ref.value,
    )


def _of_one(ref: UserRef, by: UserKey, accounts: Sequence[Account]) -> Problem:
    named = SINGULAR[ref.by]
    # An account's user name alone comes with every answer.
    only = accounts[0].username if ref.by == "username" and len(accounts) == 1 else ""
    return Problem(
        Code.USER_NOT_FOUND,
        f'No account is found by the {named} "{ref.value}", but one by this {SINGULAR[by]}.',
        f'If that is who is meant, write the {named} of that account, or name it in a column "{by}".',
        value=ref.value,
        suggestions=(only,) if only else (),
    )


def _in_the_wrong_column(
    column: ReferenceColumn, missing: Sequence[Any], other: str, code: Code, what: str, instead: str
) -> dict[Any, Problem]:
    """Say of a whole column that it holds what belongs elsewhere; `other`: the column that holds what belongs here."""
    fix = f'Check the headers: {instead} are expected under "{column.source}".'
    if other:
        fix = f'Swap the headers "{column.source}" and "{other}".'
    reason = f"These look like {what}, not {instead}."
    return {ref: Problem(code, reason, fix, value=ref.value) for ref in missing}
