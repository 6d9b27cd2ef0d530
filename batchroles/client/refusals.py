"""What a refusal means for a client: Moodle's error codes, and what a web server says in Moodle's place.

One table, decided by code because texts come in any language; of an HTTP status other than 200 it matters whether the
call may have been done all the same.
"""

from batchroles.client import functions
from batchroles.client.address import SERVER_PATH
from batchroles.client.attempts import AttemptError, retry_after
from batchroles.client.decoding import page_title
from batchroles.client.wire import Answer
from batchroles.errors import BatchrolesError, CallRefused, CallTooLarge, SiteRefusal
from batchroles.models.changes import CLASHES

TEMPORARY = {
    "sitemaintenance": "the site is in maintenance",
    "upgraderunning": "the site is being upgraded",
    "dbconnectionfailed": "the site cannot reach its database",
    "sessionlocktimeout": "the site is overloaded",
    "locktimeout": "the site is overloaded",
}
"""Error code → clause. Another attempt may succeed; nothing was done."""

COMMAND_LINE_MAINTENANCE = "the site is in maintenance, set on the command line of its server"
"""Moodle says so with HTTP status 503 and a page, to administrators too (case `maintenance-cli-admin`)."""

CLASHES_OF_LOOKUPS = CLASHES.keys() - {"dmlreadexception"}
"""Error codes of a look-up that was in the way of another call. Changes carry numbers only; of a look-up that the
database refused to read for, a text in it may be at fault."""

_MANAGE = "Site administration, section Web services"

SITE_REFUSALS = {
    "invalidtoken": (
        "The site does not know this token: copy it again, or make a new one on the page Manage tokens"
        f" ({_MANAGE}; {{url}}/admin/webservice/tokens.php)."
    ),
    "accessexception": (
        "The site does not let this token call {function}. One of these is missing, Moodle does not say which: the"
        " function among the service's functions, the token's user among the service's authorised users, the service"
        f" enabled (page External services, {_MANAGE}; {{url}}/admin/settings.php?section=externalservices); the"
        " permission webservice/rest:use for that user; a token that has not expired and is not bound to another"
        " network address (page Manage tokens, {url}/admin/webservice/tokens.php)."
    ),
    "servicenotavailable": (
        "The web service does not exist or is disabled: look on the page External services"
        f" ({_MANAGE}; {{url}}/admin/settings.php?section=externalservices)."
    ),
    "enablewsdescription": (
        "Web services are off: tick Enable web services on the page Advanced features"
        " ({url}/admin/search.php?query=enablewebservices)."
    ),
    "invalidtimedtoken": "The permission to use the service has ended for this user: look at the service's"
    " Authorised users ({url}/admin/settings.php?section=externalservices).",
    "sitepolicynotagreed": "The token's user has not agreed to the site policy: sign in as that user once and agree"
    " ({url}/user/policy.php).",
    "forcepasswordchangenotice": "The token's user must change the password: sign in as that user once and change it"
    " ({url}/login/change_password.php).",
    "nopasswordchangeforced": "The token's user must change the password, and its authentication method has no page for"
    " that: sign in as an administrator and take Force password change off that account ({url}/admin/user.php).",
    "usernotfullysetup": "The profile of the token's user is incomplete: sign in as that user once and fill it in"
    " ({url}/user/edit.php).",
    "wsaccessusersuspended": "The token's user is suspended: end that, or use another user's token.",
    "wsaccessuserunconfirmed": "The token's user is not confirmed: confirm the account, or use another user's token.",
    "wsaccessusernologin": "The token's user may not log in (its authentication method is No login): choose another"
    " authentication method for that account, Web services authentication say, or use another user's token.",
    "wsaccessuserdeleted": "The token's user is deleted: make a token for another user"
    " ({url}/admin/webservice/tokens.php).",
    "wsaccessuserexpired": "The password of the token's user has expired: sign in as that user and change it.",
    "requirecorrectaccess": "The site knows itself under another address: use the address that its own pages show.",
}
"""Error code → sentence; `{url}` and `{function}` are filled in. The site refuses whatever is sent."""

SERVICES_OFF = (
    "Web services are off: tick Enable web services on the page Advanced features"
    " ({url}/admin/search.php?query=enablewebservices), or the REST protocol is off: enable it on the page Manage"
    " protocols ({url}/admin/settings.php?section=webserviceprotocols)."
)
"""Moodle answers HTTP 403 without a word in both cases (`webservices-disabled`, `rest-disabled`)."""

NO_SUCH_FUNCTION = "invalidrecord"
"""The error code of a function that the site does not have, whatever its Moodle calls it."""

NOT_IN_SERVICE = frozenset({"accessexception", NO_SUCH_FUNCTION})
"""Error codes of a function that the token may not call, or that the site does not have. Moodle says the first of a bad
token, too (cases `token-expired`, `function-not-in-service`)."""

UNKNOWN_FUNCTION = (
    "The site does not know the function {function}: its Moodle is too old, or the plugin that brings the function is"
    " not installed; the functions it has are on the page API Documentation"
    f" ({_MANAGE}; {{url}}/admin/webservice/documentation.php)."
)


def meaning(error: dict[str, object], function: str, url: str) -> BatchrolesError | AttemptError:
    """Turn an error object of the REST server into what the caller does next.

    `error` holds `exception` and `message`, mostly `errorcode`, on sites with debug on `debuginfo`. An error inside
    PHP has no code (case `cbf-ids`): its class takes the place. A code may be a whole sentence (case `withcap-weak`).
    """
    kind = str(error.get("exception") or "")
    code = str(error.get("errorcode") or kind)
    message, debuginfo = str(error.get("message") or ""), str(error.get("debuginfo") or "")
    if code in TEMPORARY:
        return AttemptError(TEMPORARY[code])
    if code in SITE_REFUSALS:
        return SiteRefusal(sentence(code, function, url, debuginfo), code)
    if _is_unknown_function(code, message + debuginfo, function):
        return SiteRefusal(UNKNOWN_FUNCTION.format(function=function, url=url), NO_SUCH_FUNCTION)
    refused = CallRefused(function, code, message, debuginfo)
    if functions.writes(function) and code in CLASHES:
        return AttemptError(CLASHES[code], clash=True, ending=refused)
    # A look-up writes too: when its user was last there, say.
    return AttemptError(CLASHES[code], clash=True) if code in CLASHES_OF_LOOKUPS else refused


def _is_unknown_function(code: str, said: str, function: str) -> bool:
    """Whether the record that Moodle did not find is the function's own.

    A Moodle 4.3 names the table. A 5.1 does not (case `function-unknown`), so that it is told by what the function
    could miss besides: a course, for those that enter it (case `withcap-unknown-course`).
    """
    if code == NO_SUCH_FUNCTION:
        return functions.REGISTRY_TABLE in said
    return code == "invalidrecordunknown" and function in functions.MISSING_NOTHING


def sentence(code: str, function: str, url: str, debuginfo: str = "") -> str:
    """Say what a refusal means and what to do; a site with debug on adds its own reason."""
    said = SITE_REFUSALS[code].format(function=function, url=url)
    return f"{said} The site says: {debuginfo}" if debuginfo else said


NOT_NOW = {
    408: "did not receive the whole request",
    429: "asks for fewer requests",
    503: "is not available now",
}
"""Status → clause: the call was not begun, and another attempt may be."""

_EXPIRED = "Mon, 20 Aug 1969"
"""The date by which Moodle makes its maintenance page expire: in whatever language the page is, it has this header."""

NOT_TAKEN = frozenset({301, 307, 308, 401, 405, 407, 411, 413, 414, 417, 421, 426, 431, *NOT_NOW})
"""Statuses that say that the request went no further than a web server or proxy, so that nothing was done.

Every other one may have been put in the place of Moodle's answer by something between here and there, after the call
was done. What Moodle itself answers with such a status is told apart by `_is_moodles`: 403 without a word where web
services are off, and a redirect of the very request to the address by which the site knows itself.
"""


def meaning_of_status(answer: Answer, function: str, url: str) -> BatchrolesError | AttemptError:
    """Turn a status other than 200 into what the caller does next."""
    status = answer.status
    if status == 413:
        return CallTooLarge(function, "http413", "the web server does not take a call of this size")
    if status in NOT_NOW or status >= 500:
        return _try_again(answer)
    if status < 300:
        reason = f"the web server answers with HTTP status {status}, as no Moodle does"
        return AttemptError(reason, lost=True, few=True)
    refusal = _redirect(answer, url) if status < 400 else _refusal(answer, url)
    refusal.maybe_done = status not in NOT_TAKEN and not _is_moodles(answer)
    return refusal


def _is_moodles(answer: Answer) -> bool:
    if answer.status == 403:
        return not answer.content.strip()
    # Moodle sends a client that used another host name there before it does anything (case `wrong-host-post`).
    there = (answer.headers.get("Location") or "").partition("?")[0]
    return "://" in there and there.endswith(SERVER_PATH)


def _try_again(answer: Answer) -> AttemptError:
    """Describe a status that may be gone at the next attempt."""
    # Varnish says 503 also of an answer that came too late.
    late = b"Guru Meditation" in answer.content or b"Backend fetch failed" in answer.content
    return AttemptError(
        f"{_passing(answer)} (HTTP {answer.status})",
        lost=late or answer.status not in NOT_NOW,
        asked=retry_after(answer.headers.get("Retry-After")),
    )


def _passing(answer: Answer) -> str:
    if answer.status == 503 and (answer.headers.get("Expires") or "").startswith(_EXPIRED):
        return COMMAND_LINE_MAINTENANCE
    if answer.status == 503 and "maintenance" in _text(answer).lower():
        return TEMPORARY["sitemaintenance"]
    said = NOT_NOW.get(
        answer.status, f"has an error of its own: {page_title(_text(answer)) or 'no more is said'}"
    )
    return f"the web server {said}"


def _redirect(answer: Answer, url: str) -> SiteRefusal:
    """Say where a redirect leads; the token does not follow it."""
    # The path of the REST server is ours; what stands before it is the address to use. A query may hold anything.
    there = (answer.headers.get("Location") or "").partition("?")[0].partition("/webservice/")[0].rstrip("/")
    advice = f"use {there} as the site's address" if "://" in there else "find out its right address"
    if there == url:
        advice = (
            "the site knows itself by another address, which an administrator finds as wwwroot in config.php"
        )
    return SiteRefusal(
        f"{url} redirects (HTTP {answer.status}), and the token does not follow redirects: {advice}.",
        "redirect",
    )


def _refusal(answer: Answer, url: str) -> SiteRefusal:
    return SiteRefusal(_sentence(answer, url), f"http{answer.status}")


def _sentence(answer: Answer, url: str) -> str:
    """Say what a status of 400 to 499 means for a client of Moodle, and what to do."""
    if answer.status == 403 and not answer.content.strip():
        return SERVICES_OFF.format(url=url)
    said = f'{url} answered HTTP {answer.status} "{page_title(_text(answer))}"'
    if answer.status == 404:
        return f"{said}: there is no Moodle at this address; give the address of the site's home page."
    if answer.status == 401:
        return (
            f"{said}: the web server itself asks for a password; ask its administrator to let this client in."
        )
    return (
        f"{said}: the web server, or a firewall in front of it, refuses the request; ask its administrator."
    )


def _text(answer: Answer) -> str:
    return answer.content[:20000].decode("utf-8", errors="replace")
