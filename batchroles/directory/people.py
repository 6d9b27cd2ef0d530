"""The people of a site: from the report on users where it is believed and cheaper, else by look-ups."""

from collections.abc import Sequence

from batchroles.client import Moodle
from batchroles.client.side_by_side import Progress, silent
from batchroles.directory import costs
from batchroles.directory.claim import Claim, Subject
from batchroles.directory.people_by_field import SINGULAR, Account, Accounts, PeopleByField, is_plain
from batchroles.directory.register import SAMPLE, USER_LINK, LookUps, Register, UntoldError
from batchroles.directory.reports import UnbelievedError
from batchroles.directory.wanted import USERS
from batchroles.errors import CallRefused
from batchroles.models.references import UserKey

_SUBJECT = Subject(USERS, USER_LINK, ("username", "email", "idnumber"), "person")
_GUEST = "guest"
"""The account that no report on users has, and a look-up finds."""


class People:
    """Finds people; one instance a job."""

    def __init__(self, moodle: Moodle, progress: Progress = silent, *, names: bool = False) -> None:
        """`names`: whether accounts have the people's names, too."""
        self._moodle = moodle
        self._by_field = PeopleByField(moodle, progress, names=names)
        self._progress = progress
        self.claim = Claim(moodle, _SUBJECT, names=names)
        self._used: dict[UserKey, tuple[int, int]] = {}
        """How many values of each field the report showed, and how many were looked up besides."""

    def fetch(self, by: UserKey, values: Sequence[str]) -> Accounts:
        """Find all values of a field; each ends up among the accounts, among the refused, or nowhere.

        The accounts are those that look-ups alone would give.
        """
        register = self.claim.register() if self._is_worth_a_report(by, len(values)) else None
        if register is not None:
            try:
                return self._fetch_from(register, by, values)
            except UntoldError as why:
                self.claim.doubt(why)
            except UnbelievedError as why:
                self.claim.give_up(why)
        return self._by_field.fetch(by, values)

    @property
    def notes(self) -> list[str]:
        """Sentences about the report: what it was used for and what that cost, or why it was not."""
        if not self._used:
            return self.claim.doubts
        found = ", ".join(f"{shown:,} by {SINGULAR[by]}" for by, (shown, _) in self._used.items())
        left = sum(rest for _, rest in self._used.values())
        return [f"{self.claim.cost}: {found}; looked up besides: {left:,}.", *self.claim.doubts]

    def _is_worth_a_report(self, by: UserKey, number: int) -> bool:
        """Whether it costs less to read the report than to look so many people up, as far as is known so far."""
        look_ups = costs.users(number, self._by_field.calls(number))
        telling = costs.users(SAMPLE, 1)
        if self.claim.is_read:
            return look_ups > (0 if by in self._used else telling)
        if not self._moodle.reports and look_ups <= costs.LIST_AND_OPEN + costs.PAGE_AND_COUNT + telling:
            return False
        first = self.claim.opened()
        return first is not None and look_ups > costs.report(first.total, costs.USER_ROW) + telling

    def _fetch_from(self, register: Register, by: UserKey, values: Sequence[str]) -> Accounts:
        if by != "username":
            # Moodle lets no two accounts have one user name.
            self.claim.refuse_filtered()
        plain = [value for value in values if is_plain(by, value)]
        register.tell(by, SINGULAR[by], plain, self._look_ups(register, by))
        sure = register.sure(by, plain)
        accounts = Accounts()
        for value, id_ in sure.items():
            username = value if by == "username" else ""
            accounts.by_value[value] = [Account(id_, username, register.names.get(id_, ""), reported=True)]
        rest = self._rest(by, values, sure)
        others = self._by_field.fetch(by, rest)
        for value, many in others.by_value.items():
            for one in many:
                if one.username != _GUEST:
                    register.compare(by, SINGULAR[by], value, one.id)
        accounts.take_in(others)
        shown, left = self._used.get(by, (0, 0))
        self._used[by] = shown + len(sure), left + len(rest)
        self._progress(f"users by {SINGULAR[by]}", len(values), len(values))
        return accounts

    def _rest(self, by: UserKey, values: Sequence[str], sure: dict[str, int]) -> list[str]:
        """Give what is to be looked up all the same: not what only differs in case from an address that is sure."""
        if by != "email":
            return [value for value in values if value not in sure]
        folded = {value.lower() for value in sure}
        return [value for value in values if value.lower() not in folded]

    def _look_ups(self, register: Register, by: UserKey) -> LookUps:
        def few(field: UserKey, some: Sequence[str]) -> Sequence[dict[str, object]]:
            try:
                return [dict(one) for one in self._by_field.few(field, some)]
            except CallRefused as refusal:
                raise register.untold(
                    f"cannot be compared: Moodle refuses to look up {SINGULAR[field]}s ({refusal.errorcode})."
                ) from None

        return LookUps(lambda some: few(by, some), lambda some: few("id", [str(one) for one in some]))
