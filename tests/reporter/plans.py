"""Plans built from a few words, as the resolver and the sender leave them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from batchroles.models import Code, Lines, Plan, Problem, Status, Table
from batchroles.reporter import Summary, summarise


@dataclass(frozen=True)
class Line:
    """What became of one assignment: `row` is the spreadsheet row, `same_as` a position in the list of lines."""

    row: int
    status: Status | None
    problem: int = -1
    same_as: int = -1
    part: str = ""
    origin: str = ""


NOT_FOUND = Problem(Code.USER_NOT_FOUND, "no user name sophia", "Correct the user name.", "user", "sophia")
NOT_ALLOWED = Problem(Code.NO_PERMISSION, "Moodle refused it (nopermissions)", "Ask for moodle/role:assign.")
NO_ANSWER = Problem(Code.NO_ANSWER, "no answer came", "Run it again.")
STOPPED = Problem(Code.STOPPED, "the run stopped before this row", "Go on with the run.")
PROBLEMS = [NOT_FOUND, NOT_ALLOWED, NO_ANSWER, STOPPED]


def table(headers: Sequence[str], rows: Mapping[int, Sequence[str]], sheet: str | None = None) -> Table:
    """Build a table as the loader gives it, from cells by spreadsheet row number."""
    cells = pd.DataFrame(list(rows.values()), index=list(rows), columns=range(len(headers)), dtype="category")
    return Table(Path("roster.csv"), sheet, list(headers), cells)


def plan(of: Table, lines: Sequence[Line], format: str = "plain", notes: Sequence[str] = ()) -> Plan:  # noqa: A002 - the field's name
    """Build a plan with the given outcomes."""
    columns = {
        "row": [line.row for line in lines],
        "part": [line.part for line in lines],
        "origin": [line.origin for line in lines],
        "change": ["assign"] * len(lines),
        "userid": [0] * len(lines),
        "roleid": [0] * len(lines),
        "level": ["course"] * len(lines),
        "instanceid": [0] * len(lines),
        "status": [line.status for line in lines],
        "problem": [line.problem for line in lines],
        "same_as": [line.same_as for line in lines],
    }
    return Plan(of, format, "plain file", Lines.of(columns), PROBLEMS, list(notes))


def everything() -> Plan:
    """Build a plan with every status, a duplicate of a done row and one of a failed row."""
    people = ["anna", "ben", "carla", "anna", "sophia", "dora", "dora", "emil", "fay"]
    rows = {number: (name, "student", "course:MATH101") for number, name in enumerate(people, 2)}
    lines = [
        Line(2, Status.ASSIGNED),
        Line(3, Status.UNASSIGNED),
        Line(4, Status.ALREADY),
        Line(5, Status.DUPLICATE, same_as=0),
        Line(6, Status.INVALID, problem=0),
        Line(7, Status.REFUSED, problem=1),
        Line(8, Status.DUPLICATE, same_as=5),
        Line(9, Status.UNKNOWN, problem=2),
        Line(10, Status.UNSENT, problem=3),
    ]
    return plan(table(["user", "role", "context"], rows), lines)


def summary_of(what: Plan, folder: Path | None = None) -> Summary:
    """Summarise a plan with the facts that only a caller knows."""
    return summarise(
        what,
        run="2030-01-02-roster",
        site="https://moodle.test",
        calls={"core_role_assign_roles": 3},
        seconds={"send": 1.23456},
        folder=folder,
        when=datetime(2030, 1, 2, 3, 4, tzinfo=UTC),
    )
