"""A token for a user name and a password, from `login/token.php`."""

from contextlib import suppress

from batchroles.client.address import TOKEN_PATH, site_address
from batchroles.client.attempts import AttemptError
from batchroles.client.decoding import UnreadableError, decode_json
from batchroles.client.form import encode, pairs
from batchroles.client.masking import Mask
from batchroles.client.reading import Asked, read
from batchroles.client.refusals import SITE_REFUSALS, TEMPORARY, sentence
from batchroles.client.wire import Answer, Stop, Timeout, Transport
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

_KNOWN = {*TEMPORARY, *LOGIN_REFUSALS, *SITE_REFUSALS}


def fetch_token(
    url: str,
    username: str,
    password: str,
    service: str,
    *,
    timeout: Timeout = (10.0, 60.0),
    transport: Transport | None = None,
    stop: Stop | None = None,
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
    door = transport or HttpTransport(1, stop=stop, ca_cert=ca_cert, client_cert=client_cert)
    form = encode(pairs({"username": username, "password": password, "service": service})).encode("ascii")
    mask = Mask(password, shortest=1)
    try:
        return _token(_answer(door.post(site + TOKEN_PATH, form, timeout=timeout), site, mask), site)
    except AttemptError as failed:
        raise TemporaryFailure(f"{site} gave no token: {failed.reason}.") from None
    finally:
        if transport is None:
            door.close()


def _answer(answer: Answer, site: str, mask: Mask) -> object:
    """Read the answer of the script, the password hidden in whatever people could be told of it."""
    with suppress(UnreadableError):
        value = decode_json(answer.content.decode("utf-8", errors="replace")).value
        # A password may be a word of the answer's own, `token` say: what is known is read as it is.
        if isinstance(value, dict) and (value.get("token") or str(value.get("errorcode")) in _KNOWN):
            return value
    return read(mask.answer(answer, pieces=True), Asked(site, _SCRIPT, "json")).value


def _token(value: object, site: str) -> str:
    """Take the token out of the answer of `login/token.php`, or raise its error, which has a shape of its own.

    It has an `error` and an `errorcode`, and no `exception` (case `login-wrong-password`).
    """
    if not isinstance(value, dict) or not any(
        isinstance(value.get(name), str) and value[name] for name in ("token", "errorcode", "error")
    ):
        raise SiteRefusal(
            f"{site} gave no token and no reason; is this the address of a Moodle site?", "webpage"
        )
    if isinstance(value.get("token"), str) and value["token"]:
        return str(value["token"])
    code = str(value.get("errorcode") or "")
    if code in TEMPORARY:
        raise TemporaryFailure(f"{site} gave no token: {TEMPORARY[code]}.")
    if code in LOGIN_REFUSALS:
        raise SiteRefusal(LOGIN_REFUSALS[code].format(url=site), code)
    if code in SITE_REFUSALS:
        raise SiteRefusal(sentence(code, _SCRIPT, site), code)
    raise SiteRefusal(f"The site gave no token: {value.get('error')} ({code}).", code)
