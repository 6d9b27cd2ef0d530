"""People by user name, e-mail address or ID number through Moodle's look-up, in as few calls as can be."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from batchroles.client import Moodle, functions, records
from batchroles.client.side_by_side import Progress, in_halves, portions, side_by_side, silent
from batchroles.errors import CallRefused
from batchroles.models.references import UserKey

SINGULAR: dict[UserKey, str] = {
    "username": "user name",
    "email": "e-mail address",
    "idnumber": "ID number",
    "id": "user id",
}
LEAST_VALUES = 200
"""Values that a call of its own is worth: the call costs about 30 ms, and each user in it 3 ms."""
_PLAIN_USERNAME = re.compile(r"[-.@_a-z0-9]+")
"""What every Moodle takes as a user name; other characters only with the setting `extendedusernamechars`. One that is
not taken fails the whole call (cases `ubf-username-upper-among-good`, `ubf-username-bad-char`)."""
_PLAIN_EMAIL = re.compile(
    r"[\w+-]+(\.[\w+-]+)*@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.ASCII | re.IGNORECASE
)
_HOPELESS = 16
"""Values refused one by one, with nothing accepted, before the refusal is believed to be about something else."""


def is_plain(by: UserKey, value: str) -> bool:
    """Whether every Moodle looks such a value up as it is; the ID number 0 none finds (case `ubf-idnumber-zero`)."""
    if by == "username":
        return _PLAIN_USERNAME.fullmatch(value) is not None and value != "0"
    if by == "email":
        return _PLAIN_EMAIL.fullmatch(value) is not None
    return value.strip() not in ("", "0") and value.isprintable()


@dataclass(frozen=True)
class Account:
    """A user as Moodle answered."""

    id: int
    username: str
    """Empty where the token may not see it."""
    name: str = field(default="", compare=False)
    """As Moodle shows it, where names are asked for; empty where it shows none."""
    reported: bool = field(default=False, compare=False)
    """Whether it is a report that says so, of which only the id is beyond doubt."""

    def __str__(self) -> str:
        return f"{self.username} (id {self.id})" if self.username else f"id {self.id}"


@dataclass
class Accounts:
    """The accounts found by one field, by that field's value."""

    by_value: dict[str, list[Account]] = field(default_factory=lambda: defaultdict(list))
    refused: dict[str, CallRefused] = field(default_factory=dict)
    """Values that Moodle does not take, each with what it said."""

    def add(self, value: str, account: Account) -> None:
        """Take in an account; an answer that comes twice counts once."""
        if account not in self.by_value[value]:
            self.by_value[value].append(account)

    def take_in(self, others: "Accounts") -> None:
        """Take in what was found elsewhere."""
        self.refused |= others.refused
        for value, many in others.by_value.items():
            known = self.by_value.setdefault(value, many)
            if known is not many:
                self.by_value[value] = list(dict.fromkeys([*known, *many]))

    def without_case(self) -> Mapping[str, list[Account]]:
        """Give the accounts by the value in small letters."""
        # Not casefold(), to which "ß" and "ss" are one: these are two addresses.
        folded: dict[str, list[Account]] = defaultdict(list)
        for value, accounts in self.by_value.items():
            folded[value.lower()] += accounts
        return folded


def name_in(record: Mapping[str, Any]) -> str:
    """Give a person's name as a look-up shows it: the full name, or the two parts where that lacks one of them.

    A site may show first names alone; the parts are shown only to some tokens (case `ubf-cap-viewfullnames`).
    """
    full, *parts = (str(record.get(key) or "").strip() for key in ("fullname", "firstname", "lastname"))
    return full if not all(parts) or all(part in full for part in parts) else " ".join(parts)


class PeopleByField:
    """Looks people up."""

    def __init__(self, moodle: Moodle, progress: Progress = silent, *, names: bool = False) -> None:
        """`names`: whether accounts have the people's names, too."""
        self._moodle = moodle
        self._progress = progress
        self._names = names

    def calls(self, number: int) -> int:
        """Give the calls that so many values take at least."""
        return -(-number // self._moodle.max_values(others=1))

    def fetch(self, by: UserKey, values: Sequence[str]) -> Accounts:
        """Ask for all values; each ends up among the accounts, among the refused, or nowhere."""
        accounts = Accounts()
        doubtful = [value for value in values if by == "username" and not _PLAIN_USERNAME.fullmatch(value)]
        if doubtful:
            self._fetch_doubtful(doubtful, accounts)
            kept_out = set(doubtful)
            values = [value for value in values if value not in kept_out]
        self._fetch_portions(by, values, accounts)
        return accounts

    def few(self, by: UserKey, values: Sequence[str]) -> list[Mapping[str, Any]]:
        """Give all that Moodle shows of a few people. Raises `CallRefused` where it does not take a value."""
        return self._ask(by, list(values)) if values else []

    def every(self, by: UserKey, values: Sequence[str]) -> list[Mapping[str, Any]]:
        """Give all that Moodle shows of many people, those whom it refuses left out."""
        workers, found = self._moodle.workers, list[Mapping[str, Any]]()
        batches = portions(values, self._moodle.max_values(others=1), workers, LEAST_VALUES)
        for number, (_, answers) in enumerate(
            side_by_side(
                lambda some: list(in_halves(lambda part: self._ask(by, part), some)), batches, workers
            ),
            1,
        ):
            for _, answer in answers:
                found += [] if isinstance(answer, CallRefused) else answer
            self._progress(f"users by {SINGULAR[by]}", number, len(batches))
        return found

    def _fetch_doubtful(self, values: Sequence[str], accounts: Accounts) -> None:
        """Ask for user names with odd characters apart: the first one tells whether this site takes them at all."""
        self._fetch_portions("username", values[:1], accounts)
        refusal = accounts.refused.get(values[0])
        if refusal is None:
            self._fetch_portions("username", values[1:], accounts)
        else:
            accounts.refused |= dict.fromkeys(values, refusal)

    def _fetch_portions(self, by: UserKey, values: Sequence[str], accounts: Accounts) -> None:
        workers = self._moodle.workers
        batches = portions(values, self._moodle.max_values(others=1), workers, LEAST_VALUES)
        done, what = 0, f"users by {SINGULAR[by]}"
        for batch, answers in side_by_side(lambda batch: self._ask_all(by, batch), batches, workers):
            accounts.take_in(answers)
            done += len(batch)
            self._progress(what, done, len(values))

    def _ask_all(self, by: UserKey, values: list[str]) -> Accounts:
        """Ask for some values at once; a value that Moodle refuses alone is noted."""
        accounts = Accounts()
        # Only a site with debug on names the value that it refuses (case `ubf-username-debug`).
        for some, answer in in_halves(lambda some: self._ask(by, some), values):
            if not isinstance(answer, CallRefused):
                for record in answer:
                    name = name_in(record) if self._names else ""
                    account = Account(int(record["id"]), str(record.get("username") or ""), name)
                    accounts.add(str(record.get(by) or ""), account)
                continue
            accounts.refused[some[0]] = answer
            if len(accounts.refused) >= _HOPELESS and not accounts.by_value:
                raise answer
        return accounts

    def _ask(self, by: UserKey, values: list[str]) -> list[Mapping[str, Any]]:
        return records(self._moodle.call(functions.USERS_BY_FIELD, {"field": by, "values": values}))
