"""What the tests of the page stand on: the browser complains of what is wrong, and axe finds what shuts people out."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask, Response
from playwright.sync_api import Page
from werkzeug.serving import make_server

from tests.web.browser import People, axe

STRICT = "default-src 'none'; style-src 'self'; script-src 'self'"
PAGE = '<!doctype html><html lang="en"><title>Roles</title><link rel="stylesheet" href="/style.css"><main>{}</main>'
STYLE = "p { color: #222; background: #fff } @media (prefers-color-scheme: dark) { .pale { color: #ddd } }"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve some tiny pages under a policy that forbids inline code."""
    app = Flask(__name__)
    bodies = {
        "good": "<h1>Roles</h1><p>Assign them.</p>",
        "unnamed": "<h1>Roles</h1><form><input></form>",
        "pale-in-the-dark": '<h1>Roles</h1><p class="pale">Assign them.</p>',
        "inline": "<h1>Roles</h1><script>1</script>",
    }

    @app.get("/<name>")
    def show(name: str) -> Response:
        if name == "style.css":
            return Response(STYLE, mimetype="text/css")
        if name == "broken.js":
            return Response("throw new Error('broken')", mimetype="text/javascript")
        body = bodies.get(name, f'<h1>Roles</h1><script src="/{name}.js"></script>')
        return Response(PAGE.format(body), headers={"Content-Security-Policy": STRICT})

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_nothing_is_found_where_all_is_well(address: str, page: Page) -> None:
    """A sound page under a strict policy is looked at by axe, and neither it nor the browser has anything to say."""
    page.goto(f"{address}/good")
    assert axe(page) == ""


def test_axe_says_what_shuts_people_out_and_where(address: str, page: Page) -> None:
    """A field without a name is found in both schemes, with its rule, its place and what to do."""
    page.goto(f"{address}/unnamed")
    found = axe(page)
    assert "label (critical, light): Form elements must have labels" in found
    assert "label (critical, dark)" in found
    assert "\n  input: <input>\n    Fix any of the following:" in found


def test_the_dark_scheme_is_looked_at_too(address: str, page: Page) -> None:
    """What can be read in light and not in dark is found in dark alone."""
    page.goto(f"{address}/pale-in-the-dark")
    found = axe(page)
    assert "color-contrast (serious, dark)" in found
    assert "light)" not in found


@pytest.mark.parametrize(("name", "said"), [("inline", "Content Security Policy"), ("broken", "broken")])
def test_what_the_browser_complains_of_is_noticed(address: str, people: People, name: str, said: str) -> None:
    """A script that the policy forbids and one that ends in an error would each fail the test that meets it."""
    people().goto(f"{address}/{name}")
    people.complained(said)
    assert people.complaints == []


def test_people_share_nothing(address: str, people: People) -> None:
    """A cookie of one person is not another's."""
    one, other = people(), people()
    one.goto(f"{address}/good")
    other.goto(f"{address}/good")
    one.evaluate("document.cookie = 'who=one'")
    assert (one.evaluate("document.cookie"), other.evaluate("document.cookie")) == ("who=one", "")
