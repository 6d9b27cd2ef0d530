"""How a run stands, from its journal alone: for lists of many runs, whose inputs are not read again."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from batchroles.reporter.tally import groups_of
from batchroles.runs import Journal


@dataclass(frozen=True)
class Standing:
    """A run in numbers."""

    file: str
    """The name of its input as the person gave it."""
    created: datetime
    undoes: str
    """The name of the run that it takes back, if it does."""
    done: int
    failed: int
    pending: int
    """Rows that are still to be sent, or whose answers are not known."""
    withheld: int


def standing(folder: Path) -> Standing:
    """Count a run's lines as they stand. Raises RunError where it is damaged."""
    with Journal.open(folder) as journal:
        head, found = journal.head, groups_of(journal.lines())
    return Standing(
        Path(head.input_name).name,
        head.created,
        head.undoes,
        int(found.done.sum()),
        int(found.failed.sum()),
        int((found.unsent | found.unknown).sum()),
        int(found.withheld.sum()),
    )
