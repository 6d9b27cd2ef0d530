"""One attempt that came to nothing: what the retry loop needs to know about it."""

from batchroles.errors import BatchrolesError

FEW = 3
"""Attempts for a cause that mostly stays: a name that does not resolve, an empty answer."""
SEVERAL = 6
"""Attempts for a change that another one was in the way of: each time one of the two goes through."""


class AttemptError(Exception):
    """A request without a usable answer; another attempt may have one. Never leaves the client."""

    def __init__(
        self,
        reason: str,
        *,
        lost: bool = False,
        asked: float | None = None,
        few: bool = False,
        clash: bool = False,
        ending: BatchrolesError | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        """A clause for people: `HTTP status 503`."""
        self.lost = lost
        """Whether Moodle may have done the call all the same."""
        self.asked = asked
        """The pause in seconds that the site asked for."""
        self.few = few
        """Whether `FEW` attempts are enough to believe it."""
        self.clash = clash
        """Whether another change was in the way, so that only a short pause is needed, and `SEVERAL` attempts."""
        self.ending = ending
        """What to raise when the attempts are used up, where it is not a temporary failure."""
