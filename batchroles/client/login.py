"""A token for a user name and a password, from `login/token.php`."""

from batchroles.client.address import TOKEN_PATH, site_address
from batchroles.client.attempts import AttemptError
from batchroles.client.form import encode, pairs
from batchroles.client.reading import Asked, read
from batchroles.client.refusals import SITE_REFUSALS, TEMPORARY, sentence
from batchroles.client.wire import Timeout, Transport
from batchroles.errors import SiteRefusal, TemporaryFailure

_SCRIPT = "login/token.php"

LOGIN_REFUSALS = {
    "invalidlogin": "The site does not accept this user name and password (a suspended user looks the same).",
    "usernotallowed": "This user is not among the service's authorised users: add the user on the page External"
    " services, Authorised users ({url}/admin/settings.php?section=externalservices).",
    "cannotcreatetoken": "This user may not make a token for this service: an administrator makes one on the page"
    " Manage tokens ({url}/admin/webservice/tokens.php).",
    "usernotconfirmed": "This user is not confirmed yet.",
    "missingparam": "User name, password and service are all needed.",
    "passwordisexpired": "This user's password has expired: sign in and change it ({url}/login/index.php).",
}
"""Error code of `login/token.php` → sentence, beside those that the REST server has too."""


def fetch_token(
    url: str,
    username: str,
    password: str,
    service: str,
    *,
    timeout: Timeout = (10.0, 60.0),
    transport: Transport | None = None,
    insecure_http: bool = False,
    ca_cert: str | None = None,
    client_cert: str | tuple[str, str] | None = None,
) -> str:
    """Ask the site for the user's token of a service (its short name).

    Raises `SiteRefusal` with the reason, `TemporaryFailure` when the site does not answer now (it is asked once),
    `InputError` for an address that cannot be used. Neither password nor token is in any message.
    """
    from batchroles.client.transport import HttpTransport

    site = site_address(url, insecure_http=insecure_http)
    door = transport or HttpTransport(1, ca_cert=ca_cert, client_cert=client_cert)
    form = encode(pairs({"username": username, "password": password, "service": service})).encode("ascii")
    try:
        answer = door.post(site + TOKEN_PATH, form, timeout=timeout)
        value = read(answer, Asked(site, _SCRIPT, "json")).value
    except AttemptError as failed:
        raise TemporaryFailure(f"{site} gave no token: {failed.reason}.") from None
    finally:
        if transport is None:
            door.close()
    return _token(value, site)


def _token(value: object, site: str) -> str:
    """Take the token out of the answer of `login/token.php`, or raise its error, which has a shape of its own."""
    if not isinstance(value, dict) or not (
        value.get("token") or value.get("errorcode") or value.get("error")
    ):
        raise SiteRefusal(
            f"{site} gave no token and no reason; is this the address of a Moodle site?", "webpage"
        )
    if value.get("token"):
        return str(value["token"])
    code = str(value.get("errorcode") or "")
    if code in TEMPORARY:
        raise TemporaryFailure(f"{site} gave no token: {TEMPORARY[code]}.")
    if code in LOGIN_REFUSALS:
        raise SiteRefusal(LOGIN_REFUSALS[code].format(url=site), code)
    if code in SITE_REFUSALS:
        raise SiteRefusal(sentence(code, _SCRIPT, site), code)
    raise SiteRefusal(f"The site gave no token: {value.get('error')} ({code}).", code)
