"""A published sheet: a CSV file or a workbook at an https address that anybody may read."""

import hashlib
import re
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import SplitResult, urljoin, urlsplit

from batchroles.client.attempts import AttemptError
from batchroles.client.decoding import page_title
from batchroles.client.wire import TOO_LARGE, Answer, Stop, Timeout
from batchroles.errors import InputError, SiteRefusal, TemporaryFailure
from batchroles.loader import ReadingOptions
from batchroles.loader.content import is_markup
from batchroles.sources.source import BLOCK

if TYPE_CHECKING:
    from batchroles.client.transport import HttpTransport

TIMEOUT: Timeout = (10.0, 60.0)
"""Seconds for a connection and for each next part of an answer; a whole answer may take three times as long."""
MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_MAY_COME = (408, 425, 429)
"""Answers below 500 after which another attempt, later, may have the sheet."""
_PAGES = ("text/html", "application/xhtml")


@dataclass(frozen=True)
class PublishedSheet:
    """What an address gives. Of the address only the host is ever told: in the rest of it stands who may read it."""

    host: str
    address: str = field(repr=False)
    notes: list[str] = field(default_factory=list)

    @classmethod
    def at(cls, address: str) -> Self:
        """Take an address. Raises InputError for one that is not https, or holds a name or password."""
        return cls(_parts(address.strip()).netloc.lower(), address.strip())

    @property
    def name(self) -> str:
        """The address without what may be secret."""
        return f"https://{self.host}/…"

    @property
    def shown(self) -> Path:
        """The host, and a few letters that tell one sheet there from another, of which nobody learns the address."""
        mark = hashlib.sha256(self.address.encode()).hexdigest()[:8]
        return Path(f"{re.sub('[^a-z0-9]+', '-', self.host)}-{mark}")

    @property
    def suffix(self) -> str | None:
        """Nobody knows: addresses do not tell."""
        return None

    def reading(self, asked: ReadingOptions) -> ReadingOptions:
        """Give what was asked."""
        return asked

    def blocks(self, stop: Stop) -> Generator[bytes]:
        """Fetch it. Raises InputError where no sheet comes, TemporaryFailure where no answer comes."""
        # Here: what speaks HTTP takes a while to load, and few read sheets.
        from batchroles.client.transport import HttpTransport

        transport = HttpTransport(workers=1, stop=stop)
        try:
            content = self._fetched(transport)
        finally:
            transport.close()
        return (content[at : at + BLOCK] for at in range(0, len(content), BLOCK))

    def _fetched(self, transport: "HttpTransport") -> bytes:
        address = self.address
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._answer(transport, address)
            if answer.status not in _REDIRECTS:
                return self._sheet(answer)
            address = self._next(address, answer)
        raise InputError(f"{self.name} leads from one address to the next, more than {MOST_REDIRECTS} times.")

    def _answer(self, transport: "HttpTransport", address: str) -> Answer:
        # from None throughout: what is below quotes the address.
        try:
            return transport.get(address, timeout=TIMEOUT)
        except AttemptError as failure:
            raise TemporaryFailure(
                f"{self.name} could not be read ({failure.reason}): try again later"
            ) from None
        except SiteRefusal as refusal:
            if refusal.errorcode == TOO_LARGE:
                raise InputError(
                    f"{self.name} gives more, packed or unpacked, than any list of roles takes; save it as a file if"
                    " that is meant."
                ) from None
            raise InputError(
                f"The certificate of {urlsplit(address).netloc} cannot be verified, so {self.name} is not read; if your"
                " organisation signs its own certificates, name its authority's file in REQUESTS_CA_BUNDLE."
            ) from None

    def _next(self, address: str, answer: Answer) -> str:
        try:
            target = urljoin(address, answer.headers.get("Location", ""))
            _parts(target)
        except (InputError, ValueError):
            raise InputError(
                f"{self.name} leads to an address that is not https, or holds a password; it is not followed."
            ) from None
        return target

    def _sheet(self, answer: Answer) -> bytes:
        if answer.status in _MAY_COME or answer.status >= 500:
            raise TemporaryFailure(f"{self.name} answered with HTTP status {answer.status}: try again later")
        kind = answer.headers.get("Content-Type", "").strip().lower()
        if kind.startswith(_PAGES) or is_markup(answer.content[:BLOCK]):
            raise InputError(self._page(answer))
        if answer.status != 200:
            raise InputError(
                f"{self.name} answered with HTTP status {answer.status}: publish the sheet for everybody who has the"
                " address, as CSV or .xlsx, and give the address of that."
            )
        if not answer.content:
            raise InputError(f"{self.name} is empty; is the right sheet published?")
        return answer.content

    def _page(self, answer: Answer) -> str:
        title = page_title(answer.content[:BLOCK].decode("utf-8", errors="replace"))
        titled = f' titled "{title}"' if title else ""
        return (
            f"{self.name} answered with a web page{titled}, to sign in perhaps, and not with a sheet: publish the sheet"
            " for everybody who has the address, as CSV or .xlsx, and give the address of that."
        )


def _parts(address: str) -> SplitResult:
    """Take an address apart. Raises InputError, quoting no more than the host, for one that is not used."""
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - reading it checks it
    except ValueError:
        raise InputError("The address of the sheet cannot be read: copy it again.") from None
    # Asked of the text itself: urlsplit drops tabs and line ends inside an address without a word.
    if not parts.hostname or any(mark.isspace() for mark in address):
        raise InputError("The address of the sheet cannot be read: copy it again.")
    if parts.scheme.lower() != "https":
        raise InputError(
            f"{parts.scheme}://{parts.hostname}/… is not read, only https:// is: on the way anybody could change who"
            " gets which role."
        )
    if parts.username is not None:
        raise InputError(
            f"The address of the sheet at {parts.hostname} holds a name or a password, which every user of a machine"
            " can see: publish the sheet, or fetch it with another program and pipe it in (-)."
        )
    return parts
