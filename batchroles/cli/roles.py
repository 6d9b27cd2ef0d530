"""`batchroles roles`: the site's roles, their ids, and where each was learned."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from batchroles.cli.options import SiteFlags, role_map_option, site_flags

if TYPE_CHECKING:
    from batchroles.validator import RoleList


@click.command(short_help="List the site's roles, their ids, and where those were learned.")
@click.option("--json", "as_json", is_flag=True, help="Print the roles as JSON instead.")
@role_map_option
@site_flags
def roles(as_json: bool, role_map: tuple[tuple[str, str], ...], site_flags: SiteFlags) -> None:
    """List the roles of the site: id, short name, the name that Moodle shows, and where the id was learned.

    Without the plugin local_wsgetroles these are the roles that enrolled people were seen to have.
    """
    from batchroles.cli.site import open_site
    from batchroles.cli.stopping import interruptible
    from batchroles.cli.talking import Voice
    from batchroles.validator import known_roles

    voice = Voice()
    with open_site(site_flags, observer=voice) as moodle, voice, interruptible(moodle):
        voice.speak_for(moodle)
        found = known_roles(moodle, dict(role_map), voice.talk.progress)
        voice.say(_remarks(found))
    if as_json:
        click.echo(json.dumps([asdict(role) for role in found.roles], ensure_ascii=False, indent=2))
        return
    rows = [("id", "short name", "shown as", "learned from")]
    rows += [(str(role.id), role.shortname, role.name, role.origin) for role in found.roles]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def _remarks(found: "RoleList") -> list[str]:
    """Say why roles may be missing, where some may."""
    if found.complete:
        return []
    if found.searched:
        return [f"A role that is not listed may exist: {found.searched}. {found.hint}"]
    return [found.hint]
