"""Users by user name, e-mail address or ID number: spellings, who may be meant, and what is wrong."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from batchroles.client import Moodle
from batchroles.client.side_by_side import Progress, silent
from batchroles.directory.people import People
from batchroles.directory.people_by_field import SINGULAR, Account, Accounts
from batchroles.errors import CallRefused
from batchroles.models import Code, Problem, UserRef
from batchroles.models.references import UserKey
from batchroles.validator.names import Resolved, did_you_mean, given_id, nearest_of_same_digits

PLURAL: dict[UserKey, str] = {
    "username": "user names",
    "email": "e-mail addresses",
    "idnumber": "ID numbers",
    "id": "user ids",
}
_RIGHTS: dict[UserKey, str] = {
    "username": "moodle/user:viewdetails and moodle/user:viewalldetails",
    "email": "moodle/user:viewdetails and moodle/site:viewuseridentity",
    "idnumber": "moodle/user:viewdetails and moodle/user:viewalldetails",
    "id": "moodle/user:viewdetails",
}
"""What the token's user needs to find somebody by a field (cases `ubf-cap-no-viewalldetails`,
`ubf-cap-no-identity-email`, `ubf-cap-no-viewdetails`)."""


def _start(by: UserKey) -> str:
    """Give a field's name as a sentence begins with it."""
    return SINGULAR[by][0].upper() + SINGULAR[by][1:]


def not_found(by: UserKey, name: str, meant: str | None = None, zeros_lost: bool = False) -> Problem:
    """Say that a user was not found, and who may be meant."""
    reason = f'{_start(by)} "{name}" not found, or not visible to this token'
    if meant and zeros_lost:
        reason += "."
        fix = f'Write "{meant}" if that is who is meant: the site has this ID number with its leading zeros.'
    else:
        fix = f"Check the spelling; if the account exists, the token's user needs {_RIGHTS[by]}."
        reason += did_you_mean(name, meant)
    suggested = (meant,) if meant else ()
    return Problem(Code.USER_NOT_FOUND, reason, fix, value=name, suggestions=suggested)


def ambiguous(by: UserKey, name: str, accounts: Sequence[str]) -> Problem:
    """Say that several accounts have the same value."""
    return Problem(
        Code.USER_AMBIGUOUS,
        f'{_start(by)} "{name}" belongs to several accounts: {", ".join(accounts)}.',
        "Name the user by user name or by user id instead.",
        value=name,
    )


def refused(by: UserKey, name: str, refusal: CallRefused) -> Problem:
    """Say that Moodle does not take a value in a look-up."""
    said = f"{refusal.errorcode}: {refusal.debuginfo}" if refusal.debuginfo else refusal.errorcode
    return Problem(
        Code.BAD_VALUE,
        f'"{name}" cannot be a Moodle {SINGULAR[by]} on this site ({said}).',
        f"Correct the {SINGULAR[by]}: blanks, capitals and special characters are the usual reasons.",
        value=name,
    )


_WIDEST = 12
"""Leading zeros are tried up to this many digits."""


class UserFinder:
    """Looks users up; one instance per file."""

    def __init__(self, moodle: Moodle, progress: Progress = silent, *, names: bool = False) -> None:
        """`names`: whether the people's names are wanted."""
        self._moodle = moodle
        self._people = People(moodle, progress, names=names)
        self._spelt: list[str] = []
        self._names = names
        self.accounts: dict[int, Account] = {}
        """Those that were found, by id, where names are wanted."""

    @property
    def notes(self) -> list[str]:
        """Sentences about what was read in another spelling than the file's, and about the report on users."""
        return [*self._spelt, *self._people.notes]

    def find(self, refs: Iterable[UserRef]) -> dict[UserRef, Resolved]:
        """Turn references into user ids, or into problems."""
        values: dict[UserKey, list[str]] = defaultdict(list)
        for ref in set(refs):
            values[ref.by].append(ref.value)
        found: dict[UserRef, Resolved] = {
            UserRef("id", value): given_id(value, "user") for value in values.pop("id", [])
        }
        for by in sorted(values):
            # In order, so that the same file makes the same calls.
            by_name = self._find_by(by, sorted(values[by]))
            found |= {UserRef(by, name): result for name, result in by_name.items()}
        return found

    def _find_by(self, by: UserKey, names: Sequence[str]) -> dict[str, Resolved]:
        spellings = {name: _spellings(by, name) for name in names}
        accounts = self._people.fetch(
            by, list(dict.fromkeys(one for many in spellings.values() for one in many))
        )
        folded = accounts.without_case() if by == "email" else {}
        results = {name: _result(by, name, asked[0], accounts, folded) for name, asked in spellings.items()}
        found = {name: result for name, result in results.items() if result is not None}
        if self._names:
            ids = {result for result in found.values() if isinstance(result, int)}
            some = (account for many in accounts.by_value.values() for account in many)
            self.accounts |= {account.id: account for account in some if account.id in ids}
        self._note_case(by, [name for name, result in found.items() if isinstance(result, int)], accounts)
        return found | self._missing(by, [name for name in results if name not in found], accounts)

    def _note_case(self, by: UserKey, names: Sequence[str], accounts: Accounts) -> None:
        others = [name for name in names if name not in accounts.by_value]
        if others:
            self._spelt.append(
                f"Found in another spelling of capital and small letters than the file's: {len(others)}"
                f" {PLURAL[by] if len(others) > 1 else SINGULAR[by]},"
                f' such as "{others[0]}"'
            )

    def _missing(self, by: UserKey, names: Sequence[str], accounts: Accounts) -> dict[str, Resolved]:
        """Say of each name that it was not found, with the one that may be meant."""
        if not names:
            return {}
        zeros = self._with_zeros(names) if by == "idnumber" else {}
        meant = nearest_of_same_digits(names, sorted(accounts.by_value)) | zeros
        return {name: not_found(by, name, meant.get(name), name in zeros) for name in names}

    def _with_zeros(self, names: Sequence[str]) -> dict[str, str]:
        """Find the ID numbers that exist with leading zeros of exactly one width: Excel drops such zeros.

        Moodle compares ID numbers as text (case `ubf-idnumber-without-zeros`).

        Every width is tried for as many numbers as one call takes; the rest only in the widths that were seen there.
        """
        numbers = [name for name in names if name.isdecimal() and name.isascii() and len(name) < _WIDEST]
        first = numbers[: max(1, self._moodle.max_values(others=1) // _WIDEST)]
        found = self._padded(first, range(1, _WIDEST + 1))
        widths = {len(value) for value in found.values()}
        return found | self._padded(numbers[len(first) :], sorted(widths))

    def _padded(self, numbers: Sequence[str], widths: Sequence[int]) -> dict[str, str]:
        tried = {
            number: [number.zfill(width) for width in widths if width > len(number)] for number in numbers
        }
        accounts = self._people.fetch(
            "idnumber", list(dict.fromkeys(one for many in tried.values() for one in many))
        )
        hits = {number: [one for one in many if one in accounts.by_value] for number, many in tried.items()}
        return {number: many[0] for number, many in hits.items() if len(many) == 1}


def _result(
    by: UserKey, name: str, asked: str, accounts: Accounts, folded: Mapping[str, list[Account]]
) -> Resolved | None:
    """Give the user whom a name stands for, or why it stands for none; None where nobody was found."""
    hits = accounts.by_value.get(asked) or folded.get(name.lower(), [])
    if len(hits) == 1:
        return hits[0].id
    if hits:
        return ambiguous(by, name, [str(hit) for hit in hits])
    refusal = accounts.refused.get(asked)
    return refused(by, name, refusal) if refusal else None


def _spellings(by: UserKey, name: str) -> tuple[str, ...]:
    """Give the spellings to ask for: user names are kept in small letters, e-mail addresses mostly."""
    if by == "username":
        return (name.lower(),)
    if by == "email" and name != name.lower():
        return (name, name.lower())
    return (name,)
