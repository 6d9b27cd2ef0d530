"""Bulk role assignment for Moodle, from a spreadsheet, from outside the server.

moodle = batchroles.Moodle("https://moodle.example.org", token)
plan = batchroles.plan("roster.xlsx", moodle)       # nothing is written on the site
result = batchroles.apply(plan, moodle, out="run")  # and every row is accounted for
result.rows[result.rows["_status"] != "assigned"]

`batchroles guide library` has the rest.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchroles import sandbox
    from batchroles.census import compare, export, review, why
    from batchroles.client import Moodle, Retry
    from batchroles.errors import (
        BatchrolesError,
        CallRefused,
        CallTooLarge,
        InputError,
        NoAnswer,
        NotInService,
        RunError,
        SiteBusy,
        SiteRefusal,
        Skipped,
        StoppedByGuard,
        TemporaryFailure,
    )
    from batchroles.job import Rules
    from batchroles.library import Plan, Result, apply, load, open_run, plan, retry, roles, undo
    from batchroles.reporter import Summary, Tally
    from batchroles.validator import KnownRole, RoleList

__all__ = [
    "BatchrolesError",
    "CallRefused",
    "CallTooLarge",
    "InputError",
    "KnownRole",
    "Moodle",
    "NoAnswer",
    "NotInService",
    "Plan",
    "Result",
    "Retry",
    "RoleList",
    "Rules",
    "RunError",
    "SiteBusy",
    "SiteRefusal",
    "Skipped",
    "StoppedByGuard",
    "Summary",
    "Tally",
    "TemporaryFailure",
    "apply",
    "compare",
    "export",
    "load",
    "open_run",
    "plan",
    "retry",
    "review",
    "roles",
    "sandbox",
    "undo",
    "why",
]

_ELSEWHERE = {
    "KnownRole": "validator",
    "Moodle": "client",
    "Retry": "client",
    "RoleList": "validator",
    "Rules": "job",
    "Summary": "reporter",
    "Tally": "reporter",
    **dict.fromkeys(("compare", "export", "review", "why"), "census"),
    **dict.fromkeys(
        ("Plan", "Result", "apply", "load", "open_run", "plan", "retry", "roles", "undo"), "library"
    ),
}
"""The room of each name that is no exception; `sandbox` is a room itself."""


def __getattr__(name: str) -> Any:
    """Import a name when it is used first: `batchroles --help` must not wait for pandas."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "sandbox":
        return import_module(f"{__name__}.sandbox")
    return getattr(import_module(f"{__name__}.{_ELSEWHERE.get(name, 'errors')}"), name)


def __dir__() -> list[str]:
    """List what is meant to be used, also what is imported only when it is."""
    return sorted([*__all__, *(name for name in globals() if name.startswith("__"))])
