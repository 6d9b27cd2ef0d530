"""The one door to a Moodle site: every request goes through `Moodle`."""

import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from copy import copy
from threading import BoundedSemaphore, Lock
from typing import Protocol, Self, cast

from batchroles.client import functions
from batchroles.client.address import SERVER_PATH, site_address
from batchroles.client.attempts import FEW, SEVERAL, AttemptError, Retry
from batchroles.client.decoding import Decoded, plain
from batchroles.client.form import body, encode, pairs, rows_text
from batchroles.client.masking import Mask
from batchroles.client.reading import FORM_CUT, Asked, RestFormat, read
from batchroles.client.service import Info, Service
from batchroles.client.shapes import of_those_asked
from batchroles.client.wire import Stop, Timeout, Transport
from batchroles.errors import (
    BatchrolesError,
    CallRefused,
    CallTooLarge,
    InputError,
    NoAnswer,
    NotInService,
    SiteRefusal,
    TemporaryFailure,
)
from batchroles.models.changes import CallRow, Change, Dates

_OWN_VARIABLES = 3
"""wstoken, wsfunction, moodlewsrestformat."""
_RAW = {"moodlewssettingraw": 1}
"""Asks for names as they are in the database: without it `a&b` comes as `a&amp;b`, by which nothing is found (cases
`cbf-shortname-special-raw`, `cbf-shortname-special-escaped`)."""


class Observer(Protocol):
    """Whoever wants to know how the site answers; called from the threads that call."""

    def answered(self, function: str, seconds: float) -> None:
        """Take note of a usable answer or a refusal, and of the time that this one attempt took."""
        ...

    def retrying(self, function: str, reason: str, pause: float) -> None:
        """Take note of a failed attempt (`reason` is a clause); the next one follows after `pause` seconds."""
        ...


class Silent:
    """An observer that does nothing."""

    def answered(self, function: str, seconds: float) -> None:
        """Do nothing."""

    def retrying(self, function: str, reason: str, pause: float) -> None:
        """Do nothing."""


class Moodle:
    """A Moodle site and the token to speak to it with; safe to use from several threads.

    Raises, from `call` and `change`: `CallRefused` for what the call carried, `CallTooLarge` for its size,
    `SiteRefusal` when the site refuses whatever is sent, `TemporaryFailure` when the attempts are used up, and
    `NoAnswer` when one of them may have changed something without an answer. The token is in no message.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        rest_format: RestFormat = "json",
        max_input_vars: int = 1000,
        workers: int = 4,
        timeout: Timeout = (10.0, 300.0),
        retry: Retry | None = None,
        observer: Observer | None = None,
        transport: Transport | None = None,
        insecure_http: bool = False,
        ca_cert: str | None = None,
        client_cert: str | tuple[str, str] | None = None,
        reports: bool | None = None,
    ) -> None:
        """`reports`: whether to read the reports made for batchroles: False leaves them alone, True expects them."""
        self.url = site_address(url, insecure_http=insecure_http)
        self._token = checked_token(token)
        self._mask = Mask(self._token)
        self.rest_format = rest_format
        self.max_input_vars = max_input_vars
        self.workers = workers
        self.retry = retry or Retry()
        self.observer: Observer = observer or Silent()
        self.stop = Stop()
        """Set it to end pauses at once and to begin no further attempt."""
        self.calls: Counter[str] = Counter()
        """Requests sent so far, by function; every attempt counts, and so do those of sessions."""
        self._counters = [self.calls]
        self._service = Service()
        self.reports = reports
        self._kept, self._keeping = dict[str, object](), Lock()
        self.notes: list[str] = []
        """What was seen on the way and changes nothing, each said once."""
        self._timeout = timeout
        self._transport = transport or _http_transport(workers, self.stop, ca_cert, client_cert)
        self._lock = Lock()
        self._room = BoundedSemaphore(max(1, workers))
        """For so many requests at once, whoever sends them."""

    def __repr__(self) -> str:
        return f"Moodle({self.url!r}, <hidden>)"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._transport.close()

    def session(
        self, observer: Observer | None = None, *, retry: Retry | None = None, patience: float | None = None
    ) -> Self:
        """Give the same site for a part of the work, with an observer, a stop and a count of calls of its own.

        Everything else is shared, but for what `once` keeps; stopping this one stops the session, too. `retry`: a
        policy of its own; `patience`: seconds to wait for an answer, where this one waits longer.
        """
        one = copy(self)
        one._kept, one._keeping = {}, Lock()  # noqa: SLF001 - one of its own kind
        one.observer = observer or self.observer
        one.retry = retry or self.retry
        if patience is not None:
            connect, part = self._timeout
            one._timeout = (min(connect, patience), min(part, patience))  # noqa: SLF001 - one of its own kind
        one.stop = self.stop.part()
        one.calls = Counter()
        one._counters = [*self._counters, one.calls]  # noqa: SLF001 - one of its own kind
        return one

    def site_info(self, *, anew: bool = False) -> Info:
        """Give what the site says of itself, of the token's user and of the functions: asked once, or `anew`.

        Raises `NotInService` where the service does not offer it, and what `call` raises.
        """
        return self._service.info(self._site_info, anew=anew)

    def may_have(self, function: str) -> bool:
        """Whether the service has a function, as far as the site tells, and it is not to be left alone."""
        if self._is_left_alone(function):
            return False
        names = self._service.functions(self._site_info)
        return names is None or function in names

    def _is_left_alone(self, function: str) -> bool:
        return self.reports is False and function in functions.OF_REPORTS

    def _site_info(self) -> Info:
        return cast("Info", self.call(functions.SITE_INFO))

    def ask(self, function: str, params: Mapping[str, object] | None = None) -> object:
        """Call a function that one can do without.

        Raises `NotInService` where it is refused for want of that function alone, and what `call` raises.
        """
        if self._is_left_alone(function):
            raise NotInService(f"{function} is to be left alone.")
        with self._service.told_apart(function, self._site_info):
            return self.call(function, params)

    def once(self, function: str, params: Mapping[str, object] | None = None) -> object:
        """Do as `ask` does, once a session: what the site said then, a refusal too, is said again.

        A function has one set of parameters in a session.
        """
        with self._keeping:
            # Under the lock: one thread asks, and the others wait for its answer.
            if function not in self._kept:
                try:
                    self._kept[function] = self.ask(function, params)
                except (CallRefused, NotInService) as refusal:
                    self._kept[function] = refusal
            kept = self._kept[function]
        if isinstance(kept, CallRefused | NotInService):
            raise kept
        return kept

    def call(self, function: str, params: Mapping[str, object] | None = None) -> object:
        """Call a function with nested lists and dictionaries, and give its answer decoded.

        In XML every number is text: turn ids into `int` whatever the format is. Names come plain, not HTML-escaped.
        """
        given = params or {}
        answer = self._post(function, encode(pairs({**given, **_RAW})), params=given)
        return of_those_asked(function, given, answer)

    def change(
        self, change: Change, rows: Sequence[CallRow], *, dates: Sequence[Dates] = (), idle: bool = False
    ) -> None:
        """Make one change for all rows in one call; Moodle does all of them or none.

        A row is (user id, role id, level, instance id). At level `context` the instance id is a context id; at level
        `system` Moodle wants some instance id and ignores its value. `dates`: from when until when each row counts, for
        a change that takes dates; none at all where no row has one.

        `idle`: the rows are of a user who does not exist, so that nothing can be done and a lost answer is only that.
        One can then do without the function, as in `ask`.
        """
        apart = self._service.told_apart(change.function, self._site_info) if idle else nullcontext()
        try:
            with apart:
                self._post(change.function, rows_text(change, rows, dates), idle=idle)
        except CallTooLarge as refusal:
            if refusal.errorcode != FORM_CUT or len(rows) > 1:
                raise
            # A form of one row is not cut anywhere: this XML is another's.
            said = f"{self.url} answers {change.function} in another format than it was asked for"
            raise _gave_up(said, lost=not idle) from None

    def max_rows(self, variables: int) -> int:
        """Give the number of rows of so many variables each that fit into one `change`."""
        # PHP keeps one variable more than it says (case `vars-249-rows-fit`); that is not relied on.
        return max(1, (self.max_input_vars - _OWN_VARIABLES) // variables)

    def max_values(self, others: int = 0) -> int:
        """Give the number of list values that fit into one `call` beside `others` more variables."""
        return max(1, self.max_input_vars - _OWN_VARIABLES - len(_RAW) - others)

    def _post(
        self, function: str, content: str, *, idle: bool = False, params: Mapping[str, object] | None = None
    ) -> object:
        asked = Asked(self.url, function, self.rest_format, idle, params or {})
        sent = body(self._token, content, function, self.rest_format)
        began, lost, attempt = time.monotonic(), False, 0
        while True:
            attempt += 1
            try:
                return self._attempt(asked, sent, lost)
            except SiteRefusal as refusal:
                # An earlier attempt may have been done before the site began to refuse.
                refusal.maybe_done = refusal.maybe_done or lost
                raise
            except AttemptError as failed:
                failure = self._told(failed)
            # A proxy that lost patience, or a connection that broke, stops nothing: all rows of such calls were stored
            # (cases `gateway-timeout-assign`, `client-disconnect-assign`).
            lost = lost or (failure.lost and asked.writes)
            # Once more, so that no further attempt is announced that will not be made.
            self._check_stop(function, lost)
            pause = self._pause_or_raise(failure, asked, attempt, time.monotonic() - began, lost=lost)
            self.observer.retrying(function, failure.reason, pause)
            self.stop.wait(pause)

    def masked(self, text: str) -> str:
        """Hide the token in a text for people."""
        return self._mask.told(text)

    def _told(self, failed: AttemptError) -> AttemptError:
        """Make what an attempt failed of fit to be told."""
        failed.reason = self._mask.told(failed.reason)
        failed.answered = self._mask.told(failed.answered)
        if failed.ending is not None:
            failed.ending = self._mask.error(failed.ending)
        return failed

    def _check_stop(self, function: str, lost: bool) -> None:
        if self.stop.is_set():
            raise _gave_up(f"{function}: stopped", lost)

    def _attempt(self, asked: Asked, sent: bytes, lost: bool) -> object:
        """Send one request, unless it is to be stopped; raises `AttemptError` where another may do better."""
        with self._room:
            self._check_stop(asked.function, lost)
            with self._lock:
                # Under the lock: `+= 1` is several steps, between which another thread may count.
                for counter in self._counters:
                    counter[asked.function] += 1
            began = time.monotonic()
            answer = self._mask.answer(
                self._transport.post(self.url + SERVER_PATH, sent, timeout=self._timeout)
            )
            seconds = time.monotonic() - began
        try:
            decoded = read(answer, asked)
        except BatchrolesError as error:
            self.observer.answered(asked.function, seconds)
            raise self._mask.error(error) from None
        self.observer.answered(asked.function, seconds)
        self._note(decoded)
        return decoded.value

    def _pause_or_raise(
        self, failure: AttemptError, asked: Asked, attempt: int, spent: float, *, lost: bool
    ) -> float:
        """Give the pause before the next attempt, or raise when there is none."""
        settle = failure.lost and asked.writes
        pause = self.retry.pause(attempt, asked=failure.asked, settle=settle, clash=failure.clash)
        most = FEW if failure.few else SEVERAL if failure.clash else self.retry.attempts
        if attempt < min(most, self.retry.attempts) and spent + pause <= self.retry.total:
            return pause
        if failure.ending is not None:
            raise failure.ending
        said = f"{self.url} does not answer {asked.function}: {failure.reason} (attempt {attempt}, the last)"
        gave_up = _gave_up(said, lost)
        gave_up.answered = failure.answered
        raise gave_up

    def _note(self, decoded: Decoded) -> None:
        if not decoded.notice.strip():
            return
        said = (
            "The site prints notices of PHP before its answers; they were skipped (an administrator should turn off"
            f" the display of errors). The first one: {plain(decoded.notice)[:200]}"
        )
        with self._lock:
            # By its beginning: each notice has another text, and one is enough.
            if not any(note.startswith(said[:40]) for note in self.notes):
                self.notes.append(self._mask.told(said))


def _http_transport(
    workers: int, stop: Stop, ca_cert: str | None, client_cert: str | tuple[str, str] | None
) -> Transport:
    from batchroles.client.transport import HttpTransport

    return HttpTransport(workers, stop=stop, ca_cert=ca_cert, client_cert=client_cert)


def _gave_up(sentence: str, lost: bool) -> TemporaryFailure:
    if lost:
        return NoAnswer(f"{sentence}; the call may have been done all the same.")
    return TemporaryFailure(f"{sentence}.")


def checked_token(token: str) -> str:
    """Refuse a token that cannot be one (empty, with blanks or control characters) without quoting it."""
    if not re.fullmatch(r"[!-~]+", token.strip()):
        raise InputError("The token is empty or holds blanks: copy it again from the page Manage tokens.")
    return token.strip()
