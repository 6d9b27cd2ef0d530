"""The commands that advise: guides, setting a site up, whether it is, its roles, and a workbook to fill in."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from batchroles.cli.aims import Aim, Command, option
from batchroles.cli.options import (
    SiteFlags,
    ca_cert_option,
    client_cert_option,
    insecure_http_option,
    role_map_option,
    site_flags,
    site_option,
    url_option,
)
from batchroles.cli.watching import current_watch
from batchroles.text import as_word

if TYPE_CHECKING:
    from batchroles.validator import RoleList

TASKS = ("check", "assign", "unassign", "enrol", "unenrol")


def complete_name(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Offer the guides' names to the shell."""
    from batchroles.guide import NAMES

    return [name for name in NAMES if name.startswith(incomplete)]


@click.command(cls=Command, short_help="List the guides, or show one.")
@click.argument("name", required=False, shell_complete=complete_name)
@option(Aim.TRY, "--schema", is_flag=True, help="Print the JSON Schema of what commands print with --json.")
def guide(name: str | None, schema: bool) -> None:
    """Show the guide NAME (Markdown); without a name, list the guides."""
    from batchroles import guide as guides

    if schema:
        click.echo(guides.schema(), nl=False)
        return
    if name is not None:
        click.echo_via_pager(guides.guide(name).rstrip("\n"))
        return
    width = max(map(len, guides.NAMES))
    for one in guides.NAMES:
        click.echo(f"{one:{width}}  {guides.subject(one)}")


@click.command(cls=Command, short_help="Print the steps by which an administrator sets the site up.")
@option(
    Aim.SITE,
    "--for",
    "task",
    type=click.Choice(TASKS),
    default="assign",
    show_default=True,
    help="What is to be done with the site.",
)
@option(
    Aim.SITE,
    "--fill-reports",
    is_flag=True,
    help="Instead, add to the reports made for batchroles what they lack, with an administrator's token.",
)
@option(
    Aim.SITE,
    "--admin-token-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="File with the token for --fill-reports.  [default: BATCHROLES_ADMIN_TOKEN, or asked for]",
)
@option(
    Aim.SITE,
    "--role-file",
    type=click.Path(path_type=Path),
    metavar="FILE.xml",
    help="Also write the role of step 4 as a file that Moodle imports.",
)
@option(
    Aim.SITE,
    "--may-assign",
    multiple=True,
    metavar="ROLE",
    help="Short name of a role that the one in --role-file may assign; repeatable.",
)
@site_option
@url_option
@insecure_http_option
@ca_cert_option
@client_cert_option
def setup(
    task: str,
    fill_reports: bool,
    admin_token_file: Path | None,
    role_file: Path | None,
    may_assign: tuple[str, ...],
    site: object,  # noqa: ARG001 - the profile has given the address
    url: str | None,
    insecure_http: bool,
    ca_cert: str | None,
    client_cert: str | None,
) -> int:
    """Print the steps by which the site is set up, with addresses, functions and permissions, for its administrator.

    Asks no site. batchroles doctor tells later which of them is still missing. With --role-file the role need not be
    put together by hand: it is uploaded.

    --fill-reports changes the site: it adds columns, sorting and a filter to the reports that an administrator has made
    for batchroles, and removes nothing. The token that it asks for has to be an administrator's; it is not kept.
    """
    from batchroles.cli.site import usable_address
    from batchroles.doctor import setting_up, write_role_file

    address = usable_address(url, insecure_http=insecure_http)
    if fill_reports and role_file:
        raise click.UsageError("--fill-reports and --role-file exclude each other.")
    if may_assign and not role_file:
        raise click.UsageError("--may-assign counts only with --role-file.")
    if not fill_reports:
        if role_file:
            write_role_file(role_file, task, may_assign)
        click.echo(setting_up(address, task, str(role_file or ""), may_assign))
        return 0
    token = _admin_token(address, admin_token_file)
    door = {"insecure_http": insecure_http, "ca_cert": ca_cert, "client_cert": client_cert}
    return _fill_reports(address, token, door)


ADMIN_TOKEN = "BATCHROLES_ADMIN_TOKEN"  # noqa: S105 - the variable's name


def _admin_token(address: str, file: Path | None) -> str:
    """Find the token that may edit reports; the one of every day is another's, and is not looked for."""
    from batchroles.cli.streams import asked_secret
    from batchroles.config import TokenSources, find_token

    if file is not None:
        return find_token(
            TokenSources(site=address, environment={}, file=file, file_flag="--admin-token-file")
        ).value
    return os.environ.get(ADMIN_TOKEN) or asked_secret(f"Token of an administrator of {address}")


def _fill_reports(address: str, token: str, door: dict[str, Any]) -> int:
    from batchroles.cli.stopping import interruptible
    from batchroles.client import Moodle, Retry
    from batchroles.doctor import fill_reports

    clean = True
    with Moodle(address, token, retry=Retry(attempts=2), **door) as moodle, interruptible(moodle):
        for filled in fill_reports(moodle):
            click.echo("\n".join(filled.lines()))
            clean = clean and not filled.left
    click.echo(
        "Who may read a report is said on its tab Audience, by hand; batchroles doctor tells whether its user may."
    )
    return 0 if clean else 1


@click.command(cls=Command, short_help="Examine step by step whether the site is set up.")
@option(Aim.BACK, "--json", "as_json", is_flag=True, help="Print the findings as JSON instead.")
@site_flags
def doctor(as_json: bool, site_flags: SiteFlags) -> int:
    """Check step by step whether the site is set up for batchroles, and say what to click where it is not.

    Nothing is written on the site. The exit code is 0 where nothing failed (warnings do not count), 1 where some of
    what batchroles does will not work, and 4 where the site refuses it altogether.
    """
    from batchroles.cli.site import open_site, token_script
    from batchroles.cli.stopping import interruptible
    from batchroles.client import Retry
    from batchroles.doctor import examine

    retry = Retry(attempts=2, total=site_flags.retry_for, settle_pause=site_flags.settle_pause)
    with open_site(site_flags, retry=retry) as moodle, interruptible(moodle):
        ask = token_script(
            moodle.url,
            stop=moodle.stop,
            insecure_http=site_flags.insecure_http,
            ca_cert=site_flags.ca_cert,
            client_cert=site_flags.client_cert,
        )
        roles = site_flags.site.roles if site_flags.site else {}
        report = examine(moodle, ask, role_map=roles)
    if as_json:
        current_watch().print_json(report.to_json())
    else:
        click.echo(report.to_text())
    return report.exit_code


@click.command(cls=Command, short_help="List the site's roles, their ids, and where those were learned.")
@option(Aim.BACK, "--json", "as_json", is_flag=True, help="Print the roles as JSON instead.")
@role_map_option
@site_flags
def roles(as_json: bool, role_map: tuple[tuple[str, str], ...], site_flags: SiteFlags) -> None:
    """List the roles of the site: id, short name, the name that Moodle shows, and where the id was learned.

    Without the plugin local_wsgetroles and the report "batchroles roles" these are the roles that enrolled people were
    seen to have.
    """
    from batchroles.cli.site import open_site
    from batchroles.cli.stopping import interruptible
    from batchroles.cli.talking import Voice
    from batchroles.validator import known_roles

    voice = Voice()
    with open_site(site_flags, observer=voice) as moodle, voice, interruptible(moodle):
        voice.speak_for(moodle)
        found = known_roles(moodle, dict(role_map), voice.progress)
        voice.say(_remarks(found))
    if as_json:
        current_watch().print_json([asdict(role) for role in found.roles])
        return
    rows = [("id", "short name", "shown as", "learned from")]
    rows += [(str(role.id), role.shortname, role.name, role.origin) for role in found.roles]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def _remarks(found: "RoleList") -> list[str]:
    """Say why roles may be missing, where some may."""
    if found.complete:
        nameless = any(not role.shortname for role in found.roles)
        said = "Of a role without a short name here a report tells the name alone: write that, or the id."
        return [said] if nameless else []
    if found.searched:
        return [f"A role that is not listed may exist: {found.searched}. {found.hint}"]
    return [found.hint]


@click.command(cls=Command, short_help="Write a workbook to fill in.")
@click.argument("out", type=click.Path(path_type=Path), metavar="OUT.xlsx")
@option(Aim.BEFORE, "--with-courses", is_flag=True, help="Offer the site's courses to pick from, too.")
@option(Aim.BEFORE, "--offline", is_flag=True, help="Ask no site: offer the roles that every Moodle has.")
@option(Aim.BEFORE, "--force", is_flag=True, help="Write over the file if it exists.")
@site_flags
def template(out: Path, with_courses: bool, offline: bool, force: bool, site_flags: SiteFlags) -> None:
    """Write a workbook to fill in: headers, drop-downs and instructions.

    The roles to pick from are the site's own; where no site is named, those that every Moodle has.
    """
    from batchroles.cli.site import open_site
    from batchroles.cli.stopping import interruptible
    from batchroles.template import site_choices, standard_choices, write_template

    if offline and with_courses:
        raise click.UsageError(
            "--offline and --with-courses exclude each other: courses are asked of the site."
        )
    if offline or not (site_flags.url or with_courses):
        choices = standard_choices()
    else:
        with open_site(site_flags) as moodle, interruptible(moodle):
            choices = site_choices(moodle, with_courses=with_courses)
    write_template(out, choices.roles, choices.courses, overwrite=force)
    click.echo(f"{out} is ready to be filled in; its sheet Instructions says how.")
    click.echo(f"batchroles check {as_word(out)} says then what would happen, and sends nothing.")
