"""The commands about who holds what on a site."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from batchroles.cli.aims import Aim, Command, option
from batchroles.cli.options import SiteFlags, role_map_option, site_flags
from batchroles.cli.watching import current_watch, watch_flags
from batchroles.text import as_word, count_of

if TYPE_CHECKING:
    from batchroles.job.census.exporting import Sheets


@click.command(cls=Command, short_help="Write who holds which role where as a file.")
@click.argument("out", type=click.Path(path_type=Path), metavar="OUT")
@option(
    Aim.BEFORE,
    "--role",
    "export_role",
    once=True,
    multiple=True,
    metavar="ROLE",
    help="Only this role: a short name, a name or an id; repeatable.",
)
@option(
    Aim.BEFORE,
    "--context",
    "export_context",
    once=True,
    multiple=True,
    metavar="CONTEXT",
    help="Only in exactly this place, written as in a file; repeatable.",
)
@option(
    Aim.BEFORE,
    "--below",
    "export_below",
    once=True,
    multiple=True,
    metavar="CATEGORY",
    help="Only in this category and all that is in it: an ID number, id=5 or name=PATH; repeatable.",
)
@option(
    Aim.BEFORE,
    "--user",
    "export_user",
    once=True,
    multiple=True,
    metavar="USER",
    help="Only of this person: a user name, or email=, idnumber= or id=; repeatable.",
)
@option(
    Aim.BACK,
    "--review",
    is_flag=True,
    help="Add a column for decisions, with drop-downs in a workbook.",
)
@option(
    Aim.BACK,
    "--sheets",
    type=click.Choice(["category", "owner"]),
    help="Part a workbook into a sheet for each category, or for each person who teaches courses.",
)
@option(Aim.BEFORE, "--force", is_flag=True, help="Write over the file if it exists.")
@option(Aim.BACK, "--json", "as_json", is_flag=True, help="Print the figures as JSON instead.")
@role_map_option
@site_flags
@watch_flags
def export(
    out: Path,
    export_role: Sequence[str],
    export_context: Sequence[str],
    export_below: Sequence[str],
    export_user: Sequence[str],
    review: bool,
    sheets: "Sheets | None",
    force: bool,
    as_json: bool,
    role_map: tuple[tuple[str, str], ...],
    site_flags: SiteFlags,
) -> None:
    """Write who holds which role where into OUT.xlsx or OUT.csv, one row a holding; nothing is written on the site.

    The file is a list like any other: batchroles assign of it changes nothing while the site stays as it is. Flags of
    several kinds narrow it together.
    """
    from batchroles.cli.site import open_site
    from batchroles.cli.stopping import interruptible
    from batchroles.cli.talking import Voice
    from batchroles.job.census.exporting import export as exported
    from batchroles.job.census.layout import Scope
    from batchroles.job.census.writing import figures, refuse_unusable, write

    refuse_unusable(out, force=force, sheets=sheets is not None)
    scope = Scope(tuple(export_role), tuple(export_context), tuple(export_below), tuple(export_user))
    voice = Voice()
    with open_site(site_flags, observer=voice) as moodle, voice, interruptible(moodle):
        voice.speak_for(moodle)
        current_watch().on_site(moodle)
        made = exported(
            moodle,
            scope,
            review=review,
            sheets=sheets,
            role_map=dict(role_map),
            progress=voice.progress,
        )
        write(made, out, force=force)
        voice.close()
        voice.say([*made.notes])
    told: dict[str, Any] = figures(made, out)
    if as_json:
        current_watch().print_json(told)
        return
    people = count_of(told["people"], "person", "people")
    click.echo(f"{as_word(out)}: {count_of(told['holdings'], 'holding')} of {people}.")
