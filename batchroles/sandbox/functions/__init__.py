"""The web-service functions: what each does once its parameters are checked."""

from collections.abc import Callable, Mapping
from typing import Any

from batchroles.sandbox.access.actor import Call
from batchroles.sandbox.functions import (
    categories,
    contents,
    courses,
    enrolments,
    manual,
    modules,
    roles,
    site_info,
    users,
)
from batchroles.sandbox.reports import REPORT_FUNCTIONS

FUNCTIONS: Mapping[str, Callable[[Call, dict[str, Any]], Any]] = {
    "core_webservice_get_site_info": site_info.get_site_info,
    "core_role_assign_roles": roles.assign_roles,
    "core_role_unassign_roles": roles.unassign_roles,
    "local_wsgetroles_get_roles": roles.get_roles,
    "core_user_get_users_by_field": users.get_users_by_field,
    "core_user_get_users": users.get_users,
    "core_user_get_course_user_profiles": users.get_course_user_profiles,
    "core_course_get_courses": courses.get_courses,
    "core_course_get_courses_by_field": courses.get_courses_by_field,
    "core_course_search_courses": courses.search_courses,
    "core_course_get_contents": contents.get_contents,
    "core_course_get_categories": categories.get_categories,
    "core_course_get_course_module": modules.get_course_module,
    "core_course_get_course_module_by_instance": modules.get_course_module_by_instance,
    "core_enrol_get_enrolled_users": enrolments.get_enrolled_users,
    "core_enrol_get_enrolled_users_with_capability": enrolments.get_enrolled_users_with_capability,
    "core_enrol_get_users_courses": enrolments.get_users_courses,
    "enrol_manual_enrol_users": manual.enrol_users,
    "enrol_manual_unenrol_users": manual.unenrol_users,
    "tool_mobile_get_config": site_info.get_config,
    **REPORT_FUNCTIONS,
}
"""Functions by the name that a client sends; each takes the call and its checked parameters."""
