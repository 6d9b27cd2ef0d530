"""`batchroles template OUT.xlsx`: a workbook for a registrar to fill in."""

from pathlib import Path

import click


@click.command()
@click.argument("out", type=click.Path(path_type=Path), metavar="OUT.xlsx")
@click.option("--force", is_flag=True, help="Write over OUT.xlsx if it exists.")
def template(out: Path, force: bool) -> None:
    """Write a workbook to fill in: headers, drop-downs and instructions.

    It needs no site: its roles are those of every Moodle.
    """
    from batchroles.resolver.standard_roles import STANDARD_NAMES
    from batchroles.template import COURSE_ROLES, write_template

    write_template(out, [(role, STANDARD_NAMES[role]) for role in COURSE_ROLES], overwrite=force)
    click.echo(f"{out} is ready to be filled in; its sheet Instructions says how.")
