"""What the token's service offers, and whether its user's account is in order."""

from collections.abc import Iterator

from batchroles.client import Moodle, functions
from batchroles.client.service import Info
from batchroles.doctor import pages
from batchroles.doctor.access import ACCOUNT, SERVICE, USER, account_trouble
from batchroles.doctor.findings import Finding, failed, ok, warning
from batchroles.errors import CallRefused, SiteRefusal

_USELESS_WITHOUT = (functions.ASSIGN,)


def offered(info: Info) -> set[str]:
    """Give the names of the service's functions."""
    return {str(entry["name"]) for entry in info.get("functions") or []}


def service(info: Info, site: str, task: str) -> Iterator[Finding]:
    """Compare the service's functions with those that batchroles calls."""
    names = offered(info)
    missing = functions.missing_for(task, names)
    # Most sites do not have the plugin, and nothing is wrong with them: it is spoken of where roles cannot be learned.
    known = [one for one in functions.FUNCTIONS if one.name in names or one.name != functions.GET_ROLES]
    wanted = [one for one in known if one.name not in names and one not in missing]
    there = sum(one.name in names for one in known)
    yield ok(
        SERVICE,
        f"The service is on and offers {there} of the {len(known)} functions that batchroles calls.",
    )
    page = pages.SERVICES.on(site)
    for one in missing:
        click = f"Click Functions beside the service, then Add functions, and add {one.name}."
        refuses = one.name in _USELESS_WITHOUT
        yield failed(
            SERVICE, f"{one.name} is missing: it is needed {one.purpose}.", page, click, refuses=refuses
        )
    if wanted:
        listed = "; ".join(f"{one.name}, {one.purpose}" for one in wanted)
        click = "Click Functions beside the service, then Add functions. Roles can be assigned without them."
        yield warning(SERVICE, f"These would help: {listed}.", page, click)


def user(moodle: Moodle, info: Info) -> Iterator[Finding]:
    """Ask something as the token's user: site info may answer where the account is held up everywhere else."""
    asked, params = functions.USERS_BY_FIELD, {"field": "id", "values": [int(info["userid"])]}
    if asked not in offered(info):
        asked, params = functions.ASSIGN, {}
    try:
        moodle.call(asked, params)
    except SiteRefusal as refusal:
        if refusal.errorcode in ACCOUNT:
            yield account_trouble(moodle.url, refusal, refusal.errorcode)
        else:
            yield failed(USER, str(refusal), refuses=True)
        return
    except CallRefused:
        # What was asked does not matter here: the account has passed.
        pass
    yield ok(USER, f"{info.get('username')} may use the service, and the account is in order.")
    if info.get("userissiteadmin") in (True, "1", 1):
        yield warning(
            USER,
            f"{info.get('username')} is a site administrator: whoever gets hold of the token can do everything.",
            pages.NEW_USER.on(moodle.url),
            "Make a user of its own for batchroles; batchroles setup lists what it needs.",
        )
