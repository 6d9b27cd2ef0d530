"""The flags for what is asked of the site before anything is sent."""

from collections.abc import Sequence
from inspect import signature

from batchroles.cli.aims import Aim, option
from batchroles.cli.options.flags import Flags


def _checks(
    role_map: Sequence[tuple[str, str]], probe: bool, check_existing: bool, strict_names: bool
) -> dict[str, object]:
    """Give what is asked of the site before anything is sent; the words for roles come with the file, or alone."""
    from batchroles.job import Checks

    return {"checks": Checks(dict(role_map), probe, check_existing, strict_names)}


check_flags = Flags(
    _checks,
    signature(_checks).parameters,
    [
        option(
            Aim.BEFORE,
            "--probe/--no-probe",
            default=True,
            help="Ask Moodle for each role and place whether it would be refused, without writing.  [default: probe]",
        ),
        option(
            Aim.BEFORE,
            "--check-existing/--no-check-existing",
            default=True,
            help="Read who has the roles already, and send only what is missing.  [default: check-existing]",
        ),
        option(
            Aim.BEFORE,
            "--strict-names/--no-strict-names",
            default=False,
            help="Send only rows of which the person's name is in the file and fits the account's in Moodle."
            "  [default: no-strict-names]",
        ),
    ],
)
