"""The practice Moodle on a port of this machine."""

import logging
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flask import Flask, Response, jsonify, request
from waitress import wasyncore
from waitress.channel import ClientDisconnected
from waitress.server import BaseWSGIServer, create_server

from batchroles.sandbox.errors import ConnectionCut
from batchroles.sandbox.making.generate import default_site
from batchroles.sandbox.making.reports import with_reports
from batchroles.sandbox.making.states import in_state, with_moodle, with_plugin
from batchroles.sandbox.wire.faults import parse_fault
from batchroles.sandbox.wire.practice import Practice
from batchroles.sandbox.wire.web import Answer, Request

THREADS = 32
"""Requests answered at once; more of them queue."""

RECEIVE = 1 << 16
"""Bytes read at a time: a call of 200 rows at once."""

METHODS = ["GET", "POST", "PUT", "DELETE"]


def make_app(practice: Practice) -> Flask:
    """Give the WSGI application: the site's scripts, and the pages below `/_sandbox`."""
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False
    app.config["PROPAGATE_EXCEPTIONS"] = True

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

    @app.route("/", defaults={"path": ""}, methods=METHODS)
    @app.route("/<path:path>", methods=METHODS)
    def site(path: str) -> Response:
        try:
            return _response(practice.answer(_request(practice, path)))
        except ConnectionCut as cut:
            # waitress closes the connection, silently, when it is told that the client has gone.
            raise ClientDisconnected from cut

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
        wwwroot=info["wwwroot"],
    )


def _response(answer: Answer) -> Response:
    body = answer.body.encode("utf-8", "surrogateescape")
    headers = {**answer.headers, "Content-Type": answer.content_type, "Content-Length": str(len(body))}
    return Response(_half(body) if answer.cut else body, answer.status, headers)


def _half(body: bytes) -> Iterator[bytes]:
    yield body[: max(1, len(body) // 2)]
    raise ClientDisconnected


@contextmanager
def serve(
    site: dict[str, Any] | None = None,
    *,
    state: str = "default",
    port: int = 0,
    faults: Sequence[str] = (),
    seed: int = 0,
    php_workers: int = 0,
    plugin: bool = False,
    reports: bool = False,
    moodle: str | None = None,
) -> Iterator[Practice]:
    """Serve a site that is known to be sound; else as `batchroles.sandbox.serve`."""
    raw = default_site() if site is None else site
    raw = with_moodle(raw, moodle) if moodle else raw
    raw = in_state(with_reports(raw) if reports else raw, state)
    raw = with_plugin(raw) if plugin else raw
    asked_for = [parse_fault(fault) for fault in faults]
    listener = _listen(port)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    practice = Practice(_at(raw, url), url, asked_for, seed, php_workers)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # that requests queue is no news here
    sockets: dict[int, Any] = {}
    server = create_server(
        make_app(practice), map=sockets, sockets=[listener], threads=THREADS, recv_bytes=RECEIVE, ident=""
    )
    stop = threading.Event()
    thread = threading.Thread(target=_loop, args=(sockets, stop), name="practice-moodle", daemon=True)
    thread.start()
    try:
        yield practice
    finally:
        stop.set()
        if isinstance(server, BaseWSGIServer):  # for one socket it is
            server.pull_trigger()
        thread.join(5)
        server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(sockets)


def _at(raw: dict[str, Any], url: str) -> dict[str, Any]:
    """Give a site file's content with the address it is served at, unless it names one itself."""
    return {**raw, "site": {**raw["site"], "wwwroot": raw["site"].get("wwwroot") or url}}


def _listen(port: int) -> socket.socket:
    """Take the port. OSError: it is in use."""
    listener = socket.socket()
    try:
        if sys.platform == "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener


def _loop(sockets: dict[int, Any], stop: threading.Event) -> None:
    """Move bytes until told to stop; waitress' own loop would wait for every kept-alive connection to close."""
    while not stop.is_set():
        wasyncore.loop(timeout=1, map=sockets, count=1)
