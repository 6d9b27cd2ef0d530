"""The optional reports: none is no fault, and of those that are there every fault is named with its page and click."""

from collections.abc import Mapping
from typing import Any

import pytest

from batchroles.client import Moodle, functions
from batchroles.client.functions import OF_FILTERS, OF_REPORTS
from batchroles.directory.wanted import CATEGORIES, CONTEXTS, COURSES, ROLES, USERS, Kind
from batchroles.doctor import Finding
from batchroles.doctor.reports import reports
from batchroles.sandbox import serve
from batchroles.sandbox.making.reports import audience, report, with_reports
from batchroles.sandbox.making.states import in_state, setting
from tests.doctor.asking import HERE, SWIFT, examined, of_site
from tests.doctor.made_reports import NEW, OLD, site

READING = [*OF_REPORTS, *OF_FILTERS]
MINE = [audience("manual", users=[3])]
INDEX = f"Custom reports: {HERE}/reportbuilder/index.php"
EDIT = f"Edit report: {HERE}/reportbuilder/edit.php?id=1"


def about(raw: Mapping[str, Any]) -> list[Finding]:
    """Give what is said of the reports of a site."""
    return [one for one in of_site(dict(raw)).findings if one.step == "reports"]


def complete(release: tuple[str, str] = NEW) -> dict[str, Any]:
    """Give a site with every report as it should be."""
    return with_reports(site(functions=READING, release=release))


def changed(kind: Kind, **changes: Any) -> dict[str, Any]:
    """Give it with one report made otherwise, which comes first."""
    raw = complete()
    [one] = [row for row in raw["reports"] if row["name"] == kind.name]
    rest = [row for row in raw["reports"] if row is not one]
    return {**raw, "reports": [{**one, **changes}, *rest]}


def columns(kind: Kind, *without: str, more: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    names = [one.identifier for one in kind.columns if one.identifier not in without]
    return list(report(kind.name, kind.source, (*names, *more))["columns"])


def complaint(raw: Mapping[str, Any]) -> tuple[str, str, str]:
    """Give sentence, page and click of the one complaint."""
    [one] = [finding for finding in about(raw) if finding.grade != "ok"]
    assert one.grade == "warning"
    return one.sentence, one.page, one.click


def test_all_there() -> None:
    """Reports that are as they should be are each named with their rows and what they are good for."""
    said = about(complete())
    assert [one.grade for one in said] == ["ok"] * 5
    assert (
        said[0].sentence == '"batchroles users" shows 49 rows: people are found without looking each one up.'
    )


def test_categories_whose_id_numbers_a_report_has() -> None:
    """Where the report on categories is there nobody is asked for the permission to change them."""
    said = [one for one in of_site(complete()).findings if one.step == "looking up categories"]
    assert [one.grade for one in said] == ["ok", "ok"]
    assert said[1].sentence.endswith('the report "batchroles categories" is there for them.')


def test_before_4_4() -> None:
    """On a Moodle before 4.4 the two reports on roles are left out, which is said once."""
    said = about(complete(OLD))
    assert [one.grade for one in said] == ["ok"] * 4
    assert (
        said[-1].sentence
        == "Left out: batchroles roles, batchroles contexts, for which Moodle 4.4 is needed."
    )


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (site(functions=[]), "None are read: the service lacks the functions for them. With them"),
        (site(functions=READING), "There are none for wsbot. With them a whole site is read in seconds"),
        (
            site(functions=[], release=("4.0.1", "2022041901")),
            "None are read: no program can on a Moodle before 4.1.",
        ),
    ],
)
def test_none(raw: dict[str, Any], sentence: str) -> None:
    """Without any report one line says what they would bring, or that this Moodle has none; that is no warning."""
    [one] = about(raw)
    assert (one.grade, one.page) == ("ok", "")
    assert one.sentence.startswith(sentence)


@pytest.mark.parametrize(
    ("kind", "column", "clause"),
    [
        (USERS, "user:fullnamewithlink", "It has no column Full name with link (under User)."),
        (USERS, "user:username", "It has no column Username (under User)."),
        (USERS, "user:email", "It has no column Email address (under User)."),
        (USERS, "user:idnumber", "It has no column ID number (under User)."),
        (
            COURSES,
            "course:coursefullnamewithlink",
            "It has no column Course full name with link (under Course).",
        ),
        (COURSES, "course:shortname", "It has no column Course short name (under Course)."),
        (COURSES, "course:idnumber", "It has no column Course ID number (under Course)."),
        (
            CATEGORIES,
            "course_category:namewithlink",
            "It has no column Category name with link (under Course category).",
        ),
        (
            CATEGORIES,
            "course_category:idnumber",
            "It has no column Category ID number (under Course category).",
        ),
        (ROLES, "context:path", "It has no column for the context's Path."),
        (ROLES, "role:shortname", "It has no column for the role's Short name."),
        (
            ROLES,
            "user:fullnamewithlink",
            "It has no column for the user (Full name with link, not aggregated).",
        ),
        (ROLES, "role_assignment:component", "It has no column for the Plugin."),
        (ROLES, "role_assignment:itemid", "It has no column Item ID (under Role assignment)."),
        (CONTEXTS, "context:path", "It has no column for the context's Path."),
        (CONTEXTS, "context:link", "It has no column for the context's URL."),
    ],
)
def test_a_missing_column(kind: Kind, column: str, clause: str) -> None:
    """Each column that is missing is named, with the editor's page."""
    said = about(changed(kind, columns=columns(kind, column)))
    [one] = [finding for finding in said if finding.grade != "ok"]
    assert (one.sentence, one.page) == (f'"{kind.name}": {clause}', EDIT)
    assert one.click == "Click it in the list on the left."


def test_a_new_site() -> None:
    """Where each role is one person's no column is called missing that may be there."""
    raw = complete()
    one_each = {row["roleid"]: row for row in raw["role_assignments"]}
    assert {one.grade for one in about({**raw, "role_assignments": [*one_each.values()]})} == {"ok"}


def test_renamed_columns_in_another_order() -> None:
    """Neither headings nor the order of columns matter: they are told by what stands in them."""
    rows = [{**row, "heading": "x"} for row in reversed(columns(USERS, more=("user:suspended",)))]
    assert about(changed(USERS, columns=rows))[0].grade == "ok"


FAULTS = [
    (
        changed(USERS, conditions=["user:suspended"], conditiondata={"user:suspended_operator": 2}),
        '"batchroles users": Its conditions hide rows (user:suspended).',
        EDIT,
        "At Conditions on the right click Reset all",
    ),
    (
        changed(USERS, columns=[]),
        'The report "batchroles users" has no columns: add them, or have batchroles setup --fill-reports do so.',
        EDIT,
        "Columns are on",
    ),
    (
        changed(ROLES, uniquerows=1),
        '"batchroles roles": It shows rows that are alike only once.',
        INDEX,
        "Open the menu of the report, click Edit report details, untick Show unique rows",
    ),
    (changed(CONTEXTS, uniquerows=0), '"batchroles contexts": It repeats rows.', INDEX, "Open the menu"),
    (
        changed(ROLES, filters=[]),
        '"batchroles roles": It offers no filter Role name, from which the id of every role is learned.',
        EDIT,
        "At Filters on the right, choose Role name under Role.",
    ),
    (
        changed(COURSES, audiences=[audience("admins")]),
        'Not there, or not for wsbot to read: "batchroles courses" (courses are found, by ID number too, without the'
        " right to change them).",
        INDEX,
        "Make it as batchroles setup says; if it is there, add wsbot on its tab Audience, at Manually added users.",
    ),
    (
        changed(USERS, name="Alle Personen"),
        'There is no report "batchroles users", but "Alle Personen" (id 1) has its source: if it is meant for this,'
        " rename it.",
        INDEX,
        "Rename it",
    ),
    (
        changed(USERS, source=COURSES.source, columns=columns(COURSES)),
        f'The report "batchroles users" (id 1) has the source {COURSES.source}, not {USERS.source}: make one of that'
        " source.",
        INDEX,
        "Rename it (its menu, Edit report details), or make one",
    ),
    (
        changed(
            USERS,
            filters=["user:username"],
            userfilters=[
                {"userid": 3, "filterdata": {"user:username_operator": 5, "user:username_value": "u0"}}
            ],
        ),
        '"batchroles users": Filters that wsbot has set hide rows from that user, and stay until they are reset.',
        f"View report: {HERE}/reportbuilder/view.php?id=1",
        "Log in as wsbot",
    ),
]


@pytest.mark.parametrize(("raw", "sentence", "page", "click"), FAULTS)
def test_a_fault(raw: dict[str, Any], sentence: str, page: str, click: str) -> None:
    """What hides, repeats or keeps back rows is one warning with the page and the click that mend it."""
    said = complaint(raw)
    assert said[:2] == (sentence, page)
    assert said[2].startswith(click)


def test_nobody_lets_the_user_in() -> None:
    """Reports whose audiences lack the token's user are as good as none."""
    raw = complete()
    [one] = about({**raw, "reports": [{**row, "audiences": []} for row in raw["reports"]]})
    assert (one.grade, one.sentence[:27]) == ("ok", "There are none for wsbot. W")


def switched_off() -> dict[str, Any]:
    raw = complete()
    setting("enablecustomreports", "0")(raw)
    return raw


def test_switched_off() -> None:
    """Where no reports are listed at all, and the site does not say why, both causes are named."""
    with serve(switched_off()) as practice, Moodle(practice.url, practice.token, retry=SWIFT) as moodle:
        [one] = reports(moodle, {**moodle.site_info(), "advancedfeatures": []})
    assert "custom reports are switched off, or the user lacks the permission" in one.sentence
    assert "/admin/settings.php?section=optionalsubsystems; Check system permissions: " in one.page
    assert one.click.startswith("On the first page, tick Enable custom reports.")


def test_switched_off_for_certain() -> None:
    """Where the site says that custom reports are off, that alone is named."""
    sentence, _, click = complaint(switched_off())
    assert (sentence, click) == (
        "Custom reports are switched off.",
        "Tick Enable custom reports and click Save changes.",
    )


def test_without_the_permission() -> None:
    """A user who may not read reports at all is told with the permission."""
    raw = complete()
    sentence, page, _ = complaint({**raw, "role_capabilities_standard_roles_selected": {}})
    assert "moodle/reportbuilder:view" in sentence
    assert "Check system permissions" in page


def without(raw: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Take functions out of every service."""
    services = [
        {**row, "functions": [one for one in row.get("functions", ()) if one not in names]}
        for row in raw["services"]
    ]
    return {**raw, "services": services}


def test_without_look_ups() -> None:
    """What no look-up can be compared with is not called missing."""
    lookups = functions.USERS_BY_FIELD, functions.COURSES, functions.COURSES_BY_FIELD, functions.CATEGORIES
    assert [one.grade for one in about(without(complete(), *lookups))] == ["ok"] * 5


@pytest.mark.parametrize("name", [*OF_REPORTS, "core_reportbuilder_reports_get"])
def test_a_function_is_missing(name: str) -> None:
    """Where a function of several is missing in the service, it is named with the click that adds it."""
    sentence, page, click = complaint(without(complete(), name))
    assert sentence.startswith(f"{name} is missing: ")
    assert page.startswith("External services: ")
    assert click.endswith(f"add {name}.")


def test_viewall_takes_the_place_of_audiences() -> None:
    """A user who may read all reports needs no audience, from Moodle 4.4 on."""
    raw = complete()
    raw["reports"] = [{**row, "audiences": []} for row in raw["reports"]]
    assert [one.grade for one in about(in_state(raw, "bot+moodle/reportbuilder:viewall"))] == ["ok"] * 5


def test_json() -> None:
    """The findings as JSON are the same."""
    with serve(changed(USERS, columns=columns(USERS, "user:email"))) as practice:
        found = examined(practice.url)
    assert '"batchroles users\\": It has no column Email address' in found.to_json()
