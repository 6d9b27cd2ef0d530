"""`batchroles template OUT.xlsx`: a workbook for a registrar to fill in."""

from pathlib import Path

import click

from batchroles.cli.options import SiteFlags, site_flags


@click.command(short_help="Write a workbook to fill in.")
@click.argument("out", type=click.Path(path_type=Path), metavar="OUT.xlsx")
@click.option("--with-courses", is_flag=True, help="Offer the site's courses to pick from, too.")
@click.option("--offline", is_flag=True, help="Ask no site: offer the roles that every Moodle has.")
@click.option("--force", is_flag=True, help="Write over OUT.xlsx if it exists.")
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
