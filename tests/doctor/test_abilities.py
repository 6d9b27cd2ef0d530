"""What the token's user can do: each permission taken away in turn, as it was on the recorded site."""

from typing import Any

import pytest

from batchroles.sandbox import serve
from tests.doctor.asking import HERE, complaints, examined, of_site, of_state
from tests.sandbox.replay import read_site
from tests.validator.test_roles import empty_site

NO_CATEGORY_NUMBERS = ("warning", "looking up categories", "Their ID numbers are not shown.")
ROLES = f"Define roles: {HERE}/admin/roles/manage.php"
NOT_ACCESSIBLE = "The context error message was: Course or activity not accessible."
REFUSED = "Sorry, but you do not currently have permissions to do that"
MANY = "core_enrol_get_enrolled_users_with_capability is refused: "


def test_a_site_that_is_set_up() -> None:
    """On a site that is set up every question is answered well, and the text says what was tried."""
    report = of_state("default")
    assert (complaints(report), report.exit_code) == ([NO_CATEGORY_NUMBERS], 0)
    assert report.to_text() == WELL


WELL = f"""\
ok       address: {HERE} answers over plain http.
ok       web services: Web services are on.
ok       REST protocol: The REST protocol is on.
ok       token: The site knows the token; it belongs to wsbot (Batch Bot).
ok       service: The service is on and offers 14 of the 14 functions that batchroles calls.
ok       user: wsbot may use the service, and the account is in order.
ok       looking up users: Users are found by user name.
ok       looking up users: Users are found by e-mail address.
ok       looking up users: Users are found by ID number.
ok       looking up courses: Courses are found by short name.
ok       looking up courses: By ID number nothing was tried: Moodle finds courses by it, but shows it only with \
moodle/course:update, which lets the user change courses and is best left out.
ok       looking up categories: 8 categories are found by name.
warning  looking up categories: Their ID numbers are not shown.
         -> {ROLES}
            Edit the role that the token's user has in the whole system and allow moodle/category:manage: it is \
needed to find categories by ID number; it lets the user change categories.
ok       role ids: manager = 1, coursecreator = 2, editingteacher = 3, teacher = 4, student = 5, guest = 6, user = 7, \
frontpage = 8, registrar = 9, wsbatch = 10, wsweak = 11, wscatassign = 12, observer = 13, mentor = 14 \
(local_wsgetroles).
ok       assigning roles: In the course "C-PHY-101" these roles may be assigned: manager, editingteacher, teacher, \
student, registrar. Not: coursecreator, guest, user, frontpage, wsbatch, wsweak, wscatassign, observer, mentor (not \
meant for courses, or not allowed). Hidden activities (moodle/course:viewhiddenactivities) cannot be asked about: \
nothing lists them.
ok       reading roles back: core_enrol_get_enrolled_users_with_capability answers.
ok       reading roles back: core_enrol_get_enrolled_users answers.
ok       reading roles back: core_user_get_course_user_profiles answers.
ok       reports: None are read: the service lacks the functions for them. With them a whole site is read in \
seconds, and more is known of it; they are optional, and batchroles setup says how they are made.
ok       site: Lab runs Moodle 5.1.6 (Build: 20260810).
ok       site: Forms of 1,000 variables arrive whole (--max-input-vars)."""


@pytest.mark.parametrize(
    ("state", "code", "found"),
    [
        (
            "bot-moodle/role:assign", 4,
            [("failed", "assigning roles", "The token's user may not assign roles in the course \"C-PHY-101\".")],
        ),
        (
            "bot-moodle/course:view", 4,
            [
                ("failed", "assigning roles", "The token's user may not enter the course \"C-PHY-101\"."),
                (
                    "warning", "reading roles back",
                    f"{MANY}error/You cannot execute functions in the course context (course id:). {NOT_ACCESSIBLE}",
                ),
                (
                    "warning", "reading roles back",
                    "core_enrol_get_enrolled_users is refused: You cannot execute functions in the course context"
                    f" (course id:2). {NOT_ACCESSIBLE}",
                ),
                (
                    "warning", "reading roles back",
                    "core_user_get_course_user_profiles is refused: Course or activity not accessible.",
                ),
            ],
        ),
        (
            "bot-moodle/course:viewhiddencourses", 1,
            [(
                "failed", "looking up courses",
                "1 of 12 courses in the categories is not shown: it is hidden.",
            )],
        ),
        (
            "bot-moodle/category:viewhiddencategories", 1,
            [(
                "failed", "looking up categories",
                "Some courses are in categories that are not shown: they are hidden.",
            )],
        ),
        (
            "bot-moodle/user:viewdetails", 1,
            [("failed", "looking up users", "The user with the id 2, whom every site has, is not shown.")],
        ),
        (
            "bot-moodle/user:viewalldetails", 1,
            [("failed", "looking up users", "Not all users are found by user name.")],
        ),
        (
            "bot-moodle/site:viewuseridentity", 1,
            [("failed", "looking up users", "Not all users are found by e-mail address.")],
        ),
        (
            "bot-moodle/user:viewalldetails-moodle/site:viewuseridentity", 1,
            [
                ("failed", "looking up users", "Not all users are found by user name."),
                ("failed", "looking up users", "Not all users are found by e-mail address."),
                (
                    "warning", "looking up users",
                    "None of the users looked at shows an ID number: they have none, or it is hidden.",
                ),
            ],
        ),
        (
            "bot-moodle/course:viewparticipants", 0,
            [
                ("warning", "reading roles back", f"{MANY}{REFUSED} (View participants)."),
                (
                    "warning", "reading roles back",
                    f"core_enrol_get_enrolled_users is refused: {REFUSED} (View participants).",
                ),
            ],
        ),
        (
            "bot-moodle/role:review", 0,
            [("warning", "reading roles back", f"{MANY}{REFUSED} (Review permissions for others).")],
        ),
        # What makes no difference is not complained of.
        ("no-rest-capability", 0, []),
        ("identity-email-only", 0, []),
        ("debug-on", 0, []),
        ("debug-display", 0, []),
        ("forcelogin", 0, []),
        ("bot-moodle/course:viewhiddenactivities", 0, []),
    ],
)  # fmt: skip
def test_a_missing_permission(state: str, code: int, found: list[tuple[str, str, str]]) -> None:
    """What fails is said; the exit code is 4 where nothing can be assigned, and 1 where only look-ups suffer."""
    report = of_state(state)
    seen = [one for one in complaints(report) if one != NO_CATEGORY_NUMBERS]
    assert (seen, report.exit_code) == (found, code)


@pytest.mark.parametrize(
    ("state", "capability"),
    [
        ("bot-moodle/role:assign", "moodle/role:assign"),
        ("bot-moodle/course:view", "moodle/course:view"),
        ("bot-moodle/course:viewhiddencourses", "moodle/course:viewhiddencourses"),
        ("bot-moodle/category:viewhiddencategories", "moodle/category:viewhiddencategories"),
        ("bot-moodle/user:viewdetails", "moodle/user:viewdetails"),
        ("bot-moodle/user:viewalldetails", "moodle/user:viewalldetails"),
        ("bot-moodle/site:viewuseridentity", "moodle/site:viewuseridentity"),
        ("bot-moodle/course:viewparticipants", "moodle/course:viewparticipants"),
        ("bot-moodle/role:review", "moodle/role:review"),
    ],
)
def test_the_missing_permission_is_named_with_the_place_to_give_it(state: str, capability: str) -> None:
    """A complaint names the permission that was taken away, and the page and role to put it in."""
    wrong = [one for one in of_state(state).findings if one.grade != "ok" and capability in one.click]
    assert wrong
    assert all(one.page.startswith(ROLES) for one in wrong)
    assert (
        f"Edit the role that the token's user has in the whole system and allow {capability}"
        in wrong[0].click
    )


def test_roles_that_the_matrix_does_not_allow() -> None:
    """Where no role may be assigned for want of a tick, the page with the ticks is named."""
    site = read_site()
    site["role_allow_assign"] = {}
    report = of_site(site)
    [wrong] = [one for one in report.findings if one.grade == "failed"]
    assert (wrong.sentence, wrong.page, report.exit_code) == (
        'None of the known roles may be assigned in the course "C-PHY-101".',
        f"Allow role assignments: {HERE}/admin/roles/allow.php?mode=assign",
        4,
    )


def test_role_ids_of_the_profile_count() -> None:
    """What the [roles] tables and --role-map say is known too, and tried."""
    with serve(without("local_wsgetroles_get_roles")) as practice:
        report = examined(practice.url, role_map={"Registrar": "9", "Lecturer": "editingteacher"})
    [said] = [one.sentence for one in report.findings if one.step == "role ids"]
    assert (
        said == "editingteacher = 3, teacher = 4, student = 5, Registrar = 9 (seen in course 2, --role-map)."
    )


def without(*functions: str) -> dict[str, Any]:
    """Give the recorded site, its service without some functions."""
    site = read_site()
    service = next(one for one in site["services"] if one["shortname"] == "batchroles")
    service["functions"] = [name for name in service["functions"] if name not in functions]
    return site


def test_role_ids_are_learned_without_the_plugin() -> None:
    """Without the plugin role ids are learned from enrolled users, and it is said where."""
    report = of_site(without("local_wsgetroles_get_roles"))
    [said] = [one.sentence for one in report.findings if one.step == "role ids"]
    assert said == ("editingteacher = 3, teacher = 4, student = 5 (seen in course 2).")


def test_roles_of_a_site_whose_first_courses_are_empty() -> None:
    """On a site with 1,000 students in one course and a hundred empty courses before it, their role is learned."""
    report = of_site(empty_site(120), token="")
    [said] = [one.sentence for one in report.findings if one.step == "role ids"]
    assert said == "student = 5 (seen in course 121)."


def test_a_site_on_which_nobody_has_a_role() -> None:
    """Where nobody is enrolled anywhere, it is said in how many courses, and that assigning was not tried."""
    site = empty_site(12, holders=0)
    site["role_assignments"] = [row for row in site["role_assignments"] if row["contextid"] == 1]
    site["user_enrolments"] = []
    found = {one.step: (str(one.grade), one.sentence) for one in of_site(site, token="").findings}
    assert found["role ids"] == (
        "failed",
        "No role id could be learned: the plugin that lists roles is not there, and nobody was seen enrolled with a"
        " role in the 12 courses that could be looked into.",
    )
    assert found["assigning roles"] == (
        "warning",
        "Whether this token may assign roles was not tried: no role id is known. What is said above of that comes"
        " first.",
    )


def test_a_token_that_sees_nobody() -> None:
    """A weak token is told that assigning was not tried, because it sees no roles from which to learn their ids."""
    site = without("local_wsgetroles_get_roles")
    found = {one.step: one for one in of_site(site, token="TOKEN_WEAK").findings}
    assert "was not tried: no role id is known" in found["assigning roles"].sentence
    assert "may not enter the courses" in found["role ids"].sentence
    assert "allow moodle/course:view:" in found["role ids"].click


def test_learning_roles_takes_the_permission_to_see_participants() -> None:
    """Without the plugin and without moodle/course:viewparticipants that permission is named wherever it lacks."""
    with serve(without("local_wsgetroles_get_roles"), state="bot-moodle/course:viewparticipants") as practice:
        report = examined(practice.url)
    wrong = [
        one for one in report.findings if one.step in ("role ids", "reading roles back") and one.grade != "ok"
    ]
    assert [one.step for one in wrong] == ["role ids", "reading roles back", "reading roles back"]
    assert all("allow moodle/course:viewparticipants" in one.click for one in wrong)


@pytest.mark.parametrize(
    ("missing", "code", "found"),
    [
        (
            ["core_role_assign_roles"], 4,
            [("failed", "service", "core_role_assign_roles is missing: it is needed to assign roles.")],
        ),
        (
            ["core_user_get_users_by_field"], 1,
            [(
                "failed", "service",
                "core_user_get_users_by_field is missing: it is needed to find users by user name, e-mail address or"
                " ID number.",
            )],
        ),
        (
            ["core_course_get_courses_by_field", "core_course_get_categories"], 1,
            [
                (
                    "failed", "service",
                    "core_course_get_courses_by_field is missing: it is needed to find courses by short name or ID"
                    " number.",
                ),
                (
                    "failed", "service",
                    "core_course_get_categories is missing: it is needed to find categories by name; by ID number"
                    " only with moodle/category:manage.",
                ),
            ],
        ),
        (
            ["core_role_unassign_roles", "core_course_get_courses"], 0,
            [
                (
                    "warning", "service",
                    "These would help: core_role_unassign_roles, to take roles away; core_course_get_courses, to"
                    " fetch all courses at once, which is faster for more than a few; their ID numbers only with"
                    " moodle/course:update.",
                ),
                NO_CATEGORY_NUMBERS,
            ],
        ),
    ],
)  # fmt: skip
def test_functions_that_the_service_lacks(
    missing: list[str], code: int, found: list[tuple[str, str, str]]
) -> None:
    """A function without which something cannot be done is a failure, one that would help a warning."""
    report = of_site(without(*missing))
    seen = [one for one in complaints(report) if one[1] == "service" or one in found]
    assert (seen, report.exit_code) == (found, code)


def test_a_smaller_limit_of_variables_is_found_out() -> None:
    """A site whose PHP takes fewer variables than batchroles would send is told apart by trying."""
    site = read_site()
    site["settings"]["php"]["max_input_vars"] = 500
    report = of_site(site)
    [wrong] = [one for one in report.findings if one.grade == "failed"]
    assert (wrong.sentence, wrong.page, wrong.click) == (
        "Forms of 1,000 variables are cut: PHP's max_input_vars is smaller than --max-input-vars.",
        f"PHP info: {HERE}/admin/phpinfo.php",
        "Look for max_input_vars there, and give that number as --max-input-vars.",
    )


def test_nothing_is_written() -> None:
    """An examination leaves the site as it was."""
    with serve(read_site()) as practice:
        before = practice.state()
        examined(practice.url)
        assert practice.state() == before
