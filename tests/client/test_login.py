import traceback

import pytest

from batchroles.client import fetch_token
from batchroles.errors import BatchrolesError, SiteRefusal, TemporaryFailure
from tests.client.odd_server import Reply, serve

PASSWORD = "-".join(["very", "secret"])


def refused(code: str) -> Reply:
    """Write an error of `login/token.php`, which has a shape of its own."""
    return Reply(f'{{"error":"Said","errorcode":"{code}","stacktrace":null}}')


def test_token_for_a_password() -> None:
    """User name, password and service travel in the body, and the token comes back."""
    with serve(Reply('{"token":"NEW_TOKEN","privatetoken":null}')) as odd:
        assert fetch_token(odd.url, "anna", "s e&c=", "roles") == "NEW_TOKEN"
    assert odd.requests == [("/login/token.php", "username=anna&password=s+e%26c%3D&service=roles")]


@pytest.mark.parametrize(
    ("reply", "raised", "sentence"),
    [
        (
            refused("invalidlogin"),
            SiteRefusal,
            "The site does not accept this user name and password (a suspended user looks the same).",
        ),
        (
            refused("servicenotavailable"),
            SiteRefusal,
            "The web service does not exist or is disabled: look on the page External services"
            " (Site administration, section Web services; {url}/admin/settings.php?section=externalservices).",
        ),
        (
            refused("cannotcreatetoken"),
            SiteRefusal,
            "This user may not make a token for this service: an administrator makes one on the page Manage tokens"
            " ({url}/admin/webservice/tokens.php).",
        ),
        (refused("somethingelse"), SiteRefusal, "The site gave no token: Said (somethingelse)."),
        (refused("sitemaintenance"), TemporaryFailure, "{url} gave no token: the site is in maintenance."),
        (
            Reply(status=503),
            TemporaryFailure,
            "{url} gave no token: the web server is not available now (HTTP 503).",
        ),
        (
            Reply("[]"),
            SiteRefusal,
            "{url} gave no token and no reason; is this the address of a Moodle site?",
        ),
        (
            Reply("<title>Home</title>"),
            SiteRefusal,
            '{url} answered with a web page titled "Home"; is this the address of a Moodle site?',
        ),
    ],
)
def test_no_token(reply: Reply, raised: type[BatchrolesError], sentence: str) -> None:
    """Where no token is to be had, a sentence says why, and the password is not in it."""
    with serve(reply) as odd, pytest.raises(raised) as caught:
        fetch_token(odd.url, "anna", PASSWORD, "roles")
    assert str(caught.value) == sentence.format(url=odd.url)
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))
