"""A client in a hurry, and what it reports."""

from dataclasses import dataclass, field

from batchroles.client import Moodle, Retry
from batchroles.client.reading import RestFormat

TOKEN = "0123456789abcdef0123456789abcdef"
SWIFT = Retry(attempts=4, total=5, base=0.001, longest=0.002, settle_pause=0.003)


@dataclass
class Diary:
    """An observer that remembers."""

    answers: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    def answered(self, function: str, seconds: float) -> None:
        """Remember the function."""
        assert seconds >= 0
        self.answers.append(function)

    def retrying(self, function: str, reason: str, pause: float) -> None:
        """Remember the reason and the pause."""
        assert function
        self.reasons.append(reason)
        self.pauses.append(pause)


def client(
    url: str, *, retry: Retry = SWIFT, rest_format: RestFormat = "json", ca_cert: str | None = None
) -> tuple[Moodle, Diary]:
    """Make a client that hardly waits, and the diary of its observer."""
    moodle = Moodle(url, TOKEN, retry=retry, rest_format=rest_format, timeout=(2, 2), ca_cert=ca_cert)
    diary = Diary()
    moodle.observer = diary
    return moodle, diary
