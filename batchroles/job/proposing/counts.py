"""How many rows of a plan would be done, by what is asked for and where, and what becomes of the others."""

from dataclasses import dataclass

import numpy as np

from batchroles.job.overview import overview
from batchroles.models import Level, Status
from batchroles.models.changes import ASSIGN, CHANGES, changes
from batchroles.models.enrolments import INSIDE, OUTSIDE
from batchroles.models.lines import Ints, Mask
from batchroles.reporter.tally import groups
from batchroles.runs import Planned


@dataclass(frozen=True)
class Group:
    """Lines of a plan that ask for the same in the same place."""

    change: str
    """The word of the change."""
    gives: bool
    role: str
    """As the site shows it; empty where the change is about none."""
    place: str
    rows: int
    withheld: bool
    """Whether a guard keeps them back."""


@dataclass(frozen=True)
class Counts:
    """What becomes of the lines of a plan; each is counted once among `to_send` to `withheld`."""

    lines: int
    rows: int
    """Rows of the file that were read."""
    to_send: int
    gives: int
    """Of `to_send`: lines that give something."""
    takes: int
    """Of `to_send`: lines that take something away."""
    by_change: dict[str, int]
    """Of `to_send`, by the word of the change."""
    already: int
    """It is so already."""
    repeats: int
    """The same stands earlier in the file."""
    not_due: int
    """Their dates say that they are not wanted today."""
    failing: int
    """They cannot be sent; what is wrong is among the troubles."""
    withheld: int
    enrolled: int
    """People to be given a role in a course, and no enrolment, who are enrolled there, each counted once a course."""
    not_enrolled: int
    """The same of those who are surely not."""
    enrolled_unknown: int
    """The same of those of whom nobody read it."""
    groups: tuple[Group, ...]
    """What is to be sent or withheld by change, role and place: what takes away first, then the most rows."""

    @property
    def given(self) -> tuple[Group, ...]:
        """The groups that give something."""
        return tuple(group for group in self.groups if group.gives)

    @property
    def taken(self) -> tuple[Group, ...]:
        """The groups that take something away."""
        return tuple(group for group in self.groups if not group.gives)


def counts(planned: Planned) -> Counts:
    """Count a plan."""
    lines, plan = planned.plan.lines, planned.plan
    coming = lines.is_open
    statuses = lines.by_status()
    by_change = np.bincount(lines.change[coming], minlength=len(changes())).tolist()
    people = _people(planned, coming & lines.asks(ASSIGN) & lines.at(Level.COURSE))
    inside = int(np.isin(lines.enrolled[people], INSIDE).sum())
    outside = int(np.isin(lines.enrolled[people], OUTSIDE).sum())
    return Counts(
        lines=len(lines),
        rows=len(plan.table.cells),
        to_send=int(coming.sum()),
        gives=int((coming & lines.gives).sum()),
        takes=int((coming & ~lines.gives).sum()),
        by_change={word: count for word, count in zip(CHANGES, by_change, strict=True) if count},
        already=statuses.get(Status.ALREADY, 0),
        repeats=statuses.get(Status.DUPLICATE, 0),
        not_due=statuses.get(Status.NOT_DUE, 0),
        failing=int((groups(plan).failed & ~lines.ended_as(Status.DUPLICATE)).sum()),
        withheld=statuses.get(Status.WITHHELD, 0),
        enrolled=inside,
        not_enrolled=outside,
        enrolled_unknown=len(people) - inside - outside,
        groups=_groups(planned),
    )


def _people(planned: Planned, chosen: Mask) -> Ints:
    """Give one line for each person and course among some lines."""
    numbers = np.flatnonzero(chosen)
    numbered = planned.plan.lines.numbered("userid", "instanceid")[numbers]
    return numbers[np.unique(numbered, return_index=True)[1]]


def _groups(planned: Planned) -> tuple[Group, ...]:
    shown = {
        short: planned.role_names.get(id_, short)
        for (kind, id_), short in planned.known_as.items()
        if kind == "role"
    }
    frame = overview(planned.plan, planned.wanted, planned.known_as)
    return tuple(
        Group(str(change), bool(gives), shown.get(role, role), str(place), int(rows), bool(withheld))
        for change, gives, role, place, rows, withheld in frame.itertuples(index=False)
    )
