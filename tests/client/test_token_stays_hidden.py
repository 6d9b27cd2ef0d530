import logging
import traceback

import pytest

from batchroles.client import Moodle
from batchroles.client.transport import HttpTransport
from batchroles.errors import BatchrolesError
from tests.client.helpers import SWIFT, TOKEN, client
from tests.client.odd_server import Reply, serve

ECHO = f'{{"exception":"x","errorcode":"CODE","message":"wstoken={TOKEN}","debuginfo":"token {TOKEN}"}}'


@pytest.mark.parametrize(
    "reply",
    [
        Reply(ECHO),
        Reply(ECHO.replace("CODE", "invalidtoken")),
        Reply(ECHO.replace("CODE", "sitemaintenance")),
        Reply(ECHO.replace("CODE", "dmlwriteexception")),
        Reply(f"<html><title>{TOKEN}</title></html>"),
        Reply(f"<br />\nFatal error: {TOKEN}"),
        Reply(f"Warning: {TOKEN}\n{ECHO}"),
        Reply(f"{TOKEN}", status=404),
        Reply(f"{TOKEN}", status=502),
        Reply(status=301, headers={"Location": f"https://example.edu/?wstoken={TOKEN}"}),
        Reply(status=301, headers={"Location": f"https://example.edu/{TOKEN}"}),
        Reply(drop=True),
    ],
)
def test_in_no_error_log_or_note(reply: Reply, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever the site answers, the token is in no message, chained error, log line, note or observer's reason."""
    caplog.set_level(logging.DEBUG)
    with serve(reply) as odd:
        moodle, diary = client(odd.url)
        with pytest.raises(BatchrolesError) as caught:
            moodle.call("core_role_assign_roles")
    told = [
        "".join(traceback.format_exception(caught.value)),
        repr(vars(caught.value)),
        repr(caught.value.__context__),
        caplog.text,
        repr((moodle, moodle.notes, moodle.calls, diary)),
    ]
    assert not [text for text in told if TOKEN in text]


def test_only_in_the_body() -> None:
    """The token travels in the body of a request, never in its address."""
    with serve() as odd:
        client(odd.url)[0].call("f")
    [(path, body)] = odd.requests
    assert (path, TOKEN in body) == ("/webservice/rest/server.php", True)


def test_not_in_the_repr() -> None:
    """A client shows where it speaks to, and hides what it speaks with."""
    moodle = Moodle("https://example.edu/", TOKEN, retry=SWIFT, transport=HttpTransport())
    assert repr(moodle) == "Moodle('https://example.edu', <hidden>)"
