"""The REST server: who calls, may they, what do they want, and the answer in JSON or XML."""

import time
from typing import Any

from batchroles.sandbox.access import Actor
from batchroles.sandbox.addresses import is_in_subnets
from batchroles.sandbox.call import Call
from batchroles.sandbox.clean import CLEANERS
from batchroles.sandbox.errors import (
    MoodleError,
    access_refused,
    invalid_parameter,
    missing_record,
    moodle_error,
    shown_query,
)
from batchroles.sandbox.functions import FUNCTIONS
from batchroles.sandbox.known_functions import exists
from batchroles.sandbox.latency import seconds
from batchroles.sandbox.php import PhpArray
from batchroles.sandbox.render import error_fields, error_text, result_text
from batchroles.sandbox.signatures import SIGNATURES
from batchroles.sandbox.site import Site
from batchroles.sandbox.tables import Row
from batchroles.sandbox.validator import check_parameters, check_result
from batchroles.sandbox.web import Answer, Request, Variables

DEVELOPER = 32767
"""Moodle's debug level that shows reasons."""

SETTINGS = (
    "moodlewssettingraw",
    "moodlewssettingfileurl",
    "moodlewssettingfilter",
    "moodlewssettinglang",
    "moodlewssettingtimezone",
)


def serve_rest(site: Site, request: Request, variables: Variables) -> Answer:
    """Answer one request to `webservice/rest/server.php`."""
    if not rest_is_on(site):
        return Answer("", 403, "text/html; charset=utf-8")
    values = variables.values
    as_json = values.pop("moodlewsrestformat", None) == "json"
    function = text_of(values.pop("wsfunction", ""))
    kind = kind_of(as_json=as_json)
    try:
        result = _run(site, request, values, function)
        site.journal.commit()
    except MoodleError as error:
        text = shown_error(site, error, as_json=as_json)
        return Answer(text, content_type=kind, function=function, seconds=seconds(function, values, None))
    finally:
        site.journal.roll_back()  # whatever was not committed, by a refusal or by a fault of our own
    text = result_text(result, SIGNATURES[function].gives, as_json=as_json)
    return Answer(text, content_type=kind, function=function, seconds=seconds(function, values, result))


def shown_error(site: Site, error: MoodleError, *, as_json: bool) -> str:
    """Write an exception, with its reason where the site is in debug mode."""
    return error_text(error_fields(error, debug=in_debug(site), display=displays(site)), as_json=as_json)


def kind_of(*, as_json: bool) -> str:
    """Give the content type of an answer."""
    return "application/json" if as_json else "application/xml; charset=utf-8"


def in_debug(site: Site) -> bool:
    """Say whether the site tells reasons."""
    return int(site.settings["debug"]) >= DEVELOPER


def displays(site: Site) -> bool:
    """Say whether the site displays reasons in its messages too."""
    return in_debug(site) and site.settings["debugdisplay"] == "1"


def rest_is_on(site: Site) -> bool:
    """Say whether web services and the REST protocol are switched on."""
    settings = site.settings
    return settings["enablewebservices"] == "1" and "rest" in settings["webserviceprotocols"].split(",")


def text_of(value: object) -> str:
    """Give a variable's text; an array, where text belongs, is none."""
    return value if isinstance(value, str) else ""


def _run(site: Site, request: Request, values: PhpArray, function: str) -> Any:
    raw = _setting(values)
    token = authenticate(site, text_of(values.pop("wstoken", "")), request.client_ip)
    actor = Actor(site, token["userid"])
    check_function(site, actor, token, function, request.client_ip)
    service = site.services[token["externalserviceid"]]
    call = Call(site, actor, request.wwwroot, service, raw, displays(site))
    return execute(call, function, values)


def _setting(values: PhpArray) -> bool:
    settings = {name: values.pop(name, "0") for name in SETTINGS}
    return CLEANERS["bool"](text_of(settings["moodlewssettingraw"])) == "1"


def execute(call: Call, function: str, values: PhpArray) -> Any:
    """Check the parameters, run the function, and give its result cut to the function's signature."""
    signature = SIGNATURES[function]
    params = check_parameters(signature.takes, values, display=call.display)
    return check_result(signature.gives, FUNCTIONS[function](call, params))


def authenticate(site: Site, token: str, client_ip: str) -> Row:
    """Give the token's row once token, account and protocol are in order."""
    row = site.tokens.find(token)
    if row is None:
        raise moodle_error("invalidtoken", "Invalid token - token not found")
    if row["validuntil"] and row["validuntil"] < time.time():
        site.tokens.remove(row)
        site.journal.commit()
        raise access_refused("Invalid token - token expired - check validuntil time for the token")
    if row["iprestriction"] and not is_in_subnets(client_ip, row["iprestriction"]):
        raise access_refused(f"Invalid service - IP:{client_ip} is not supported - check this allowed user")
    check_account(site, site.users[row["userid"]])
    if not Actor(site, row["userid"]).can("webservice/rest:use", site.system):
        raise access_refused(
            "You are not allowed to use the {$a} protocol (missing capability: webservice/rest:use)"
        )
    return row


def check_account(site: Site, user: Row) -> None:
    """Raise what Moodle raises for an account that may not call web services now."""
    if site.settings["maintenance_enabled"] == "1" and not may_work_in_maintenance(site, user):
        raise maintenance()
    for state, refused in (
        ("deleted", user["deleted"]),
        ("unconfirmed", not user["confirmed"]),
        ("suspended", user["suspended"]),
        ("nologin", user["auth"] == "nologin"),
    ):
        if refused:
            what = "nologin authentication" if state == "nologin" else state
            text = f"Refused web service access for {what} username: {user['username']}"
            raise moodle_error(f"wsaccessuser{state}", text)


def maintenance() -> MoodleError:
    """Give Moodle's answer while the site is in maintenance."""
    return moodle_error(
        "sitemaintenance", "The site is undergoing maintenance and is currently not available"
    )


def may_work_in_maintenance(site: Site, user: Row) -> bool:
    """Say whether a user may use the site while it is in maintenance."""
    return Actor(site, user["id"]).can("moodle/site:maintenanceaccess", site.system)


def check_function(site: Site, actor: Actor, token: Row, function: str, client_ip: str) -> None:
    """Raise unless the function exists and the token's service offers it to this user, from this address."""
    if not function:
        raise invalid_parameter("Missing function name")
    if function not in site.functions and not exists(function):
        query = shown_query("SELECT * FROM {external_functions} WHERE name = ?", function)
        raise missing_record("external_functions", query)
    service = site.services[token["externalserviceid"]]
    listed = function in service.get("functions", ())
    if not (listed and service["enabled"] and _may_use(service, actor, client_ip)):
        raise access_refused(REASONS.format(function=function))
    if function not in FUNCTIONS:
        raise moodle_error("notimplemented", f"The practice Moodle does not know {function}")


def _may_use(service: Row, actor: Actor, client_ip: str) -> bool:
    """Say whether a service is open to a user. NOTE: Moodle 4.3 reads "valid until" the wrong way round."""
    capability = service["requiredcapability"]
    if capability and not actor.can(capability, actor.site.system):
        return False
    if not service["restrictedusers"]:
        return True
    for row in service["users"]:
        if row["userid"] == actor.id and (row["validuntil"] is None or row["validuntil"] < time.time()):
            return not row["iprestriction"] or is_in_subnets(client_ip, row["iprestriction"])
    return False


_BREAK = "\n" + 21 * " "
REASONS = _BREAK.join(
    (
        "Access to the function {function}() is not allowed.",
        "There could be multiple reasons for this:",
        "1. The service linked to the user token does not contain the function.",
        "2. The service is user-restricted and the user is not listed.",
        "3. The service is IP-restricted and the user IP is not listed.",
        "4. The service is time-restricted and the time has expired.",
        "5. The token is time-restricted and the time has expired.",
        "6. The service requires a specific capability which the user does not have.",
        "7. The function is called with username/password (no user token is sent)",
        "and none of the services has the function to allow the user.",
        "These settings can be found in Administration > Site administration",
        "> Server > Web services > External services and Manage tokens.",
    )
)
"""What debug mode says of a refused function, whatever the reason was: line breaks and all as recorded."""
