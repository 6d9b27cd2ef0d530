"""The command `batchroles sync`: Moodle follows a file, run after run, and nobody has to watch."""

from collections.abc import Sequence
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batchroles.cli.aims import Aim, Command, option
from batchroles.cli.given import given
from batchroles.cli.options import (
    Flags,
    Sending,
    SiteFlags,
    check_flags,
    file_flags,
    out_flags,
    send_flags,
    site_flags,
)
from batchroles.cli.watching import watch_flags

if TYPE_CHECKING:
    from batchroles.job import Checks, Rules
    from batchroles.loader import ReadingOptions
    from batchroles.loader.layouts import FormatOptions
    from batchroles.sources import Source

ON_REMOVAL = ("unassign", "unenrol", "suspend", "keep")


class OnRemoval(click.ParamType["tuple[str, str]"]):
    """`ACTION`, or `ROLE=ACTION` for one role."""

    name = "on-removal"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Part the two."""
        if isinstance(value, tuple):
            return value
        role, _, action = str(value).rpartition("=")
        if action not in ON_REMOVAL:
            choices = f"{', '.join(ON_REMOVAL[:-1])} or {ON_REMOVAL[-1]}"
            self.fail(f"{value!r}: write {choices}, with ROLE= before it for one role", param, ctx)
        return role.strip().casefold(), action


def _rules(
    max_removals: str | None,
    min_rows: str | None,
    max_age: str | None,
    cache_ttl: str,
    adopt: bool,
    on_removal: Sequence[tuple[str, str]],
    scope: Sequence[str],
    remove_unowned: bool,
    drift: bool,
    heal: bool,
) -> dict[str, object]:
    from batchroles.cli.stopping import lasting
    from batchroles.job import Rules

    rules = Rules(
        max_removals,
        min_rows,
        lasting("--max-age", max_age) if max_age else None,
        lasting("--cache-ttl", cache_ttl),
        adopt,
        dict(on_removal),
        tuple(scope),
        remove_unowned,
        drift,
        heal,
    )
    return {"rules": rules}


sync_flags = Flags(
    _rules,
    signature(_rules).parameters,
    [
        option(
            Aim.BEFORE,
            "--max-removals",
            metavar="N|N%",
            help="Withhold all removals where there are more.  [default: 5% of what is owned, at least 10]",
        ),
        option(
            Aim.BEFORE,
            "--min-rows",
            metavar="N|N%",
            help="Change nothing where the file has fewer rows.  [default: half of last time's]",
        ),
        option(
            Aim.BEFORE,
            "--max-age",
            metavar="TIME",
            help="Change nothing where the file is older: 26h, 2d.",
        ),
        option(
            Aim.RARE,
            "--cache-ttl",
            default="1d",
            show_default=True,
            metavar="TIME",
            help="How long names are believed to lead to the ids that they led to.",
        ),
        option(Aim.FILE, "--adopt", is_flag=True, help="Own also what is in the file and was there before."),
        option(
            Aim.FILE,
            "--on-removal",
            type=OnRemoval(),
            multiple=True,
            metavar="[ROLE=]ACTION",
            help="What becomes of a role that is not in the file any more: unassign, unenrol, suspend or keep."
            "  [default: unassign]",
        ),
        option(
            Aim.FILE,
            "--scope",
            multiple=True,
            metavar="role=R,R|PLACE",
            help="What the file is complete for: roles, and places with all that is inside.  [default: everything]",
        ),
        option(
            Aim.FILE,
            "--remove-unowned",
            is_flag=True,
            help="Take away also what others gave by hand inside --scope and FILE does not list.",
        ),
        option(
            Aim.NIGHT,
            "--drift",
            is_flag=True,
            help="Look whether what the sync gave is still there, and say what is not.",
        ),
        option(
            Aim.NIGHT, "--heal", is_flag=True, help="Look for the same, and give again what is not there."
        ),
    ],
)


@click.command(cls=Command, short_help="Make the site follow FILE: add what is new, remove what is gone.")
@given
@option(
    Aim.NIGHT,
    "--name",
    "sync_name",
    required=True,
    help="What this sync is called: each name owns what it has given.",
)
@option(
    Aim.NIGHT,
    "--state",
    "sync_state",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Where it is kept what the sync owns.  [default: the user's state folder]",
)
@option(Aim.BEFORE, "--dry-run", is_flag=True, help="Show the difference and save it as a run; send nothing.")
@file_flags
@site_flags
@check_flags
@sync_flags
@send_flags
@out_flags
@watch_flags
def sync(
    file: "Source",
    sync_name: str,
    sync_state: Path | None,
    dry_run: bool,
    reading: "ReadingOptions",
    understanding: "FormatOptions",
    site_flags: SiteFlags,
    checks: "Checks",
    rules: "Rules",
    sending: Sending,
    out: Path | None,
    as_json: bool,
) -> int:
    """Give the roles that FILE lists and the site lacks, and take away what this sync gave and FILE lists no more.

    FILE says all that shall be there. What a person or another plugin gave stays. A file that is too small or too old
    changes nothing; too many removals are withheld until somebody agrees.
    """
    from batchroles.cli.runs import do, save
    from batchroles.job import Sync

    task = Sync(file, sync_name, sync_state, reading, understanding, checks, rules)
    if dry_run:
        return save(task, site_flags, out, as_json=as_json)
    return do(task, site_flags, sending, out, as_json=as_json)
