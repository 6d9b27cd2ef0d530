"""The address of a Moodle site, as people write it, made fit to send a token to."""

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from batchroles.errors import InputError

SERVER_PATH = "/webservice/rest/server.php"
TOKEN_PATH = "/login/token.php"  # noqa: S105 - a path, not a password


def site_address(url: str, *, insecure_http: bool = False) -> str:
    """Bring a site's address into one form: `https://host[:port][/path]`, without a slash at the end.

    The address of the REST server or of `login/token.php` may be given; a path below the host is kept. Plain http
    is for this machine only, unless `insecure_http` allows it. Raises `InputError` for anything else; the sentence
    never quotes what may hold a secret (user information, query).
    """
    parts = _split(url.strip())
    if parts.username is not None or parts.query or parts.fragment:
        raise InputError(
            "The site's address must be plain: leave out any user name, password, token, question mark or #,"
            " as in https://moodle.example.edu."
        )
    host = parts.hostname or ""
    if parts.scheme == "http" and not (insecure_http or is_loopback(host)):
        raise InputError(
            f"http://{host} would send the token unprotected: use https://{host}, or allow it with --insecure-http."
        )
    path = parts.path.rstrip("/")
    for known in (SERVER_PATH, TOKEN_PATH):
        path = path.removesuffix(known)
    # In small letters: locks, runs and the keyring go by this text, and a host is the same in any.
    return f"{parts.scheme}://{parts.netloc.lower()}{path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    """Whether a host name means this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _split(url: str) -> SplitResult:
    """Split an http or https address; raises `InputError` for anything else."""
    advice = "write the site's address in full, as in https://moodle.example.edu"
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it checks it
    except ValueError:
        raise InputError(f"The site's address cannot be read: {advice}.") from None
    # Asked of the text itself: urlsplit drops tabs and line ends inside an address without a word.
    if parts.scheme not in ("http", "https") or not parts.hostname or any(mark.isspace() for mark in url):
        raise InputError(f"The site's address is not an http or https address: {advice}.")
    return parts
