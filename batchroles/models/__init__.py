"""The vocabulary: what every other room speaks of, and nothing that does anything."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from batchroles.models.changes import ASSIGN, ENROL, REACTIVATE, SUSPEND, UNASSIGN, UNENROL, Cause, Change
from batchroles.models.levels import Level
from batchroles.models.problems import Problem
from batchroles.models.references import ContextRef, PersonName, RoleRef, UserRef
from batchroles.models.words import Code, Status

if TYPE_CHECKING:
    from batchroles.models.lines import Lines
    from batchroles.models.plan import Plan
    from batchroles.models.table import Table
    from batchroles.models.wanted import Wanted

__all__ = [
    "ASSIGN",
    "ENROL",
    "REACTIVATE",
    "SUSPEND",
    "UNASSIGN",
    "UNENROL",
    "Cause",
    "Change",
    "Code",
    "ContextRef",
    "Level",
    "Lines",
    "PersonName",
    "Plan",
    "Problem",
    "RoleRef",
    "Status",
    "Table",
    "UserRef",
    "Wanted",
]

_HEAVY = {"Lines": "lines", "Plan": "plan", "Table": "table", "Wanted": "wanted"}


def __getattr__(name: str) -> Any:
    """Import what needs pandas when it is used first: a command's flags are made of the words here."""
    if name not in _HEAVY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HEAVY[name]}"), name)
