"""The Moodle versions that the practice site can be, and all in which they differ.

Each difference is an attribute of `Release` and asked where it matters. What only some of them take or give by name is
marked with `only` where the structures stand (`functions/structures.py`, `functions/signatures.py`); what differs in
the report builder stands in `reports/release.py`. Everything else is the same in all, as recorded.
"""

import re
from dataclasses import dataclass, replace

from batchroles.sandbox.text import words

MOODLE_43, MOODLE_45, MOODLE_51 = EVERY = "4.3", "4.5", "5.1"
NAMES = MOODLE_43, MOODLE_51
"""Those of which all was recorded, and which can be asked for."""


class UnknownRelease(ValueError):
    """No version that the practice site can be; the message names those there are."""


@dataclass(frozen=True)
class Release:
    """One version of Moodle: how it calls itself, and what it does differently."""

    name: str
    """What people call it: the first two parts of its number."""
    full: str
    """The release as `core_webservice_get_site_info` tells it, unless a site file names another of the version."""
    version: str
    """The version of core, and of each of its functions."""
    plugins: str
    """The version of the plugins that come with it, and of their functions."""
    namespaced: frozenset[str]
    r"""The classes of exceptions that it tells with `core\exception\` before their name."""
    names_tables: bool
    """Whether it says in which table a record is missing; in debug mode all do (function-unknown-debug)."""
    sorts_services: bool
    """Whether the functions of a long service come in the order in which Moodle installed them, not in the service's
    own. Nothing in Moodle defines it: it was PostgreSQL's choice on the two recorded sites."""
    activities: tuple[str, ...]
    """The activity types of a fresh site, in the order of their ids from 1; a plugin's follow them."""
    advanced_features: tuple[str, ...]
    """What it lists as advanced features besides those of 4.3, all switched on."""
    section: str
    """What a section without a name is called in the topics format; `{}` stands for its number."""
    forum_data: str
    """What `core_course_get_contents` tells of a forum as `customdata`."""
    activity_dates: bool
    """Whether courses show their activities' dates where nobody chose otherwise."""
    user_fields: tuple[str, ...]
    """The fields of users that a client may ask for besides those of 4.3."""
    shows_names: bool
    """Whether first and last names are shown without moodle/site:viewfullnames, and so can be searched by
    (users-lastname)."""
    checks_enrolled: bool
    """Whether enrolling and unenrolling by hand refuse guest, deleted, unconfirmed and unknown users each by its own
    error (enrol-user-guest, unenrol-user-deleted)."""
    fills_course: bool
    """Whether the message that a course has no manual enrolment names the course (enrol-no-manual-instance)."""
    keeps_address: bool
    """Whether a client that used another host name is sent to the same path and query, token and all
    (wrong-host-get), or to the home page."""


_43 = Release(
    name=MOODLE_43,
    full="4.3+ (Build: 20231110)",
    version="2023100900.05",
    plugins="2023100900",
    namespaced=frozenset(),
    names_tables=True,
    sorts_services=True,
    activities=tuple(
        words("""
            assign bigbluebuttonbn book chat choice data feedback folder forum glossary h5pactivity imscp label
            lesson lti page quiz resource scorm survey url wiki workshop
        """)
    ),
    advanced_features=(),
    section="Topic {}",
    forum_data='""',
    activity_dates=False,
    user_fields=(),
    shows_names=False,
    checks_enrolled=False,
    fills_course=False,
    keeps_address=False,
)
_45 = replace(
    _43,
    name=MOODLE_45,
    full="4.5.6",
    version="2024100706",
    plugins="2024100700",
    # What lies in `lib/classes/exception`. Those of the database and of access to services stay where they were.
    namespaced=frozenset(
        f"{name}_exception"
        for name in words("""
            moodle coding invalid_parameter invalid_response require_login required_capability
        """)
    ),
    checks_enrolled=True,
    fills_course=True,
)
"""Only enrolling and the report builder were recorded of it; where they do not show it, it is taken to be as a 4.3."""
_51 = replace(
    _45,
    name=MOODLE_51,
    full="5.1.6 (Build: 20260810)",
    version="2025100606",
    plugins="2025100600",
    names_tables=False,
    sorts_services=False,
    activities=tuple(
        words("""
            assign bigbluebuttonbn book choice data feedback folder forum glossary h5pactivity imscp label
            lesson lti page qbank quiz resource scorm subsection url wiki workshop
        """)
    ),
    advanced_features=("enablecompetencies",),
    section="New section",
    forum_data='{"trackingtype":"1"}',
    activity_dates=True,
    user_fields=("trackforums",),
    shows_names=True,
    keeps_address=True,
)

RELEASES = {release.name: release for release in (_43, _45, _51)}
"""By name, oldest first. All of 4.3 and 5.1 was recorded, but for the activity types that stood in no recorded course:
those are by Moodle's source (`mod/`)."""

NEWEST = _51
"""What a site is where nothing else is said."""


def asked_for(name: str) -> Release:
    """Give the release of a name. UnknownRelease: it cannot be asked for."""
    if name not in NAMES:
        raise UnknownRelease(f"the practice Moodle can be a {' or a '.join(NAMES)}, not {name!r}")
    return RELEASES[name]


def number_of(text: str) -> tuple[int, int]:
    """Give the first two parts of the number by which a site calls itself. UnknownRelease: there is none."""
    number = re.match(r"([0-9]{1,4})\.([0-9]{1,4})", text)
    if number is None:
        raise UnknownRelease(
            f"{text!r} does not begin with the number of a Moodle version, as in {NEWEST.full!r}"
        )
    return int(number[1]), int(number[2])


def release_of(text: str) -> Release:
    """Give what a site that calls itself so behaves as: the newest release that is not newer than it, or the oldest."""
    number = number_of(text)
    passed = [release for name, release in RELEASES.items() if number_of(name) <= number]
    return passed[-1] if passed else _43
