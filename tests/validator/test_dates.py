"""Dates of enrolments as moments: zones, days on which clocks change, and numbers of days."""

from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from batchroles.errors import InputError
from batchroles.job import plan_offline
from batchroles.loader import ReadingOptions
from batchroles.loader.layouts import FormatOptions
from batchroles.models import ENROL
from batchroles.models.lines import NONE
from batchroles.reporter import outcomes
from batchroles.validator.dates import zone_of

BERLIN = "Europe/Berlin"


def spans(path: Path, *rows: str, zone: str | None = BERLIN) -> list[tuple[str, str]]:
    """Give start and end of a file's rows as clocks in the zone show them; blank for none."""
    path.write_text("user,role,course,start,end,enrolperiod\n" + "".join(rows), encoding="utf-8")
    made = plan_offline(path, ReadingOptions(), FormatOptions(change=ENROL, time_zone=zone))
    lines, where = made.plan.lines, ZoneInfo(zone) if zone else UTC
    assert (lines.problem == NONE).all()
    pairs = zip(lines.start.tolist(), lines.end.tolist(), strict=True)
    return [(shown(start, where), shown(end, where)) for start, end in pairs]


def shown(seconds: int, zone: tzinfo) -> str:
    return datetime.fromtimestamp(seconds, zone).isoformat(" ", "minutes") if seconds else ""


def test_a_day_begins_and_ends_where_the_site_is(tmp_path: Path) -> None:
    """A start is the day's beginning and an end the day's end, also on days of 23 and 25 hours."""
    assert spans(
        tmp_path / "rows.csv",
        "anna,student,A1,2026-09-01,2026-12-31,\n",
        "ben,student,A1,2026-03-29,2026-03-29,\n",
        "cem,student,A1,2026-10-25,2026-10-25,\n",
        "dora,student,A1,,2026-09-01 12:00,\n",
        "emil,student,A1,2026-09-01T12:00+00:00,,\n",
    ) == [
        ("2026-09-01 00:00+02:00", "2027-01-01 00:00+01:00"),
        ("2026-03-29 00:00+01:00", "2026-03-30 00:00+02:00"),
        ("2026-10-25 00:00+02:00", "2026-10-26 00:00+01:00"),
        ("", "2026-09-01 12:00+02:00"),
        ("2026-09-01 14:00+02:00", ""),
    ]


def test_a_number_of_days_counts_from_the_start(tmp_path: Path) -> None:
    """Days are those of the calendar, an end goes before them, and none is no end."""
    assert spans(
        tmp_path / "rows.csv",
        "anna,student,A1,2026-10-20,,10\n",
        "ben,student,A1,2026-10-20,2026-10-21,10\n",
        "cem,student,A1,2026-10-20,,0\n",
    ) == [
        ("2026-10-20 00:00+02:00", "2026-10-30 00:00+01:00"),
        ("2026-10-20 00:00+02:00", "2026-10-22 00:00+02:00"),
        ("2026-10-20 00:00+02:00", ""),
    ]


def test_an_end_before_its_start_is_a_row_problem(tmp_path: Path) -> None:
    """The end's own cell is named; the same day for both is a day."""
    path = tmp_path / "rows.csv"
    path.write_text(
        "user,role,course,start,end\nanna,student,A1,2026-09-02,2026-09-01\nben,student,A1,2026-09-01,2026-09-01\n",
        encoding="utf-8",
    )
    rows = outcomes(plan_offline(path, ReadingOptions(), FormatOptions(change=ENROL)).plan)
    assert rows["_code"].tolist() == ["bad-value", ""]
    assert rows["_reason"].tolist()[0].startswith('row 2, column "end": The end is not after the start')


@pytest.mark.parametrize("name", ["Mars/Olympus", "/etc/passwd", "", "Europe"])
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    """Its name is quoted, with two that are."""
    with pytest.raises(InputError, match="is no time zone; write one as Europe/Berlin"):
        zone_of(name)
