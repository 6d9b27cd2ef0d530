"""The names in a file beside Moodle's names of the accounts: who may be somebody else is said, or not sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from batchroles.client import Moodle
from batchroles.client.side_by_side import Progress, silent
from batchroles.directory.people_by_field import Account, PeopleByField
from batchroles.errors import CallRefused, InputError, NotInService
from batchroles.models import Code, PersonName, Plan, Problem, Status, Wanted
from batchroles.models.lines import NONE, Ints, Lines, Mask
from batchroles.text import count_of
from batchroles.validator.person_names import Fit, compare, in_order
from batchroles.validator.resolving import Resolution

MOST_SAID = 10
"""Rows that are said one by one; the rest is counted."""
_MANY = 3
"""So many people with other names, and more than half of all, are no slips."""
_NAMELESS = Problem(
    Code.MISSING_VALUE,
    "The row has no name to compare with Moodle's.",
    "Fill in the person's name, or send the row without --strict-names.",
)
_UNTOLD = Problem(
    Code.NAME_UNKNOWN,
    "Moodle shows no whole name of this account, or one in another alphabet than the file's.",
    "Look at the account in Moodle; if it is the person who is meant, send the row without --strict-names.",
)


def refuse_without_names(wanted: Wanted) -> None:
    """Raise InputError for a file in which there is nothing to compare."""
    if "name" not in wanted.lines:
        raise InputError(
            "--strict-names compares names, and the file has none: add a column firstname, lastname or fullname, read"
            " one as such with --map COLUMN=fullname, or leave --strict-names out."
        )


@dataclass(frozen=True)
class Compared:
    """What the names of lines came to."""

    problems: list[Problem] = field(default_factory=list)
    of_line: npt.NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, "int32"))
    """For each line an index into `problems`, or `NONE`."""
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        wanted: Wanted,
        resolution: Resolution,
        moodle: Moodle,
        progress: Progress = silent,
        *,
        strict: bool = False,
    ) -> Self:
        """Compare the names of a file's sound lines; whose account was not seen by name yet is looked up by id.

        `strict`: what cannot be compared has a problem, too. Lines of which an earlier run knows that they are so are
        not looked at. Raises what `Moodle.call` raises.
        """
        if "name" not in wanted.lines:
            return cls()
        lines = resolution.lines
        column = wanted.lines["name"].cat
        codes, names = column.codes.to_numpy(), column.categories.tolist()
        chosen = (lines.problem == NONE) & (lines.userid > 0) & ~resolution.remembered
        named = np.flatnonzero(chosen & (codes != NONE))
        people, distinct = pd.factorize(lines.userid[named])
        # By number first: an id may have nineteen digits.
        pairs, first = _distinct(people.astype("int64") * np.int64(len(names)) + codes[named].astype("int64"))
        subjects = [(int(distinct[people[at]]), names[codes[named[at]]]) for at in first.tolist()]
        fits, known = _Comparison(moodle, resolution.accounts, progress).fits(subjects)
        problems = [
            _problem(fit, name, known.get(userid), userid, strict=strict)
            for fit, (userid, name) in zip(fits, subjects, strict=True)
        ]
        every = list(dict.fromkeys(one for one in problems if one is not None))
        numbers = {problem: number for number, problem in enumerate(every)}
        own = np.array([NONE if one is None else numbers[one] for one in problems], "int32")
        of_line = np.full(len(lines), NONE, "int32")
        of_line[named] = own[pairs] if len(own) else NONE
        nameless = chosen & (codes == NONE)
        if strict and nameless.any():
            of_line[nameless] = len(every)
            every.append(_NAMELESS)
        told = _told(wanted, lines, every, of_line, fits)
        return cls(every, of_line, told)

    def refused(self, lines: Lines, problems: list[Problem]) -> Lines:
        """Give the lines with a problem where names differ; adds to `problems`."""
        some = self._among(lines.problem == NONE)
        if not some.any():
            return lines
        before = len(problems)
        problems.extend(self.problems)
        return lines.explained(some, before + self.of_line[some[: len(self.of_line)]])

    def noted(self, plan: Plan) -> Plan:
        """Have it known of a plan's rows that will be sent, are so already or repeat one, that their names differ."""
        lines, problems = plan.lines, list(plan.problems)
        told = lines.is_open | lines.ended_as(Status.ALREADY, Status.DUPLICATE)
        some = self._among((lines.problem == NONE) & told)
        if some.any():
            problems += self.problems
            numbers = len(plan.problems) + self.of_line[some[: len(self.of_line)]]
            lines = lines.explained(some, numbers)
        return replace(plan, lines=lines, problems=problems, notes=[*plan.notes, *self.notes])

    def _among(self, chosen: Mask) -> Mask:
        """Choose among lines those with a problem here: lines that come from no row stand behind the file's."""
        some = np.zeros(len(chosen), bool)
        some[: len(self.of_line)] = self.of_line != NONE
        return np.asarray(some & chosen)


def with_names_compared(
    wanted: Wanted, resolution: Resolution, moodle: Moodle, progress: Progress, *, strict: bool
) -> tuple[Compared, Resolution]:
    """Compare the names of lines in ids; where that is strict, the lines that do not stand it have a problem."""
    compared = Compared.of(wanted, resolution, moodle, progress, strict=strict)
    if not strict:
        return compared, resolution
    problems = list(resolution.problems)
    lines = compared.refused(resolution.lines, problems)
    return compared, replace(resolution, lines=lines, problems=problems)


class _Comparison:
    """Names beside accounts, of which those are looked up that are not known for certain."""

    def __init__(self, moodle: Moodle, accounts: Mapping[int, Account], progress: Progress) -> None:
        self._by_id = PeopleByField(moodle, progress, names=True)
        self._known = dict(accounts)

    def fits(self, subjects: list[tuple[int, PersonName]]) -> tuple[list[Fit], dict[int, Account]]:
        """Compare a name with the account of each id. Gives the accounts, too."""
        found = [self._compared(*one) for one in subjects]
        # Nobody is told to be somebody else by a report alone, which may show other names than Moodle does.
        unsure = {
            userid
            for fit, (userid, _) in zip(found, subjects, strict=True)
            if userid not in self._known or (fit is not Fit.FITS and self._known[userid].reported)
        }
        if not unsure:
            return found, self._known
        try:
            looked_up = self._by_id.fetch("id", [str(one) for one in sorted(unsure)])
        except (CallRefused, NotInService):
            return found, self._known
        self._known |= {account.id: account for many in looked_up.by_value.values() for account in many}
        return [self._compared(*one) for one in subjects], self._known

    def _compared(self, userid: int, name: PersonName) -> Fit:
        account = self._known.get(userid)
        return Fit.UNTOLD if account is None else compare(name, account.name)


def _distinct(numbers: Ints) -> tuple[Ints, Ints]:
    """Number the distinct numbers; gives the number of each, and where each stands first."""
    _, first, inverse = np.unique(numbers, return_index=True, return_inverse=True)
    return inverse.reshape(-1), first


def _problem(
    fit: Fit, name: PersonName, account: Account | None, userid: int, *, strict: bool
) -> Problem | None:
    if fit is Fit.DIFFERS and account is not None:
        called = account.username or f"with the id {userid}"
        return Problem(
            Code.NAME_DIFFERS,
            f"The file says {in_order(str(name))}, Moodle's account {called} is {account.name}.",
            "If this is somebody else, correct who is meant; if it is the same person, let the name be corrected.",
            value=str(name),
        )
    return _UNTOLD if strict and fit is Fit.UNTOLD else None


def _told(
    wanted: Wanted, lines: Lines, problems: list[Problem], of_line: npt.NDArray[np.int32], fits: Iterable[Fit]
) -> list[str]:
    """Say what the comparison came to, and of the first rows how they differ."""
    counts = dict.fromkeys(Fit, 0)
    for fit in fits:
        counts[fit] += 1
    compared = counts[Fit.FITS] + counts[Fit.DIFFERS]
    said = []
    if compared:
        told = count_of(compared, "name")
        verb = "fits" if counts[Fit.FITS] == 1 else "fit"
        which = "all" if compared == counts[Fit.FITS] and compared > 1 else f"{counts[Fit.FITS]:,}"
        said.append(f"{told} in the file compared with Moodle's: {which} {verb}.")
    if counts[Fit.UNTOLD]:
        said.append(
            f"{count_of(counts[Fit.UNTOLD], 'name', 'names')} in the file not compared: Moodle shows no whole name of"
            " the account, or one in another alphabet."
        )
    differing = [number for number, one in enumerate(problems) if one.code is Code.NAME_DIFFERS]
    rows = np.flatnonzero(np.isin(of_line, differing))
    # A row of a wide layout has several lines.
    rows = rows[np.unique(lines.row[rows], return_index=True)[1]]
    for line in rows[:MOST_SAID].tolist():
        reason = problems[int(of_line[line])].reason
        place = wanted.table.place(int(lines.row[line]))
        said.append(f"{place[0].upper()}{place[1:]}: {reason[0].lower()}{reason[1:]}")
    if len(rows) > MOST_SAID:
        more = count_of(len(rows) - MOST_SAID, "more row differs", "more rows differ")
        said.append(f"{more} so; all have the code {Code.NAME_DIFFERS} in the results.")
    if counts[Fit.DIFFERS] >= _MANY and counts[Fit.DIFFERS] > counts[Fit.FITS]:
        said.append("Where a column holds no names of the people, --map COLUMN=ignore has it left alone.")
    return said
