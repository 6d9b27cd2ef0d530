"""The command `batchroles compare`: what one export or site has and another has not."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batchroles.cli.aims import Aim, Command, option
from batchroles.cli.options import SiteFlags, role_map_option, site_flags
from batchroles.cli.watching import current_watch, watch_flags
from batchroles.errors import InputError

if TYPE_CHECKING:
    from batchroles.cli.talking import Voice
    from batchroles.client import Moodle


@click.command(cls=Command, short_help="Say what A has and B has not: exports, sites, or one of each.")
@click.argument("a", metavar="A")
@click.argument("b", metavar="[B]", required=False)
@option(
    Aim.BACK,
    "--out",
    "compare_out",
    once=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write what B lacks into this .csv or .xlsx, a list for B.",
)
@option(
    Aim.BACK,
    "--both",
    "compare_both",
    once=True,
    is_flag=True,
    help="Have that list take away, too, what B has and A has not.",
)
@option(
    Aim.BACK,
    "--all",
    "compare_all",
    once=True,
    is_flag=True,
    help="Count also what plugins give, as a cohort does.",
)
@option(Aim.NIGHT, "--same-site", is_flag=True, help="Refuse where A and B are not of one site.")
@option(Aim.BEFORE, "--force", is_flag=True, help="Write over the file if it exists.")
@option(Aim.BACK, "--json", "as_json", is_flag=True, help="Print it as JSON instead.")
@role_map_option
@site_flags
@watch_flags
def compare(
    a: str,
    b: str | None,
    compare_out: Path | None,
    compare_both: bool,
    compare_all: bool,
    same_site: bool,
    force: bool,
    as_json: bool,
    role_map: tuple[tuple[str, str], ...],
    site_flags: SiteFlags,
) -> int:
    """Compare who holds what: A and B are each an exported file or a profile's site; nothing is written on any site.

    Without B it is the site that --site or --url names. The exit code is 1 where something differs. One site is
    compared by its ids, two by names.
    """
    from batchroles.cli.stopping import interruptible
    from batchroles.cli.talking import Voice
    from batchroles.client import Moodle
    from batchroles.job.census import difference
    from batchroles.job.census.comparing import compare as compared
    from batchroles.job.census.writing import refuse_unusable

    if compare_both and compare_out is None:
        raise InputError("--both says what the list holds: name the list with --out, too.")
    if compare_out is not None:
        refuse_unusable(compare_out, force=force, sheets=False)
    voice, watch = Voice(), current_watch()
    with ExitStack() as rest:
        sides = [_side(word, site_flags, voice, rest) for word in (a, b)]
        sites = [one for one in sides if isinstance(one, Moodle)]
        for moodle in sites:
            watch.on_site(moodle)
        rest.enter_context(voice)
        rest.enter_context(interruptible(*sites))
        found = compared(
            sides[0],
            sides[1],
            with_plugins=compare_all,
            same_site=same_site,
            role_map=dict(role_map),
            progress=voice.progress,
        )
        voice.close()
        voice.say([*found.notes, *(note for moodle in sites for note in moodle.notes)])
        rows = difference.lines(found, both=compare_both)
        if compare_out is not None:
            difference.write_lines(rows, compare_out)
    watch.note(
        "compared", counts={"only_a": len(found.lacking), "only_b": len(found.surplus), "both": found.both}
    )
    if as_json:
        written = 0 if compare_out is None else len(rows)
        watch.print_json(difference.as_dict(found, compare_out, written))
        return found.exit_code
    said = difference.in_sentences(found)
    if compare_out is not None:
        said.append(difference.written_as(compare_out, rows))
    click.echo("\n".join(said))
    return found.exit_code


def _side(word: str | None, flags: SiteFlags, voice: "Voice", rest: ExitStack) -> "Path | Moodle":
    """Tell a file from a profile: what is there as a file is one."""
    from batchroles.cli.site import open_profile, open_site
    from batchroles.config import read_configuration

    if word is None:
        return rest.enter_context(open_site(flags, observer=voice))
    if Path(word).is_file():
        return Path(word)
    configuration = read_configuration()
    if word not in configuration.profiles:
        known = ", ".join(configuration.profiles) or "none yet: batchroles login makes one"
        raise InputError(
            f"{word} is neither a file nor a profile in {configuration.path}; the profiles there are: {known}."
        )
    return rest.enter_context(open_profile(word, flags, observer=voice))
