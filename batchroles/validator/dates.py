"""From when until when: the dates of a file's rows as moments, in the zone that they are meant in."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import numpy as np

from batchroles.client import Moodle, records
from batchroles.client.functions import CONFIGURATION
from batchroles.errors import CallRefused, InputError, NotInService
from batchroles.models import Code, Lines, Problem, Wanted
from batchroles.models.changes import NO_DATE
from batchroles.models.lines import NONE, Ints, Mask
from batchroles.models.references import Days, Moment

Zone = Callable[[], tzinfo]
"""Gives the zone of dates, when the first one without a zone of its own turns up."""
COLUMNS = ("start", "end", "days")
"""The columns of dates in `Wanted.lines`."""


def zone_of(name: str) -> tzinfo:
    """Give a zone by its name. Raises InputError where there is none of that name."""
    try:
        return ZoneInfo(name)
    # What is no name at all (an absolute path, say) is a ValueError.
    except (KeyError, ValueError, OSError):
        raise InputError(
            f'--time-zone: "{name}" is no time zone; write one as Europe/Berlin or America/New_York.'
        ) from None


def site_zone(moodle: Moodle) -> tzinfo:
    """Give the site's own zone. Raises InputError where the site does not tell it."""
    try:
        answer = moodle.ask(CONFIGURATION, {"section": "locationsettings"})
        settings = {one["name"]: one["value"] for one in records(answer, "settings")}
        return ZoneInfo(str(settings["timezone"]))
    # 99 stands for that of the server, which nobody but the server knows.
    except (CallRefused, NotInService, KeyError, ValueError, OSError):
        raise InputError(
            f"The file has dates, and {moodle.url} does not tell its time zone ({CONFIGURATION} would): give it as"
            " --time-zone Europe/Berlin, say."
        ) from None


def with_dates(
    lines: Lines, problems: Sequence[Problem], wanted: Wanted, zone: Zone, now: datetime | None = None
) -> tuple[Lines, list[Problem]]:
    """Give lines the start and the end that their rows say; those the wrong way round get a problem.

    `now`: when a number of days begins for a row without a start.
    """
    names = [name for name in COLUMNS if name in wanted.lines]
    found = list(problems)
    if not names:
        return lines, found
    codes = np.stack([wanted.lines[name].cat.codes.to_numpy().astype("int64") for name in names], axis=1)
    distinct, which = np.unique(codes, axis=0, return_inverse=True)
    spans, wrong = [], []
    for row in distinct.tolist():
        said = {
            name: wanted.lines[name].cat.categories[code]
            for name, code in zip(names, row, strict=True)
            if code != NONE
        }
        span = _span(said, zone, now or datetime.now(UTC))
        spans.append(span)
        problem = _wrong_way_round(span, said, wanted)
        wrong.append(NONE if problem is None else len(found))
        found += [problem] if problem else []
    start, end = np.array(spans, "int64")[which.reshape(-1)].T
    problem_of = np.array(wrong, "int32")[which.reshape(-1)]
    bad = (problem_of != NONE) & (lines.problem == NONE)
    return lines.dated(start, end).explained(bad, problem_of[bad]), found


def due(wanted: Wanted, zone: Zone, now: datetime) -> tuple[Mask, Mask]:
    """Choose the lines that are wanted now, from their first day to their last, and those that are over by now."""
    count = len(wanted.lines)
    due, over = np.ones(count, bool), np.zeros(count, bool)
    if "from" in wanted.lines:
        begun = _of_each(
            wanted, "from", lambda moment: _seconds(moment, zone, days_later=0) <= now.timestamp()
        )
        due &= begun
    if "until" in wanted.lines:
        over = ~_of_each(
            wanted,
            "until",
            # The last day is one of those on which it is wanted; without a day there is no end.
            lambda moment: (
                not moment.seconds
                or now.timestamp() < _seconds(moment, zone, days_later=int(moment.whole_day))
            ),
        )
        due &= ~over
    return due, over


def days_counted(wanted: Wanted) -> Ints:
    """Give for each line the days that its enrolment lasts from when it is made; 0 where it has a start or an end."""
    if "days" not in wanted.lines:
        return np.zeros(len(wanted.lines), "int64")
    column = wanted.lines["days"].cat
    days = np.array([*(one.count for one in column.categories), 0], "int64")[column.codes]
    for name in ("start", "end"):
        if name in wanted.lines:
            days[wanted.lines[name].notna().to_numpy()] = 0
    return days


def day_after(day: date, days: int, zone: Zone) -> int:
    """Give when so many days are over that begin with a day, in seconds since 1970."""
    ends = datetime.combine(day + timedelta(days=days), datetime.min.time(), zone())
    return int(ends.timestamp())


def never(wanted: Wanted, zone: Zone) -> Mask:
    """Choose the lines whose last day is over before their first one begins."""
    if not ("from" in wanted.lines and "until" in wanted.lines):
        return np.zeros(len(wanted.lines), bool)
    first, last = (wanted.lines[name].cat for name in ("from", "until"))
    begins = [_seconds(one, zone, days_later=0) if one.seconds else NO_DATE for one in first.categories]
    ends = [
        _seconds(one, zone, days_later=int(one.whole_day)) if one.seconds else NO_DATE
        for one in last.categories
    ]
    end = np.array([*ends, NO_DATE])[last.codes]
    return np.asarray((np.array([*begins, NO_DATE])[first.codes] >= end) & (end != NO_DATE))


def last_days(wanted: Wanted) -> list[str]:
    """Give the last whole day on which each line is wanted, as ISO writes it; empty where there is no end."""
    if "until" not in wanted.lines:
        return [""] * len(wanted.lines)
    column = wanted.lines["until"].cat
    days = [_last_day(moment) if moment.seconds else "" for moment in column.categories]
    return [[*days, ""][code] for code in column.codes.tolist()]


def _last_day(moment: Moment) -> str:
    day = datetime.fromtimestamp(moment.seconds, UTC).date()
    # One that ends at noon is over on that day.
    return (day if moment.whole_day else day - timedelta(days=1)).isoformat()


def has_window(wanted: Wanted) -> bool:
    """Whether some line says when it is wanted."""
    return any(name in wanted.lines for name in ("from", "until"))


def _of_each(wanted: Wanted, name: str, says: Callable[[Moment], bool]) -> Mask:
    """Choose the lines of whose moment something is true, and those without one."""
    column = wanted.lines[name].cat
    return np.array([*map(says, column.categories), True], bool)[column.codes.to_numpy()]


def _span(said: dict[str, object], zone: Zone, now: datetime) -> tuple[int, int]:
    start, end, days = said.get("start"), said.get("end"), said.get("days")
    first = _seconds(start, zone, days_later=0) if isinstance(start, Moment) else NO_DATE
    if isinstance(end, Moment):
        return first, _seconds(end, zone, days_later=int(end.whole_day))
    if isinstance(days, Days) and days.count:
        # As Moodle counts them: from the start, else from the beginning of the day on which the file is read.
        begins = datetime.fromtimestamp(first, zone()) if first else _midnight(now.astimezone(zone()))
        return first, int((begins + timedelta(days=days.count)).timestamp())
    return first, NO_DATE


def _seconds(moment: Moment, zone: Zone, *, days_later: int) -> int:
    if moment.zoned:
        return moment.seconds
    clock = datetime.fromtimestamp(moment.seconds, UTC).replace(tzinfo=zone())
    # Days by the clock: one on which it is set forward or back has 23 hours, or 25.
    return int((clock + timedelta(days=days_later)).timestamp())


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _wrong_way_round(span: tuple[int, int], said: dict[str, object], wanted: Wanted) -> Problem | None:
    start, end = span
    if end == NO_DATE or end > start:
        return None
    column = wanted.sources.get("end", "") if "end" in said else ""
    return Problem(
        Code.BAD_VALUE,
        "The end is not after the start: nobody would ever be let in.",
        "Correct the two dates; an end without a time of day is the end of that day.",
        column,
    )
