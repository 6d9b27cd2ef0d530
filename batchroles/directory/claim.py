"""One kind's report in one job: looked for, opened, read and given up at most once each."""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from batchroles.client import Moodle, functions
from batchroles.directory.register import Register, UntoldError
from batchroles.directory.reports import (
    NoReportError,
    Opened,
    UnbelievedError,
    find,
    opened,
    read,
    refuse_conditions,
    refuse_fewer,
)
from batchroles.directory.roles import refuse_filtered
from batchroles.directory.wanted import Kind


@dataclass(frozen=True)
class Subject:
    """What a kind of report is about."""

    kind: Kind
    link: re.Pattern[str]
    """The link that tells the id of a row."""
    fields: Collection[str]
    """The keys that look-ups show."""
    what: str
    """What a row is, for people."""


def done_without(why: UnbelievedError) -> str:
    """Say why names were looked up without a report."""
    return f"{why} Names were looked up without it."


class Claim:
    """A report that may be used, and what is to be said of it."""

    def __init__(self, moodle: Moodle, subject: Subject, *, names: bool = False) -> None:
        """`names`: whether what the links show is wanted, too."""
        self._moodle, self._subject, self._names = moodle, subject, names
        self._opened: Opened | None = None
        self._register: Register | None = None
        self.doubts: list[str] = []
        """Why one that is there is not used, and where one is expected why there is none."""
        self.cost = ""
        """The report with what reading it took, as the beginning of a sentence, once it has been read."""
        self._over = self._unfiltered = False

    def opened(self) -> Opened | None:
        """Give what its first row tells; None where it cannot be used."""
        if self._opened is None and not self._over:
            with self._given_up():
                first = opened(self._moodle, find(self._moodle, self._subject.kind))
                refuse_conditions(first)
                self._opened = first
        return None if self._over else self._opened

    def register(self) -> Register | None:
        """Give it whole; None where it is not believed."""
        first, subject = self.opened(), self._subject
        if first is not None and self._register is None:
            with self._given_up():
                sheet = read(self._moodle, first)
                self.cost = sheet.cost()
                self._register = Register(
                    sheet, subject.link, subject.fields, subject.what, names=self._names
                )
        return None if self._over else self._register

    def refuse_filtered(self) -> None:
        """Raise `UnbelievedError` where filters may hide that a value belongs to several; asked for once.

        What a filter hid that is gone by now is counted now. It is an `UntoldError` where nothing tells of filters:
        what belongs to one alone can be sought all the same.
        """
        if self._register is None or self._unfiltered:
            return
        try:
            refuse_filtered(self._moodle, self._register.sheet.report)
        except UnbelievedError as why:
            if self._moodle.may_have(functions.REPORT_PAGE):
                raise
            raise UntoldError(str(why)) from None
        refuse_fewer(self._moodle, self._register.sheet.report, len(self._register.ids))
        self._unfiltered = True

    @property
    def is_read(self) -> bool:
        """Whether it was read, and is still believed."""
        return self._register is not None and not self._over

    def give_up(self, why: UnbelievedError) -> None:
        """Use it no more."""
        self._over, self._register = True, None
        self.doubt(why)

    def doubt(self, why: UnbelievedError) -> None:
        """Say why it was not used, once."""
        said = done_without(why)
        if said not in self.doubts:
            self.doubts.append(said)

    @contextmanager
    def _given_up(self) -> Iterator[None]:
        try:
            yield
        except NoReportError as none:
            self._over = True
            if self._moodle.reports:
                self.doubt(none)
        except UnbelievedError as why:
            self.give_up(why)
