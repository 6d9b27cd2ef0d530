"""What differs between Moodle versions in the report builder.

Recorded are 4.3, 4.5.6 and 5.1.6; to which side 4.4 and 5.0 belong is said at each number, and stands in no recording.
"""

from batchroles.sandbox.site.release import number_of
from batchroles.sandbox.site.site import Site

Number = tuple[int, int]
"""The first two parts of a version's number."""

V44 = 4, 4
"""From 4.4 on there is the source Roles, and `moodle/reportbuilder:viewall` replaces an audience.

Both are recorded on 4.5.6.
"""
V45 = 4, 5
"""From 4.5 on reports have tags, exceptions a namespace of their own, and an unknown report is not told by its table.

Whether 4.4 has them already is not recorded.
"""
V51 = 5, 1
"""From 5.1 on reports have custom fields, a filter by a role that does not exist is ignored, a row whose context is
gone is shown, and beyond the last page the total is 0.

Whether 5.0 does so already is not recorded.
"""


ANY = 0, 0


def has(site: Site, since: Number) -> bool:
    """Say whether a site's Moodle is of this version or newer."""
    return number_of(site.versions["moodle_release"]) >= since
