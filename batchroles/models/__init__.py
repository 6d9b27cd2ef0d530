"""The vocabulary: what every other room speaks of, and nothing that does anything."""

from batchroles.models.changes import ASSIGN, UNASSIGN, Cause, Change
from batchroles.models.levels import Level
from batchroles.models.lines import Lines
from batchroles.models.plan import Plan
from batchroles.models.problems import Problem
from batchroles.models.references import ContextRef, RoleRef, UserRef
from batchroles.models.table import Table
from batchroles.models.wanted import Wanted
from batchroles.models.words import Code, Status

__all__ = [
    "ASSIGN",
    "UNASSIGN",
    "Cause",
    "Change",
    "Code",
    "ContextRef",
    "Level",
    "Lines",
    "Plan",
    "Problem",
    "RoleRef",
    "Status",
    "Table",
    "UserRef",
    "Wanted",
]
