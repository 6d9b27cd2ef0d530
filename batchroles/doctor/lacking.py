"""A permission that is missing: said the same way everywhere."""

from batchroles.client.functions import CAPABILITIES
from batchroles.doctor import pages
from batchroles.doctor.findings import Finding, failed, warning

PURPOSES = {capability.name: capability.purpose for capability in CAPABILITIES}


def lacks(step: str, sentence: str, capability: str, site: str, *, refuses: bool = False) -> Finding:
    """Say that something fails for want of a permission."""
    return failed(step, sentence, pages.ROLES.on(site), click_for(capability), refuses=refuses)


def would_like(step: str, sentence: str, capability: str, site: str) -> Finding:
    """Say that something would be better with a permission."""
    return warning(step, sentence, pages.ROLES.on(site), click_for(capability))


def click_for(capability: str) -> str:
    """Say how a permission is given."""
    return (
        f"Edit the role that the token's user has in the whole system and allow {capability}: it is needed"
        f" {PURPOSES[capability]}."
    )
