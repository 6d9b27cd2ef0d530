"""The text of one cell → a moment, a number of days, or whether an enrolment is suspended."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from batchroles.loader.layouts.cells import Fault
from batchroles.models.references import Days, Moment, Participation

DateOrder = Literal["dmy", "mdy"]
"""What the first two numbers of 03/04/2026 are."""

_FIX = "Write it as 2026-09-01, or 2026-09-01 13:30."
_UNIX = re.compile(r"[1-9][0-9]{8,10}")
"""Seconds since 1970, as Moodle's own files have them: from 1973 on, so that no day in digits alone is one."""
_TIME = (
    r"(?:[ T,]+(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))? ?(?P<half>[AaPp][Mm])?)?"
)
_NUMBERS = re.compile(
    r"(?P<one>[0-9]{1,2})(?P<sign>[./-]) ?(?P<two>[0-9]{1,2})(?P=sign) ?(?P<year>[0-9]{4})" + _TIME
)
_YEAR_FIRST = re.compile(
    r"(?P<year>[0-9]{4})(?P<sign>[./-])(?P<month>[0-9]{1,2})(?P=sign)(?P<day>[0-9]{1,2})" + _TIME
)
_DAY_AND_NAME = re.compile(
    r"(?P<day>[0-9]{1,2})\.?[ -](?P<name>[A-Za-z]{3,9})\.?,?[ -](?P<year>[0-9]{4})" + _TIME
)
_NAME_AND_DAY = re.compile(r"(?P<name>[A-Za-z]{3,9})\.? (?P<day>[0-9]{1,2}),? (?P<year>[0-9]{4})" + _TIME)
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october"),
    *("november", "december"),
)
_SHORTEST = 3
_MONTHS_A_YEAR = 12


def moment_reader(order: DateOrder | None) -> Callable[[str], Moment | Fault]:
    """Return how a cell with a date, or a date and a time, is read; `order` says what 03/04/2026 is."""

    def read(text: str) -> Moment | Fault:
        if text.isascii() and text.isdecimal():
            return _digits(text)
        found = _parts(text, order)
        if isinstance(found, Fault):
            return found
        # With an offset (2026-09-01T13:30+02:00) it says itself which moment it is.
        return found if found is not None else _with_offset(text)

    return read


def last_day(read: Callable[[str], Moment | Fault]) -> Callable[[str], Moment | Fault]:
    """Return how a cell is read that names the first day no more, as OneRoster's endDate: it is the day before."""

    def before(text: str) -> Moment | Fault:
        found = read(text)
        if isinstance(found, Moment) and found.whole_day:
            return replace(found, seconds=found.seconds - _DAY)
        return found

    return before


_DAY = 86_400


def _digits(text: str) -> Moment | Fault:
    """Read a number: Moodle's seconds, its 0 for none, or a day as 20260901."""
    if not text.strip("0"):
        return Moment(0, zoned=True, whole_day=False)
    if _UNIX.fullmatch(text):
        return Moment(int(text), zoned=True, whole_day=False)
    try:
        day = datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        return Fault(f'"{text}" is no date.', _FIX)
    return Moment(int(day.timestamp()), zoned=False, whole_day=True)


def _parts(text: str, order: DateOrder | None) -> Moment | Fault | None:
    """Read a date by its parts; None where it is written in none of these ways."""
    if found := _YEAR_FIRST.fullmatch(text):
        return _moment(text, found, int(found["month"]), int(found["day"]))
    if found := _DAY_AND_NAME.fullmatch(text) or _NAME_AND_DAY.fullmatch(text):
        name = found["name"].casefold()
        month = next((at for at, one in enumerate(_MONTHS, 1) if one.startswith(name[:_SHORTEST])), 0)
        return _moment(text, found, month, int(found["day"]))
    if found := _NUMBERS.fullmatch(text):
        return _numbers(text, found, order)
    return None


def _numbers(text: str, found: re.Match[str], order: DateOrder | None) -> Moment | Fault:
    one, two = int(found["one"]), int(found["two"])
    if order is None and found["sign"] == ".":
        # Whoever parts by points writes the day first.
        order = "dmy"
    if order is None and one != two and one <= _MONTHS_A_YEAR and two <= _MONTHS_A_YEAR:
        return Fault(
            f'"{text}" can be read in two ways: month and day, or day and month.',
            "Say --date-format dmy or --date-format mdy; or write it as 2026-09-01.",
        )
    day_first = order == "dmy" if order is not None else one > _MONTHS_A_YEAR or one == two
    return _moment(text, found, *((two, one) if day_first else (one, two)))


def _moment(text: str, found: re.Match[str], month: int, day: int) -> Moment | Fault:
    try:
        hour = _hour(int(found["hour"] or 0), found["half"] or "")
        clock = datetime(
            int(found["year"]),
            month,
            day,
            hour,
            int(found["minute"] or 0),
            int(found["second"] or 0),
            tzinfo=UTC,
        )
    except ValueError:
        return Fault(f'"{text}" is no date that there is.', _FIX)
    return _checked(text, clock, zoned=False, whole_day=found["hour"] is None)


def _hour(hour: int, half: str) -> int:
    if not half:
        return hour
    if not 1 <= hour <= _MONTHS_A_YEAR:
        raise ValueError("a half of the day has twelve hours")
    return hour % _MONTHS_A_YEAR + (_MONTHS_A_YEAR if half.casefold() == "pm" else 0)


def _with_offset(text: str) -> Moment | Fault:
    try:
        clock = datetime.fromisoformat(text)
    except ValueError:
        clock = None
    if clock is None or clock.tzinfo is None:
        return Fault(f'"{text}" is no date that is understood.', _FIX)
    return _checked(text, clock, zoned=True, whole_day=False)


def _checked(text: str, clock: datetime, *, zoned: bool, whole_day: bool) -> Moment | Fault:
    if clock.year <= _FIRST_YEAR:
        return Fault(f'"{text}" is before {_FIRST_YEAR + 1}, where Moodle\'s times begin.', _FIX)
    return Moment(int(clock.timestamp()), zoned=zoned, whole_day=whole_day)


_FIRST_YEAR = 1970


def read_days(text: str) -> Days | Fault:
    """Return for how many days an enrolment counts; 0 for no end."""
    if text.isascii() and text.isdecimal() and int(text) <= _LONGEST:
        return Days(int(text))
    return Fault(f'"{text}" is no number of days.', "Write for how many days the enrolment counts: 90, say.")


_LONGEST = 36_500
"""A century: whoever means more gives no end."""

_STATUSES = {"0": False, "active": False, "1": True, "suspended": True}


def read_participation(text: str) -> Participation | Fault:
    """Return whether an enrolment lets in: 0 or active, 1 or suspended."""
    suspended = _STATUSES.get(text.casefold())
    if suspended is None:
        return Fault(f'"{text}" is no status of an enrolment.', "Write 0 or active, or 1 or suspended.")
    return Participation(suspended)
