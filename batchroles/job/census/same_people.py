"""Who of one side is who of the other: by user name, and where that is not there by what both have of a person.

An ID number outlives a user name, and a user name that became free may be given to somebody else. Where the two lead to
different people, the ID number tells within one site; of two sites nobody can say, and the person is left out.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from batchroles.client import Moodle
from batchroles.client.side_by_side import Progress
from batchroles.directory.people import People
from batchroles.directory.people_by_field import is_plain
from batchroles.directory.people_by_id import PeopleById
from batchroles.models import PersonName
from batchroles.models.references import UserKey
from batchroles.validator.person_names import Fit, compare

_BESIDE: tuple[UserKey, ...] = ("idnumber", "email")
"""By what somebody is known whose user name is not there, the surer first."""


@dataclass(frozen=True, slots=True)
class Who:
    """A person as a side names one; blank where it does not tell, or where several have the same."""

    username: str
    email: str = ""
    idnumber: str = ""
    name: str = ""
    """As the side shows it, first and last name in one."""

    def value(self, by: UserKey) -> str:
        """Give a field as it is compared: e-mail addresses without case."""
        text = str(getattr(self, by))
        return text.lower() if by == "email" else text


class Register(Protocol):
    """Whoever can be asked for people beyond those that a side names."""

    def find(self, by: UserKey, values: Collection[str]) -> Iterable[Who]:
        """Give the people who have one of some values, those left out whom several accounts may be."""


class SiteRegister:
    """A site that is asked."""

    def __init__(self, moodle: Moodle, progress: Progress) -> None:
        self._people, self._by_id = People(moodle, progress), PeopleById(moodle, progress)

    def find(self, by: UserKey, values: Collection[str]) -> Iterable[Who]:
        """Look them up. Raises what `Moodle.call` raises."""
        accounts = self._people.fetch(by, sorted(one for one in values if is_plain(by, one)))
        several = accounts.without_case() if by == "email" else accounts.by_value
        ids = {many[0].id for many in several.values() if len(many) == 1}
        for one in self._by_id.fetch(ids).values():
            if one.username:
                yield Who(one.username, one.email, one.idnumber, one.fullname)

    @property
    def notes(self) -> list[str]:
        """Sentences about the report on users."""
        return [*self._people.notes, *self._by_id.notes]


@dataclass(frozen=True)
class Known:
    """Who of the one is who of the other."""

    names: Mapping[str, str]
    """The user name on the other side by that on the one."""
    missing: Collection[str]
    """Those whom nothing leads to anybody."""
    otherwise: Mapping[str, UserKey] = field(default_factory=dict)
    """Those who have another user name there, and by what they are known."""
    unsure: Mapping[str, str] = field(default_factory=dict)
    """Those of whom it is not certain who they are there, and why, as a sentence."""
    doubtful: Collection[str] = ()
    """User names on the other side of those who may be one of them, and are nobody else."""


def pair_people(
    ones: Iterable[Who], others: Iterable[Who], register: Register | None, *, same_site: bool
) -> Known:
    """Say who is who. `others` are the people whom the other side names; `register` knows all that there are."""
    mine = {one.username: one for one in ones}
    there = _There(others, register)
    there.learn("username", [name for name in mine if name not in there.by_name])
    direct = {name: name for name in mine if name in there.by_name}
    odd = [name for name in direct if _contradict(mine[name], there.by_name[name])]
    found = _known_beside(mine, direct, odd, there)
    unsure: dict[str, str] = {}
    may_be: set[str] = set()
    if not same_site:
        for name, (other, sentence) in _strangers(mine, direct, found, there).items():
            direct.pop(name, None)
            found.pop(name, None)
            may_be |= {other, *({name} & there.by_name.keys())}
            unsure[name] = sentence
        odd = [name for name in odd if name in direct]
    for name in odd:
        if name in found and same_site:
            del direct[name]
        elif not same_site:
            del direct[name]
            may_be |= {name, *found.pop(name, ())[:1]}
            unsure[name] = _is_another(mine[name], there.by_name[name])
    taken = Counter([*direct.values(), *(other for other, _ in found.values())])
    for name in [name for name, (other, _) in found.items() if taken[other] > 1]:
        other, by = found.pop(name)
        unsure[name] = f"{name} has the {_CALLED[by]} of {other}, who is there by that name as well."
    names = direct | {name: other for name, (other, _) in found.items()}
    missing = [name for name in mine if name not in names and name not in unsure]
    otherwise = {name: by for name, (_, by) in found.items()}
    return Known(names, missing, otherwise, unsure, may_be - {*names.values()})


def _known_beside(
    mine: Mapping[str, Who], direct: Mapping[str, str], odd: Sequence[str], there: "_There"
) -> dict[str, tuple[str, UserKey]]:
    """Find by something else those whose user name is not there, or is `odd`."""
    rest = [name for name in mine if name not in direct]
    found: dict[str, tuple[str, UserKey]] = {}
    for by in _BESIDE:
        # Of whom the ID number contradicts, an e-mail address tells nothing more.
        some = [name for name in rest + ([*odd] if by == "idnumber" else []) if name not in found]
        for name, other in there.having(by, {name: mine[name] for name in some}).items():
            if not _contradict(mine[name], there.by_name[other]):
                found[name] = other, by
    return found


def _strangers(
    mine: Mapping[str, Who],
    direct: Mapping[str, str],
    found: Mapping[str, tuple[str, UserKey]],
    there: "_There",
) -> dict[str, tuple[str, str]]:
    """Find people of another site who have somebody's user name, ID number or e-mail address and seem to be others.

    Gives whom there each may be, and a sentence. Sites may number their people alike, and families share an address.
    """
    others = {name: there.by_name[name] for name in direct}
    moved = {
        name: mine[name]
        for name, other in others.items()
        if not (mine[name].idnumber and other.idnumber) and _differ(mine[name], other, "email")
    }
    told = {}
    for name, other in there.having("email", moved).items():
        if not _contradict(mine[name], there.by_name[other]):
            said = f"{name} has the e-mail address of {other} there, where {name} has another one"
            told[name] = other, f"{said}, so that these may be two people: {_TELL}"
    for name in moved.keys() - told.keys():
        if _are_called_otherwise(mine[name], others[name]):
            said = (
                f"{name} ({mine[name].name}) has another name and e-mail address there ({others[name].name})"
            )
            told[name] = name, f"{said}, so that these may be two people: {_TELL}"
    for name, (other, by) in found.items():
        one, two = mine[name], there.by_name[other]
        if _are_called_otherwise(one, two) and (by == "email" or _differ(one, two, "email")):
            said = f"{name} ({one.name}) has the {_CALLED[by]} of {other} ({two.name}) there"
            told[name] = other, f"{said}, who has another name: {_TELL}"
    return told


_TELL = "correct the one that is wrong, or give the roles by hand."


def _differ(one: Who, other: Who, by: UserKey) -> bool:
    return bool(one.value(by) and other.value(by) and one.value(by) != other.value(by))


def _are_called_otherwise(one: Who, other: Who) -> bool:
    return bool(one.name and other.name) and compare(PersonName(full=one.name), other.name) is Fit.DIFFERS


_CALLED: Mapping[UserKey, str] = {"idnumber": "ID number", "email": "e-mail address"}


def said_otherwise(known: Known, most: int) -> list[str]:
    """Say who is known by something else than the user name."""
    if not known.otherwise:
        return []
    some = [f"{name} is {known.names[name]}" for name in sorted(known.otherwise)]
    more = f" and {len(some) - most:,} more" if len(some) > most else ""
    return [
        f"Known by ID number or e-mail address, with another user name there: {', '.join(some[:most])}{more}."
    ]


def _contradict(one: Who, other: Who) -> bool:
    return _differ(one, other, "idnumber")


def _is_another(one: Who, other: Who) -> str:
    return (
        f"{one.username} has the ID number {one.idnumber} here and {other.idnumber} there, so that these may be two"
        f" people: {_TELL}"
    )


class _There:
    """The people of the other side, as far as they are known by now."""

    def __init__(self, others: Iterable[Who], register: Register | None) -> None:
        self.by_name = {one.username: one for one in others}
        self._register = register

    def learn(self, by: UserKey, values: Sequence[str]) -> set[str]:
        """Ask for people; gives the values, as they are compared, that are known to be one person's."""
        if self._register is None:
            return {one.value(by) for one in self.by_name.values()}
        told = set()
        for one in self._register.find(by, values) if values else ():
            # Of whoever is only the place of a holding a side knows the user name alone.
            self.by_name[one.username] = one
            told.add(one.value(by))
        return told

    def having(self, by: UserKey, wanted: Mapping[str, Who]) -> dict[str, str]:
        """Give who has the same value as each of some, where it is the only one on both sides.

        Values of people who are known are asked for, too: others who hold nothing may have the same.
        """
        values = {name: who.value(by) for name, who in wanted.items() if who.value(by)}
        spelt = {one.value(by): str(getattr(one, by)) for one in self.by_name.values()}
        asked = [
            text
            for name, value in values.items()
            for text in (str(getattr(wanted[name], by)), value, spelt.get(value, value))
        ]
        told = self.learn(by, [*dict.fromkeys(asked)])
        here, there = Counter(values.values()), Counter(one.value(by) for one in self.by_name.values())
        owner = {one.value(by): name for name, one in self.by_name.items()}
        return {
            name: owner[value]
            for name, value in values.items()
            if here[value] == 1 and there[value] == 1 and value in told
        }
