"""Coming in on one's own machine, and what is sent from there, attacked over HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from batchroles.sandbox import serve
from batchroles.web.entrance import SMALL, own_path
from tests.web.raw import ask
from tests.web.visiting import Page, Visitor, form_token, multipart, own_machine

LIMIT = 1_000_000
ROWS = b"username,role,course\nnobody,student,PHY101\n"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Serve a practice site and the page on it."""
    folder = tmp_path_factory.mktemp("own")
    with serve() as site, own_machine(site.url, site.token, folder, upload_limit=LIMIT) as page:
        yield page


@pytest.fixture
def visitor(page: Page) -> Visitor:
    """Give somebody who was let in."""
    return page.visitor().let_in()


def key_path(page: Page) -> str:
    return page.announced[-1].partition(f":{page.port}")[2]


def test_the_key_is_exchanged_for_a_session(page: Page) -> None:
    """The address with the key leads to one without it, with a cookie that no script and no other site gets."""
    answer = page.visitor().get(key_path(page))
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    [cookie] = answer.headers.get_all("Set-Cookie") or []
    name, *attributes = cookie.split("; ")
    assert name.startswith(f"batchroles-{page.port}=")
    assert set(attributes) == {"HttpOnly", "Path=/", "SameSite=Strict"}


def test_a_key_opens_once_and_the_next_address_is_told(page: Page) -> None:
    """Whoever finds the address in a history comes in no more; the browser that did goes on, and a new one is told."""
    first, before = key_path(page), len(page.announced)
    let_in, late = page.visitor(), page.visitor()
    assert let_in.get(first).status == 303
    assert late.get(first).status == 403
    assert late.get("/").status == 403
    assert let_in.get(first).headers["Location"] == "/"
    assert let_in.get("/").status == 200
    assert len(page.announced) == before + 1
    assert late.get(key_path(page)).status == 303


@pytest.mark.parametrize(
    "path", ["/?key=", "/?key=x", "/?key=%C3%A4", "/runs?key=x", "/?key", "/?key=x&key=y"]
)
def test_a_wrong_key_opens_nothing(page: Page, path: str) -> None:
    """Any other key is refused, and the right one is not used up by it."""
    assert page.visitor().get(path).status == 403
    assert page.visitor().let_in().get("/").status == 200


def test_a_head_request_uses_no_key_up(page: Page) -> None:
    """A program that looks at an address before it is opened takes nothing from whoever opens it."""
    before = len(page.announced)
    assert page.visitor().ask("HEAD", key_path(page)).status == 403
    assert len(page.announced) == before


def test_nothing_is_shown_to_who_is_not_known(page: Page) -> None:
    """Without a session every address says the same, there or not, but for the files that are nobody's data."""
    stranger = page.visitor()
    for path in (
        "/",
        "/runs",
        "/runs/x/files/failed.csv",
        "/template.xlsx",
        "/help",
        "/nothing-there",
        "/sign-in",
    ):
        answer = stranger.get(path)
        assert (answer.status, "not let in" in answer.text) == (403, True), path
    assert stranger.get("/static/style.css").status == 200
    assert stranger.get("/static/../app.py").status != 200
    assert stranger.get("/runs/x/state").status == 401


@pytest.mark.parametrize("cookie", ["x", "", '"', "ä", "a" * 43])
def test_a_made_up_cookie_is_nobodys(page: Page, cookie: str) -> None:
    """No made-up cookie is a session."""
    headers = {"Cookie": f"batchroles-{page.port}={cookie}".encode().decode("latin-1")}
    assert ask(page.port, headers=headers).status == 403


def test_who_comes_by_a_link_is_led_on(page: Page, visitor: Visitor) -> None:
    """A link on another site brings no Strict cookie along: a page of ours asks for the same address once more."""
    fresh = page.visitor()
    link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Dest": "document"}
    answer = fresh.get("/runs", **link)
    assert (answer.status, 'content="0; url=/runs"' in answer.text) == (200, True)
    assert visitor.get("/runs", **link).text.count("http-equiv") == 0
    assert fresh.get("/runs").status == 403


@pytest.mark.parametrize("token", [None, "", "x", "another's"])
def test_a_form_without_its_token_sends_nothing(page: Page, visitor: Visitor, token: str | None) -> None:
    """Whoever can have a browser send a form, but not read the page, sends nothing: the token is the session's own."""
    if token == "another's":
        token = form_token(page.visitor().let_in().get("/"))
    fields = {} if token is None else {"form_token": token}
    body, kind = multipart(fields, "rows.csv", ROWS)
    answer = visitor.ask("POST", "/upload", body, Content_Type=kind)
    assert (answer.status, "Nothing was sent" in answer.text) == (403, True)
    assert "Go on" in answer.text
    assert visitor.post("/runs/x/stop", fields).status == 403


def test_a_token_in_the_address_is_none(visitor: Visitor) -> None:
    """A form's token counts in the form alone: addresses are written down in many places."""
    token = form_token(visitor.get("/"))
    assert visitor.post(f"/runs/x/stop?form_token={token}").status == 403
    assert visitor.post("/runs/x/stop", {"form_token": token}).status == 303


def test_sent_from_another_site(visitor: Visitor) -> None:
    """Even with the right token and cookie nothing is taken from a page of another site."""
    token = form_token(visitor.get("/"))
    for headers in (
        {"Origin": "https://evil.example"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Host": "evil.example"},
    ):
        assert visitor.post("/runs/x/stop", {"form_token": token}, **headers).status in (403, 421)


def test_a_file_that_is_too_large(page: Page, visitor: Visitor) -> None:
    """A file beyond the limit, told beforehand or sent in pieces, is answered by a screen, and kept nowhere."""
    fields = {"form_token": form_token(visitor.get("/"))}
    body, kind = multipart(fields, "rows.csv", b"x" * (LIMIT + SMALL))
    before = sorted(page.desk.office.folder.rglob("*"))
    for sent in (body, [body[at : at + 65_536] for at in range(0, len(body), 65_536)]):
        answer = visitor.ask("POST", "/upload", sent, Content_Type=kind)
        assert (answer.status, "up to 1 MB" in answer.text, "Go on" in answer.text) == (413, True, True)
    assert sorted(page.desk.office.folder.rglob("*")) == before
    assert visitor.upload("rows.csv", b"username\n" + b"x\n" * (LIMIT // 4)).status == 303


def test_a_stranger_fills_no_disk(page: Page) -> None:
    """From somebody who is not known no more is taken than a form needs."""
    body, kind = multipart({}, "rows.csv", b"x" * SMALL)
    answer = page.visitor().ask("POST", "/upload", body, Content_Type=kind)
    assert (answer.status, "Nothing was sent" in answer.text) == (403, True)
    assert page.entrance.most_bytes({}) == SMALL


@pytest.mark.parametrize(
    "fields", [{f"f{number}": "x" for number in range(5_001)}, {"long": "x" * 1_000_001}]
)
def test_a_form_without_end(visitor: Visitor, fields: dict[str, str]) -> None:
    """A form of too many fields, or with too much in one that is no file, is refused by a screen."""
    body, kind = multipart({"form_token": form_token(visitor.get("/")), **fields}, "rows.csv", ROWS)
    answer = visitor.ask("POST", "/upload", body, Content_Type=kind)
    assert (answer.status, "Go on" in answer.text) == (413, True)


@pytest.mark.parametrize(
    "name",
    ["../../../evil.csv", "/etc/passwd", "..\\\\..\\\\evil.csv", "a\x00b.csv", "x" * 5_000 + ".csv", ".", "..",
     "<script>alert(1)</script>.csv", "\u202egpj.csv", "web.lock", "a/../../b.xlsx", "proposal.json"],
)  # fmt: skip
def test_a_files_name_is_no_path(page: Page, visitor: Visitor, name: str) -> None:
    """Whatever a file is called, it is kept under a name of ours, and its own is shown as text."""
    office = page.desk.office.folder
    answer = visitor.upload(name, ROWS)
    assert answer.status == 303, answer.text
    place = answer.headers["Location"]
    [kept] = (path for path in office.rglob("file*") if path.parent.name == place.rpartition("/")[2])
    assert kept.name in ("file.csv", "file.xlsx", "file")
    assert kept.read_bytes() == ROWS
    assert not list(office.parent.rglob("*evil*"))
    shown = visitor.get(place).text
    assert "<script>alert" not in shown
    assert "\u202e" not in shown


@pytest.mark.parametrize(
    "path",
    ["/proposals/..%2f..%2fx", "/proposals/../../x", "/runs/..%2f..", "/runs/%2e%2e/files/failed.csv",
     "/runs/x/files/..%2frun.db", "/static/..%2fapp.py", "/runs/%00"],
)  # fmt: skip
def test_an_address_is_no_path(visitor: Visitor, path: str) -> None:
    """What stands in an address is looked for among what is the person's, and never opened as a path."""
    assert visitor.get(path).status in (303, 308, 404)


def test_what_is_kept_is_private(page: Page, visitor: Visitor) -> None:
    """Folders of people can be read by nobody else."""
    visitor.upload("rows.csv", ROWS)
    folders = [path for path in page.desk.office.folder.rglob("*") if path.is_dir()]
    assert folders
    if Path("/proc").exists():
        assert {oct(path.stat().st_mode & 0o077) for path in folders} == {"0o0"}


@pytest.mark.parametrize(
    ("said", "path"),
    [("/", "/"), ("/runs", "/runs"), ("/runs/20261130-x.y_z-1", "/runs/20261130-x.y_z-1"), ("/a/b/", "/a/b/"),
     ("//evil.example", "/"), ("/\\evil.example", "/"), ("https://evil.example", "/"), ("/%2f/evil", "/"), ("", "/"),
     ("/a?b=c&d", "/a?b=c&d"), ("/a?b#//evil", "/"), ("/\t/evil", "/"), ("/a\nb", "/"),
     ("javascript:alert(1)", "/"), ("/../x", "/"), ("/a\u0661", "/"), ("/a\n", "/")],
)  # fmt: skip
def test_the_way_back_stays_here(said: str, path: str) -> None:
    """Where somebody is led after signing in is a path of the page's own, or its beginning."""
    assert own_path(said) == path


def test_a_long_address_is_answered(page: Page) -> None:
    """An address of thousands of letters is answered as soon as any other."""
    long = f"/{'a' * 10_000}"
    assert page.visitor().get(f"{long}!").status == 403
    assert own_path(f"{long}!") == "/"
    assert own_path(f"/{long}") == "/"
    assert own_path(f"{long}/b?c=d") == f"{long}/b?c=d"
