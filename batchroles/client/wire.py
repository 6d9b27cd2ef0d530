"""How a request gets to the site and its answer back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

Timeout = tuple[float, float]
"""Seconds to wait for a connection, and for each next part of an answer."""


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP, whole."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """Looked up without case."""
    content: bytes = b""


class Transport(Protocol):
    """The way to the site; several threads use one."""

    def post(self, url: str, body: bytes, *, timeout: Timeout) -> Answer:
        """Send one form and wait for the answer; redirects are not followed. Raises `AttemptError`."""
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...
