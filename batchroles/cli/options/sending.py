"""The flags for how rows are sent, and what becomes of a run."""

from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batchroles.cli.aims import Aim, option
from batchroles.cli.options.flags import MOST_ROWS, Flags, Number

if TYPE_CHECKING:
    from batchroles.job import Apply, IfLocked
    from batchroles.sender import Halt


@dataclass(frozen=True)
class Sending:
    """How rows are sent, and whether somebody is asked before."""

    how: "Apply"
    halt: "Halt"
    if_locked: "IfLocked"
    yes: bool


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


chunk_size_option = option(
    Aim.RARE,
    "--chunk-size",
    type=click.IntRange(1, MOST_ROWS),
    default=200,
    show_default=True,
    help="Most rows in a call.",
)

max_errors_option = option(
    Aim.SEND, "--max-errors", metavar="N|N%", help="Stop when more rows than this have failed."
)

rate_option = option(
    Aim.SEND,
    "--rate",
    type=Number(0, MOST_ROWS, min_open=True),
    metavar="N",
    help="Most rows a second.",
)

verify_option = option(Aim.BACK, "--verify", is_flag=True, help="Read the roles back after sending.")

send_flags = Flags(
    _sending,
    signature(_sending).parameters,
    [
        chunk_size_option,
        max_errors_option,
        rate_option,
        option(
            Aim.NIGHT, "--deadline", metavar="HH:MM", help="Stop cleanly at this time of day: exit code 5."
        ),
        option(
            Aim.NIGHT,
            "--max-duration",
            metavar="TIME",
            help="Stop cleanly after so long, 2h, 90m or 1h30m: exit code 5.",
        ),
        verify_option,
        option(
            Aim.NIGHT,
            "--only-new",
            is_flag=True,
            help="End with 0 where everything that failed did so, too, when the same file was last sent.",
        ),
        option(
            Aim.NIGHT,
            "--if-locked",
            type=click.Choice(["wait", "skip", "fail"]),
            default="wait",
            show_default=True,
            help="While another run works on the site: wait for it, skip this one (exit code 0), or fail (5).",
        ),
        option(
            Aim.SEND,
            "--yes",
            "-y",
            is_flag=True,
            help="Do not ask; apply a plan that is older than a day, too.",
        ),
    ],
)


def _pace(chunk_size: int, max_errors: str | None, rate: float | None, verify: bool) -> dict[str, object]:
    """Give how rows are sent by whoever presses a button."""
    from batchroles.job import Apply
    from batchroles.sender import Guards

    return {"how": Apply(Guards(chunk_size=chunk_size, rate=rate), max_errors, verify=verify)}


pace_flags = Flags(
    _pace,
    signature(_pace).parameters,
    [chunk_size_option, max_errors_option, rate_option, verify_option],
)

out_flags = Flags(
    dict,
    (),
    [
        option(
            Aim.BACK,
            "--out",
            type=click.Path(path_type=Path, file_okay=False),
            help="Folder for the run.  [default: batchroles-runs/<time>-<file name>]",
        ),
        option(Aim.BACK, "--json", "as_json", is_flag=True, help="Print the summary as JSON instead."),
    ],
)
