"""The Moodle versions that the practice site can be, beyond what the recordings of both show."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from batchroles.sandbox import make_site, serve
from batchroles.sandbox.making.field_types import BadSiteFile
from batchroles.sandbox.making.site_file import check_site
from batchroles.sandbox.making.states import with_plugin
from batchroles.sandbox.site.release import MOODLE_43, MOODLE_51, NAMES, UnknownRelease, release_of
from batchroles.sandbox.wire.practice import Practice
from tests.sandbox.conftest import Recorded
from tests.sandbox.replay import Case, read_cases, send

SITE = make_site(users=5, courses=1, categories=1)
UNCONFIRMED, NOBODY = 37, 99999
UNKNOWN_ROLE = 99

Ask = Callable[..., Any]


def asker(practice: Practice) -> Ask:
    """Give what calls a function of a site."""

    def ask(function: str, **fields: object) -> Any:
        fixed = {"wstoken": practice.token, "moodlewsrestformat": "json", "wsfunction": function}
        data = {**{name: str(value) for name, value in fields.items()}, **fixed}
        return requests.post(f"{practice.url}/webservice/rest/server.php", data=data, timeout=10).json()

    return ask


def row(list_name: str, **fields: int) -> dict[str, object]:
    """Give one row's parameters."""
    return {f"{list_name}[0][{name}]": value for name, value in fields.items()}


@pytest.mark.parametrize(
    ("moodle", "release", "version"),
    [
        (None, "5.1.6 (Build: 20260810)", "2025100606"),
        (MOODLE_51, "5.1.6 (Build: 20260810)", "2025100606"),
        (MOODLE_43, "4.3+ (Build: 20231110)", "2023100900.05"),
    ],
)
def test_a_site_is_of_the_version_asked_for(moodle: str | None, release: str, version: str) -> None:
    """It names its release, and core's functions have its version; that of a plugin's function is the plugin's."""
    with serve(with_plugin(SITE), moodle=moodle) as practice:
        info = asker(practice)("core_webservice_get_site_info")
    versions = {function["name"]: function["version"] for function in info["functions"]}
    assert (info["release"], info["version"], versions["core_role_assign_roles"]) == (
        release,
        version,
        version,
    )
    assert versions["local_wsgetroles_get_roles"] == "2023042402"


def test_a_site_file_says_which_version_it_is() -> None:
    """It is served as the version that it names, its exact release kept, also where that version is asked for."""
    site = {**SITE, "versions": {**SITE["versions"], "moodle_release": "5.1.2 (Build: 20260101)"}}
    for moodle in (None, MOODLE_51):
        with serve(site, moodle=moodle) as practice:
            assert asker(practice)("core_webservice_get_site_info")["release"] == "5.1.2 (Build: 20260101)"


def test_a_version_that_cannot_be_asked_for() -> None:
    """Only a version of which all was recorded can be asked for; another one is refused with those there are."""
    with (
        pytest.raises(UnknownRelease, match=r"can be a 4\.3 or a 5\.1, not '4\.5'"),
        serve(SITE, moodle="4.5"),
    ):
        pass


@pytest.mark.parametrize("text", ["", "5", "Moodle 5.1", "+5.1"])
def test_a_site_file_without_a_version(text: str) -> None:
    """A release that does not begin with a number is refused with its place."""
    site = {**SITE, "versions": {**SITE["versions"], "moodle_release": text}}
    with pytest.raises(BadSiteFile, match=r"^versions\.moodle_release: '.*' does not begin with the number"):
        check_site(site)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        *[("3.11.2", "4.3"), ("4.3", "4.3"), ("4.3+ (Build: 1)", "4.3"), ("4.4 (Build: 1)", "4.3")],
        *[("4.5.6", "4.5"), ("5.0.1", "4.5"), ("5.1.6+ (Build: 1)", "5.1"), ("5.10", "5.1"), ("10.0", "5.1")],
    ],
)
def test_a_site_behaves_as_the_newest_release_that_is_not_newer(text: str, name: str) -> None:
    """The first two parts of the number count, as numbers; one older than all is taken for the oldest."""
    assert release_of(text).name == name


def test_a_version_between_two_is_made_the_one_asked_for() -> None:
    """A site file of a 4.4 is served as a 4.3 by number, too, where that is asked for."""
    site = {**SITE, "versions": {**SITE["versions"], "moodle_release": "4.4.1"}}
    with serve(site, moodle=MOODLE_43) as practice:
        assert asker(practice)("core_webservice_get_site_info")["release"] == "4.3+ (Build: 20231110)"


@pytest.mark.parametrize(("moodle", "place"), [(MOODLE_43, ""), (MOODLE_51, "/webservice/rest/server.php")])
@pytest.mark.parametrize("name", ["wrong-host-get", "wrong-host-post"])
def test_a_wrong_host_leads_where_it_was_recorded(
    recorded: Recorded, moodle: str, place: str, name: str
) -> None:
    """Status and address of the redirect are the recorded ones, though its page is not."""
    case = next(case for case in read_cases(moodle) if case["id"] == name)
    given = send(recorded(moodle, case["state"]).url, case)
    expected: Case = case["response"]
    assert (given["status"], given["location"]) == (expected["status"], expected["location"])
    assert given["location"].partition("?")[0] == f"https://moodle.test{place}"


@pytest.mark.parametrize(
    ("moodle", "unenrolled"),
    [
        (MOODLE_43, None),
        (MOODLE_51, "invalidparameter"),
    ],
)
def test_unenrolling_takes_a_role_only_in_4_3(
    recorded: Recorded, moodle: str, unenrolled: str | None
) -> None:
    """A 5.1 refuses the key `roleid` of a row (case un-roleid); a 4.3 does not look at it."""
    answer = asker(recorded(moodle, "default"))(
        "enrol_manual_unenrol_users", **row("enrolments", userid=11, courseid=3, roleid=5)
    )
    assert (answer and answer["errorcode"]) == unenrolled


@pytest.mark.parametrize("function", ["enrol_manual_enrol_users", "enrol_manual_unenrol_users"])
def test_an_unconfirmed_user_is_refused_by_5_1(recorded: Recorded, function: str) -> None:
    """A 5.1 neither enrols nor unenrols an unconfirmed user (cases en-user-unconfirmed, un-unconfirmed-user)."""
    role = {"roleid": 5} if function == "enrol_manual_enrol_users" else {}
    fields = row("enrolments", userid=UNCONFIRMED, courseid=3, **role)
    said = {moodle: asker(recorded(moodle, "default"))(function, **fields) for moodle in NAMES}
    assert said == {
        MOODLE_43: None,
        MOODLE_51: {
            "exception": "core\\exception\\moodle_exception",
            "errorcode": "usernotconfirmed",
            "message": "error/usernotconfirmed",
        },
    }


def test_5_1_asks_for_the_user_before_the_role(recorded: Recorded) -> None:
    """Where neither user nor role exists, a 5.1 says it of the user, a 4.3 of the role."""
    fields = row("enrolments", userid=NOBODY, courseid=3, roleid=UNKNOWN_ROLE)
    codes = {
        moodle: asker(recorded(moodle, "default"))("enrol_manual_enrol_users", **fields)["errorcode"]
        for moodle in NAMES
    }
    assert codes == {MOODLE_43: "wsusercannotassign", MOODLE_51: "invalidrecordunknown"}
