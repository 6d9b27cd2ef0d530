"""A file with every name turned into an id: what is sent, and what is not and why."""

from dataclasses import dataclass, field

from batchroles.models.lines import Lines, Mask
from batchroles.models.problems import Problem
from batchroles.models.table import Table
from batchroles.models.words import Code, Status


@dataclass(frozen=True)
class Plan:
    """What a run is about to send, or (with every status filled) what became of it."""

    table: Table
    format: str
    read_as: str
    lines: Lines
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def approvable(self) -> Mask:
        """Choose the lines that are kept back until somebody agrees: not those whose site is otherwise now."""
        changed = [number for number, problem in enumerate(self.problems) if problem.code is Code.CHANGED]
        return self.lines.ended_as(Status.WITHHELD) & ~self.lines.with_problem(changed)

    def called(self, line: int) -> str:
        """Name for people the row that a line comes from, or else its origin."""
        row = int(self.lines.row[line])
        return self.table.called(row) if row else self.lines.called(line)

    def place(self, line: int, column: str = "") -> str:
        """Name for people where a line comes from: a cell or row of the file, else its origin."""
        row = int(self.lines.row[line])
        return self.table.place(row, column) if row else self.lines.called(line)
