"""What answers before or instead of the scripts: the web server, PHP's start, and Moodle's own start."""

from collections.abc import Callable
from dataclasses import replace

from batchroles.sandbox.access.tokens import maintenance
from batchroles.sandbox.errors import MoodleError, access_refused, moodle_error, write_error
from batchroles.sandbox.php import bytes_of
from batchroles.sandbox.site.site import Site
from batchroles.sandbox.text import escape
from batchroles.sandbox.wire.login import KIND, login_error, serve_login
from batchroles.sandbox.wire.render import error_fields, error_text, to_json
from batchroles.sandbox.wire.rest import kind_of, rest_is_on, serve_rest, shown_error
from batchroles.sandbox.wire.web import Answer, Request, Variables, web_server_page

REST, LOGIN = "/webservice/rest/server.php", "/login/token.php"
SIMPLE, SOAP = "/webservice/rest/simpleserver.php", "/webservice/soap/server.php"
DIRECTORIES = ("/webservice/", "/webservice/rest/", "/webservice/soap/", "/login/")
LONGEST_URL = 8190
"""The longest request line that the web server takes, in bytes."""

DATABASE_DOWN = (
    "<p>Error: Database connection failed</p>\n"
    "<p>It is possible that the database is overloaded or otherwise not running properly.</p>\n"
    "<p>The site administrator should also check that the database details have been correctly specified in "
    "config.php</p>"
)


def answer(site: Site, request: Request) -> Answer:
    """Answer one request: the web server first, then Moodle's start, then the script."""
    script = script_of(request.path)
    refused = _web_server(site, request, script)
    if refused is not None:
        return refused
    variables = _variables(site, request)
    given = _moodle_start(site, request, script, variables) or SCRIPTS[script](site, request, variables)
    # The web server gave up waiting, Moodle did not: the rows are stored (gateway-timeout-assign).
    if site.surroundings.get("gateway_timeout"):
        return web_server_page(504, "Gateway Time-out", given.function)
    return _with_warnings(site, request, variables, given)


def script_of(path: str) -> str:
    """Give the script that a path leads to, doubled slashes and what follows the script's name taken away."""
    while "//" in path:
        path = path.replace("//", "/")
    return next((script for script in SCRIPTS if path == script or path.startswith(f"{script}/")), path)


def _web_server(site: Site, request: Request, script: str) -> Answer | None:
    around = site.surroundings
    if len(request.query) + len(request.path) > LONGEST_URL:
        return web_server_page(414, "Request-URI Too Large")
    if len(request.body) > bytes_of(around.get("max_body", "20M")):
        return web_server_page(413, "Request Entity Too Large")
    if script in DIRECTORIES:
        return web_server_page(403, "Forbidden")
    if script not in SCRIPTS:
        return web_server_page(404, "Not Found")
    return web_server_page(502, "Bad Gateway") if around.get("php_down") else None


def _moodle_start(site: Site, request: Request, script: str, variables: Variables) -> Answer | None:
    around = site.surroundings
    if around.get("maintenance"):
        expired = {"Expires": "Mon, 20 Aug 1969 09:23:00 GMT"}
        return Answer("<p>Site under maintenance</p>\n", 503, "text/html; charset=utf-8", headers=expired)
    if around.get("database_down"):
        error = MoodleError("dml_connection_exception", "dbconnectionfailed", DATABASE_DOWN)
        return _start_error(site, script, variables, error)
    if around.get("wrong_host"):
        return _wrong_host(site, request, script)
    if around.get("upgrade"):
        error = moodle_error("upgraderunning", "Site is being upgraded, please retry later.")
        return _start_error(site, script, variables, error)
    return None


def _start_error(site: Site, script: str, variables: Variables, error: MoodleError) -> Answer:
    if script == LOGIN:
        return login_error(error)
    as_json = variables.values.get("moodlewsrestformat") == "json"
    text = error_text(error_fields(error, site.release, debug=False, display=False), as_json=as_json)
    return Answer(text, content_type=kind_of(as_json=as_json))


def _wrong_host(site: Site, request: Request, script: str) -> Answer:
    """Send a client that used another host name to the right one; what it posted is lost."""
    if script == LOGIN:
        fields = {"error": "Invalid url or port.", "stacktrace": None, "debuginfo": None}
        return Answer(to_json({**fields, "errorcode": "requirecorrectaccess"}), content_type=KIND)
    query = f"?{request.query}" if request.query else ""
    address = f"{request.wwwroot}{request.path}{query}" if site.release.keeps_address else request.wwwroot
    page = f'<!DOCTYPE html>\n<title>Redirect</title>\n<a href="{escape(address)}">Continue</a>\n'
    return Answer(page, 303, "text/html; charset=UTF-8", {"Location": address})


def _with_warnings(site: Site, request: Request, variables: Variables, given: Answer) -> Answer:
    """Put PHP's warnings before the answer where PHP is set to display errors."""
    if site.php["display_errors"] != "On" or not (variables.cut or variables.too_large):
        return given
    limit = bytes_of(site.php["post_max_size"])
    reason = (
        f"POST Content-Length of {len(request.body)} bytes exceeds the limit of {limit} bytes"
        if variables.too_large
        else f"Input variables exceeded {site.php['max_input_vars']}. "
        "To increase the limit change max_input_vars in php.ini."
    )
    warning = (
        f"<br />\n<b>Warning</b>:  PHP Request Startup: {reason} in <b>Unknown</b> on line <b>0</b><br />\n"
    )
    # Before the JSON, which keeps its label (vars-display-errors), unless the whole body was dropped
    # (body-over-post-max-size-display-errors).
    kind = "text/html; charset=UTF-8" if variables.too_large else given.content_type
    return replace(given, body=warning + given.body, content_type=kind)


def _serve_simple(site: Site, _request: Request, variables: Variables) -> Answer:
    """Refuse user name and password with every call: the plugin for that is off."""
    if not rest_is_on(site):
        return Answer("", 403, "text/html; charset=utf-8")
    error = access_refused("The web service authentication plugin is disabled.")
    return _error_answer(site, variables, error)


def _error_answer(site: Site, variables: Variables, error: MoodleError) -> Answer:
    as_json = variables.values.get("moodlewsrestformat") == "json"
    return Answer(shown_error(site, error, as_json=as_json), content_type=kind_of(as_json=as_json))


def maintenance_answer(site: Site, request: Request) -> Answer:
    """Answer a call as a site in maintenance does."""
    return _error_answer(site, _variables(site, request), maintenance())


def deadlock_answer(site: Site, request: Request) -> Answer:
    """Answer a call that the database rolled back, because it and another one waited for each other."""
    return _error_answer(site, _variables(site, request), write_error("ERROR:  deadlock detected"))


def _variables(site: Site, request: Request) -> Variables:
    return request.variables(int(site.php["max_input_vars"]), bytes_of(site.php["post_max_size"]))


def _serve_soap(_site: Site, _request: Request, _variables: Variables) -> Answer:
    """Say nothing: the SOAP protocol is off."""
    return Answer("", content_type="text/html; charset=utf-8")


SCRIPTS: dict[str, Callable[[Site, Request, Variables], Answer]] = {
    REST: serve_rest,
    LOGIN: serve_login,
    SIMPLE: _serve_simple,
    SOAP: _serve_soap,
}
