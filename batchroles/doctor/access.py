"""From the address to the token: why a site does not even say whom the token belongs to, and what it offers.

Moodle answers most of it with one code, `accessexception`. What it does first, and what later, tells some causes
apart: it deletes an expired token when it is used (case `token-expired-second-call`), and it checks token, account and
protocol before it looks at the function's name. What then remains is said as it is: one of several.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from batchroles.client import Moodle, functions
from batchroles.client.refusals import COMMAND_LINE_MAINTENANCE, NOT_IN_SERVICE, TEMPORARY
from batchroles.client.service import Info
from batchroles.doctor import pages
from batchroles.doctor.findings import Finding, failed, in_words, ok, warning
from batchroles.errors import BatchrolesError, CallRefused, SiteRefusal, TemporaryFailure
from batchroles.models import ASSIGN, Level
from batchroles.validator.probe import NOBODY

ADDRESS, SWITCH, PROTOCOL, TOKEN, SERVICE, USER = (
    "address",
    "web services",
    "REST protocol",
    "token",
    "service",
    "user",
)
"""The first steps, in the order in which a site is set up."""

ACCOUNT = {
    "wsaccessusersuspended": (
        pages.USERS,
        "Open the user there and end the suspension, or use another user's token.",
    ),
    "wsaccessuserunconfirmed": (pages.USERS, "Confirm the account there, or use another user's token."),
    "wsaccessusernologin": (
        pages.USERS,
        "Edit the user there and choose the authentication method Web services authentication.",
    ),
    "wsaccessuserdeleted": (pages.TOKENS, "Make a token for a user who exists."),
    "wsaccessuserexpired": (pages.CHANGE_PASSWORD, "Sign in as that user and change the password."),
    "sitepolicynotagreed": (pages.POLICY, "Sign in as that user once and agree."),
    "forcepasswordchangenotice": (
        pages.CHANGE_PASSWORD,
        "Sign in as that user once and change the password.",
    ),
    "usernotfullysetup": (pages.EDIT_PROFILE, "Sign in as that user once and fill in what is required."),
}
"""Error code of an account that is not in order → where and how to mend it."""

UNREACHED = ("", "redirect", "webpage", "requirecorrectaccess")
"""Error codes that say that no web service of a Moodle answered at this address."""

TokenScript = Callable[[], str]
"""Asks `login/token.php` for a token without saying whose, and gives the error code of its answer: `invalidlogin` where
web services are on, `enablewsdescription` where they are off, anything else where no Moodle answers."""


def passed(site: str) -> dict[str, Finding]:
    """Give what to say of each first step when a later one has been reached."""
    kind = "over https, and its certificate is valid" if site.startswith("https:") else "over plain http"
    return {
        ADDRESS: ok(ADDRESS, f"{site} answers {kind}."),
        SWITCH: ok(SWITCH, "Web services are on."),
        PROTOCOL: ok(PROTOCOL, "The REST protocol is on."),
        TOKEN: ok(TOKEN, "The site knows the token."),
    }


def after(site: str, step: str, problem: Finding) -> list[Finding]:
    """Give the steps that were passed on the way to one, and what was found there."""
    said = passed(site)
    names = list(said)
    reached = names.index(step) if step in names else len(names)
    return [*(said[name] for name in names[:reached]), problem]


def why_not(moodle: Moodle, error: BatchrolesError, token_script: TokenScript) -> list[Finding]:
    """Say why a site does not answer the first question."""
    site = moodle.url
    if isinstance(error, TemporaryFailure):
        return [replace(_not_now(site, error), passes=True)]
    code = getattr(error, "errorcode", "")
    if code in ACCOUNT:
        return after(site, USER, account_trouble(site, error, code))
    if code == "invalidtoken":
        return after(site, TOKEN, _unknown_token(site))
    if code == "accessexception":
        return _no_access(moodle, error)
    if code == "http403":
        return _forbidden(site, error, token_script)
    if code in UNREACHED or code.startswith("http"):
        return [failed(ADDRESS, in_words(error), refuses=True)]
    return after(site, USER, failed(USER, in_words(error) + debug_reason(error), refuses=True))


def _not_now(site: str, error: TemporaryFailure) -> Finding:
    if COMMAND_LINE_MAINTENANCE in str(error):
        click = "Wait until it is over; on the server, php admin/cli/maintenance.php --disable ends it."
        return failed(ADDRESS, str(error), click=click, refuses=True)
    if TEMPORARY["sitemaintenance"] in str(error):
        click = "Wait until the maintenance is over, or end it there."
        return failed(ADDRESS, str(error), pages.MAINTENANCE.on(site), click, refuses=True)
    if any(f": {reason} (" in str(error) for reason in TEMPORARY.values()):
        return failed(ADDRESS, str(error), click="Wait, and ask again.", refuses=True)
    click = "Open the address in a browser on this machine: if that fails too, address, network or site are at fault."
    return failed(ADDRESS, in_words(error), click=click, refuses=True)


def account_trouble(site: str, error: BatchrolesError, code: str) -> Finding:
    """Say what is wrong with the account of the token's user."""
    page, click = ACCOUNT[code]
    return failed(USER, str(error), page.on(site), click, refuses=True)


def _unknown_token(site: str) -> Finding:
    return failed(
        TOKEN,
        "The site does not know this token: it was mistyped, deleted, belongs to another site, or had expired (an"
        " expired token is deleted when it is used).",
        pages.TOKENS.on(site),
        "Look for the token's user and service there; copy the token again, or click Create token.",
        refuses=True,
    )


def _forbidden(site: str, error: BatchrolesError, token_script: TokenScript) -> list[Finding]:
    """Tell web services that are off from a protocol that is off, and both from a firewall."""
    told = token_script()
    if told == "enablewsdescription":
        click = "Tick Enable web services and click Save changes."
        page = pages.ADVANCED_FEATURES.on(site)
        return after(site, SWITCH, failed(SWITCH, "Web services are off.", page, click, refuses=True))
    if told == "invalidlogin":
        click = "Click the eye beside REST protocol, so that it is open."
        page = pages.PROTOCOLS.on(site)
        return after(site, PROTOCOL, failed(PROTOCOL, "The REST protocol is off.", page, click, refuses=True))
    return [failed(ADDRESS, str(error), refuses=True)]


def _no_access(moodle: Moodle, error: BatchrolesError) -> list[Finding]:
    """Find the cause of an `accessexception`, as far as further questions can."""
    site = moodle.url
    # Asked once more: Moodle has deleted an expired token when it was used (case `token-expired-second-call`).
    if code_of(moodle, functions.SITE_INFO) == "invalidtoken":
        return after(site, TOKEN, _expired(site))
    # A function that no site has: a token that is let in would hear of that (case `function-unknown`).
    if code_of(moodle, functions.NO_FUNCTION) == "accessexception":
        return after(site, TOKEN, _token_or_protocol(site, debug_reason(error)))
    offered = _first_offered(lambda name: code_of(moodle, name))
    return after(site, SERVICE, _no_site_info(site, offered) if offered else _no_service(site))


def _expired(site: str) -> Finding:
    return failed(
        TOKEN,
        "The token had expired; the site has deleted it now.",
        pages.TOKENS.on(site),
        "Click Create token for the same user and service, with a later date at Valid until, or none.",
        refuses=True,
    )


_REST = "webservice/rest:use"
_ALLOW = (
    f"Choose the user there and look for {_REST}; if it says No, allow it in the role that the user has in the whole"
    " system."
)


def _token_or_protocol(site: str, reason: str) -> Finding:
    """Name the cause where a site with debug on tells it, else both.

    It does in the cases `no-rest-capability-bot-debug` and `token-ip-restricted-debug`.
    """
    check, tokens = pages.CHECK_PERMISSIONS.on(site), pages.TOKENS.on(site)
    if _REST in reason:
        said = f"The token's user lacks the permission {_REST}.{reason}"
        return failed(TOKEN, said, check, _ALLOW, refuses=True)
    if " IP:" in reason:
        said = f"The token is bound to another network address than this machine's.{reason}"
        return failed(TOKEN, said, tokens, "Look at the token's IP restriction there.", refuses=True)
    return failed(
        TOKEN,
        f"The token's user lacks the permission {_REST}, or the token is bound to another network address than this"
        f" machine's: Moodle answers both alike.{reason}",
        f"{check}; {tokens}",
        f"{_ALLOW} If it says Yes, look at the token's IP restriction on the second page.",
        refuses=True,
    )


def _first_offered(ask: Callable[[str], str]) -> str:
    """Find a function that the service offers: called without parameters, each complains of that and does nothing."""
    names = (functions.ASSIGN, functions.UNASSIGN, functions.USERS_BY_FIELD)
    return next((name for name in names if ask(name) not in NOT_IN_SERVICE), "")


def _no_site_info(site: str, offered: str) -> Finding:
    return failed(
        SERVICE,
        f"The service offers {offered}, but not {functions.SITE_INFO}; without it nothing more can be examined.",
        pages.SERVICES.on(site),
        f"Click Functions beside the service, then Add functions, and add {functions.SITE_INFO}.",
    )


def _no_service(site: str) -> Finding:
    return failed(
        SERVICE,
        "The token is good, but its service refuses every function. Moodle does not say which of these causes it is:"
        " the service is disabled; the token's user is not among its authorised users; that user's entry there has a"
        " date or an IP restriction (some versions read the date the wrong way round); the service has none of the"
        " functions.",
        pages.SERVICES.on(site),
        "Click Edit beside the service and tick Enabled; click Authorised users and add the token's user, without a"
        " date; click Functions and compare with batchroles setup.",
        refuses=True,
    )


def code_of(moodle: Moodle, function: str, params: Mapping[str, object] | None = None) -> str:
    """Call a function and give the error code of the answer; empty where it was no error.

    Raises TemporaryFailure where there is no answer.
    """
    try:
        moodle.call(function, params)
    except (CallRefused, SiteRefusal) as refusal:
        return refusal.errorcode
    return ""


def debug_reason(error: BatchrolesError) -> str:
    """Give what a site with debug on says of an error beside the code, as a sentence; mostly empty."""
    said = str(error).partition("The site says: ")[2] or getattr(error, "debuginfo", "")
    first = said.strip().splitlines()[0] if said.strip() else ""
    return f" The site says: {first}" if first else ""


_USELESS_WITHOUT = (functions.ASSIGN,)


def offered(info: Info) -> set[str]:
    """Give the names of the service's functions."""
    return {str(entry["name"]) for entry in info.get("functions") or []}


def offer(info: Info, site: str, task: str) -> Iterator[Finding]:
    """Compare the service's functions with those that batchroles calls."""
    names = offered(info)
    missing = functions.missing_for(task, names)
    # Most sites have neither the plugin nor reports, and nothing is wrong with them: the plugin is spoken of where
    # roles cannot be learned. Nor does everybody want to enrol.
    rare = (
        functions.GET_ROLES,
        *functions.FOR_ENROLMENTS,
        *functions.OF_REPORTS,
        *functions.OF_FILTERS,
    )
    known = [one for one in functions.FUNCTIONS if one.name in names or one.name not in rare]
    wanted = [one for one in known if one.name not in names and one not in missing]
    there = sum(one.name in names for one in known)
    yield ok(
        SERVICE,
        f"The service is on and offers {there} of the {len(known)} functions that batchroles calls.",
    )
    page = pages.SERVICES.on(site)
    for one in missing:
        click = f"Click Functions beside the service, then Add functions, and add {one.name}."
        refuses = one.name in _USELESS_WITHOUT
        yield failed(
            SERVICE, f"{one.name} is missing: it is needed {one.purpose}.", page, click, refuses=refuses
        )
    lacking = [
        one for one in functions.FUNCTIONS if one.name in functions.OF_ENROLMENTS and one.name not in names
    ]
    if lacking and not {one.name for one in missing} & {one.name for one in lacking}:
        listed = "; ".join(f"{one.name}, {one.purpose}, with {one.capabilities[0]}" for one in lacking)
        yield ok(SERVICE, f"It assigns roles and does not enrol. Optional, if it shall: {listed}.")
    if wanted:
        listed = "; ".join(f"{one.name}, {one.purpose}" for one in wanted)
        click = "Click Functions beside the service, then Add functions. Roles can be assigned without them."
        yield warning(SERVICE, f"These would help: {listed}.", page, click)


def account(moodle: Moodle, info: Info) -> Iterator[Finding]:
    """Ask something as the token's user: site info may answer where the account is held up everywhere else."""
    try:
        if functions.USERS_BY_FIELD in offered(info):
            moodle.call(functions.USERS_BY_FIELD, {"field": "id", "values": [int(info["userid"])]})
        else:
            # With a row: Moodle looks at the parameters first (`execute` in webservice/lib.php), and at the account
            # only when it enters the row's place.
            moodle.change(ASSIGN, [(NOBODY, 1, str(Level.SYSTEM), 1)], idle=True)
    except SiteRefusal as refusal:
        if refusal.errorcode in ACCOUNT:
            yield account_trouble(moodle.url, refusal, refusal.errorcode)
        else:
            yield failed(USER, in_words(refusal), refuses=True)
        return
    except CallRefused:
        # What was asked does not matter here: the account has passed.
        pass
    yield ok(USER, f"{info.get('username')} may use the service, and the account is in order.")
    # XML has only texts.
    yield from _powers(info, moodle.url)


def _powers(info: Info, site: str) -> Iterator[Finding]:
    """Warn of a user who may do more than a token should let anybody do."""
    who, true = info.get("username"), (True, "1", 1)
    if info.get("userissiteadmin") in true:
        said = f"{who} is a site administrator: whoever gets hold of the token can do everything."
    elif info.get("usercanchangeconfig") in true:
        said = f"{who} may change the site's configuration: whoever gets hold of the token can do nearly everything."
    else:
        return
    if info.get("sitesecret"):
        said += " The site even tells its secret to this token."
    click = "Make a user of its own for batchroles; batchroles setup lists what it needs."
    yield warning(USER, said, pages.NEW_USER.on(site), click)
