"""Questions whose answer may well be a refusal."""

from collections.abc import Mapping

from batchroles.client import Moodle
from batchroles.errors import BatchrolesError, CallRefused, SiteRefusal


def code_of(moodle: Moodle, function: str, params: Mapping[str, object] | None = None) -> str:
    """Call a function and give the error code of the answer; empty where it was no error.

    Raises TemporaryFailure where there is no answer.
    """
    try:
        moodle.call(function, params)
    except (CallRefused, SiteRefusal) as refusal:
        return refusal.errorcode
    return ""


def debug_reason(error: BatchrolesError) -> str:
    """Give what a site with debug on says of an error beside the code, as a sentence; mostly empty."""
    said = str(error).partition("The site says: ")[2] or getattr(error, "debuginfo", "")
    first = said.strip().splitlines()[0] if said.strip() else ""
    return f" The site says: {first}" if first else ""
