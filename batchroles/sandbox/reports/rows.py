"""One row of a report before it is shown: the records of Moodle's tables that are joined in it."""

from dataclasses import dataclass
from typing import Any

from batchroles.sandbox.site.contexts import Context
from batchroles.sandbox.site.tables import Row


@dataclass(slots=True)
class Joined:
    """The records of one row; None: there is none, as on the empty side of an outer join."""

    user: Row | None = None
    course: Row | None = None
    category: Row | None = None
    role: Row | None = None
    context: Context | None = None
    assignment: Row | None = None
    instance: Row | None = None
    enrolment: Row | None = None


Cell = Any
"""What stands in a cell: a text, a number or None."""
