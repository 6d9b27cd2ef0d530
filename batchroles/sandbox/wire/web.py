"""Requests and answers between the web server and the scripts, and how PHP reads a request."""

from dataclasses import dataclass, field
from io import BytesIO

from werkzeug.formparser import parse_form_data

from batchroles.sandbox.php import Keys, PhpArray, keys_of, nest, split_form


@dataclass(frozen=True)
class Request:
    """One HTTP request as the scripts see it."""

    method: str
    path: str
    query: str
    body: bytes
    content_type: str
    client_ip: str
    wwwroot: str

    def variables(self, max_input_vars: int, post_max_size: int) -> "Variables":
        """Read query and body as PHP does: each cut to its limit, the body's variables over the query's.

        Only a POST has a body for PHP. It keeps one body variable more than `max_input_vars`, and drops a body above
        `post_max_size` whole.
        """
        result: PhpArray = nest(split_form(self.query, max_input_vars))
        if self.method != "POST":
            return Variables(result)
        if len(self.body) > post_max_size:
            return Variables(result, too_large=True)
        pairs, more = self._body_pairs(max_input_vars)
        # Whole variables, not their parts: a list in both places is the body's (rows-in-both-merged).
        result.update(nest(pairs))
        return Variables(result, cut=more)

    def _body_pairs(self, limit: int) -> tuple[list[tuple[Keys, str]], bool]:
        kind = self.content_type.partition(";")[0].strip().lower()
        if kind == "multipart/form-data":
            pairs = self._multipart_pairs()
            return pairs[:limit], len(pairs) > limit
        if kind != "application/x-www-form-urlencoded":
            return [], False
        # PHP notices its limit one variable late: 1,001 are kept where 1,000 are allowed, and so 250 rows of four
        # variables with the token (vars-300-rows-silent-loss).
        pairs = split_form(self.body.decode("latin-1"), limit + 2)
        return pairs[: limit + 1], len(pairs) > limit

    def _multipart_pairs(self) -> list[tuple[Keys, str]]:
        environ = {
            "wsgi.input": BytesIO(self.body),
            "CONTENT_LENGTH": str(len(self.body)),
            "CONTENT_TYPE": self.content_type,
            "REQUEST_METHOD": "POST",
        }
        _, form, _ = parse_form_data(environ)
        return [(keys_of(name), value) for name, value in form.items(multi=True)]


@dataclass(frozen=True)
class Variables:
    """A request's variables, and whether PHP dropped any."""

    values: PhpArray
    cut: bool = False
    too_large: bool = False


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    body: str
    status: int = 200
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    function: str = ""
    """The web-service function that was asked for."""
    seconds: float = 0.0
    """How long the call took on the measured Moodle."""
    rows: int = 0
    """How many rows of a report are in it."""
    cut: bool = False
    """Whether the connection is to be cut in the middle of the body."""


def web_server_page(status: int, title: str, function: str = "") -> Answer:
    """Give the page with which the web server itself answers, before any script runs."""
    page = (
        f"<html>\r\n<head><title>{status} {title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{status} {title}</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n"
    )
    return Answer(page, status, "text/html", function=function)
