"""Everything that a site, or something in its place, was thought to answer instead of what it should: each with a name.

Each is a real answer over a real socket, byte by byte as it is written here, at one function.
"""

import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

from tests.hostile.server import PROBE, Turn, Way

INFO, USERS = "core_webservice_get_site_info", "core_user_get_users_by_field"
COURSE, COURSES = "core_course_get_courses_by_field", "core_course_get_courses"
CATEGORIES, ROLES = "core_course_get_categories", "local_wsgetroles_get_roles"
ENROLLED, PROFILES = "core_enrol_get_enrolled_users_with_capability", "core_user_get_course_user_profiles"
ASSIGN = "core_role_assign_roles"

NOTICE = "<br />\n<b>Warning</b>:  Undefined key in <b>/var/www/lib.php</b> on line <b>7</b><br />\n"
PORTAL = "<!DOCTYPE html><html><head><title>Sign in to the network</title></head><body>%s</body></html>"
XML = '<?xml version="1.0" encoding="UTF-8" ?>\n'


# Ways to misbehave. Those called `instead` come in the place of Moodle's answer, after Moodle has done the call.


def instead(
    body: bytes | str | Callable[[bytes], bytes], head: str = "200 OK", *, length: bool = True
) -> Way:
    """Let Moodle do the call, and answer something else."""

    def way(turn: Turn) -> None:
        right = turn.right()
        text = body(right) if callable(body) else body
        turn.say(
            head, text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text, length=length
        )

    return way


def never(body: bytes | str = b"", head: str = "200 OK") -> Way:
    """Answer something without letting Moodle know."""
    return lambda turn: turn.say(head, body.encode() if isinstance(body, str) else body)


def changed(change: Callable[[Any], Any]) -> Way:
    """Change the value of Moodle's answer; what `change` gives is the answer, or the value itself, changed in place."""

    def edit(right: bytes) -> bytes:
        value = json.loads(right)
        given = change(value)
        return json.dumps(value if given is None else given).encode()

    return instead(edit)


def each(key: str, odd: Any, *path: str) -> Way:
    """Put something odd under a key of every record, or of every record in the lists that a path leads to."""

    def put(value: Any, steps: tuple[str, ...]) -> None:
        for one in value if isinstance(value, list) else [value]:
            if steps:
                put(one[steps[0]], steps[1:])
            elif odd is MISSING:
                one.pop(key, None)
            else:
                one[key] = odd

    return changed(lambda value: put(value, path))


def raw(*pieces: bytes, done: bool = True) -> Way:
    """Send bytes as they are, and close."""

    def way(turn: Turn) -> None:
        if done:
            turn.right()
        for piece in pieces:
            turn.connection.sendall(piece)

    return way


def endless(piece: bytes, head: str = "200 OK\r\nContent-Type: text/html", every: float = 0.0) -> Way:
    """Begin an answer and never end it."""

    def way(turn: Turn) -> None:
        turn.right()
        turn.say(head, length=False)
        turn.until_over(piece, every)

    return way


def silent(turn: Turn) -> None:
    """Do the call and say nothing."""
    turn.right()
    turn.over.wait(60)


def reset(sent: bytes, *, done: bool) -> Way:
    """Break off after some bytes."""

    def way(turn: Turn) -> None:
        if done:
            turn.right()
        turn.connection.sendall(sent)
        turn.reset()

    return way


def _bomb(size: int) -> bytes:
    pack = zlib.compressobj(wbits=31)
    return b"".join([*(pack.compress(b" " * 1_000_000) for _ in range(size // 1_000_000)), pack.flush()])


def _error(**said: Any) -> str:
    return json.dumps({"exception": "moodle_exception", "errorcode": "codingerror", "message": "No."} | said)


MISSING = object()
OK = b"HTTP/1.1 200 OK\r\n"
ODD_IDS: dict[str, Any] = {
    "a fraction": 2.9,
    "true": True,
    "digits with _": "1_2",
    "below 0": -1,
    "beyond 64 bits": 2**70,
    "null": None,
    "missing": MISSING,
    "a list": [7],
    "an object": {"id": 7},
    "blank": "",
    "letters": "seven",
    "foreign digits": "\u0667",
}
IDS = {
    "site info's user": (INFO, "userid", ()),
    "user": (USERS, "id", ()),
    "course": (COURSE, "id", ("courses",)),
    "role": (ROLES, "id", ()),
    "enrolled user": (ENROLLED, "id", ("users",)),
    "enrolled course": (ENROLLED, "courseid", ()),
    "profile": (PROFILES, "id", ()),
    "category": (CATEGORIES, "id", ()),
}

NOT_TAKEN = (301, 307, 308, 401, 405, 408, 411, 413, 414, 421, 426, 429, 431, 503)
IN_BETWEEN = (
    *(
        201,
        202,
        203,
        204,
        205,
        206,
        226,
        299,
        300,
        302,
        303,
        304,
        305,
        399,
        400,
        402,
        403,
        404,
        406,
        409,
        410,
    ),
    *(418, 422, 423, 425, 451, 499, 500, 501, 502, 504, 505, 507, 511, 520, 522, 524, 530, 599, 600, 999),
)
BODIES: dict[str, bytes | str] = {
    "nothing": "",
    "blanks": " \r\n\t ",
    "NULL": "NULL",
    "Null": "Null",
    "nul": "nul",
    "null twice": "null null",
    "nullnull": "nullnull",
    "null and a comma": "null,",
    "null in quotes": '"null"',
    "true": "true",
    "zero": "0",
    "an empty text": '""',
    "an empty list": "[]",
    "an empty object": "{}",
    "a list of null": "[null]",
    "OK": "OK",
    "a status": '{"status": "ok"}',
    "a success": '{"success": true}',
    "an error of another": '{"error": "no"}',
    "a page": PORTAL % "",
    "a page with null": PORTAL % "null",
    "a page, then null": PORTAL % "" + "\nnull",
    "null, then a page": "null\n" + PORTAL % "",
    "a line, then null": "Proxied by cache7\nnull",
    "null, then a line": "null\nProxied by cache7",
    "a tag, then null": "<p>Hello</p>null",
    "a comment": "<!-- x -->null",
    "a notice of nobody": "Warning: you are watched\nnull",
    "a notice and a line": NOTICE + "Hello\nnull",
    "a page inside a notice": f"<br />\n<b>Warning</b>: {PORTAL % ''} in <b>a</b> on line <b>1</b><br />\nnull",
    "a script": "<script>location='/login'</script>null",
    "utf-16": "null".encode("utf-16"),
    "utf-32": "null".encode("utf-32"),
    "null bytes": b"null\0\0",
    "no utf-8": b"\xff\xfe\xfdnull",
    "NaN": "NaN",
    "infinity": "-Infinity",
    "deep lists": "[" * 200_000,
    "deep objects": '{"a":' * 100_000,
    "half an object": '{"a": [1, ',
    "an exception that is a list": _error(exception=["a"]),
    "an exception that is null": _error(exception=None),
    "an exception that is a number": _error(exception=7),
    "an errorcode that is a list": _error(errorcode=["a"]),
    "a message that is an object": _error(message={"a": 1}),
    "no message": '{"exception": "x", "errorcode": "codingerror"}',
    "a list of exceptions": f"[{_error()}]",
    "deep xml": XML + "<RESPONSE>" + "<MULTIPLE>" * 100_000,
    "words in xml": XML + "<RESPONSE>Sign in</RESPONSE>",
    "entities": '<!DOCTYPE a [<!ENTITY b "c">]><RESPONSE>&b;</RESPONSE>',
    "a look-up's answer": '[{"id": 7, "username": "u"}]',
    "a huge number": "1" * 10_000,
}
ERRORS: dict[str, str] = {
    "an unknown code": _error(errorcode="neverheardof"),
    "no code": '{"exception": "TypeError", "message": "m"}',
    "a code that is a sentence": _error(errorcode="You may not. " * 9),
    "half a letter": '{"exception": "x", "message": "\\ud800"}',
    "half a letter as code": '{"exception": "x", "errorcode": "\\udfff", "message": "m"}',
    "a message of a megabyte": _error(message="m" * 1_000_000),
    "control letters": _error(message="\x1b[2J\x07\x00\x9b31m"),
    "a formula": _error(message="=cmd|'/c calc'!A1"),
    "debug that is a list": _error(debuginfo=["a", {"b": 1}]),
    "a clash": _error(errorcode="dmlwriteexception"),
    "a clash of reading": _error(errorcode="dmlreadexception"),
    "a function unknown to it": _error(errorcode="invalidrecordunknown"),
    "maintenance": _error(errorcode="sitemaintenance"),
    "a password to change": _error(errorcode="nopasswordchangeforced"),
    "no access": _error(errorcode="accessexception"),
}
HEADS: dict[str, Way] = {
    "two lengths": raw(OK + b"Content-Length: 4\r\nContent-Length: 9\r\n\r\nnull"),
    "one length twice": raw(OK + b"Content-Length: 4\r\nContent-Length: 4\r\n\r\nnull"),
    "a length and chunks": raw(OK + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nnull\r\n"),
    "too long a length": raw(OK + b"Content-Length: 400\r\n\r\nnull"),
    "too short a length": raw(OK + b"Content-Length: 2\r\n\r\nnull"),
    "a length below 0": raw(OK + b"Content-Length: -4\r\n\r\nnul"),
    "a length in letters": raw(OK + b"Content-Length: four\r\n\r\nnul"),
    "an astronomic length": raw(OK + b"Content-Length: " + b"9" * 400 + b"\r\n\r\nnul"),
    "bad chunks": raw(OK + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\nnull\r\n0\r\n\r\n"),
    "a chunk below 0": raw(OK + b"Transfer-Encoding: chunked\r\n\r\n-4\r\nnull\r\n0\r\n\r\n"),
    "no last chunk": raw(OK + b"Transfer-Encoding: chunked\r\n\r\n4\r\nnull\r\n"),
    "an unknown transfer": raw(OK + b"Transfer-Encoding: pigeon\r\nContent-Length: 3\r\n\r\nnul"),
    "plain called gzip": raw(OK + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnull"),
    "plain called br": raw(OK + b"Content-Encoding: br\r\nContent-Length: 3\r\n\r\nnul"),
    "half a gzip": raw(OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"null" * 1000)[:20]),
    "plain called deflate": raw(OK + b"Content-Encoding: deflate\r\nContent-Length: 4\r\n\r\nnull"),
    "an unknown encoding": raw(OK + b"Content-Encoding: rot13\r\nContent-Length: 4\r\n\r\nahyy"),
    "packed nine times": raw(
        OK + b"Content-Encoding: " + b"gzip, " * 9 + b"gzip\r\n\r\n" + gzip.compress(b"null")
    ),
    "a flood of headers": raw(OK + b"X: y\r\n" * 20_000 + b"\r\nnull"),
    "a header of a megabyte": raw(OK + b"X: " + b"y" * 1_000_000 + b"\r\n\r\nnull"),
    "a header without colon": raw(OK + b"nonsense\r\nContent-Length: 3\r\n\r\nnul"),
    "null bytes in a header": raw(OK + b"X: a\0b\r\nContent-Length: 3\r\n\r\nnul"),
    "headers in latin-1": raw(OK + b"X: \xe4\xff\r\nContent-Length: 3\r\n\r\nnul"),
    "no status": raw(b"HTTP/1.1\r\n\r\nnull"),
    "a status in letters": raw(b"HTTP/1.1 2OO OK\r\n\r\nnull"),
    "a status of five digits": raw(b"HTTP/1.1 20000 OK\r\n\r\nnull"),
    "a status below 0": raw(b"HTTP/1.1 -200 OK\r\n\r\nnull"),
    "no headers at all": raw(b"null"),
    "another protocol": raw(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "http of the future": raw(b"HTTP/9.9 200 OK\r\nContent-Length: 3\r\n\r\nnul"),
    "an encrypted alert": raw(b"\x15\x03\x01\x00\x02\x02\x46"),
    "random bytes": raw(bytes(range(256)) * 20),
    "a switch of protocols": raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"),
    "many early answers": raw(b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" * 500 + OK + b"\r\nnul"),
    "a thousand cookies": raw(OK + b"Set-Cookie: a=b\r\n" * 90 + b"Content-Length: 3\r\n\r\nnul"),
    "closed at once": raw(done=False),
    "closed after the work": raw(),
    "closed within the headers": raw(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "reset at once": reset(b"", done=False),
    "reset after the work": reset(b"", done=True),
    "reset within the body": reset(OK + b"Content-Length: 4\r\n\r\nnu", done=True),
    "silence": silent,
    "dripping body": endless(b" ", "200 OK\r\nContent-Length: 100000000", 0.05),
    "dripping headers": lambda turn: turn.until_over(b"H", 0.05),
    "an endless body": endless(b"x" * 1_000_000),
    "endless chunks": endless(b"8000\r\n" + b" " * 0x8000 + b"\r\n", "200 OK\r\nTransfer-Encoding: chunked"),
    "a bomb": raw(OK + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n", _bomb(2_000_000_000)),
    "a hundred million blanks": instead(b"\n" * 99_000_000),
}
ODD_HEADERS = {
    "Retry-After": ("soon", "-5", "1e999", "9" * 400, "inf", "Thu, 99 Foo 2026 99:99:99 GMT", "\u0661", ""),
    "Location": (
        "http://[",
        "//",
        "javascript:alert(1)",
        "http://a b/",
        "https://x:99999999/",
        "\x1b[2J",
        "data:,",
    ),
}
SHAPES: dict[str, tuple[str, Way]] = {
    f"{what}: {name}": (function, instead(odd))
    for what, function in (
        ("site info", INFO),
        ("users", USERS),
        ("course", COURSE),
        ("categories", CATEGORIES),
        ("roles", ROLES),
        ("enrolled", ENROLLED),
        ("profiles", PROFILES),
    )
    for name, odd in (
        ("null", "null"),
        ("a text", '"a"'),
        ("a list of lists", "[[1]]"),
        ("an object of numbers", '{"a": 1}'),
        ("a page", PORTAL % ""),
        ("an odd error", _error(exception=[1])),
    )
}
OTHERS: dict[str, tuple[str, Way]] = {
    "users: other users than asked for": (USERS, instead('[{"id": 2, "username": "admin"}]')),
    "users: each of them twice": (USERS, changed(lambda value: value + value)),
    "users: two of one name": (
        USERS,
        changed(lambda value: value + [one | {"id": one["id"] + 1} for one in value]),
    ),
    "users: names that are numbers": (USERS, each("username", 7)),
    "users: no names": (USERS, each("username", MISSING)),
    "users: none": (USERS, instead("[]")),
    "course: another one": (COURSE, each("shortname", "ELSE", "courses")),
    "course: no list": (COURSE, changed(lambda value: value["courses"])),
    "categories: odd paths": (CATEGORIES, each("path", "/1/x")),
    "categories: a name that is null": (CATEGORIES, each("name", None)),
    "site info: functions that are texts": (INFO, changed(lambda value: value | {"functions": ["a"]})),
    "site info: functions that are null": (INFO, changed(lambda value: value | {"functions": None})),
    "site info: names that are null": (INFO, each("name", None, "functions")),
    "enrolled: another course": (ENROLLED, each("courseid", 99)),
    "enrolled: users that are null": (ENROLLED, each("users", None)),
    "enrolled: roles that are texts": (ENROLLED, each("roles", ["a"], "users")),
    "profiles: another user": (PROFILES, each("id", 99)),
    "profiles: roles without id": (PROFILES, each("roles", [{"shortname": "a"}])),
    "probe: a value": (PROBE, instead("[]")),
    "probe: a page": (PROBE, instead(PORTAL % "")),
    "probe: 403": (PROBE, instead(PORTAL % "", "403 Forbidden")),
    "probe: closed": (PROBE, raw()),
}
"""At the function that they name."""

MISBEHAVIOURS: dict[str, tuple[str, Way]] = {
    **{f"assign: {status}": (ASSIGN, never(PORTAL % "", f"{status} Odd")) for status in NOT_TAKEN},
    **{
        f"assign: {status} after the work": (ASSIGN, instead(PORTAL % "", f"{status} Odd"))
        for status in IN_BETWEEN
    },
    **{f"assign: {name}": (ASSIGN, instead(body)) for name, body in BODIES.items()},
    **{f"assign: error, {name}": (ASSIGN, never(body)) for name, body in ERRORS.items()},
    **{f"assign: {name}": (ASSIGN, way) for name, way in HEADS.items()},
    **{
        f"assign: {name} {odd[:12]!r}": (
            ASSIGN,
            never("", f"{503 if name == 'Retry-After' else 302} Odd\r\n{name}: {odd}"),
        )
        for name, many in ODD_HEADERS.items()
        for odd in many
    },
    **{
        f"{what}: {name}": (function, each(key, odd, *path))
        for what, (function, key, path) in IDS.items()
        for name, odd in ODD_IDS.items()
    },
    **SHAPES,
    **OTHERS,
}

HARMLESS: dict[str, tuple[str, Way]] = {
    "assign: null as it should be": (ASSIGN, instead("null")),
    "assign: a notice before": (ASSIGN, instead(NOTICE + "null")),
    "assign: notices before and after": (ASSIGN, instead(NOTICE + NOTICE + "null\n" + NOTICE)),
    "assign: a byte order mark": (ASSIGN, instead("\ufeffnull")),
    "assign: packed": (ASSIGN, instead(gzip.compress(b"null"), "200 OK\r\nContent-Encoding: gzip")),
    "assign: an early answer": (
        ASSIGN,
        raw(b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Connection: close\r\nContent-Length: 4\r\n\r\nnull"),
    ),
    "users: ids that are texts": (
        USERS,
        changed(lambda value: [one | {"id": str(one["id"])} for one in value]),
    ),
}
"""What looks odd and is to be understood."""
MISBEHAVIOURS |= HARMLESS
