"""Coming in with a real browser: from the terminal, from another site's link, and what another site cannot do."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Error, Page
from werkzeug.serving import make_server

from batchroles.sandbox import serve
from tests.web.browser import People
from tests.web.visiting import Page as OurPage
from tests.web.visiting import own_machine


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OurPage]:
    with serve() as site, own_machine(site.url, site.token, tmp_path_factory.mktemp("browser")) as page:
        yield page


@pytest.fixture
def elsewhere(ours: OurPage) -> Iterator[str]:
    """Serve a page of another site, which links to ours, frames it, and sends a form to it; gives its address."""
    app = Flask(__name__)

    @app.get("/")
    def show() -> str:
        here = f"http://127.0.0.1:{ours.port}"
        return (
            f'<!doctype html><html lang="en"><title>Elsewhere</title><a id="link" href="{here}/runs">Roles</a>'
            f'<a id="key" href="{ours.announced[-1]}">Come in</a>'
            f'<form method="post" action="{here}/language"><button name="language" value="de">Send</button></form>'
            f'<iframe src="{here}/help"></iframe>'
        )

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    # By its name, which makes another site of it.
    yield f"http://localhost:{server.port}/"
    server.shutdown()
    thread.join()


def path(page: Page, ours: OurPage) -> str:
    return page.url.removeprefix(f"http://127.0.0.1:{ours.port}")


def test_the_address_of_the_terminal_lets_in(ours: OurPage, page: Page, tmp_path: Path) -> None:
    """The address leads to the first screen, without the key in it, and forms that are sent from there are taken."""
    page.goto(ours.announced[-1])
    assert path(page, ours) == "/"
    file = tmp_path / "rows.csv"
    file.write_text("username,role,course\nnobody,student,PHY101\n", encoding="utf-8")
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="Look at the file").click()
    page.wait_for_url("**/proposals/*")
    page.go_back()
    assert page.context.cookies()[0]["sameSite"] == "Strict"


def test_another_site_may_link_and_no_more(ours: OurPage, elsewhere: str, people: People, page: Page) -> None:
    """A link with a key lets in, a link leads on who is in already; a form and a frame of another site get nothing."""
    page.goto(elsewhere)
    page.click("#key")
    page.wait_for_url(f"http://127.0.0.1:{ours.port}/")
    page.get_by_role("heading", level=1).wait_for()
    page.goto(elsewhere)
    page.click("#link")
    page.get_by_role("heading", name="Earlier runs").wait_for()
    assert path(page, ours) == "/runs"
    page.goto(elsewhere)
    frame = page.frames[-1]
    with pytest.raises(Error):
        frame.get_by_role("heading").wait_for(timeout=1_000)
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Another site's page asked for this.").wait_for()
    # The browser tells of the frame and of the form that were refused.
    people.complaints.clear()
