"""The flags that say how rows come to be about enrolments."""

from typing import Any

import click

ENROLLING: list[Any] = [
    click.option(
        "--enrol",
        is_flag=True,
        help="Rows that assign a role in a course enrol whoever is not enrolled there, with that role.",
    ),
    click.option(
        "--date-format",
        type=click.Choice(["dmy", "mdy"]),
        help="What 03/04/2026 means, day or month first; refused otherwise.",
    ),
    click.option(
        "--time-zone",
        metavar="NAME",
        help="Zone of dates: Europe/Berlin, say.  [default: the site's own, where it tells it]",
    ),
]
