"""Questions whose answer may well be a refusal."""

from collections.abc import Mapping

from batchroles.client import Moodle, Transport
from batchroles.client.address import TOKEN_PATH
from batchroles.client.attempts import AttemptError
from batchroles.client.form import encode, pairs
from batchroles.client.reading import Asked, read
from batchroles.errors import BatchrolesError, CallRefused, SiteRefusal

Timeout = tuple[float, float]
"""Seconds to wait for a connection, and for each next part of an answer."""


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


def switches_say(site: str, transport: Transport, timeout: Timeout) -> str:
    """Ask the script that gives tokens, without a user name, and give its error code.

    `enablewsdescription`: web services are off; `missingparam`: they are on, and nothing was tried. Empty where no
    Moodle answers. No token is sent, and no failed login is noted on the site.
    """
    form = encode(pairs({"service": "batchroles"})).encode("ascii")
    try:
        answer = transport.post(site + TOKEN_PATH, form, timeout=timeout)
        value = read(answer, Asked(site, "login/token.php", "json")).value
    except (AttemptError, BatchrolesError):
        return ""
    return str(value.get("errorcode") or "") if isinstance(value, dict) else ""
