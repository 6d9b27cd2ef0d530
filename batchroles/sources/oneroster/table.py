"""The one table of an export: a row for each enrolment, then one for each parent of a child."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from batchroles.loader.layouts.meanings import listed
from batchroles.sources.oneroster.export import Export
from batchroles.text import count_of

COLUMNS = (
    "file",
    "row",
    "sourcedId",
    "role",
    "userSourcedId",
    "username",
    "email",
    "identifier",
    "classSourcedId",
    "classCode",
    "classTitle",
    "childSourcedId",
    "childUsername",
    "childEmail",
    "childIdentifier",
    "beginDate",
    "endDate",
)
"""In OneRoster's words as far as it has them; `file` and `row` are where a row stands in the export."""
PARENTS = ("parent", "guardian", "relative")
"""OneRoster's roles of people who are at a child, in the order in which one is chosen where somebody has several."""
_STUDENT = "student"
_USER = ("username", "email", "identifier")


def rows_of(export: Export) -> list[list[str]]:
    """Give the rows below the header. An enrolment stands in the row in which it stands in `enrollments.csv`."""
    enrolled = _enrolled(export)
    by_row = dict(zip(export.enrollments.index, enrolled, strict=True))
    rows = [by_row.get(row, []) for row in range(2, export.last_row + 1)]
    parents = list(_parents(export))
    if parents:
        first = export.last_row + 1
        export.notes.append(
            f"{count_of(len(parents), 'row')} from {first} on: parents of users.csv, at their children; the rows above"
            " are those of enrollments.csv."
        )
    return [*rows, *parents]


def _enrolled(export: Export) -> list[list[str]]:
    people = _by_id(export.users)
    classes = _by_id(export.classes)
    who, where = export.enrollments["userSourcedId"], export.enrollments["classSourcedId"]
    columns = {
        "file": ["enrollments.csv"] * len(who),
        "row": [str(row) for row in who.index],
        "sourcedId": _column(export.enrollments, "sourcedId"),
        "role": _column(export.enrollments, "role"),
        "userSourcedId": list(who),
        **{name: _looked_up(people, name, who) for name in _USER},
        "classSourcedId": list(where),
        "classCode": _looked_up(classes, "classCode", where),
        "classTitle": _looked_up(classes, "title", where),
        "beginDate": _column(export.enrollments, "beginDate"),
        "endDate": _column(export.enrollments, "endDate"),
    }
    blank = [""] * len(who)
    return [list(row) for row in zip(*(columns.get(name, blank) for name in COLUMNS), strict=True)]


@dataclass(frozen=True)
class _Tie:
    """A parent of a child, in which row of `users.csv` it is said."""

    row: int
    parent: str
    child: str


def _parents(export: Export) -> Iterator[list[str]]:
    people = _by_id(export.users)
    roles: dict[str, set[str]] = {}
    for person, role in zip(export.roles["userSourcedId"], export.roles["role"], strict=True):
        roles.setdefault(person, set()).add(role)
    for tie in _ties(export, roles):
        parent, child = people.loc[tie.parent], people.loc[tie.child]
        said = {
            "file": "users.csv",
            "row": str(tie.row),
            "role": next(role for role in PARENTS if role in roles[tie.parent]),
            "userSourcedId": tie.parent,
            "childSourcedId": tie.child,
            **{name: str(parent.get(name, "")) for name in _USER},
            **{f"child{name.capitalize()}": str(child.get(name, "")) for name in _USER},
        }
        yield [said.get(name, "") for name in COLUMNS]


def _ties(export: Export, roles: dict[str, set[str]]) -> list[_Tie]:
    """Find who is a parent of whom: `agentSourcedIds` names the one in the row of the other, in either direction.

    Only a parent by role and a student by role: parents name each other there as well, and teachers are named.
    """
    if "agentSourcedIds" not in export.users:
        return []
    found: dict[tuple[str, str], _Tie] = {}
    others, known = 0, set(export.users["sourcedId"])
    for row, one, named in export.users[["sourcedId", "agentSourcedIds"]].itertuples():
        for other in filter(None, map(str.strip, named.split(","))):
            pair = next(
                (
                    (parent, child)
                    for parent, child in ((other, one), (one, other))
                    if roles.get(parent, set()) & {*PARENTS} and _STUDENT in roles.get(child, set())
                ),
                None,
            )
            if pair is None or not {*pair} <= known:
                others += 1
            else:
                found.setdefault(pair, _Tie(int(row), *pair))
    if others:
        export.notes.append(
            f"users.csv: {count_of(others, 'agent is', 'agents are')} left out: a row is made of a"
            f" {listed(PARENTS, 'or')} and a student who both stand there."
        )
    return list(found.values())


def _by_id(table: pd.DataFrame) -> pd.DataFrame:
    return table.set_index("sourcedId", drop=False)


def _column(table: pd.DataFrame, name: str) -> list[str]:
    return list(table[name]) if name in table else [""] * len(table)


def _looked_up(table: pd.DataFrame, name: str, ids: "pd.Series[str]") -> list[str]:
    """Give a column of the rows with these ids, blank for those that are not there."""
    return list(ids.map(table[name]).fillna("")) if name in table else [""] * len(ids)
