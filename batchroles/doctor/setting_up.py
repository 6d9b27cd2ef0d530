"""The steps by which an administrator sets a site up, as a text to be sent to one."""

from collections.abc import Iterator, Sequence

from batchroles.client.functions import CAPABILITIES, FUNCTIONS, NEEDED, Capability, Function
from batchroles.doctor import pages
from batchroles.doctor.pages import Step, listed
from batchroles.doctor.report_steps import report_steps

PROTOCOL_CAPABILITY = "webservice/rest:use"
NAME = "batchroles"
"""The short name of the role, the service and the user."""


def setting_up(site: str, task: str, role_file: str = "", may_assign: Sequence[str] = ()) -> str:
    """Give the numbered steps for a site; `task` is a key of `functions.NEEDED`.

    `role_file`: the name of the file with the role, where there is one; `may_assign`: the roles that it may assign.
    """
    lines = [f"Setting up {site} for batchroles, to {task} {_WHAT.get(task, 'roles')} from a spreadsheet", ""]
    for number, (title, page, how) in enumerate(_steps(site, task, role_file, may_assign), 1):
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


def needed_capabilities(task: str) -> list[Capability]:
    """Give the permissions without which batchroles is of little use for a task."""
    return [one for one in capabilities(task) if one.is_needed(task)]


def _steps(site: str, task: str, role_file: str, may_assign: Sequence[str]) -> Iterator[Step]:
    yield from _switches()
    yield _user()
    yield _role_to_import(task, role_file, may_assign) if role_file else _role(task)
    yield from _may_assign_and_holder(done=bool(role_file and may_assign))
    yield from _service(task)
    yield from report_steps(site)


def _switches() -> Iterator[Step]:
    yield "Switch web services on", pages.ADVANCED_FEATURES, ["Tick Enable web services; click Save changes."]
    yield (
        "Switch the REST protocol on",
        pages.PROTOCOLS,
        ["Click the eye beside REST protocol, so that it is open."],
    )


def _user() -> Step:
    return (
        "Make a user for batchroles",
        pages.NEW_USER,
        [
            "User name batchroles, authentication method Web services authentication; a name and an e-mail address",
            "of its own. For batchroles login with a password, choose Manual accounts instead.",
        ],
    )


def _role(task: str) -> Step:
    return (
        "Make a role with the permissions that are needed",
        pages.ROLES,
        [
            "Click Add a new role, then Continue; short name batchroles; tick System among the context types where the",
            "role may be assigned; allow these, and nothing else:",
            *_needed_and_not(task),
            "With batchroles setup --role-file FILE all of this is one file to upload there.",
        ],
    )


def _role_to_import(task: str, role_file: str, may_assign: Sequence[str]) -> Step:
    also = f" It may assign: {', '.join(may_assign)}, as far as the site has them." if may_assign else ""
    return (
        "Import the role with the permissions that are needed",
        pages.ROLES,
        [
            f"Click Add a new role; leave Use role or archetype at No role; at Use role preset upload {role_file};",
            f"click Continue, look through what is shown, and click Create this role.{also}",
            "The file allows these, and nothing else:",
            *_needed_and_not(task),
        ],
    )


def _needed_and_not(task: str) -> list[str]:
    return [
        *listed([(one.name, one.purpose) for one in needed_capabilities(task)]),
        "Leave these out unless you want what they bring:",
        *listed([(one.name, one.purpose) for one in capabilities(task) if not one.is_needed(task)]),
    ]


def _may_assign_and_holder(*, done: bool) -> Iterator[Step]:
    if not done:
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
