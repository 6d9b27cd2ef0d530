"""The practice Moodle on a port of this machine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, Response, jsonify, request
from waitress import wasyncore
from waitress.server import create_server

from batchroles.sandbox.practice import Practice
from batchroles.sandbox.states import in_state
from batchroles.sandbox.web import Request

THREADS = 32
"""Connections answered at once; more of them queue."""


def make_app(practice: Practice) -> Flask:
    """Give the WSGI application: the site's scripts, and the pages below `/_sandbox`."""
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask types the interface, not the default provider

    @app.get("/_sandbox/state.json")
    def state() -> Response:
        return jsonify(practice.state())

    @app.get("/_sandbox/calls.json")
    def calls() -> Response:
        return jsonify(practice.calls())

    @app.post("/_sandbox/reset")
    def reset() -> Response:
        practice.reset()
        return jsonify(None)

    @app.route("/", defaults={"path": ""}, methods=["GET", "POST", "PUT", "DELETE", "HEAD"])
    @app.route("/<path:path>", methods=["GET", "POST", "PUT", "DELETE", "HEAD"])
    def site(path: str) -> Response:
        answer = practice.answer(_request(practice, path))
        reply = Response(answer.body.encode("utf-8", "surrogateescape"), answer.status, answer.headers)
        reply.headers["Content-Type"] = answer.content_type
        return reply

    return app


def _request(practice: Practice, path: str) -> Request:
    info = practice.raw["site"]
    return Request(
        method=request.method,
        path=f"/{path}",
        query=request.query_string.decode("latin-1"),
        body=request.get_data(cache=False),
        content_type=request.headers.get("Content-Type", ""),
        client_ip=info.get("client_ip_seen_by_the_server") or request.remote_addr or "",
        wwwroot=info.get("wwwroot") or practice.url,
    )


@contextmanager
def serve(site: dict[str, Any] | None = None, *, state: str = "default", port: int = 0) -> Iterator[Practice]:
    """Serve a site on 127.0.0.1 for as long as the `with` block lasts.

    `site` is the content of a site file, the packaged practice site by default; `port` 0 takes any free port.
    """
    from batchroles.sandbox.generate import default_site

    raw = default_site() if site is None else site
    practice = Practice(raw if state == "default" else in_state(raw, state))
    sockets: dict[int, Any] = {}
    server = create_server(
        make_app(practice),
        map=sockets,
        host="127.0.0.1",
        port=port,
        threads=THREADS,
        ident="",
        max_request_body_size=1 << 30,
    )
    practice.url = f"http://127.0.0.1:{server.effective_port}"
    stop = threading.Event()
    thread = threading.Thread(target=_loop, args=(sockets, stop), name="practice-moodle", daemon=True)
    thread.start()
    try:
        yield practice
    finally:
        stop.set()
        server.pull_trigger()
        thread.join(5)
        server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(sockets)


def _loop(sockets: dict[int, Any], stop: threading.Event) -> None:
    """Move bytes until told to stop; waitress' own loop would wait for every kept-alive connection to close."""
    while not stop.is_set():
        wasyncore.loop(timeout=1, map=sockets, count=1)
