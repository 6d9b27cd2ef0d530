"""Bulk role assignment for Moodle, from a spreadsheet, from outside the server.

moodle = batchroles.Moodle("https://moodle.example.org", token)
plan = batchroles.plan("roster.xlsx", moodle)       # nothing is written on the site
result = batchroles.apply(plan, moodle, out="run")  # and every row is accounted for
result.rows[result.rows["_status"] != "assigned"]
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchroles.client import Moodle
    from batchroles.errors import BatchrolesError
    from batchroles.library import Result, apply, load, plan

__all__ = ["BatchrolesError", "Moodle", "Result", "apply", "load", "plan"]

_HOMES = {
    "BatchrolesError": "batchroles.errors",
    "Moodle": "batchroles.client",
    "Result": "batchroles.library",
    "apply": "batchroles.library",
    "load": "batchroles.library",
    "plan": "batchroles.library",
}


def __getattr__(name: str) -> Any:
    """Import a name when it is used first: `batchroles --help` must not wait for pandas."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
