"""The client against a server that misbehaves on purpose."""

from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import pytest

from batchroles.client import Answer, Moodle, Retry
from batchroles.client.transport import HttpTransport
from batchroles.client.wire import Timeout
from batchroles.errors import (
    BatchrolesError,
    CallRefused,
    CallTooLarge,
    InputError,
    NoAnswer,
    SiteRefusal,
    TemporaryFailure,
)
from batchroles.models import ASSIGN, UNASSIGN, Level
from tests.client.helpers import SWIFT, TOKEN, Diary, client
from tests.client.odd_server import CERTIFICATE, KEY, Reply, serve

READ, WRITE = "core_enrol_get_users_courses", "core_role_assign_roles"
ROWS = [(10, 5, "course", 2), (11, 5, "context", 67)]
GATEWAY = "<html>\r\n<head><title>504 Gateway Time-out</title></head></html>"
XML_REFUSED = (
    '<?xml version="1.0" encoding="UTF-8" ?>\n<EXCEPTION class="invalid_parameter_exception">\n'
    "<ERRORCODE>invalidparameter</ERRORCODE>\n<MESSAGE>Invalid</MESSAGE>\n</EXCEPTION>\n"
)


def error(code: str, kind: str = "moodle_exception", message: str = "Said") -> str:
    """Write an error as Moodle does."""
    return f'{{"exception":"{kind}","errorcode":"{code}","message":"{message}"}}'


def test_look_up() -> None:
    """A look-up sends one form to the REST server and gives the decoded answer."""
    with serve(Reply('[{"id": 2}]')) as odd:
        moodle, diary = client(odd.url)
        assert moodle.call(READ, {"options": {"ids": [2]}}) == [{"id": 2}]
    assert odd.requests == [
        (
            "/webservice/rest/server.php",
            f"wstoken={TOKEN}&options%5Bids%5D%5B0%5D=2&moodlewssettingraw=1"
            f"&wsfunction={READ}&moodlewsrestformat=json",
        )
    ]
    assert (moodle.calls, diary, moodle.notes) == ({READ: 1}, Diary([READ]), [])


def test_change_of_roles() -> None:
    """A change of roles sends all its rows in one call."""
    with serve() as odd:
        moodle, _ = client(odd.url)
        moodle.change(ASSIGN, ROWS)
        moodle.change(UNASSIGN, ROWS[:1])
    assert moodle.calls == {WRITE: 1, "core_role_unassign_roles": 1}
    assert [body.count("roleid") for _, body in odd.requests] == [2, 1]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (
            Reply(status=503, body="Wartung", headers={"Expires": "Mon, 20 Aug 1969 09:23:00 GMT"}),
            "the site is in maintenance, set on the command line of its server (HTTP 503)",
        ),
        (Reply(status=503, body="<p>Down for Maintenance</p>"), "the site is in maintenance (HTTP 503)"),
        (Reply(status=503, body="busy"), "the web server is not available now (HTTP 503)"),
        (Reply(status=429), "the web server asks for fewer requests (HTTP 429)"),
        (Reply(status=502, body="x"), "the web server has an error of its own: x (HTTP 502)"),
        (
            Reply(status=504, body=GATEWAY),
            "the web server has an error of its own: 504 Gateway Time-out (HTTP 504)",
        ),
        (Reply(status=500, body=""), "the web server has an error of its own: no more is said (HTTP 500)"),
        (Reply(error("sitemaintenance")), "the site is in maintenance"),
        (Reply(error("upgraderunning")), "the site is being upgraded"),
        (
            Reply(error("dbconnectionfailed", "dml_connection_exception")),
            "the site cannot reach its database",
        ),
        (Reply(drop=True), "the connection was closed before the answer was complete"),
        (Reply('{"list": [1, 2, 3]}', sent=0.5), "the connection was closed before the answer was complete"),
        (Reply('{"list": [1, 2'), "half an answer"),
        (Reply("<?xml version='1.0'?><RESPONSE><VAL"), "half an answer"),
        (
            Reply(""),
            "an empty answer; if it stays so, text in the site's data may be invalid: try --rest-format xml",
        ),
        (
            Reply("<br />\n<b>Fatal error</b>: Allowed memory size exhausted"),
            "an error of PHP without an answer: Fatal error : Allowed memory size exhausted",
        ),
        (Reply(error("dmlwriteexception", "dml_write_exception")), "the site's database refused to write"),
    ],
)
def test_what_is_sent_again(reply: Reply, reason: str) -> None:
    """A failure that may pass is told to the observer, and the call is sent again until it is answered."""
    xml = reply.body.startswith("<?xml")
    good = Reply('<?xml version="1.0"?><RESPONSE></RESPONSE>' if xml else "null")
    with serve(reply, good) as odd:
        moodle, diary = client(odd.url, rest_format="xml" if xml else "json")
        moodle.change(ASSIGN, ROWS)
    assert (diary.reasons, diary.answers) == ([reason], [WRITE])
    assert odd.requests[0] == odd.requests[1]
    assert moodle.calls == {WRITE: 2}


@pytest.mark.parametrize(
    ("reply", "function", "raised", "attempts"),
    [
        (Reply(status=503), WRITE, TemporaryFailure, 4),
        (Reply(error("sitemaintenance")), WRITE, TemporaryFailure, 4),
        (Reply(status=504), WRITE, NoAnswer, 4),
        (Reply(status=503, body="<title>503 Backend fetch failed</title>"), WRITE, NoAnswer, 4),
        (Reply(drop=True), WRITE, NoAnswer, 4),
        (Reply('{"list"'), WRITE, NoAnswer, 4),
        (Reply(""), WRITE, NoAnswer, 3),
        (Reply(error("dmlwriteexception")), WRITE, CallRefused, 4),
        (Reply(error("dmlreadexception")), WRITE, CallRefused, 4),
        (Reply(error("dmlwriteexception")), READ, TemporaryFailure, 4),
        (Reply(error("dmlreadexception")), READ, CallRefused, 1),
        (Reply(status=504), READ, TemporaryFailure, 4),
        (Reply(drop=True), READ, TemporaryFailure, 4),
        (Reply(""), READ, TemporaryFailure, 3),
    ],
)
def test_when_attempts_are_used_up(
    reply: Reply, function: str, raised: type[BatchrolesError], attempts: int
) -> None:
    """At the end a change that may have been done is `NoAnswer`, and anything else a temporary failure."""
    with serve(reply) as odd:
        moodle, _ = client(odd.url)
        with pytest.raises(raised) as caught:
            moodle.call(function)
    assert (type(caught.value), moodle.calls) == (raised, {function: attempts})


def test_one_lost_answer_among_clear_ones() -> None:
    """One lost answer is enough to leave it open whether a change was done."""
    with serve(Reply(drop=True), Reply(status=503)) as odd:
        moodle, _ = client(odd.url)
        with pytest.raises(NoAnswer) as caught:
            moodle.change(ASSIGN, ROWS)
    assert str(caught.value) == (
        f"{odd.url} does not answer {WRITE}: the web server is not available now (HTTP 503)"
        " (attempt 4, the last); the call may have been done all the same."
    )


def test_pause_after_a_lost_change() -> None:
    """Only a change whose answer was lost waits for the site to settle; a look-up goes on at once."""
    policy = Retry(attempts=2, base=0.001, jitter=0, settle_pause=0.05)
    for function, pauses in ((WRITE, [0.05]), (READ, [0.001])):
        with serve(Reply(drop=True), Reply()) as odd:
            moodle, diary = client(odd.url, retry=policy)
            moodle.call(function)
        assert diary.pauses == pauses


def test_the_site_asks_for_a_pause() -> None:
    """`Retry-After` is honoured, and bounded."""
    policy = Retry(attempts=3, base=0.001, jitter=0, longest_retry_after=0.02)
    with serve(Reply(status=429, headers={"Retry-After": "3600"}), Reply()) as odd:
        moodle, diary = client(odd.url, retry=policy)
        moodle.call(READ)
    assert diary.pauses == [0.02]


def test_bounded_in_time() -> None:
    """A pause that would end after the time allowed is not begun."""
    with serve(Reply(status=503)) as odd:
        moodle, diary = client(odd.url, retry=Retry(attempts=9, total=1, base=60))
        with pytest.raises(TemporaryFailure, match=r"\(attempt 1, the last\)\.$"):
            moodle.call(READ)
    assert diary.pauses == []


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply("[]"), "what came is no answer of a Moodle (answer is a list, not null)"),
        (Reply("true"), "what came is no answer of a Moodle (answer is true, not null)"),
        (Reply('{"status": "ok"}'), "what came is no answer of a Moodle (answer is an object, not null)"),
        (
            Reply('{"exception": ["x"], "errorcode": "codingerror", "message": "m"}'),
            "what came is no answer of a Moodle (answer is an object, not null)",
        ),
        (Reply(status=204, body=""), "the web server answers with HTTP status 204, as no Moodle does"),
        (Reply("nul", status=206), "the web server answers with HTTP status 206, as no Moodle does"),
    ],
)
def test_an_answer_that_moodle_does_not_give(reply: Reply, said: str) -> None:
    """A change is done only when Moodle says so: any other answer leaves it open."""
    with serve(reply) as odd:
        moodle, _ = client(odd.url)
        with pytest.raises(NoAnswer) as caught:
            moodle.change(ASSIGN, ROWS)
    assert str(caught.value) == (
        f"{odd.url} does not answer {WRITE}: {said} (attempt 3, the last); the call may have been done all the same."
    )


@pytest.mark.parametrize(
    ("replies", "maybe_done"),
    [
        ([Reply(status=403)], True),
        ([Reply(status=403, body="")], False),
        ([Reply(status=403, body="<html></html>")], True),
        ([Reply(status=302, headers={"Location": "https://elsewhere.example/"})], True),
        ([Reply(status=303, headers={"Location": "https://else.example/webservice/rest/server.php"})], False),
        ([Reply(status=301, headers={"Location": "https://elsewhere.example/"})], False),
        ([Reply(status=304)], True),
        ([Reply(status=401)], False),
        ([Reply(status=404, body="<html></html>")], True),
        ([Reply(status=503), Reply(error("invalidtoken"))], False),
        ([Reply(drop=True), Reply(error("invalidtoken"))], True),
        ([Reply("<html></html>")], True),
    ],
)
def test_a_refusal_after_a_lost_answer(replies: list[Reply], maybe_done: bool) -> None:
    """A refusal of the whole client tells whether the change that met it may have been done all the same."""
    with serve(*replies) as odd:
        moodle, _ = client(odd.url)
        with pytest.raises(SiteRefusal) as caught:
            moodle.change(ASSIGN, ROWS)
    assert caught.value.maybe_done is maybe_done


@pytest.mark.parametrize(
    ("function", "raised"),
    [
        (WRITE, SiteRefusal),
        ("core_course_get_courses", SiteRefusal),
        ("core_enrol_get_enrolled_users", CallRefused),
    ],
)
def test_a_function_that_a_newer_site_does_not_know(function: str, raised: type[BatchrolesError]) -> None:
    """Without the name of a table, an unknown record is the function itself where it can be nothing else."""
    with serve(Reply(error("invalidrecordunknown", "dml_missing_record_exception"))) as odd:
        moodle, _ = client(odd.url)
        with pytest.raises(raised) as caught:
            moodle.call(function)
    if raised is SiteRefusal:
        assert str(caught.value).startswith(f"The site does not know the function {function}")
        assert getattr(caught.value, "errorcode", "") == "invalidrecord"


def test_a_password_that_cannot_be_changed() -> None:
    """A password that the token's user must change, and has no page to change it on, is the account's matter."""
    with serve(Reply(error("nopasswordchangeforced"))) as odd:
        moodle, _ = client(odd.url)
        with pytest.raises(SiteRefusal, match="take Force password change off that account"):
            moodle.call(READ)


def test_changes_in_each_others_way_come_back_one_by_one() -> None:
    """After a deadlock the same rows are sent again, after short random pauses, more often than three times."""
    policy = Retry(attempts=9, base=0.001, settle_pause=60)
    with serve(*[Reply(error("dmlwriteexception"))] * 5, Reply()) as odd:
        moodle, diary = client(odd.url, retry=policy)
        moodle.change(ASSIGN, ROWS)
    assert len(set(diary.pauses)) == 5
    assert max(diary.pauses) <= 0.005
    assert len(set(odd.requests)) == 1


def test_nobody_there() -> None:
    """A site that cannot be connected to is a temporary failure, and nothing may have been done."""
    with serve() as odd:
        pass
    moodle, diary = client(odd.url)
    with pytest.raises(TemporaryFailure) as caught:
        moodle.change(ASSIGN, ROWS)
    assert str(caught.value) == f"{odd.url} does not answer {WRITE}: no connection (attempt 4, the last)."
    assert (type(caught.value), diary.reasons) == (TemporaryFailure, ["no connection"] * 3)


@pytest.mark.parametrize("reply", [Reply("null", headers={"Content-Length": "99"}), Reply(late=0.3)])
def test_too_slow(reply: Reply) -> None:
    """An answer that does not come within the time-out, or stops in the middle, is lost."""
    with serve(reply) as odd:
        moodle = Moodle(odd.url, TOKEN, timeout=(1, 0.05), retry=Retry(attempts=1))
        with pytest.raises(NoAnswer, match="no answer within the time allowed"):
            moodle.change(ASSIGN, ROWS)


def test_stop_ends_a_pause() -> None:
    """Setting `stop` ends a pause at once, and no further attempt begins."""

    class Stopper(Diary):
        def retrying(self, function: str, reason: str, pause: float) -> None:
            super().retrying(function, reason, pause)
            moodle.stop.set()

    with serve(Reply(drop=True)) as odd:
        moodle, _ = client(odd.url, retry=Retry(attempts=9, base=300))
        moodle.observer = Stopper()
        with pytest.raises(NoAnswer, match=f"^{WRITE}: stopped; the call may have been done"):
            moodle.change(ASSIGN, ROWS)
        with pytest.raises(TemporaryFailure, match=f"^{READ}: stopped\\.$"):
            moodle.call(READ)
    assert len(odd.requests) == 1


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (
            Reply(status=301, headers={"Location": "https://www.example.edu/webservice/rest/server.php"}),
            "{url} redirects (HTTP 301), and the token does not follow redirects:"
            " use https://www.example.edu as the site's address.",
        ),
        (
            Reply(status=303, headers={"Location": "https://example.edu/moodle/?redirect=0"}),
            "{url} redirects (HTTP 303), and the token does not follow redirects:"
            " use https://example.edu/moodle as the site's address.",
        ),
        (
            Reply(status=302, headers={"Location": "/index.php"}),
            "{url} redirects (HTTP 302), and the token does not follow redirects: find out its right address.",
        ),
        (
            Reply("<!DOCTYPE html><html><title>Our school</title>[1]</html>"),
            '{url} answered with a web page titled "Our school"; is this the address of a Moodle site?',
        ),
        (
            Reply(status=404, body="<title>404 Not Found</title>"),
            '{url} answered HTTP 404 "404 Not Found": there is no Moodle at this address;'
            " give the address of the site's home page.",
        ),
        (
            Reply(status=401, body="no"),
            '{url} answered HTTP 401 "no": the web server itself asks for a password;'
            " ask its administrator to let this client in.",
        ),
        (
            Reply(status=403, body="<title>Blocked</title>"),
            '{url} answered HTTP 403 "Blocked": the web server, or a firewall in front of it, refuses the request;'
            " ask its administrator.",
        ),
        (
            Reply(status=403, body=""),
            "Web services are off: tick Enable web services on the page Advanced features"
            " ({url}/admin/search.php?query=enablewebservices), or the REST protocol is off: enable it on the page"
            " Manage protocols ({url}/admin/settings.php?section=webserviceprotocols).",
        ),
        (
            Reply(status=400, body=error("invalidtoken")),
            "The site does not know this token: copy it again, or make a new one on the page Manage tokens"
            " (Site administration, section Web services; {url}/admin/webservice/tokens.php).",
        ),
    ],
)
def test_the_site_refuses(reply: Reply, sentence: str) -> None:
    """What no other call could change ends at once, with a sentence that says what to do."""
    with serve(reply) as odd:
        moodle, diary = client(odd.url)
        with pytest.raises(SiteRefusal) as caught:
            moodle.call(READ)
    assert str(caught.value) == sentence.format(url=odd.url)
    assert (len(odd.requests), diary.reasons) == (1, [])


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(status=413, body="<title>413</title>"), "http413"),
        (Reply(XML_REFUSED), "formcut"),
        (Reply('<?xml version="1.0"?>\n<RESPONSE>\n</RESPONSE>'), "formcut"),
    ],
)
def test_too_large(reply: Reply, code: str) -> None:
    """An answer in XML to a call in JSON shows that the form was cut; the call was too large, as with HTTP 413."""
    with serve(reply) as odd:
        moodle, _ = client(odd.url)
        with pytest.raises(CallTooLarge) as caught:
            moodle.change(ASSIGN, ROWS)
    assert (caught.value.function, caught.value.errorcode) == (WRITE, code)


@pytest.mark.parametrize("body", ["<RESPONSE>Sign in</RESPONSE>", "<RESPONSE></RESPONSE>"])
def test_xml_that_no_cut_form_explains(body: str) -> None:
    """A form of one row is cut nowhere: XML in the place of its answer leaves the row open."""
    with serve(Reply(f'<?xml version="1.0"?>{body}')) as odd:
        moodle, _ = client(odd.url)
        with pytest.raises(NoAnswer):
            moodle.change(ASSIGN, ROWS[:1])


def test_refused_call() -> None:
    """A refusal of what a call carried tells function, code, message and debug information."""
    said = '{"exception":"x","errorcode":"invalidparameter","message":"Ungültig","debuginfo":"Context does not exist"}'
    with serve(Reply(said)) as odd:
        moodle, diary = client(odd.url)
        with pytest.raises(CallRefused) as caught:
            moodle.change(ASSIGN, ROWS)
    refusal = caught.value
    assert str(refusal) == f"Moodle refused {WRITE}: Ungültig (invalidparameter)"
    assert (refusal.errorcode, refusal.message, refusal.debuginfo) == (
        "invalidparameter",
        "Ungültig",
        "Context does not exist",
    )
    assert diary.answers == [WRITE]


def test_refused_call_in_xml() -> None:
    """A client that asks for XML reads refusals and empty results in it."""
    with serve(Reply(XML_REFUSED), Reply('<?xml version="1.0"?><RESPONSE>\n</RESPONSE>')) as odd:
        moodle, _ = client(odd.url, rest_format="xml")
        with pytest.raises(CallRefused, match=r"Invalid \(invalidparameter\)$"):
            moodle.change(ASSIGN, ROWS)
        assert moodle.call(READ) is None


def test_notices_are_mentioned_once() -> None:
    """Notices of PHP before an answer are skipped, and mentioned once however many there are."""
    notices = [
        Reply(f"<br />\n<b>Notice</b>: number {n} in <b>a.php</b> on line <b>3</b><br />\nnull")
        for n in range(3)
    ]
    with serve(*notices) as odd:
        moodle, _ = client(odd.url)
        for _ in notices:
            moodle.call(READ)
    assert moodle.notes == [
        "The site prints notices of PHP before its answers; they were skipped (an administrator should turn off the"
        " display of errors). The first one: Notice : number 0 in a.php on line 3"
    ]


def test_many_threads() -> None:
    """Several threads may use one client, and every request is counted."""
    with serve(Reply("[]")) as odd:
        moodle, diary = client(odd.url)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: moodle.call(READ), range(200)))
    assert (answers, moodle.calls, len(diary.answers)) == ([[]] * 200, {READ: 200}, 200)


class Crowd:
    """A transport that notes how many requests are under way at once."""

    def __init__(self) -> None:
        self._inner, self._lock = HttpTransport(8), Lock()
        self._now = self.most = 0

    def post(self, url: str, body: bytes, *, timeout: Timeout) -> Answer:
        """Pass a request on."""
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            return self._inner.post(url, body, timeout=timeout)
        finally:
            with self._lock:
                self._now -= 1

    def close(self) -> None:
        """Give the connections back."""
        self._inner.close()


def test_no_more_at_once_than_workers() -> None:
    """However many threads and sessions ask, no more requests are under way at once than the client may have."""
    crowd = Crowd()
    with serve(Reply("[]", late=0.01)) as odd, Moodle(odd.url, TOKEN, workers=2, transport=crowd) as moodle:
        parts = [moodle, moodle.session()]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: parts[number % 2].call(READ), range(16)))
    assert crowd.most == 2


def test_asked_once_by_several_threads() -> None:
    """What is asked once a session is asked by one thread, and the others wait for its answer."""
    with serve(Reply('[{"id": 2}]', late=0.05)) as odd:
        moodle, _ = client(odd.url)
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: moodle.once(READ), range(4)))
    assert (answers, moodle.calls) == ([[{"id": 2}]] * 4, {READ: 1})


def test_secure_connection() -> None:
    """A secure connection works with a certificate that is trusted, and is refused with a sentence where it is not."""
    with serve(Reply("[]"), tls=True) as odd:
        moodle, _ = client(odd.url, ca_cert=str(CERTIFICATE))
        assert moodle.call(READ) == []
        with pytest.raises(SiteRefusal) as caught:
            client(odd.url)[0].call(READ)
    assert str(caught.value) == (
        f"The certificate of {odd.url} cannot be verified: check the address; if your organisation signs its own"
        " certificates, give its authority's file with --ca-cert."
    )


@pytest.mark.parametrize(
    ("ca_cert", "client_cert", "files"),
    [
        ("nowhere.pem", None, "nowhere.pem"),
        (str(KEY), None, str(KEY)),
        (None, "nowhere.pem", "nowhere.pem"),
        (str(CERTIFICATE), (str(CERTIFICATE), "nowhere.pem"), f"{CERTIFICATE}, {CERTIFICATE}, nowhere.pem"),
    ],
)
def test_certificate_files_that_cannot_be_used(
    ca_cert: str | None, client_cert: str | tuple[str, str] | None, files: str
) -> None:
    """A certificate file that is absent or holds no certificate is an input that cannot be used."""
    with pytest.raises(InputError) as caught:
        Moodle("https://127.0.0.1:1", TOKEN, ca_cert=ca_cert, client_cert=client_cert)
    assert str(caught.value).startswith(f"Certificate files cannot be used ({files}): ")


def test_client_certificate() -> None:
    """A client certificate and its key may be given beside the authority's."""
    with serve(Reply("[]"), tls=True) as odd:
        pair = (str(CERTIFICATE), str(KEY))
        moodle = Moodle(odd.url, TOKEN, ca_cert=str(CERTIFICATE.parent / "loopback.pem"), client_cert=pair)
        assert moodle.call(READ) == []


def test_a_site_without_https() -> None:
    """A secure connection that the site does not speak is given up soon, and nothing was sent."""
    with serve() as odd:
        moodle, _ = client(odd.url.replace("http:", "https:"))
        with pytest.raises(TemporaryFailure) as caught:
            moodle.change(ASSIGN, ROWS)
    assert type(caught.value) is TemporaryFailure
    assert str(caught.value).endswith(
        "no secure connection (does the site speak https at this address?) (attempt 3, the last)."
    )


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (
            "REQUESTS_CA_BUNDLE",
            "nowhere.pem",
            "A certificate file that the environment names cannot be used: ",
        ),
        (
            "https_proxy",
            "http://:x",
            "The site's address, or that of a proxy in the environment, cannot be used",
        ),
        (
            "https_proxy",
            "http://me:secret@[",
            "The site's address, or that of a proxy in the environment, cannot",
        ),
    ],
)
def test_an_environment_that_cannot_be_used(
    name: str, value: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate or proxy that the environment names and that cannot be used is an input error at once."""
    monkeypatch.setenv(name, value)
    with pytest.raises(InputError) as caught:
        client("https://moodle.example.edu")[0].call(READ)
    assert str(caught.value).startswith(sentence)
    assert "secret" not in str(caught.value)


def test_a_secure_connection_that_breaks_off() -> None:
    """A change over an encrypted connection that ends without an answer may have been done."""
    with serve(Reply(drop=True), tls=True) as odd:
        moodle, _ = client(odd.url, ca_cert=str(CERTIFICATE))
        with pytest.raises(NoAnswer):
            moodle.change(ASSIGN, ROWS)


def test_a_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy is used where the environment names one."""
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with pytest.raises(TemporaryFailure, match=r"the proxy cannot be reached \(attempt 4, the last\)\.$"):
        client("https://moodle.example.edu")[0].call(READ)


@pytest.mark.parametrize(
    ("limit", "level", "rows"),
    [(1000, Level.CONTEXT, 332), (1000, Level.COURSE, 249), (103, Level.COURSE, 25), (4, Level.COURSE, 1)],
)
def test_rows_that_fit(limit: int, level: Level, rows: int) -> None:
    """The number of rows in a call respects the site's limit of form variables."""
    moodle = Moodle("https://example.edu", TOKEN, max_input_vars=limit)
    assert moodle.max_rows(ASSIGN.variables(level)) == rows


def test_values_that_fit() -> None:
    """The number of values in a look-up leaves room for what else is sent."""
    moodle = Moodle("https://example.edu", TOKEN, retry=SWIFT)
    assert moodle.max_values(others=1) == 995


@pytest.mark.parametrize("token", ["", "  ", "a b", "a\nb", "tök"])
def test_tokens_that_cannot_be(token: str) -> None:
    """A token with blanks or strange characters is refused without being quoted."""
    with pytest.raises(InputError) as caught:
        Moodle("https://example.edu", token)
    assert (
        str(caught.value) == "The token is empty or holds blanks: copy it again from the page Manage tokens."
    )
