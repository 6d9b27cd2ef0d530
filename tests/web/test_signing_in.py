"""Signing in to an office's page with a real password at the practice site, attacked over HTTP."""

import gc
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from batchroles.client import Moodle
from batchroles.errors import TemporaryFailure
from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from batchroles.web.people import Person
from batchroles.web.sessions import Sessions
from batchroles.web.signing_in import AT_ONCE
from batchroles.web.slowing import Attempts, Pace
from tests.web.visiting import PUBLIC, Page, form_token, office
from tests.web.walking import hidden

PASSWORD = "practice-user"
MANY = Pace(10_000, 1)
ROWS = b"username,role,course\nnobody,student,PHY101\n"


class Clock:
    """Stands still until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def site() -> Iterator[Practice]:
    with serve() as practice:
        yield practice


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def page(site: Practice, clock: Clock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Serve an office that slows nobody down, on a clock of the test's own."""
    sessions: Sessions[Person] = Sessions(clock=clock)
    folder = tmp_path_factory.mktemp("office")
    with office(site.url, folder, attempts=Attempts(MANY, MANY), sessions=sessions) as page:
        yield page


@pytest.fixture(scope="module")
def proxied(site: Practice, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Serve an office behind a proxy."""
    folder = tmp_path_factory.mktemp("proxied")
    with office(site.url, folder, attempts=Attempts(MANY, MANY), proxied=True) as page:
        yield page


def test_the_password_is_exchanged_for_a_session(page: Page) -> None:
    """Who signs in rightly is led to where they wanted, under their name, and neither password nor token is shown."""
    visitor = page.visitor()
    led = visitor.get("/runs")
    assert (led.status, led.headers["Location"]) == (303, "/sign-in?back=/runs")
    answer = visitor.send(
        "/sign-in", {"username": "wsbot", "password": PASSWORD, "back": "/runs"}, at="/sign-in"
    )
    assert (answer.status, answer.headers["Location"]) == (303, "/runs")
    shown = visitor.get("/runs")
    assert (shown.status, "Batch Bot" in shown.text) == (200, True)
    token = page.entrance.sessions.people()[-1].moodle._token
    assert token not in shown.text + str(answer.headers) + repr(page)
    assert PASSWORD not in shown.text + str(answer.headers)


def test_behind_a_proxy_cookies_are_for_https_alone(proxied: Page) -> None:
    """Behind a proxy cookies are Secure and bound to the host by their names; the address told is the public one."""
    assert proxied.announced == [PUBLIC]
    visitor = proxied.visitor()
    visitor.get("/sign-in")
    answer = visitor.sign_in("wsbot", PASSWORD)
    cookies = answer.headers.get_all("Set-Cookie") or []
    assert {cookie.partition("=")[0] for cookie in cookies} == {"__Host-batchroles", "__Host-sign-in"}
    for cookie in cookies:
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"} <= set(cookie.split("; "))
    assert visitor.get("/").status == 200


@pytest.mark.parametrize(
    ("username", "password", "status", "said"),
    [
        ("wsbot", "wr0ng", 403, "does not accept this user name and password"),
        ("nobody", "wr0ng", 403, "does not accept this user name and password"),
        ("student0001' OR 1=1", "wr0ng", 403, "does not accept"),
        ("", "wr0ng", 400, "Type your user name"),
        ("wsbot", "", 400, "Type your user name"),
        ("x" * 1_001, "wr0ng", 400, "Type your user name"),
        ("wsbot", "wr0ng" * 300, 400, "Type your user name"),
    ],
)
def test_a_wrong_password_is_said_and_not_repeated(
    page: Page, username: str, password: str, status: int, said: str
) -> None:
    """What is wrong is said in a sentence; the user name stands there still, the password does not."""
    answer = page.visitor().sign_in(username, password)
    assert (answer.status, said in answer.text) == (status, True)
    assert "wr0ng" not in answer.text
    assert f"batchroles-{page.port}=" not in str(answer.headers)
    assert 'autocomplete="current-password"' in answer.text


def test_who_may_not_have_a_token_is_told_so(page: Page) -> None:
    """Somebody whom Moodle knows and the service does not is told whom to ask."""
    user = "student0001"
    answer = page.visitor().sign_in(user, PASSWORD)
    assert answer.status == 403


def test_what_was_typed_is_shown_as_text(page: Page) -> None:
    """Markup that is typed as a user name stays text."""
    answer = page.visitor().sign_in('"><script>alert(1)</script>', "x")
    assert "<script>alert" not in answer.text


def test_another_site_signs_nobody_in(page: Page) -> None:
    """Without the form's own token and cookie, or from another site, nobody is signed in, not even rightly."""
    right = {"username": "wsbot", "password": PASSWORD}
    stranger, attacker = page.visitor(), page.visitor()
    assert stranger.post("/sign-in", right).status == 403
    theirs = form_token(attacker.get("/sign-in"))
    assert stranger.post("/sign-in", {**right, "form_token": theirs}).status == 403
    stranger.get("/sign-in")
    assert stranger.post("/sign-in", {**right, "form_token": theirs}).status == 403
    own = form_token(stranger.get("/sign-in"))
    assert (
        stranger.post("/sign-in", {**right, "form_token": own}, Origin="https://evil.example").status == 403
    )
    assert f"batchroles-{page.port}" not in stranger.cookies


def test_an_id_from_before_is_not_kept(page: Page) -> None:
    """Nobody can give somebody a session's id beforehand, or go on with one that was signed in anew."""
    visitor, cookie = page.visitor(), f"batchroles-{page.port}"
    visitor.cookies[cookie] = "known-to-the-attacker"
    visitor.sign_in("wsbot", PASSWORD)
    first = visitor.cookies[cookie]
    assert first != "known-to-the-attacker"
    again = page.visitor()
    token = form_token(again.get("/sign-in"))
    again.cookies[cookie] = first
    again.post("/sign-in", {"username": "wsbot", "password": PASSWORD, "form_token": token})
    assert page.visitor().get("/").status == 303
    assert page.entrance.sessions.find("known-to-the-attacker") is None


@pytest.mark.parametrize(
    "back", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\t/evil"]
)
def test_signing_in_leads_nowhere_else(page: Page, back: str) -> None:
    """Whatever an address says, after signing in one is on this page."""
    answer = page.visitor().sign_in("wsbot", PASSWORD, back=back)
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert 'name="back" value="/"' in page.visitor().get(f"/sign-in?back={back.replace(chr(9), '%09')}").text


def test_people_see_what_is_theirs(page: Page) -> None:
    """What one person gives is not there for another one, whoever knows its address."""
    mine, other = page.visitor(), page.visitor()
    mine.sign_in("wsbot", PASSWORD)
    other.sign_in("wsweak", PASSWORD)
    place = mine.upload("rows.csv", ROWS).headers["Location"]
    assert mine.get(place).status == 200
    assert other.get(place).status == 404
    token = form_token(other.get("/"))
    for path in (f"{place}/send", f"{place}/forget", f"{place}/reading"):
        assert other.post(path, {"form_token": token, "revision": "1"}).status == 404
    assert mine.get(place).status == 200
    stolen = form_token(mine.get("/"))
    assert other.post(f"{place}/forget", {"form_token": stolen}).status == 403


def test_signing_out_ends_the_session(page: Page) -> None:
    """After signing out the cookie is nobody's, also for who kept it; the button needs its token."""
    visitor = page.visitor()
    visitor.sign_in("wsbot", PASSWORD)
    kept = dict(visitor.cookies)
    assert visitor.post("/sign-out").status == 403
    answer = visitor.send("/sign-out")
    assert (answer.status, answer.headers["Location"]) == (303, "/sign-in?out")
    assert "signed out" in visitor.get("/sign-in?out").text
    thief = page.visitor()
    thief.cookies = kept
    assert thief.get("/").status == 303


def test_a_run_goes_on_without_its_session(page: Page, site: Practice) -> None:
    """Who signs out while a run goes on finds it done when they sign in again."""
    visitor = page.visitor()
    visitor.sign_in("wsbot", PASSWORD)
    names = [user["username"] for user in site.raw["users"][5:305]]
    rows = "\n".join(["username,role,course", *(f"{name},student,PHY101" for name in names)])
    place = visitor.upload("rows.csv", rows.encode()).headers["Location"]
    visitor.get(place)
    for work in list(page.desk.works._works.values()):
        assert work.ended.wait(60)
    run = visitor.post(f"{place}/send", hidden(visitor.get(place).text)).headers["Location"]
    assert run.startswith("/runs/")
    visitor.send("/sign-out", at="/runs")
    assert visitor.get(run).status == 303
    for work in list(page.desk.works._works.values()):
        assert work.ended.wait(60)
    visitor.sign_in("wsbot", PASSWORD)
    assert "Everything is done." in visitor.get(run).text


def test_many_who_sign_in_leave_room_for_others(tmp_path: Path) -> None:
    """While a slow site keeps sign-ins waiting, one too many is told so at once, and pages are answered."""
    over, waiting = threading.Event(), threading.Semaphore(0)

    def slow(_username: str, _password: str) -> Person:
        waiting.release()
        over.wait(60)
        raise TemporaryFailure("The site does not answer.")

    with office("http://127.0.0.1:9", tmp_path, attempts=Attempts(MANY, MANY), sign_in=slow) as page:
        threads = [
            threading.Thread(target=page.visitor().sign_in, args=(f"u{n}", "x")) for n in range(AT_ONCE)
        ]
        for thread in threads:
            thread.start()
        for _ in threads:
            assert waiting.acquire(timeout=60)
        answer = page.visitor().sign_in("ana", "x")
        over.set()
        assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
        for thread in threads:
            thread.join()


def test_nothing_holds_the_token_of_who_has_signed_out(page: Page) -> None:
    """After signing out, and when what was going on has ended, no object of the process has the token any more."""
    visitor = page.visitor()
    visitor.sign_in("admin", "practice-admin")
    token = page.entrance.sessions.people()[-1].moodle._token
    place = visitor.upload("rows.csv", ROWS).headers["Location"]
    for one in (place, visitor.upload("rows.csv", b"").headers["Location"]):
        visitor.get(one)
    assert {work.error is None for work in page.desk.works._works.values() if work.ended.wait(60)} == {
        True,
        False,
    }
    for work in list(page.desk.works._works.values()):
        assert work.ended.wait(60)
    visitor.send("/sign-out")
    gc.collect()
    assert [one for one in gc.get_objects() if isinstance(one, Moodle) and one._token == token] == []


def test_a_session_that_ended_while_something_was_sent(page: Page, clock: Clock) -> None:
    """What is sent when the session has ended is not done, that is said, and signing in leads back to where it was."""
    visitor = page.visitor()
    visitor.sign_in("wsbot", PASSWORD)
    place = visitor.upload("rows.csv", ROWS).headers["Location"]
    token = form_token(visitor.get(place))
    clock.now += 1_801
    own = f"http://127.0.0.1:{page.port}{place}"
    answer = visitor.post(f"{place}/forget", {"form_token": token}, Referer=own)
    assert (answer.status, "nothing was sent" in answer.text) == (401, True)
    assert f'name="back" value="{place}"' in answer.text
    answer = visitor.post("/sign-in", {"username": "wsbot", "password": PASSWORD, "back": place,
                                       "form_token": form_token(answer)})  # fmt: skip
    assert answer.headers["Location"] == place
    assert visitor.get(place).status == 200


def test_a_page_that_asks_by_itself_keeps_no_session_alive(page: Page, clock: Clock) -> None:
    """Neither the script that moves a bar nor a page that loads itself again counts as use."""
    visitor = page.visitor()
    visitor.sign_in("wsbot", PASSWORD)
    for _ in range(4):
        clock.now += 600
        state, watching = visitor.get("/runs/x/state").status, visitor.get("/runs?watching").status
    assert (state, watching) == (401, 303)


def test_attempts_are_slowed_down_for_a_name(site: Practice, tmp_path: Path) -> None:
    """Too many guesses at a name are answered at once, without asking the site, and say how long to wait."""
    with office(site.url, tmp_path, attempts=Attempts(Pace(2, 60), MANY)) as page:
        for _ in range(2):
            assert page.visitor().sign_in("wsbot", "wr0ng").status == 403
        answer = page.visitor().sign_in("WSBOT", PASSWORD)
        assert (answer.status, int(answer.headers["Retry-After"]) <= 60) == (429, True)
        assert "Wait" in answer.text
        assert page.visitor().sign_in("wsweak", PASSWORD).status == 303


def test_attempts_are_slowed_down_for_an_address(site: Practice, tmp_path: Path) -> None:
    """Guesses at many names from one address are slowed down; what a client says of its address counts for nothing."""
    with office(site.url, tmp_path, attempts=Attempts(MANY, Pace(3, 60)), proxied=True) as page:
        said = []
        for number in range(4):
            visitor = page.visitor()
            # The proxy adds the client's own address at the end.
            visitor.extra = {"X-Forwarded-For": f"10.0.0.{number}, 203.0.113.5"}
            said.append(visitor.sign_in(f"u{number}", "wr0ng").status)
        assert said == [403, 403, 403, 429]
        other = page.visitor()
        other.extra = {"X-Forwarded-For": "203.0.113.6"}
        assert other.sign_in("wsbot", PASSWORD).status == 303


def test_many_attempts_at_once_are_no_way_around(site: Practice, tmp_path: Path) -> None:
    """Of many guesses at the same moment so few are asked about as of those one after the other."""
    with office(site.url, tmp_path, attempts=Attempts(Pace(3, 600), MANY)) as page:
        visitors = [page.visitor() for _ in range(12)]
        tokens = [form_token(visitor.get("/sign-in")) for visitor in visitors]
        said: list[int] = []

        def guess(number: int) -> None:
            form = {"username": "wsbot", "password": f"wr0ng{number}", "form_token": tokens[number]}
            said.append(visitors[number].post("/sign-in", form).status)

        threads = [threading.Thread(target=guess, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert said.count(429) == 9


def test_a_site_that_does_not_answer(tmp_path: Path) -> None:
    """Where Moodle cannot be asked that is said, and nobody is signed in."""
    with office("http://127.0.0.1:9", tmp_path) as page:
        answer = page.visitor().sign_in("wsbot", PASSWORD)
        assert (answer.status, PASSWORD in answer.text) == (503, False)
