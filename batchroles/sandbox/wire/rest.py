"""The REST server: who calls, may they, what do they want, and the answer in JSON or XML."""

from typing import Any

from batchroles.sandbox.access.actor import Actor, Call
from batchroles.sandbox.access.tokens import authenticate, check_function
from batchroles.sandbox.errors import MoodleError, moodle_error
from batchroles.sandbox.functions import FUNCTIONS
from batchroles.sandbox.functions.clean import CLEANERS
from batchroles.sandbox.functions.signatures import signature
from batchroles.sandbox.php import PhpArray, text_of
from batchroles.sandbox.reports.definition import dear_columns
from batchroles.sandbox.site.site import Site
from batchroles.sandbox.wire.latency import REPORT, rows_of, seconds
from batchroles.sandbox.wire.parameters import check_parameters, check_result
from batchroles.sandbox.wire.render import error_fields, error_text, result_text
from batchroles.sandbox.wire.web import Answer, Request, Variables

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
    # In capitals, or cut off with the end of the body, it is XML (format-upper-case, vars-format-last-lost).
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
    text = result_text(result, signature(function, site.release.name).gives, as_json=as_json)
    dear = dear_columns(site, result["details"]["id"]) if function == REPORT else 0
    taken, rows = seconds(function, values, result, dear), rows_of(function, result)
    return Answer(text, content_type=kind, function=function, seconds=taken, rows=rows)


def shown_error(site: Site, error: MoodleError, *, as_json: bool) -> str:
    """Write an exception, with its reason where the site is in debug mode."""
    fields = error_fields(error, site.release, debug=in_debug(site), display=displays(site))
    return error_text(fields, as_json=as_json)


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


def _run(site: Site, request: Request, values: PhpArray, function: str) -> Any:
    settings = {name: text_of(values.pop(name, "")) for name in SETTINGS}
    raw = CLEANERS["bool"](settings["moodlewssettingraw"]) == "1"
    token = authenticate(site, text_of(values.pop("wstoken", "")), request.client_ip)
    actor = Actor(site, token["userid"])
    check_function(site, actor, token, function, request.client_ip)
    if function not in FUNCTIONS:
        raise moodle_error("notimplemented", f"The practice Moodle does not know {function}")
    service = site.services[token["externalserviceid"]]
    timezone = settings["moodlewssettingtimezone"]
    call = Call(site, actor, request.wwwroot, service, raw, displays(site), timezone)
    return execute(call, function, values)


def execute(call: Call, function: str, values: PhpArray) -> Any:
    """Check the parameters, run the function, and give its result cut to the function's signature."""
    known = signature(function, call.site.release.name)
    params = check_parameters(known.takes, values, display=call.display)
    return check_result(known.gives, FUNCTIONS[function](call, params))
