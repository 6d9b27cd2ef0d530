"""The commands for those who look at what people hold, and decide: `batchroles why` and `batchroles review`."""

from collections.abc import Sequence
from pathlib import Path

import click

from batchroles.cli.aims import Aim, Command, option
from batchroles.cli.options import (
    Sending,
    SiteFlags,
    out_flags,
    role_map_option,
    send_flags,
    site_flags,
    time_zone_option,
)
from batchroles.cli.watching import current_watch, watch_flags


@click.command(cls=Command, short_help="Say of each role of a person what gave it.")
@click.argument("user", metavar="USER")
@click.argument("context", metavar="[CONTEXT]", required=False)
@option(
    Aim.BACK,
    "--runs",
    "why_runs",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    multiple=True,
    metavar="FOLDER",
    help="Folder with runs that are looked through; repeatable.  [default: batchroles-runs]",
)
@option(
    Aim.BACK,
    "--state",
    "sync_state",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Where it is kept what syncs own.  [default: the user's state folder]",
)
@option(Aim.BACK, "--json", "as_json", is_flag=True, help="Print it as JSON instead.")
@role_map_option
@site_flags
def why(
    user: str,
    context: str | None,
    why_runs: Sequence[Path],
    sync_state: Path | None,
    as_json: bool,
    role_map: tuple[tuple[str, str], ...],
    site_flags: SiteFlags,
) -> None:
    """Say of each role that USER has what gave it: which run, file and row of batchroles, which plugin, or neither.

    USER is a user name, or email=, idnumber= or id= and a value; CONTEXT is a place, written as in a file. Runs are
    those in batchroles-runs; nothing is written on the site.
    """
    from batchroles.cli.site import open_site
    from batchroles.cli.stopping import interruptible
    from batchroles.cli.talking import Voice
    from batchroles.job.census.reasons import as_dict, in_sentences
    from batchroles.job.census.why import why as told_why
    from batchroles.runs.folders import DEFAULT

    voice = Voice()
    with open_site(site_flags, observer=voice) as moodle, voice, interruptible(moodle):
        voice.speak_for(moodle)
        told = told_why(
            moodle,
            user,
            context,
            runs=why_runs or (DEFAULT,),
            state=sync_state,
            role_map=dict(role_map),
            progress=voice.progress,
        )
        voice.say([*told.notes])
    if as_json:
        current_watch().print_json(as_dict(told))
        return
    click.echo("\n".join(in_sentences(told)))


@click.command(cls=Command, short_help="Take away what FILE, an export with decisions, says shall go.")
@click.argument("file", type=click.Path(path_type=Path))
@option(
    Aim.BEFORE,
    "--max-removals",
    metavar="N|N%",
    help="Withhold all removals where there are more.  [default: 50% of FILE's rows, at least 10]",
)
@time_zone_option
@option(
    Aim.BEFORE, "--dry-run", is_flag=True, help="Show what would be done and save it as a run; send nothing."
)
@role_map_option
@site_flags
@send_flags
@out_flags
@watch_flags
def review(
    file: Path,
    max_removals: str | None,
    time_zone: str | None,
    dry_run: bool,
    role_map: tuple[tuple[str, str], ...],
    site_flags: SiteFlags,
    sending: Sending,
    out: Path | None,
    as_json: bool,
) -> int:
    """Apply the decisions in FILE, which batchroles export --review wrote: remove, or a last day; all else stays.

    Only what was given by hand goes, in exactly the row's place. What is otherwise on the site now than in FILE is
    withheld, and the row says what is different.
    """
    from batchroles.cli.runs import do, save
    from batchroles.job import Review

    task = Review(file, max_removals, time_zone, dict(role_map))
    if dry_run:
        return save(task, site_flags, out, as_json=as_json)
    return do(task, site_flags, sending, out, as_json=as_json)
