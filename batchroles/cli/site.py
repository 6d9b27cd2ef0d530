"""From flags and environment to a site to speak to."""

import os
from pathlib import Path

from batchroles.cli.options import SiteFlags
from batchroles.client import Moodle, Retry
from batchroles.errors import InputError

TOKEN = "MOODLE_TOKEN"  # noqa: S105 - the variable's name


def open_site(flags: SiteFlags) -> Moodle:
    """Make the client. Raises InputError where the address or the token is missing."""
    if not flags.url:
        raise InputError(
            "no site: set MOODLE_URL to its address (for practice: batchroles sandbox prints one), or use --url"
        )
    return Moodle(
        flags.url,
        token(flags.token_file),
        rest_format="xml" if flags.rest_format == "xml" else "json",
        max_input_vars=flags.max_input_vars,
        workers=flags.workers,
        timeout=(10.0, flags.timeout),
        retry=Retry(total=flags.retry_for, settle_pause=flags.settle_pause),
        insecure_http=flags.insecure_http,
        ca_cert=flags.ca_cert,
        client_cert=flags.client_cert,
    )


def token(file: Path | None) -> str:
    """Find the token: in the environment, else in a file. Raises InputError where it is in neither."""
    if found := os.environ.get(TOKEN):
        return found
    if file is None:
        raise InputError(f"no token: set {TOKEN}, or name a file that holds it with --token-file")
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the token file {file} cannot be read ({error})") from error
