"""What each web-service function takes and gives: the table that drives the validator."""

from collections.abc import Mapping
from functools import cache

from batchroles.sandbox.functions.report_signatures import REPORT_SIGNATURES
from batchroles.sandbox.functions.shapes import (
    ALPHA,
    ALPHANUMEXT,
    BOOL,
    INT,
    RAW,
    TEXT,
    Many,
    Record,
    Signature,
    Value,
    default,
    in_release,
    maybe,
    must,
    only,
    optional,
    record,
)
from batchroles.sandbox.functions.structures import (
    ASSIGNMENT,
    CATEGORY,
    COURSE,
    COURSE_BY_FIELD,
    ENROLLED_USER_KEYS,
    FOUND_COURSE_KEYS,
    MODULE,
    PROFILE,
    ROLE,
    SECTION,
    SITE_INFO,
    USER,
    USERS_COURSE,
    WARNINGS,
)
from batchroles.sandbox.site.release import MOODLE_43, MOODLE_45

KEY_AND_VALUE = Record({"key": ALPHA, "value": RAW})
OPTION = Record({"name": ALPHANUMEXT, "value": RAW})

SIGNATURES: Mapping[str, Signature] = {
    "core_webservice_get_site_info": Signature(
        record(serviceshortnames=default(Many(ALPHANUMEXT), [])), SITE_INFO
    ),
    "core_role_assign_roles": Signature(record(assignments=Many(ASSIGNMENT)), None),
    "core_role_unassign_roles": Signature(record(unassignments=Many(ASSIGNMENT)), None),
    "core_user_get_users_by_field": Signature(record(field=ALPHA, values=Many(RAW)), Many(USER)),
    "core_user_get_users": Signature(
        record(criteria=Many(KEY_AND_VALUE)), record(users=Many(USER), warnings=WARNINGS)
    ),
    "core_course_get_courses_by_field": Signature(
        record(field=default(ALPHA, ""), value=default(RAW, "")),
        record(courses=Many(COURSE_BY_FIELD), warnings=WARNINGS),
    ),
    "core_course_get_courses": Signature(
        record(options=default(record(ids=optional(Many(INT))), {})), Many(COURSE)
    ),
    "core_course_search_courses": Signature(
        record(
            criterianame=ALPHA,
            criteriavalue=RAW,
            page=default(INT, 0),
            perpage=default(INT, 0),
            requiredcapabilities=default(Many(Value("capability")), []),
            limittoenrolled=default(BOOL, False),
            onlywithcompletion=default(BOOL, False),
        ),
        record(total=INT, courses=Many(Record(FOUND_COURSE_KEYS)), warnings=WARNINGS),
    ),
    "core_course_get_categories": Signature(
        record(criteria=default(Many(KEY_AND_VALUE), []), addsubcategories=default(BOOL, True)),
        Many(CATEGORY),
    ),
    "core_course_get_course_module": Signature(record(cmid=INT), MODULE),
    "core_course_get_course_module_by_instance": Signature(
        record(module=Value("component"), instance=INT), MODULE
    ),
    "core_course_get_contents": Signature(
        record(courseid=INT, options=default(Many(OPTION), [])), Many(SECTION)
    ),
    "core_enrol_get_enrolled_users": Signature(
        record(courseid=INT, options=default(Many(OPTION), [])), Many(Record(ENROLLED_USER_KEYS))
    ),
    "core_enrol_get_enrolled_users_with_capability": Signature(
        record(
            coursecapabilities=Many(record(courseid=INT, capabilities=Many(Value("capability")))),
            options=default(Many(OPTION), []),
        ),
        Many(record(courseid=INT, capability=Value("capability"), users=Many(Record(ENROLLED_USER_KEYS)))),
    ),
    "core_enrol_get_users_courses": Signature(
        record(userid=INT, returnusercount=default(BOOL, True)), Many(USERS_COURSE)
    ),
    "core_user_get_course_user_profiles": Signature(
        record(userlist=Many(record(userid=INT, courseid=INT))), Many(PROFILE)
    ),
    "enrol_manual_enrol_users": Signature(
        record(
            enrolments=Many(
                Record(
                    {
                        **must(INT, "roleid", "userid", "courseid"),
                        **maybe(INT, "timestart", "timeend", "suspend"),
                    }
                )
            )
        ),
        None,
    ),
    "enrol_manual_unenrol_users": Signature(
        record(
            enrolments=Many(
                Record(
                    {**must(INT, "userid", "courseid"), **only(maybe(INT, "roleid"), MOODLE_43, MOODLE_45)}
                )
            )
        ),
        None,
    ),
    "tool_mobile_get_config": Signature(
        record(section=default(ALPHANUMEXT, "")),
        record(settings=Many(record(name=RAW, value=RAW)), warnings=WARNINGS),
    ),
    "local_wsgetroles_get_roles": Signature(
        record(ids=default(Many(INT), []), shortnames=default(Many(TEXT), []), names=default(Many(TEXT), [])),
        Many(ROLE),
    ),
    **REPORT_SIGNATURES,
}
"""Every function, with the keys of every Moodle version."""


@cache
def signature(function: str, release: str) -> Signature:
    """Give a function's signature as a Moodle version has it."""
    whole = SIGNATURES[function]
    gives = None if whole.gives is None else in_release(whole.gives, release)
    takes = in_release(whole.takes, release)
    assert isinstance(takes, Record)  # noqa: S101 - a record without some of its keys is a record
    return Signature(takes, gives)
