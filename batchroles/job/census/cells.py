"""What stands in the cells of an exported file: people, addresses that read back, words for people."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from batchroles.directory.courses import Course
from batchroles.directory.people_by_field import is_plain
from batchroles.directory.people_by_id import Person
from batchroles.directory.places import Place
from batchroles.job.census import layout
from batchroles.job.census.seen import Spot
from batchroles.job.naming import written
from batchroles.loader.layouts.contexts import read_context
from batchroles.loader.layouts.dates import moment_reader
from batchroles.models import ContextRef, Level
from batchroles.models.levels import BY_CONTEXT_ID
from batchroles.models.references import Moment, UserKey
from batchroles.text import cleaned

_ENGLISH = re.compile(r"(?:\w+, )?(\d{1,2}) (\w+) (\d{4}), (\d{1,2}):(\d\d) (AM|PM)")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October"),
    *("November", "December"),
)
_HALF_A_DAY = 12


def of_people(people: Sequence[Person]) -> dict[str, list[str]]:
    """Write the columns of some people; names in parts where every one of them has both."""
    columns = {
        layout.USERNAME: [one.username for one in people],
        layout.EMAIL: _telling("email", [one.email for one in people]),
        layout.IDNUMBER: _telling("idnumber", [one.idnumber for one in people]),
    }
    if people and all(one.firstname and one.lastname for one in people):
        columns[layout.FIRST] = [one.firstname for one in people]
        columns[layout.LAST] = [one.lastname for one in people]
    else:
        columns[layout.FULL] = [one.fullname for one in people]
    return columns


def _telling(by: UserKey, values: Sequence[str]) -> list[str]:
    """Leave out what does not lead to one person: a row is about nobody where its columns lead to different people."""
    times = Counter(value.casefold() for value in values)
    return [
        value if times[value.casefold()] == 1 and cleaned(value) == value and is_plain(by, value) else ""
        for value in values
    ]


def addresses(
    spots: Sequence[Spot], courses: Mapping[int, Course], people: Mapping[int, Person]
) -> list[str]:
    """Write each place so that it is read as exactly this one."""
    return [_address(spot.place, courses, people) for spot in spots]


def _address(place: Place, courses: Mapping[int, Course], people: Mapping[int, Person]) -> str:
    level, instance = place
    by_id = ContextRef(level, "id" if level.facts.keys else "", str(instance) if level.facts.keys else "")
    named = by_id
    if level is Level.COURSE and instance in courses:
        shortname = courses[instance].shortname
        # An & may be escaped or not: such a name may not lead back here.
        if "&" not in shortname and cleaned(shortname) == shortname:
            named = ContextRef(level, "shortname", shortname)
    elif level is Level.USER and instance in people and is_plain("username", people[instance].username):
        named = ContextRef(level, "username", people[instance].username)
    return _text(named if read_context(_text(named)) == named else by_id)


def _text(ref: ContextRef) -> str:
    # As the guides have it, and not as Moodle's functions spell it.
    return written(ref).replace(f"{Level.COURSECAT}:", "category:", 1)


def in_words(spot: Spot, courses: Mapping[int, Course]) -> str:
    """Write a place for people: as the site calls it, else by its level and number."""
    level, instance = spot.place
    if spot.shown:
        return spot.shown
    if level is Level.COURSE and instance in courses and courses[instance].fullname:
        return f"Course: {courses[instance].fullname}"
    if level in BY_CONTEXT_ID:
        return ""
    return f"{level.facts.called} {instance}" if level.facts.keys else level.facts.place


def moment(text: str) -> str:
    """Write as 2026-09-22 17:13 what the site shows in English; in any other language as the site shows it.

    It is a time in the zone of the token's user, to the minute: a report tells no more.
    """
    found = _ENGLISH.fullmatch(text)
    if found is None or found[2] not in _MONTHS:
        return text
    hour = int(found[4]) % _HALF_A_DAY + (_HALF_A_DAY if found[6] == "PM" else 0)
    return f"{found[3]}-{_MONTHS.index(found[2]) + 1:02}-{int(found[1]):02} {hour:02}:{found[5]}"


def same_moments(text: str) -> set[str]:
    """Give every way of `moment` to write what a cell has, which Excel may have retyped as 22/09/2026 17:13."""
    found = (moment_reader(order)(text) for order in ("dmy", "mdy"))
    return {
        text,
        *(
            f"{datetime.fromtimestamp(one.seconds, UTC):%Y-%m-%d %H:%M}"
            for one in found
            if isinstance(one, Moment)
        ),
    }
