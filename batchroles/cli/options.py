"""The flags that commands share: each group of them becomes one frozen dataclass."""

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

from batchroles.cli import settings
from batchroles.models.words import LAYOUTS

if TYPE_CHECKING:
    from batchroles.config import Profile
    from batchroles.job import IfLocked

P = ParamSpec("P")
R = TypeVar("R")
Decorator = Callable[[Callable[..., R]], Callable[..., R]]


@dataclass(frozen=True)
class FileFlags:
    """How the file is read and understood."""

    sheet: str | None
    encoding: str | None
    delimiter: str | None
    format: str | None
    match_user_by: str
    role: str | None
    context: str | None
    column_map: Sequence[tuple[str, str]]
    role_map: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class SiteFlags:
    """Which site, and how to speak to it."""

    site: "Profile | None"
    url: str | None
    token_file: Path | None
    token_command: str | None
    rest_format: str
    workers: int
    max_input_vars: int
    timeout: float
    retry_for: float
    settle_pause: float
    insecure_http: bool
    ca_cert: str | None
    client_cert: str | None


@dataclass(frozen=True)
class CheckFlags:
    """What is asked of the site before anything is sent."""

    probe: bool
    check_existing: bool


@dataclass(frozen=True)
class SendFlags:
    """How rows are sent."""

    chunk_size: int
    max_errors: str | None
    rate: float | None
    deadline: str | None
    max_duration: str | None
    verify: bool
    if_locked: "IfLocked"
    yes: bool


@dataclass(frozen=True)
class OutFlags:
    """Where results go."""

    out: Path | None
    as_json: bool


class Pair(click.ParamType["tuple[str, str]"]):
    """A `LEFT=RIGHT` flag; the last `=` parts the two, so that a header may hold one."""

    name = "pair"
    envvar_list_splitter = ";"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Part the two."""
        if isinstance(value, tuple):
            return value
        left, equals, right = str(value).rpartition("=")
        if not (equals and left.strip() and right.strip()):
            self.fail(f"{value!r}: write it as LEFT=RIGHT", param, ctx)
        return left.strip(), right.strip()


class Number(click.FloatRange):
    """A number that can be counted with: neither `nan` nor `inf`."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Refuse what is no number, or none in the range."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value!r} is no number that can be counted with.", param, ctx)
        return number


MOST_SECONDS = 1_000_000
"""Longer than eleven days nobody waits; machines cannot wait much longer."""
MOST_VARIABLES = 100_000
"""PHP keeps 1,000 unless told otherwise, and nobody tells it this much; the doctor sends as many."""
MOST_ROWS = 1_000_000_000
"""More than any file or site has."""


def _group(kind: type[Any], name: str, options: Sequence[Callable[..., Any]]) -> Decorator[Any]:
    """Add options to a command and hand them over as one `kind`."""

    def decorate(function: Callable[..., R]) -> Callable[..., R]:
        @functools.wraps(function)
        def with_group(**values: Any) -> R:
            mine = {field.name: values.pop(field.name) for field in fields(kind)}
            return function(**{name: kind(**mine)}, **values)

        decorated: Callable[..., R] = with_group
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return decorate


role_map_option = click.option(
    "--role-map",
    type=Pair(),
    multiple=True,
    metavar="WORD=ROLE",
    callback=settings.role_words,
    help="What a word for a role means: a short name or an id.",
)

site_option = click.option(
    "--site",
    metavar="NAME",
    is_eager=True,
    callback=settings.choose_profile,
    shell_complete=settings.complete_site,
    help="Profile to use: a [site.NAME] table of the configuration file.",
)

url_option = click.option(
    "--url",
    is_eager=True,
    envvar=["MOODLE_URL", "BATCHROLES_URL"],
    help="Address of the site. [env: MOODLE_URL]",
)

insecure_http_option = click.option(
    "--insecure-http",
    is_flag=True,
    help="Allow http:// to another machine; the token can be read on the way.",
)

ca_cert_option = click.option(
    "--ca-cert", type=click.Path(), metavar="FILE", help="Certificates to trust instead of the usual ones."
)

client_cert_option = click.option(
    "--client-cert",
    type=click.Path(),
    metavar="FILE",
    help="Certificate with key by which the site knows this client.",
)

file_flags = _group(
    FileFlags,
    "file_flags",
    [
        click.option(
            "--sheet", help="Sheet of a workbook; the first visible one with a known header otherwise."
        ),
        click.option("--encoding", help="Encoding of a CSV file; told apart by looking otherwise."),
        click.option("--delimiter", help="Delimiter of a CSV file: , ; | or tab."),
        click.option(
            "--format", type=click.Choice(LAYOUTS), help="Layout of the file; recognised otherwise."
        ),
        click.option(
            "--match-user-by",
            type=click.Choice(["username", "email", "idnumber", "id"]),
            default="username",
            show_default=True,
            help="What a plain user column holds.",
        ),
        click.option("--role", help="The role of every row, where the file has no role column."),
        click.option(
            "--context", help="The place of every row, where the file has none: course:MATH101, say."
        ),
        click.option(
            "--map",
            "column_map",
            type=Pair(),
            multiple=True,
            metavar="COLUMN=MEANING",
            help="Read a column as username, role, course …",
        ),
        role_map_option,
    ],
)

site_flags = _group(
    SiteFlags,
    "site_flags",
    [
        site_option,
        url_option,
        click.option(
            "--token-file",
            type=click.Path(path_type=Path, dir_okay=False),
            help="File that holds the token, where MOODLE_TOKEN does not.",
        ),
        click.option(
            "--token-command",
            metavar="COMMAND",
            help="Command that prints the token, as password managers have it; run without a shell.",
        ),
        click.option(
            "--rest-format",
            type=click.Choice(["json", "xml"]),
            default="json",
            show_default=True,
            help="How Moodle answers; xml for sites whose JSON is broken by invalid text.",
        ),
        click.option(
            "--workers", type=click.IntRange(1, 32), default=4, show_default=True, help="Most calls at once."
        ),
        click.option(
            "--max-input-vars",
            type=click.IntRange(10, MOST_VARIABLES),
            default=1000,
            show_default=True,
            help="The site's PHP setting of that name: what is sent beyond it is lost.",
        ),
        click.option(
            "--timeout",
            type=Number(1, MOST_SECONDS),
            default=300.0,
            show_default=True,
            help="Seconds to wait for an answer.",
        ),
        click.option(
            "--retry-for",
            type=Number(0, MOST_SECONDS),
            default=600.0,
            show_default=True,
            help="Seconds for which a call is tried again while the site does not answer.",
        ),
        click.option(
            "--settle-pause",
            type=Number(0, MOST_SECONDS),
            default=30.0,
            show_default=True,
            help="Seconds the site may still need for a call whose answer was lost, before it is sent again.",
        ),
        insecure_http_option,
        ca_cert_option,
        client_cert_option,
    ],
)

check_flags = _group(
    CheckFlags,
    "check_flags",
    [
        click.option(
            "--probe/--no-probe",
            default=True,
            help="Ask Moodle for each role and place whether it would be refused, without writing.  [default: probe]",
        ),
        click.option(
            "--check-existing/--no-check-existing",
            default=True,
            help="Read who has the roles already, and send only what is missing.  [default: check-existing]",
        ),
    ],
)

send_flags = _group(
    SendFlags,
    "send_flags",
    [
        click.option(
            "--chunk-size",
            type=click.IntRange(1, MOST_ROWS),
            default=200,
            show_default=True,
            help="Most rows in a call.",
        ),
        click.option("--max-errors", metavar="N|N%", help="Stop when more rows than this have failed."),
        click.option(
            "--rate", type=Number(0, MOST_ROWS, min_open=True), metavar="N", help="Most rows a second."
        ),
        click.option("--deadline", metavar="HH:MM", help="Stop cleanly at this time of day."),
        click.option("--max-duration", metavar="TIME", help="Stop cleanly after so long: 2h, 90m, 1h30m."),
        click.option("--verify", is_flag=True, help="Read the roles back after sending."),
        click.option(
            "--if-locked",
            type=click.Choice(["wait", "skip", "fail"]),
            default="wait",
            show_default=True,
            help="While another run works on the site: wait for it, skip this one (exit code 0), or fail (5).",
        ),
        click.option(
            "--yes", "-y", is_flag=True, help="Do not ask; apply a plan that is older than a day, too."
        ),
    ],
)

out_flags = _group(
    OutFlags,
    "out_flags",
    [
        click.option(
            "--out",
            type=click.Path(path_type=Path, file_okay=False),
            help="Folder for the run.  [default: batchroles-runs/<time>-<file name>]",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON instead."),
    ],
)
