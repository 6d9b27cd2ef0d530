"""The steps by which an administrator sets a site up, as a text to be sent to one."""

from collections.abc import Iterator

from batchroles.client.functions import CAPABILITIES, FUNCTIONS, NEEDED, Capability, Function
from batchroles.doctor import pages
from batchroles.doctor.pages import Step, listed
from batchroles.doctor.report_steps import report_steps

PROTOCOL_CAPABILITY = "webservice/rest:use"


def setting_up(site: str, task: str) -> str:
    """Give the numbered steps for a site; `task` is a key of `functions.NEEDED`."""
    lines = [f"Setting up {site} for batchroles, to {task} {_WHAT.get(task, 'roles')} from a spreadsheet", ""]
    for number, (title, page, how) in enumerate(_steps(site, task), 1):
        lines += [f"{number}. {title}", f"   {page.on(site)}", *(f"   {line}".rstrip() for line in how), ""]
    lines += [
        "Then, on the machine on which batchroles runs:",
        f"   batchroles login --url {site}",
        "   batchroles doctor",
    ]
    return "\n".join(lines)


_WHAT = {"enrol": "people", "unenrol": "people"}
"""What a task is done to, where that is not roles."""


def needed(task: str) -> list[Function]:
    """Give the functions without which a task cannot be done."""
    return [one for one in FUNCTIONS if one.name in NEEDED[task]]


def helpful(task: str) -> list[Function]:
    """Give the other functions that batchroles calls where they are there."""
    return [one for one in FUNCTIONS if one.name not in NEEDED[task]]


def capabilities(task: str) -> list[Capability]:
    """Give the permissions for a task's functions, the helpful ones too."""
    asked = {name for one in (*needed(task), *helpful(task)) for name in one.capabilities}
    return [one for one in CAPABILITIES if one.name in asked or one.name == PROTOCOL_CAPABILITY]


def _steps(site: str, task: str) -> Iterator[Step]:
    yield from _switches()
    yield from _user_and_role(task)
    yield from _service(task)
    yield from report_steps(site)


def _switches() -> Iterator[Step]:
    yield "Switch web services on", pages.ADVANCED_FEATURES, ["Tick Enable web services; click Save changes."]
    yield (
        "Switch the REST protocol on",
        pages.PROTOCOLS,
        ["Click the eye beside REST protocol, so that it is open."],
    )


def _user_and_role(task: str) -> Iterator[Step]:
    yield (
        "Make a user for batchroles",
        pages.NEW_USER,
        [
            "User name batchroles, authentication method Web services authentication; a name and an e-mail address",
            "of its own. For batchroles login with a password, choose Manual accounts instead.",
        ],
    )
    asked = capabilities(task)
    yield (
        "Make a role with the permissions that are needed",
        pages.ROLES,
        [
            "Click Add a new role, then Continue; short name batchroles; tick System among the context types where the",
            "role may be assigned; allow these, and nothing else:",
            *listed([(one.name, one.purpose) for one in asked if one.is_needed(task)]),
            "Leave these out unless you want what they bring:",
            *listed([(one.name, one.purpose) for one in asked if not one.is_needed(task)]),
        ],
    )
    yield (
        "Say which roles it may assign",
        pages.ALLOW_ASSIGN,
        ["In the line of the new role, tick the roles that batchroles is to assign; click Save changes."],
    )
    yield (
        "Give the user the role in the whole system",
        pages.SYSTEM_ROLES,
        [
            "Click the new role, choose the user, click Add. (Only for some categories or courses? Assign it there.)"
        ],
    )


def _service(task: str) -> Iterator[Step]:
    yield (
        "Make the service",
        pages.SERVICES,
        [
            "Click Add; name batchroles; tick Enabled and Authorised users only; under Show more, short name",
            "batchroles; click Add service.",
        ],
    )
    yield (
        "Add the functions to the service",
        pages.SERVICES,
        [
            "Click Functions beside the service, then Add functions. Needed:",
            *listed([(one.name, one.purpose) for one in needed(task)]),
            "Helpful, and used where they are there:",
            *listed([(one.name, one.purpose) for one in helpful(task)]),
        ],
    )
    yield (
        "Authorise the user for the service",
        pages.SERVICES,
        [
            "Click Authorised users beside the service, choose the user, click Add. Permissions that the user still",
            # 4.3 reads it the wrong way round (cases `token-listed-until-future`, `token-listed-until-past`).
            "lacks are listed below; those of functions that are only helpful may stay. Set no date there.",
        ],
    )
    yield (
        "Make a token",
        pages.TOKENS,
        [
            "Click Create token, choose the user and the service, click Save changes. It is a password: keep it so."
        ],
    )
