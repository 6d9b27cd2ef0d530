"""Who reads and changes reports on the practice site."""

from typing import Any

import pytest
import requests

from batchroles.sandbox import make_site, serve
from batchroles.sandbox.making.reports import audience, report, with_functions
from batchroles.sandbox.reports import REPORT_FUNCTIONS
from tests.sandbox.reports.calls import NEWER, OLDER, call

SITE = make_site(users=3, courses=1, categories=1)
BOT, BOT_ROLE = 3, next(row["id"] for row in SITE["roles"] if row["shortname"] == "wsbatch")


def site(*audiences: Any, newer: bool = True, **more: Any) -> dict[str, Any]:
    """Give a site with one report and all functions of the report builder in its service."""
    made = report("people", "users", ["user:username"], audiences=audiences, **more)
    versions = {**SITE["versions"], **(NEWER if newer else OLDER)}
    return with_functions({**SITE, "versions": versions, "reports": [made]}, REPORT_FUNCTIONS)


@pytest.mark.parametrize(
    ("who", "reads"),
    [
        (audience("allusers"), True),
        (audience("manual", users=[BOT]), True),
        (audience("manual", users=[2]), False),
        (audience("systemrole", roles=[BOT_ROLE]), True),
        (audience("systemrole", roles=[1]), False),
        (audience("admins"), False),
        (audience("cohortmember", cohorts=[1]), True),
        (audience("cohortmember", cohorts=[2]), False),
        (audience("nosuch"), False),
    ],
)
def test_an_audience_decides_who_reads(who: dict[str, Any], reads: bool) -> None:
    """A report is listed and read by its audience, and by nobody else without a capability for all reports."""
    raw = site(who)
    raw["cohorts"] = [{"id": number, "contextid": 1, "name": "c", "idnumber": ""} for number in (1, 2)]
    raw["cohort_members"] = [{"cohortid": 1, "userid": BOT}]
    with serve(raw) as practice:
        assert bool(call(practice, "list_reports")["reports"]) is reads
        assert ("data" in call(practice, "retrieve_report", reportid=1)) is reads


@pytest.mark.parametrize(
    ("capability", "newer", "reads", "edits"),
    [
        ("viewall", True, True, False),
        ("viewall", False, False, False),
        ("editall", True, True, True),
        ("edit", True, False, False),
    ],
)
def test_capabilities_replace_an_audience(capability: str, newer: bool, reads: bool, edits: bool) -> None:
    """Viewing all reports replaces an audience from Moodle 4.4 on; editing all does so everywhere, and changes them."""
    with serve(site(newer=newer), state=f"bot+moodle/reportbuilder:{capability}") as practice:
        answer = call(practice, "retrieve_report", reportid=1)
        assert ("data" in answer) is reads
        assert answer.get("errorcode", "errorreportview") == "errorreportview"
        added = call(practice, "columns_add", reportid=1, uniqueidentifier="user:email")
        assert ("sortablecolumns" in added) is edits
        assert added.get("errorcode", "errorreportedit") == "errorreportedit"


def test_own_reports_need_no_audience() -> None:
    """Who may edit own reports reads and changes the report that is theirs."""
    with serve(site(usercreated=BOT), state="bot+moodle/reportbuilder:edit") as practice:
        assert "data" in call(practice, "retrieve_report", reportid=1)
        assert "sortablecolumns" in call(practice, "columns_add", reportid=1, uniqueidentifier="user:email")


def test_reports_that_are_switched_off_are_told() -> None:
    """A site whose custom reports are switched off refuses them all, and says so among its advanced features."""
    raw = site(audience("allusers"))
    raw["settings"] = {**raw["settings"], "moodle": {**raw["settings"]["moodle"], "enablecustomreports": "0"}}
    with serve(raw) as practice:
        assert call(practice, "list_reports")["errorcode"] == "errorreportview"
        fields = {"wstoken": practice.token, "wsfunction": "core_webservice_get_site_info"}
        url = f"{practice.url}/webservice/rest/server.php"
        info = requests.post(url, data={**fields, "moodlewsrestformat": "json"}, timeout=10).json()
    features = {row["name"]: row["value"] for row in info["advancedfeatures"]}
    assert features["enablecustomreports"] == 0
