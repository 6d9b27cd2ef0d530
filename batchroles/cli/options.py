"""The flags that commands share: each group of them becomes what the work itself is given."""

import functools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from batchroles.cli import settings
from batchroles.cli.enrolling import ENROLLING
from batchroles.models.words import LAYOUTS

if TYPE_CHECKING:
    from batchroles.client.reading import RestFormat
    from batchroles.config import Profile
    from batchroles.job import Apply, IfLocked
    from batchroles.loader.layouts.dates import DateOrder
    from batchroles.models.references import UserKey
    from batchroles.sender import Halt

R = TypeVar("R")
Decorator = Callable[[Callable[..., R]], Callable[..., R]]


@dataclass(frozen=True)
class SiteFlags:
    """Which site, and how to speak to it: what a client is made of once its token is found."""

    site: "Profile | None"
    url: str | None
    token_file: Path | None
    token_command: str | None
    rest_format: "RestFormat"
    workers: int
    max_input_vars: int
    timeout: float
    retry_for: float
    settle_pause: float
    insecure_http: bool
    ca_cert: str | None
    client_cert: str | None
    reports: bool | None


@dataclass(frozen=True)
class Sending:
    """How rows are sent, and whether somebody is asked before."""

    how: "Apply"
    halt: "Halt"
    if_locked: "IfLocked"
    yes: bool


class Pair(click.ParamType["tuple[str, str]"]):
    """A `LEFT=RIGHT` flag; the last `=` parts the two, so that a header may hold one."""

    name = "pair"
    # click would part a variable at blanks, which names of roles and columns have.
    envvar_list_splitter = ";"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Part the two."""
        # click wants every type to take what is converted already: defaults, say.
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


class Flags:
    """Flags that several commands share, and what a command is given in their place."""

    def __init__(
        self, make: Callable[..., dict[str, object]], takes: Iterable[str], options: Sequence[Decorator[Any]]
    ) -> None:
        """`make`: gives the command's arguments for the values of the flags that it `takes`."""
        self._make = make
        self._takes = list(takes)
        self._options = options

    def __call__(self, function: Callable[..., R]) -> Callable[..., R]:
        """Add the flags to a command, which is given what is made of them."""

        @functools.wraps(function)
        def with_made(**values: Any) -> R:
            made = self._make(**{name: values.pop(name) for name in self._takes})
            return function(**made, **values)

        return self.alone(with_made)

    def alone(self, function: Callable[..., R]) -> Callable[..., R]:
        """Add the flags to a command, which is given their values as they are."""
        # The last decorator comes first in --help.
        for option in reversed(self._options):
            function = option(function)
        return function


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


def _reading(
    sheet: str | None,
    encoding: str | None,
    delimiter: str | None,
    format: str | None,  # noqa: A002 - the flag's name
    match_user_by: "UserKey",
    role: str | None,
    context: str | None,
    column_map: Sequence[tuple[str, str]],
    enrol: bool,
    date_format: "DateOrder | None",
    time_zone: str | None,
) -> dict[str, object]:
    """Give how a file is read and understood."""
    from batchroles.loader import ReadingOptions
    from batchroles.loader.layouts import FormatOptions

    understanding = FormatOptions(
        match_user_by,
        role,
        context,
        dict(column_map),
        format,
        enrol=enrol,
        date_format=date_format,
        time_zone=time_zone,
    )
    return {"reading": ReadingOptions(encoding, delimiter, sheet), "understanding": understanding}


file_flags = Flags(
    _reading,
    signature(_reading).parameters,
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
        *ENROLLING,
        role_map_option,
    ],
)


site_flags = Flags(
    lambda **values: {"site_flags": SiteFlags(**values)},
    [field.name for field in fields(SiteFlags)],
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
        click.option(
            "--reports/--no-reports",
            default=None,
            help="Read people, courses, categories and roles from the reports made for batchroles; --reports says why,"
            " where there are none.  [default: where they are there]",
        ),
    ],
)


def _checks(role_map: Sequence[tuple[str, str]], probe: bool, check_existing: bool) -> dict[str, object]:
    """Give what is asked of the site before anything is sent; the words for roles come with the file, or alone."""
    from batchroles.job import Checks

    return {"checks": Checks(dict(role_map), probe, check_existing)}


check_flags = Flags(
    _checks,
    signature(_checks).parameters,
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


def _sending(
    chunk_size: int,
    max_errors: str | None,
    rate: float | None,
    deadline: str | None,
    max_duration: str | None,
    verify: bool,
    only_new: bool,
    if_locked: "IfLocked",
    yes: bool,
) -> dict[str, object]:
    """Give how rows are sent."""
    from batchroles.cli.stopping import halt_after
    from batchroles.job import Apply
    from batchroles.sender import Guards

    guards = Guards(chunk_size=chunk_size, rate=rate)
    how = Apply(guards, max_errors, verify=verify, even_if_old=yes, only_new=only_new)
    return {"sending": Sending(how, halt_after(deadline, max_duration), if_locked, yes)}


send_flags = Flags(
    _sending,
    signature(_sending).parameters,
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
        click.option("--deadline", metavar="HH:MM", help="Stop cleanly at this time of day: exit code 5."),
        click.option(
            "--max-duration",
            metavar="TIME",
            help="Stop cleanly after so long, 2h, 90m or 1h30m: exit code 5.",
        ),
        click.option("--verify", is_flag=True, help="Read the roles back after sending."),
        click.option(
            "--only-new",
            is_flag=True,
            help="End with 0 where everything that failed did so, too, when the same file was last sent.",
        ),
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

out_flags = Flags(
    dict,
    (),
    [
        click.option(
            "--out",
            type=click.Path(path_type=Path, file_okay=False),
            help="Folder for the run.  [default: batchroles-runs/<time>-<file name>]",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON instead."),
    ],
)
