"""From the address to the account: every way in which a site does not let batchroles in."""

import pytest

from batchroles.client import Moodle
from batchroles.doctor import Report
from batchroles.doctor.access import account
from batchroles.sandbox import serve
from tests.client.odd_server import Reply
from tests.client.odd_server import serve as serve_odd
from tests.doctor.asking import BOT, HERE, SWIFT, complaints, examined, of_site, of_state, passed, placed
from tests.sandbox.replay import read_site

ADMIN = f"{HERE}/admin"
SERVICES = f"External services: {ADMIN}/settings.php?section=externalservices"
TOKENS = f"Manage tokens: {ADMIN}/webservice/tokens.php"
CHECK = f"Check system permissions: {ADMIN}/roles/check.php?contextid=1"
UP_TO_REST = ["address", "web services", "REST protocol"]
UP_TO_TOKEN = [*UP_TO_REST, "token"]
UP_TO_SERVICE = [*UP_TO_TOKEN, "service"]

OF_TWO = (
    "The token's user lacks the permission webservice/rest:use, or the token is bound to another network address than"
    " this machine's: Moodle answers both alike."
)
OF_FOUR = (
    "The token is good, but its service refuses every function. Moodle does not say which of these causes it is:"
    " the service is disabled; the token's user is not among its authorised users; that user's entry there has a"
    " date or an IP restriction (some versions read the date the wrong way round); the service has none of the"
    " functions."
)
NO_ANSWER = f"{HERE} does not answer core_webservice_get_site_info: "
UNKNOWN = (
    "The site does not know this token: it was mistyped, deleted, belongs to another site, or had expired (an"
    " expired token is deleted when it is used)."
)


def only(report: Report) -> tuple[str, str, str]:
    """Give step, sentence and page of the one complaint, which ends the examination with exit code 4."""
    [wrong] = [one for one in report.findings if one.grade != "ok"]
    assert (wrong.grade, report.exit_code, report.findings[-1]) == ("failed", 4, wrong)
    return wrong.step, wrong.sentence, wrong.page


@pytest.mark.parametrize(
    ("state", "token", "before", "step", "sentence", "page"),
    [
        (
            "maintenance", "TOKEN_BOT", [], "address",
            NO_ANSWER + "the site is in maintenance (attempt 2, the last).",
            f"Maintenance mode: {ADMIN}/settings.php?section=maintenancemode",
        ),
        (
            "maintenance-cli", "TOKEN_BOT", [], "address",
            NO_ANSWER + "the site is in maintenance, set on the command line of its server (HTTP 503) (attempt 2, the"
            " last).", "",
        ),
        (
            "upgrade-running", "TOKEN_BOT", [], "address",
            NO_ANSWER + "the site is being upgraded (attempt 2, the last).", "",
        ),
        (
            "database-down", "TOKEN_BOT", [], "address",
            NO_ANSWER + "the site cannot reach its database (attempt 2, the last).", "",
        ),
        (
            "php-down", "TOKEN_BOT", [], "address",
            NO_ANSWER + "the web server has an error of its own: 502 Bad Gateway (HTTP 502) (attempt 2, the last).", "",
        ),
        (
            "wrong-host", "TOKEN_BOT", [], "address",
            f"{HERE} redirects (HTTP 303), and the token does not follow redirects: use https://moodle.test as the"
            " site's address.", "",
        ),
        (
            "webservices-disabled", "TOKEN_BOT", ["address"], "web services", "Web services are off.",
            f"Advanced features: {ADMIN}/settings.php?section=optionalsubsystems",
        ),
        (
            "rest-disabled", "TOKEN_BOT", ["address", "web services"], "REST protocol", "The REST protocol is off.",
            f"Manage protocols: {ADMIN}/settings.php?section=webserviceprotocols",
        ),
        (
            "rest-disabled-debug", "TOKEN_BOT", ["address", "web services"], "REST protocol",
            "The REST protocol is off.", f"Manage protocols: {ADMIN}/settings.php?section=webserviceprotocols",
        ),
        ("default", "0123", UP_TO_REST, "token", UNKNOWN, TOKENS),
        (
            "default", "TOKEN_EXPIRED", UP_TO_REST, "token",
            "The token had expired; the site has deleted it now.", TOKENS,
        ),
        ("default", "TOKEN_IP", UP_TO_REST, "token", OF_TWO, f"{CHECK}; {TOKENS}"),
        (
            "debug-on", "TOKEN_IP", UP_TO_REST, "token",
            "The token is bound to another network address than this machine's. The site says: Invalid service -"
            " IP:198.51.100.7 is not supported - check this allowed user", TOKENS,
        ),
        ("bot-no-rest-capability", "TOKEN_BOT", UP_TO_REST, "token", OF_TWO, f"{CHECK}; {TOKENS}"),
        ("bot-webservice/rest:use", "TOKEN_BOT", UP_TO_REST, "token", OF_TWO, f"{CHECK}; {TOKENS}"),
        (
            "bot-no-rest-debug", "TOKEN_BOT", UP_TO_REST, "token",
            "The token's user lacks the permission webservice/rest:use. The site says: You are not allowed to use the"
            " {$a} protocol (missing capability: webservice/rest:use)", CHECK,
        ),
        ("service-disabled", "TOKEN_BOT", UP_TO_TOKEN, "service", OF_FOUR, SERVICES),
        ("service-disabled-debug", "TOKEN_BOT", UP_TO_TOKEN, "service", OF_FOUR, SERVICES),
        ("default", "TOKEN_NOTLISTED", UP_TO_TOKEN, "service", OF_FOUR, SERVICES),
        ("default", "TOKEN_LISTED_UNTIL_FUTURE", UP_TO_TOKEN, "service", OF_FOUR, SERVICES),
        (
            "default", "TOKEN_SUSPENDED", UP_TO_TOKEN, "user",
            "The token's user is suspended: end that, or use another user's token.",
            f"Browse list of users: {ADMIN}/user.php",
        ),
        (
            "default", "TOKEN_UNCONFIRMED", UP_TO_TOKEN, "user",
            "The token's user is not confirmed: confirm the account, or use another user's token.",
            f"Browse list of users: {ADMIN}/user.php",
        ),
        (
            "default", "TOKEN_NOLOGIN", UP_TO_TOKEN, "user",
            "The token's user may not log in (its authentication method is No login): choose another authentication"
            " method for that account, Web services authentication say, or use another user's token.",
            f"Browse list of users: {ADMIN}/user.php",
        ),
        (
            "site-policy", "TOKEN_BOT", UP_TO_SERVICE, "user",
            f"The token's user has not agreed to the site policy: sign in as that user once and agree"
            f" ({HERE}/user/policy.php).", f"Site policy: {HERE}/user/policy.php",
        ),
        (
            "bot-must-change-password", "TOKEN_BOT", UP_TO_SERVICE, "user",
            f"The token's user must change the password: sign in as that user once and change it"
            f" ({HERE}/login/change_password.php).", f"Change password: {HERE}/login/change_password.php",
        ),
        (
            "bot-profile-incomplete", "TOKEN_BOT", UP_TO_SERVICE, "user",
            f"The profile of the token's user is incomplete: sign in as that user once and fill it in"
            f" ({HERE}/user/edit.php).", f"Edit profile: {HERE}/user/edit.php",
        ),
    ],
)  # fmt: skip
def test_a_recorded_state_that_lets_nobody_in(
    state: str, token: str, before: list[str], step: str, sentence: str, page: str
) -> None:
    """The step at which it fails is named with what is wrong and where to mend it, after the steps that hold."""
    report = of_state(state, token)
    assert (passed(report), *only(report)) == (before, step, sentence, page)


def test_a_service_without_site_info() -> None:
    """A service that has other functions is known to be on; what is missing for an examination is named."""
    site = read_site()
    service = next(one for one in site["services"] if one["shortname"] == "batchroles")
    service["functions"].remove("core_webservice_get_site_info")
    report = of_site(site)
    assert (complaints(report), report.exit_code) == (
        [
            (
                "failed",
                "service",
                "The service offers core_role_assign_roles, but not core_webservice_get_site_info; without it nothing"
                " more can be examined.",
            )
        ],
        1,
    )


@pytest.mark.parametrize("state", ["site-policy", "bot-must-change-password", "bot-profile-incomplete"])
def test_an_account_that_is_held_up_without_looking_users_up(state: str) -> None:
    """Where the service cannot look users up, the account is tried by a row for nobody, and nothing is written."""
    site = read_site()
    service = next(one for one in site["services"] if one["shortname"] == "batchroles")
    service["functions"].remove("core_user_get_users_by_field")
    with serve(site, state=state) as practice:
        before = practice.state()
        report = placed(examined(practice.url), practice.url)
        assert practice.state() == before
    assert (report.findings[-1].step, report.exit_code) == ("user", 4)
    assert report.findings[-1].page == of_state(state).findings[-1].page


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (
            Reply("<html><title>Welcome</title></html>"),
            f'{HERE} answered with a web page titled "Welcome"; is this the address of a Moodle site?'
            ' The answer begins: "Welcome"',
        ),
        (
            Reply('{"a": 1}'),
            f"{HERE} does not answer core_webservice_get_site_info: what came is no answer of a Moodle"
            ' (answer has no userid) (attempt 2, the last). The answer begins: "{"a": 1}"',
        ),
        (
            Reply('[{"shown": "\x1b[31m' + "long \n" * 60 + '"'),
            f"{HERE} does not answer core_webservice_get_site_info: half an answer (attempt 2, the last)."
            f' The answer begins: "[{{"shown": "[31m{"long " * 36}long…"',
        ),
        (
            Reply(f'{{"userid": "{BOT}_{BOT}"'),
            f"{HERE} does not answer core_webservice_get_site_info: half an answer (attempt 2, the last)."
            ' The answer begins: "{"userid": "<hidden>_<hidden>""',
        ),
        (
            Reply("<html><title>Gone</title></html>", status=404),
            f'{HERE} answered HTTP 404 "Gone": there is no Moodle at this address; give the address of the site\'s'
            " home page.",
        ),
        (
            Reply("<html><title>Sign in</title></html>", status=401),
            f'{HERE} answered HTTP 401 "Sign in": the web server itself asks for a password; ask its administrator'
            " to let this client in.",
        ),
        (
            Reply("<html><title>Blocked</title></html>", status=403),
            f'{HERE} answered HTTP 403 "Blocked": the web server, or a firewall in front of it, refuses the request;'
            " ask its administrator.",
        ),
    ],
)
def test_an_address_at_which_no_moodle_answers(reply: Reply, sentence: str) -> None:
    """What is no Moodle is not taken for one whose web services are off."""
    with serve_odd(reply) as odd:
        report = placed(examined(odd.url), odd.url)
    assert only(report) == ("address", sentence, "")


def test_nobody_at_the_address() -> None:
    """An address at which nothing listens is the first step's failure."""
    with serve_odd() as odd:
        url = odd.url
    report = placed(examined(url), url)
    assert only(report) == ("address", NO_ANSWER + "no connection (attempt 2, the last).", "")


def test_a_certificate_that_cannot_be_verified() -> None:
    """A certificate of an unknown authority is the first step's failure, and nothing is sent."""
    with serve_odd(tls=True) as odd:
        report = placed(examined(odd.url), odd.url)
    assert (only(report), odd.requests) == (
        (
            "address",
            f"The certificate of {HERE} cannot be verified: check the address; if your organisation signs its own"
            " certificates, give its authority's file with --ca-cert.",
            "",
        ),
        [],
    )


def test_the_question_about_the_switches_holds_no_token() -> None:
    """To tell the switches apart the token script is asked without user, password or token."""
    with serve_odd(Reply("", status=403)) as odd:
        examined(odd.url, "0123456789abcdef")
    [_, (path, body)] = odd.requests
    assert (path, body) == ("/login/token.php", "username=&password=&service=batchroles")


def test_a_site_administrator_is_warned_of() -> None:
    """A token that can do everything works, and is better replaced."""
    with serve(read_site()) as practice:
        report = placed(examined(practice.url, "TOKEN_ADMIN"), practice.url)
    assert (complaints(report), report.exit_code) == (
        [
            (
                "warning",
                "user",
                "admin is a site administrator: whoever gets hold of the token can do everything.",
            )
        ],
        0,
    )


@pytest.mark.parametrize(
    ("powers", "said"),
    [
        (
            {"userissiteadmin": True},
            "wsbot is a site administrator: whoever gets hold of the token can do everything.",
        ),
        (
            {"usercanchangeconfig": True},
            "wsbot may change the site's configuration: whoever gets hold of the token can do nearly everything.",
        ),
        (
            {"usercanchangeconfig": "1", "sitesecret": "s3cr3t"},
            "wsbot may change the site's configuration: whoever gets hold of the token can do nearly everything. The"
            " site even tells its secret to this token.",
        ),
        ({"usercanchangeconfig": False, "userissiteadmin": "0", "sitesecret": None}, ""),
    ],
)
def test_a_user_with_too_much_power(powers: dict[str, object], said: str) -> None:
    """A token whose user may change the site is warned of; the site's secret, which such a token gets, is not shown."""
    with serve(read_site()) as practice, Moodle(practice.url, practice.token, retry=SWIFT) as moodle:
        found = list(account(moodle, {**moodle.site_info(), **powers}))
    assert [one.sentence for one in found if one.grade != "ok"] == ([said] if said else [])
    assert "s3cr3t" not in str(found)


def test_a_service_that_does_not_enrol() -> None:
    """That is no fault: what it would take is named, each function with its permission."""
    site = read_site()
    for service in site["services"]:
        names = service.get("functions", [])
        service["functions"] = [name for name in names if not name.startswith("enrol_")]
    said = [one for one in of_site(site).findings if "does not enrol" in one.sentence]
    assert [(one.grade, one.sentence) for one in said] == [
        (
            "ok",
            "It assigns roles and does not enrol. Optional, if it shall: enrol_manual_enrol_users, to enrol people in"
            " courses with a role, and to suspend enrolments, with enrol/manual:enrol; enrol_manual_unenrol_users, to"
            " unenrol people, with enrol/manual:unenrol.",
        )
    ]
