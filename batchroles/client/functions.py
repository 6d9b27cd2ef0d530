"""Every web service function that is called, what for, and which permissions its user needs: kept as data.

The capabilities are those that a real Moodle 4.3 was seen to ask for, one taken away at a time.
"""

from collections.abc import Collection
from dataclasses import dataclass

from batchroles.models.changes import ASSIGN as _ASSIGN
from batchroles.models.changes import ENROL as _ENROL
from batchroles.models.changes import UNASSIGN as _UNASSIGN
from batchroles.models.changes import UNENROL as _UNENROL
from batchroles.models.changes import changes

SITE_INFO = "core_webservice_get_site_info"
ASSIGN, UNASSIGN = _ASSIGN.function, _UNASSIGN.function
ENROL, UNENROL = _ENROL.function, _UNENROL.function
USERS_BY_FIELD = "core_user_get_users_by_field"
COURSES_BY_FIELD = "core_course_get_courses_by_field"
COURSES = "core_course_get_courses"
CATEGORIES = "core_course_get_categories"
ENROLLED_WITH_CAPABILITY = "core_enrol_get_enrolled_users_with_capability"
ENROLLED = "core_enrol_get_enrolled_users"
COURSE_MODULE = "core_course_get_course_module"
COURSE_PROFILES = "core_user_get_course_user_profiles"
LIST_REPORTS = "core_reportbuilder_list_reports"
RETRIEVE_REPORT = "core_reportbuilder_retrieve_report"
REPORT_PAGE = "core_reportbuilder_reports_get"
SET_FILTERS = "core_reportbuilder_set_filters"
RESET_FILTERS = "core_reportbuilder_filters_reset"
ADD_COLUMN = "core_reportbuilder_columns_add"
ADD_FILTER = "core_reportbuilder_filters_add"
SORT_BY = "core_reportbuilder_columns_sort_toggle"
CONFIGURATION = "tool_mobile_get_config"
GET_ROLES = "local_wsgetroles_get_roles"

REGISTRY_TABLE = "external_functions"
"""The table in which Moodle fails to find a function that does not exist; its name stands in every language."""


@dataclass(frozen=True)
class Function:
    """One web service function as an administrator needs to know it."""

    name: str
    purpose: str
    """A clause: what it is called for."""
    capabilities: tuple[str, ...]
    """What the token's user needs, where the roles are assigned or the names looked up."""


FUNCTIONS = (
    Function(SITE_INFO, "to see which functions the service has", ()),
    Function(
        ASSIGN,
        "to assign roles",
        ("moodle/role:assign", "moodle/course:view", "moodle/course:viewhiddencourses",
         "moodle/course:viewhiddenactivities"),
    ),
    Function(
        UNASSIGN,
        "to take roles away",
        ("moodle/role:assign", "moodle/course:view", "moodle/course:viewhiddencourses",
         "moodle/course:viewhiddenactivities"),
    ),
    Function(
        USERS_BY_FIELD,
        "to find users by user name, e-mail address or ID number",
        ("moodle/user:viewdetails", "moodle/user:viewalldetails", "moodle/site:viewuseridentity"),
    ),
    Function(
        COURSES_BY_FIELD,
        "to find courses by short name or ID number",
        ("moodle/course:viewhiddencourses",),
    ),
    Function(
        CATEGORIES,
        "to find categories by name; by ID number only with moodle/category:manage",
        ("moodle/category:viewhiddencategories", "moodle/category:manage"),
    ),
    Function(
        ENROLLED_WITH_CAPABILITY,
        "to read the roles of users in many courses at once, and to learn role ids from them",
        ("moodle/course:viewparticipants", "moodle/role:review", "moodle/user:viewdetails",
         "moodle/course:enrolreview"),
    ),
    Function(
        COURSE_PROFILES,
        "to read the roles of users who are not enrolled",
        ("moodle/course:viewparticipants", "moodle/user:viewdetails"),
    ),
    Function(
        COURSES,
        "to fetch all courses at once, which is faster for more than a few; their ID numbers only with"
        " moodle/course:update",
        ("moodle/course:view", "moodle/course:viewhiddencourses", "moodle/course:update"),
    ),
    Function(
        ENROLLED,
        "to learn role ids course by course, where reading many courses at once is not allowed",
        ("moodle/course:viewparticipants", "moodle/user:viewdetails"),
    ),
    Function(
        COURSE_MODULE,
        "to tell an activity that does not exist from a role that may not be given in it",
        ("moodle/course:view", "moodle/course:viewhiddenactivities"),
    ),
    Function(
        ENROL,
        "to enrol people in courses with a role, and to suspend enrolments",
        ("enrol/manual:enrol", "moodle/role:assign", "moodle/course:view", "moodle/course:viewhiddencourses"),
    ),
    Function(
        UNENROL,
        "to unenrol people",
        ("enrol/manual:unenrol", "moodle/course:view", "moodle/course:viewhiddencourses"),
    ),
    Function(
        LIST_REPORTS,
        "to find the reports made for batchroles, from which a whole site is read in seconds",
        ("moodle/reportbuilder:view",),
    ),
    Function(
        RETRIEVE_REPORT,
        "to read these reports",
        ("moodle/reportbuilder:view", "moodle/reportbuilder:viewall"),
    ),
    Function(
        REPORT_PAGE,
        "to learn the id of every role from a report's filters, and whether such filters hide rows",
        ("moodle/reportbuilder:view",),
    ),
    Function(
        SET_FILTERS, "to learn for sure which short name a role has", ("moodle/reportbuilder:view",)
    ),
    Function(RESET_FILTERS, "to leave no filter behind", ("moodle/reportbuilder:view",)),
    Function(CONFIGURATION, "to learn the site's time zone, which dates of enrolments are meant in", ()),
    Function(GET_ROLES, "to list the site's roles (a plugin, local_wsgetroles)", ()),
)  # fmt: skip
"""Everything that is called, in the order in which a list for an administrator shows it."""

_EDITALL = ("moodle/reportbuilder:editall",)

FILLING = (
    Function(SITE_INFO, "to see which functions the service has", ()),
    Function(LIST_REPORTS, "to find the reports", _EDITALL),
    Function(RETRIEVE_REPORT, "to see that they can be read", _EDITALL),
    Function(REPORT_PAGE, "to see what they have already", _EDITALL),
    Function(ADD_COLUMN, "to add columns", _EDITALL),
    Function(ADD_FILTER, "to add the filter", _EDITALL),
    Function(SORT_BY, "to sort by columns", _EDITALL),
)
"""What is called, once and with an administrator's token, to complete the reports."""

NO_FUNCTION = ""
"""A call without a function: answered `invalidparameter` once token, account and protocol have passed every check."""

_LOOKUPS = (USERS_BY_FIELD, COURSES_BY_FIELD, CATEGORIES)

NEEDED = {
    "check": (SITE_INFO, ASSIGN, *_LOOKUPS),
    "assign": (SITE_INFO, ASSIGN, *_LOOKUPS),
    "unassign": (SITE_INFO, ASSIGN, UNASSIGN, *_LOOKUPS),
    "enrol": (SITE_INFO, ASSIGN, ENROL, *_LOOKUPS),
    "unenrol": (SITE_INFO, ASSIGN, UNENROL, *_LOOKUPS),
}
"""What each task cannot do without; the dry run asks by an assignment, so all of them need that function."""


MISSING_NOTHING = frozenset(one.name for one in FUNCTIONS) - {
    ENROLLED,
    ENROLLED_WITH_CAPABILITY,
    COURSE_PROFILES,
    COURSE_MODULE,
    ENROL,
    UNENROL,
    RETRIEVE_REPORT,
    REPORT_PAGE,
    SET_FILTERS,
    RESET_FILTERS,
}
"""The functions that fail for want of a record only if it is their own: the others enter a course or an activity, seek
a user (case `en-user-zero`), or open a report."""

_EDITING = (ADD_COLUMN, ADD_FILTER, SORT_BY)
"""What changes a report."""
OF_ENROLMENTS = (ENROL, UNENROL)
"""What enrolments are changed with."""
FOR_ENROLMENTS = (*OF_ENROLMENTS, CONFIGURATION)
"""The same, and what is asked for their sake."""
OF_REPORTS = (LIST_REPORTS, RETRIEVE_REPORT)
"""What reports are read with."""
OF_FILTERS = (REPORT_PAGE, SET_FILTERS, RESET_FILTERS)
"""What a report's filters are used with."""


@dataclass(frozen=True)
class Capability:
    """A permission of the token's user."""

    name: str
    purpose: str
    """A clause: what works with it and not without."""
    needed: bool = True
    """Whether batchroles is of little use without it."""
    needed_to: tuple[str, ...] = ()
    """The tasks that need it, where others do not."""

    def is_needed(self, task: str) -> bool:
        """Whether a task cannot do without it."""
        return self.needed or task in self.needed_to


CAPABILITIES = (
    Capability("webservice/rest:use", "to call the REST protocol at all"),
    Capability("moodle/role:assign", "to assign and unassign roles"),
    Capability("moodle/course:view", "to enter courses in which the user is not enrolled"),
    Capability("moodle/course:viewhiddencourses", "to find and enter hidden courses"),
    Capability("moodle/course:viewhiddenactivities", "to assign roles in hidden activities"),
    Capability("moodle/user:viewdetails", "to find other users at all"),
    Capability("moodle/user:viewalldetails", "to find users by user name"),
    Capability("moodle/site:viewuseridentity", "to find users by e-mail address or ID number"),
    Capability("moodle/category:viewhiddencategories", "to find hidden categories"),
    Capability(
        "enrol/manual:enrol",
        "to enrol people, and to suspend enrolments",
        needed=False,
        needed_to=("enrol",),
    ),
    Capability("enrol/manual:unenrol", "to unenrol people", needed=False, needed_to=("unenrol",)),
    Capability(
        "moodle/course:enrolreview",
        "to see which enrolments are suspended, so that who is enrolled already is left alone",
        needed=False,
    ),
    Capability("moodle/course:viewparticipants", "to read roles back, and to learn role ids from them"),
    Capability("moodle/role:review", "to read the roles of many courses at once"),
    Capability(
        "moodle/course:update",
        "to find many courses by ID number faster; it lets the user change courses",
        needed=False,
    ),
    Capability(
        "moodle/category:manage",
        "to find categories by ID number; it lets the user change categories",
        needed=False,
    ),
    Capability(
        "moodle/reportbuilder:view",
        "to read reports; every user may, where nobody has taken it away",
        needed=False,
    ),
    Capability(
        "moodle/reportbuilder:viewall",
        "to read reports without being in their audiences (4.4 and newer); it opens every custom report of the site",
        needed=False,
    ),
)
"""What the functions ask for and what the protocol asks for, in the order in which a list shows it."""


def writes(function: str) -> bool:
    """Whether a function changes something: a lost answer leaves it open whether it did."""
    return function in _EDITING or any(change.function == function for change in changes())


def missing_for(task: str, offered: Collection[str]) -> list[Function]:
    """Give the functions that a task cannot do without and that a service does not offer."""
    return [one for one in FUNCTIONS if one.name in NEEDED[task] and one.name not in offered]
