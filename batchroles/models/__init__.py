"""The vocabulary: what every other room speaks of, and nothing that does anything."""

from batchroles.models.levels import Level
from batchroles.models.plan import LINE_COLUMNS, Plan
from batchroles.models.problems import Problem
from batchroles.models.references import ContextRef, RoleRef, UserRef
from batchroles.models.table import Table
from batchroles.models.wanted import Wanted
from batchroles.models.words import Action, Code, Status

__all__ = [
    "LINE_COLUMNS",
    "Action",
    "Code",
    "ContextRef",
    "Level",
    "Plan",
    "Problem",
    "RoleRef",
    "Status",
    "Table",
    "UserRef",
    "Wanted",
]
