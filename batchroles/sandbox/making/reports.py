"""Reports as an administrator would make them in the browser: those of batchroles, and any others that a test needs."""

from collections.abc import Iterable, Sequence
from typing import Any

from batchroles.sandbox.reports import READING
from batchroles.sandbox.reports.access import AUDIENCE, VIEW
from batchroles.sandbox.reports.release import V44
from batchroles.sandbox.site.release import number_of
from batchroles.sandbox.site.tables import Row

Raw = dict[str, Any]

SOURCES = {
    "users": "core_user\\reportbuilder\\datasource\\users",
    "courses": "core_course\\reportbuilder\\datasource\\courses",
    "categories": "core_course\\reportbuilder\\datasource\\categories",
    "participants": "core_course\\reportbuilder\\datasource\\participants",
    "roles": "core_role\\reportbuilder\\datasource\\roles",
}
"""The classes of the sources of reports."""

HOLDING = (
    *("context:path", "role:shortname", "user:username", "user:fullnamewithlink"),
    *("role_assignment:component", "role_assignment:itemid", "role_assignment:timemodified"),
)
"""The columns that tell every holding from every other; none looks a context up."""


def report(
    name: str,
    source: str,
    columns: Iterable[str],
    *,
    sort: Sequence[str] = (),
    filters: Sequence[str] = (),
    audiences: Sequence[Row] = (),
    **more: Any,
) -> Row:
    """Give a report for the list `reports` of a site file.

    * `source`: a key of SOURCES, or the class of any source.
    * `columns`: identifiers, `entity:column`; a heading follows behind `=`: `user:email=E-Mail`.
    * `sort`: the identifiers of the columns by which it is sorted, in this order; `-` before one sorts from the end.
    * `filters`: the identifiers of the filters that readers may set.
    * `audiences`: `audience(…)`; with none, only who may edit or view all reports reads it.
    * `more`: other fields (`uniquerows=1`, `conditions`, `conditiondata`, `userfilters`, `id`).
    """
    order = {one.lstrip("-"): place for place, one in enumerate(sort, 1)}
    rows = [_column(one, order, sort) for one in columns]
    about: Row = {"name": name, "source": SOURCES.get(source, source), "columns": rows}
    return {**about, "filters": list(filters), "audiences": list(audiences), **more}


def _column(text: str, order: dict[str, int], sort: Sequence[str]) -> Row:
    name, _, heading = text.partition("=")
    row: Row = {"uniqueidentifier": name, "heading": heading or None}
    if name in order:
        row |= {"sortenabled": 1, "sortorder": order[name], "sortdirection": 3 if f"-{name}" in sort else 4}
    return row


def audience(kind: str, **configuration: Any) -> Row:
    """Give an audience: `allusers`, `admins`, `manual` (users=[ids]), `systemrole` (roles=[ids]) …"""
    return {"classname": f"{AUDIENCE}{kind}", "configdata": configuration}


def with_reports(raw: Raw) -> Raw:
    """Give a site file's content with the reports of batchroles, and what it needs to read them.

    They are for the first token's user alone. `batchroles roles` and `batchroles contexts` need the source Roles, which
    Moodle has from 4.4 on.
    """
    readers = [audience("manual", users=[raw["tokens"][0]["userid"]])]
    user = "user:fullnamewithlink"
    made = [
        report("batchroles users", "users", (user, "user:username", "user:email", "user:idnumber")),
        report(
            "batchroles courses",
            "courses",
            ("course:coursefullnamewithlink", "course:shortname", "course:idnumber"),
        ),
        report(
            "batchroles categories",
            "categories",
            ("course_category:namewithlink", "course_category:idnumber"),
        ),
    ]
    if number_of(raw["versions"]["moodle_release"]) >= V44:
        sort = (
            "context:path",
            "role:shortname",
            "user:username",
            "role_assignment:component",
            "role_assignment:itemid",
        )
        made.append(report("batchroles roles", "roles", HOLDING, sort=sort, filters=["role:name"]))
        made.append(report("batchroles contexts", "roles", ("context:path", "context:link"), uniquerows=1))
    made = [{**row, "audiences": readers} for row in made]
    return with_functions({**raw, "reports": [*raw.get("reports", ()), *made]}, READING)


def with_functions(raw: Raw, names: Iterable[str]) -> Raw:
    """Give a site file's content with these functions in the first token's service.

    Every user may read reports then, as Moodle's standard role Authenticated user may, which site files leave out.
    """
    service, known = raw["tokens"][0]["service"], {row["name"] for row in raw["functions"]}
    version = raw["functions"][0]["version_reported"]
    names = list(names)
    about = {"component": "moodle", "documented_capabilities": "", "version_reported": version}
    new = [{"name": name, **about} for name in names if name not in known]
    services = [
        {**row, "functions": list(dict.fromkeys([*row.get("functions", ()), *names]))}
        if row["shortname"] == service
        else row
        for row in raw["services"]
    ]
    granted = raw["role_capabilities_standard_roles_selected"]
    role = str(raw["site"]["defaultuserroleid"])
    allowed = {**granted, role: {VIEW: 1, **granted.get(role, {})}}
    changed = {"functions": [*raw["functions"], *new], "services": services}
    return {**raw, **changed, "role_capabilities_standard_roles_selected": allowed}
