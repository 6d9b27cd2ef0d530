"""The pages of a Moodle site on which its web services are set up, and what to say where a permission is missing.

Sections and scripts as in Moodle's own admin/settings/server.php, users.php and top.php.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from batchroles.client.functions import CAPABILITIES
from batchroles.doctor.findings import Finding, failed, warning


@dataclass(frozen=True)
class Page:
    """One page of every Moodle site."""

    title: str
    path: str

    def on(self, site: str) -> str:
        """Give the page's title and its address on a site."""
        return f"{self.title}: {site}{self.path}"


ADVANCED_FEATURES = Page("Advanced features", "/admin/settings.php?section=optionalsubsystems")
PROTOCOLS = Page("Manage protocols", "/admin/settings.php?section=webserviceprotocols")
SERVICES = Page("External services", "/admin/settings.php?section=externalservices")
TOKENS = Page("Manage tokens", "/admin/webservice/tokens.php")
USERS = Page("Browse list of users", "/admin/user.php")
NEW_USER = Page("Add a new user", "/user/editadvanced.php?id=-1")
ROLES = Page("Define roles", "/admin/roles/manage.php")
ALLOW_ASSIGN = Page("Allow role assignments", "/admin/roles/allow.php?mode=assign")
SYSTEM_ROLES = Page("Assign system roles", "/admin/roles/assign.php?contextid=1")
CHECK_PERMISSIONS = Page("Check system permissions", "/admin/roles/check.php?contextid=1")
USER_POLICIES = Page("User policies", "/admin/settings.php?section=userpolicies")
MAINTENANCE = Page("Maintenance mode", "/admin/settings.php?section=maintenancemode")
PHP_INFO = Page("PHP info", "/admin/phpinfo.php")
POLICY = Page("Site policy", "/user/policy.php")
CHANGE_PASSWORD = Page("Change password", "/login/change_password.php")
EDIT_PROFILE = Page("Edit profile", "/user/edit.php")

REPORTS = Page("Custom reports", "/reportbuilder/index.php")


def report(reportid: int) -> Page:
    """Give the page on which a report is edited."""
    return Page("Edit report", f"/reportbuilder/edit.php?id={reportid}")


def report_view(reportid: int) -> Page:
    """Give the page on which a report is read and filtered."""
    return Page("View report", f"/reportbuilder/view.php?id={reportid}")


Step = tuple[str, Page, list[str]]
"""A step of setting a site up: what is done, on which page, and how."""

PURPOSES = {capability.name: capability.purpose for capability in CAPABILITIES}


def lacks(step: str, sentence: str, capability: str, site: str, *, refuses: bool = False) -> Finding:
    """Say that something fails for want of a permission."""
    return failed(step, sentence, ROLES.on(site), click_for(capability), refuses=refuses)


def would_like(step: str, sentence: str, capability: str, site: str) -> Finding:
    """Say that something would be better with a permission."""
    return warning(step, sentence, ROLES.on(site), click_for(capability))


def click_for(capability: str) -> str:
    """Say how a permission is given."""
    return (
        f"Edit the role that the token's user has in the whole system and allow {capability}: it is needed"
        f" {PURPOSES[capability]}."
    )


def listed(entries: Sequence[tuple[str, str]]) -> list[str]:
    """Give a line for each name with what it is for."""
    width = max((len(name) for name, _ in entries), default=0)
    return [f"  {name:{width}}  {purpose}" for name, purpose in entries]
