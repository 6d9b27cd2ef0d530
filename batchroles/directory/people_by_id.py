"""The people behind user ids: from the report on users where it is believed and cheaper, else looked up in batches."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from batchroles.client import Moodle
from batchroles.client.side_by_side import Progress, silent
from batchroles.directory import costs
from batchroles.directory.claim import Claim, Subject
from batchroles.directory.people_by_field import SINGULAR, PeopleByField, name_in
from batchroles.directory.register import SAMPLE, USER_LINK, LookUps, Register
from batchroles.directory.reports import UnbelievedError
from batchroles.directory.wanted import USERS
from batchroles.errors import CallRefused
from batchroles.models.references import UserKey

_KEYS: tuple[UserKey, ...] = ("username", "email", "idnumber")
_SUBJECT = Subject(USERS, USER_LINK, _KEYS, "person")
_COMPARED = 20
"""People looked up, by whom the columns of the report are told."""


@dataclass(frozen=True, slots=True)
class Person:
    """A user as the site shows one; a field is empty where the account has none, or the token may not see it."""

    id: int
    username: str = ""
    email: str = ""
    idnumber: str = ""
    firstname: str = ""
    lastname: str = ""
    fullname: str = ""

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Person":
        """Take a user as web service functions show one."""
        texts = {key: str(record.get(key) or "") for key in (*_KEYS, "firstname", "lastname")}
        return cls(int(record["id"]), fullname=name_in(record), **texts)


class PeopleById:
    """Finds the people; one instance a job."""

    def __init__(self, moodle: Moodle, progress: Progress = silent) -> None:
        self._moodle = moodle
        self._by_field = PeopleByField(moodle, progress)
        self._claim = Claim(moodle, _SUBJECT, names=True)
        self._shown = self._left = 0

    def fetch(self, ids: Collection[int]) -> dict[int, Person]:
        """Give the people by id; whom the site does not show is left out."""
        wanted = sorted(ids)
        found = self._reported(wanted) if self._is_worth_a_report(len(wanted)) else {}
        rest = [str(one) for one in wanted if one not in found]
        self._shown, self._left = len(found), len(rest)
        for record in self._by_field.every("id", rest):
            found[int(record["id"])] = Person.of(record)
        return found

    @property
    def notes(self) -> list[str]:
        """Sentences about the report: what it was used for and what that cost, or why it was not."""
        if not self._shown:
            return self._claim.doubts
        said = f"{self._claim.cost}: {self._shown:,} people; looked up besides: {self._left:,}."
        return [said, *self._claim.doubts]

    def _is_worth_a_report(self, number: int) -> bool:
        look_ups = costs.users(number, self._by_field.calls(number))
        telling = costs.users(_COMPARED + SAMPLE * len(_KEYS), 1 + 2 * len(_KEYS))
        if look_ups <= costs.LIST_AND_OPEN + costs.PAGE_AND_COUNT + telling:
            return False
        first = self._claim.opened()
        return first is not None and look_ups > costs.report(first.total, costs.USER_ROW) + telling

    def _reported(self, wanted: Sequence[int]) -> dict[int, Person]:
        """Give those whom the report shows beyond doubt; nobody where it is not believed."""
        register = self._claim.register()
        if register is None:
            return {}
        try:
            columns = self._told(register, [one for one in wanted if one in register.row_of])
        except UnbelievedError as why:
            self._claim.give_up(why)
            return {}
        found = {}
        for one in wanted:
            if (row := register.row_of.get(one)) is None:
                continue
            texts: dict[str, str] = {key: str(cells[row] or "") for key, cells in columns.items()}
            name = register.names.get(one, "")
            # An & may be escaped or not, which cannot be told from the text: who has one is looked up.
            if not any("&" in text for text in (*texts.values(), name)):
                found[one] = Person(one, fullname=name, **texts)
        return found

    def _told(self, register: Register, there: Sequence[int]) -> dict[UserKey, Sequence[Any]]:
        """Give the column of each field, told by people who were looked up. Raises `UnbelievedError`."""
        step = max(1, len(there) // _COMPARED)
        sample = self._few(register, "id", [str(one) for one in there[::step][:_COMPARED]])
        columns: dict[UserKey, Sequence[Any]] = {}
        for key in _KEYS:
            values = [str(one[key]) for one in sample if one.get(key)]
            if not values:
                # Nobody of them has one, or nobody's may be seen: what the report shows is not for this token either.
                columns[key] = [""] * len(register.ids)
                continue
            register.tell(key, SINGULAR[key], values, self._look_ups(register, key))
            columns[key] = register.cells(key)
        return columns

    def _look_ups(self, register: Register, by: UserKey) -> LookUps:
        return LookUps(
            lambda some: self._few(register, by, some),
            lambda some: self._few(register, "id", [str(one) for one in some]),
        )

    def _few(self, register: Register, by: UserKey, some: Sequence[str]) -> list[Mapping[str, Any]]:
        try:
            return self._by_field.few(by, some)
        except CallRefused as refusal:
            raise register.untold(
                f"cannot be compared: Moodle refuses to look up {SINGULAR[by]}s ({refusal.errorcode})."
            ) from None
