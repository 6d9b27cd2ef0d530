"""Enrolling users by hand, and unenrolling them."""

from typing import Any

from batchroles.sandbox.call import Call


def enrol_users(call: Call, params: dict[str, Any]) -> None:
    """Enrol users and give them a role, all rows or none (`enrol_manual_enrol_users`)."""
    raise NotImplementedError


def unenrol_users(call: Call, params: dict[str, Any]) -> None:
    """Unenrol users, all rows or none (`enrol_manual_unenrol_users`)."""
    raise NotImplementedError
