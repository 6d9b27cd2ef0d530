"""What the token's service can do: the one place that knows what "not in the service" is."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Any

from batchroles.client.refusals import NOT_IN_SERVICE
from batchroles.errors import NotInService, SiteRefusal

Info = Mapping[str, Any]
"""The answer of `core_webservice_get_site_info`."""


class Service:
    """What the site says of itself, of the token's user and of the functions; asked when it is needed, and once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._info: Info | None = None
        self._refusal: SiteRefusal | None = None

    def info(self, ask: Callable[[], Info], *, anew: bool = False) -> Info:
        """Give it. Raises `NotInService` where the site does not say it, and what `ask` raises."""
        with self._lock:
            # Under the lock: one thread asks, and the others wait for its answer.
            if anew or (self._info is None and self._refusal is None):
                self._ask(ask)
            if self._info is None:
                raise NotInService(str(self._refusal), self._refusal.errorcode if self._refusal else "")
            return self._info

    def _ask(self, ask: Callable[[], Info]) -> None:
        self._info = self._refusal = None
        try:
            self._info = ask()
        except SiteRefusal as refusal:
            if refusal.errorcode not in NOT_IN_SERVICE:
                raise
            self._refusal = refusal

    def functions(self, ask: Callable[[], Info]) -> frozenset[str] | None:
        """Give the names of the functions; None where the site does not tell."""
        try:
            return frozenset(str(entry["name"]) for entry in self.info(ask)["functions"])
        except NotInService:
            return None

    @contextmanager
    def told_apart(self, function: str, ask: Callable[[], Info]) -> Iterator[None]:
        """Raise `NotInService` where a call is refused only because its function is not there.

        Moodle says the same of a function that the service lacks and of a token that has ended: which of the two it is
        stands in the list of functions. Where the site does not list them either, the function is taken for the cause:
        the next call that matters will tell.
        """
        try:
            yield
        except SiteRefusal as refusal:
            if refusal.errorcode not in NOT_IN_SERVICE:
                raise
            names = self.functions(ask)
            if names is not None and function in names:
                raise
            raise NotInService(str(refusal), refusal.errorcode) from None
