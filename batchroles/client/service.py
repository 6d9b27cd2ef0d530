"""What the token's service can do, asked once."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, cast

from batchroles.client import Moodle, functions
from batchroles.errors import SiteRefusal

NOT_IN_SERVICE = frozenset({"accessexception", "invalidrecord"})
"""Error codes of a function that the token may not call, or that the site does not have."""


class Service:
    """The functions of the token's service."""

    def __init__(self, moodle: Moodle) -> None:
        self._moodle = moodle

    @cached_property
    def _names(self) -> frozenset[str] | None:
        try:
            info = self._moodle.call(functions.SITE_INFO)
        except SiteRefusal as refusal:
            if refusal.errorcode not in NOT_IN_SERVICE:
                raise
            return None
        return frozenset(str(entry["name"]) for entry in records(info, "functions"))

    def lacks(self, function: str, refusal: SiteRefusal) -> bool:
        """Whether a call was refused only because the function is not there, and not because of token or service.

        Moodle says the same of both. Where it does not list the service's functions either, the function is taken for
        the cause: the next call that matters will tell.
        """
        if refusal.errorcode not in NOT_IN_SERVICE:
            return False
        return self._names is None or function not in self._names

    def may_have(self, function: str) -> bool:
        """Whether the service has a function, as far as the site tells."""
        return self._names is None or function in self._names


def records(answer: object, part: str = "") -> list[Mapping[str, Any]]:
    """Give the dictionaries of an answer that is a list, or of the list under `part`: the client has seen to it."""
    listed = cast("dict[str, Any]", answer)[part] if part else answer
    return cast("list[Mapping[str, Any]]", listed)
