"""Calling the report builder's functions on a practice site."""

from typing import Any

import requests

from batchroles.sandbox.wire.practice import Practice

NEWER = {"moodle_release": "5.1.6 (Build: 20260810)", "moodle_version": "2025100606"}
"""The versions of a site file that make it a Moodle 5.1."""
OLDER = {"moodle_release": "4.3+ (Build: 20231110)", "moodle_version": "2023100900.05"}
"""Those that make it a 4.3."""


def call(practice: Practice, function: str, token: str = "", **fields: object) -> Any:
    """Call a function of the report builder as the bot, or with another token, and give its answer."""
    head = {"wstoken": token or practice.token, "moodlewsrestformat": "json"}
    data = {name: str(value) for name, value in fields.items()}
    data |= {**head, "wsfunction": f"core_reportbuilder_{function}"}
    return requests.post(f"{practice.url}/webservice/rest/server.php", data=data, timeout=20).json()
