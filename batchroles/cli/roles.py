"""`batchroles roles`: the site's roles, their ids, and where each was learned."""

import click

from batchroles.cli.options import SiteFlags, role_map_option, site_flags


@click.command(short_help="List the site's roles, their ids, and where those were learned.")
@role_map_option
@site_flags
def roles(role_map: tuple[tuple[str, str], ...], site_flags: SiteFlags) -> None:
    """List the roles of the site: id, short name, the name that Moodle shows, and where the id was learned."""
    from batchroles.cli.site import open_site
    from batchroles.cli.stopping import interruptible
    from batchroles.cli.talking import Voice
    from batchroles.resolver import known_roles

    with open_site(site_flags) as moodle, Voice(moodle), interruptible(moodle):
        found = known_roles(moodle, dict(role_map))
    rows = [("id", "short name", "shown as", "learned from")]
    rows += [(str(role.id), role.shortname, role.name, role.origin) for role in found]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
