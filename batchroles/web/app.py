"""The page as a Flask application: who is at it, its screens, and what is said when something goes wrong."""

import sys
import threading
import traceback
from types import TracebackType

from flask import Flask, Response, current_app, g
from werkzeug.wrappers import Response as AnyResponse

from batchroles.errors import BatchrolesError
from batchroles.web.desk import Desk, problem
from batchroles.web.entrance import Entrance
from batchroles.web.office import Office
from batchroles.web.screens import SCREENS
from batchroles.web.screens.language import texts_of_request
from batchroles.web.texts import languages


class Page(Flask):
    """Tells of defects without what people gave."""

    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        """Write where it happened."""
        if exc_info[1] is not None:
            self.logger.error("%s", told(exc_info[1]))


def make_app(office: Office, entrance: Entrance) -> Flask:
    """Make the application. It is for one process: what goes on is kept in its memory."""
    app = Page(__name__)
    app.extensions["desk"] = Desk(office)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    @app.before_request
    def arrive() -> AnyResponse | None:
        g.texts = texts_of_request()
        return entrance.arrive()

    @app.context_processor
    def words() -> dict[str, object]:
        session = g.get("session")
        token = session.form_token if session is not None else ""
        return {
            "t": g.texts,
            "person": g.get("person"),
            "office": office,
            "languages": languages(),
            "form_token": token,
            "can_leave": "sign_out" in app.view_functions,
        }

    for screen in SCREENS:
        app.register_blueprint(screen)
    app.register_error_handler(BatchrolesError, _said)
    app.register_error_handler(OSError, _not_written)
    app.register_error_handler(404, lambda _: problem("not-found", 404))
    app.register_error_handler(405, lambda _: problem("not-found", 405))
    app.register_error_handler(500, lambda _: problem("defect", 500))
    entrance.open(app)
    return app


def _not_written(error: OSError) -> Response:
    current_app.logger.error(
        "something cannot be read or written: %s", error.strerror or type(error).__name__
    )
    return problem("not-written", 507)


def _said(error: BatchrolesError) -> Response:
    return problem("said", 400, str(error))


def told(error: BaseException) -> str:
    """Tell where an error came from. Its own words may hold a row of a file, and are left out."""
    seen: list[str] = []
    now: BaseException | None = error
    while now is not None and len(seen) < 5:
        frames = "".join(traceback.format_tb(now.__traceback__))
        seen.append(f"{frames}{type(now).__module__}.{type(now).__qualname__}")
        now = now.__cause__ or now.__context__
    return "\nwhich came from\n".join(["a defect in batchroles itself, please report the lines below", *seen])


def tell_of_threads() -> None:
    """Have threads, too, tell of their defects in this way."""

    def tell(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            print(told(args.exc_value), file=sys.stderr, flush=True)

    threading.excepthook = tell
