"""Which roles are known, may they be assigned, and can they be read back? Nothing is written to find out."""

from collections.abc import Iterator, Sequence

from batchroles.client import Moodle, functions
from batchroles.doctor import pages
from batchroles.doctor.findings import Finding, failed, ok
from batchroles.doctor.lacking import click_for, would_like
from batchroles.doctor.places import SeenCourse
from batchroles.errors import CallRefused
from batchroles.probe import Refusals, refused_pairs
from batchroles.resolver import KnownRole
from batchroles.resolver.role_words import RoleMap
from batchroles.resolver.roles import RoleFinder
from batchroles.resolver.service import Service

ROLES, ASSIGNING, READING = "role ids", "assigning roles", "reading roles back"

LACKING = {
    "nopermissions": ("moodle/role:assign", "The token's user may not assign roles in the course"),
    "requireloginerror": ("moodle/course:view", "The token's user may not enter the course"),
}
"""Error code of a refused assignment → the permission that is missing, and what to say."""


def known_roles(
    moodle: Moodle, service: Service, role_map: RoleMap, seen: Sequence[SeenCourse]
) -> list[KnownRole]:
    """Give the roles whose ids can be had: from the role map, the plugin that lists them, or enrolled users."""
    every = RoleFinder(moodle, service, role_map).everything(lambda: [one.id for one in seen])
    return sorted((role for role in every if role.id), key=lambda role: role.id)


def role_ids(site: str, known: Sequence[KnownRole]) -> Finding:
    """Say which role ids are known and where from."""
    if not known:
        return failed(
            ROLES,
            "No role id could be learned: enrolled users show none, and the plugin that lists roles is not there.",
            pages.ROLES.on(site),
            "Read the ids off the addresses of that page's links and give them as --role-map student=5 or in [roles];"
            " or install the plugin local_wsgetroles.",
        )
    named = ", ".join(f"{role.shortname} = {role.id}" for role in known)
    return ok(ROLES, f"{named} ({', '.join(_sources(known))}).")


def _sources(known: Sequence[KnownRole]) -> list[str]:
    """Give the distinct origins; of many courses, the first only."""
    origins = list(dict.fromkeys(role.origin for role in known))
    return origins if len(origins) < 3 else [origins[0], "other courses"]


def assigning(
    moodle: Moodle, known: Sequence[KnownRole], course: SeenCourse, workers: int
) -> Iterator[Finding]:
    """Ask of each known role whether it could be assigned in a course, by a user id that cannot exist."""
    pairs = [(0, role.id, "course", course.id) for role in known]
    refusals = refused_pairs(pairs, moodle, workers, lambda what, done, total: None)  # noqa: ARG005 - not shown
    allowed = [role.shortname for role, pair in zip(known, pairs, strict=True) if pair not in refusals]
    where = f'"{course.shortname}"'
    if not allowed:
        yield _nothing_allowed(moodle.url, refusals, where)
        return
    denied = [role.shortname for role in known if role.shortname not in allowed]
    rest = f" Not: {', '.join(denied)} (not meant for courses, or not allowed)." if denied else ""
    rest += (
        " Hidden activities (moodle/course:viewhiddenactivities) cannot be asked about: nothing lists them."
    )
    yield ok(ASSIGNING, f"In the course {where} these roles may be assigned: {', '.join(allowed)}.{rest}")


def _nothing_allowed(site: str, refusals: Refusals, where: str) -> Finding:
    codes = {refusal.errorcode for refusal in refusals.values()}
    code = next((code for code in LACKING if code in codes), "")
    if code:
        capability, said = LACKING[code]
        page = f"{pages.ROLES.on(site)}; {pages.CHECK_PERMISSIONS.on(site)}"
        return failed(ASSIGNING, f"{said} {where}.", page, click_for(capability), refuses=True)
    return failed(
        ASSIGNING,
        f"None of the known roles may be assigned in the course {where}.",
        pages.ALLOW_ASSIGN.on(site),
        "In the line of the role that the token's user has in the whole system, tick the roles that it may assign.",
        refuses=True,
    )


def reading_back(moodle: Moodle, service: Service, course: SeenCourse, user: int) -> Iterator[Finding]:
    """Read the roles of a course in each of the ways that --verify, --check-existing and retry use."""
    limit = [{"name": "userfields", "value": "id,roles"}, {"name": "limitnumber", "value": 1}]
    many: dict[str, object] = {
        "coursecapabilities": [{"courseid": course.id, "capabilities": [""]}],
        "options": limit,
    }
    profiles: dict[str, object] = {"userlist": [{"userid": user, "courseid": course.id}]}
    for function, params, capability in (
        (functions.ENROLLED_WITH_CAPABILITY, many, "moodle/role:review"),
        (functions.ENROLLED, {"courseid": course.id, "options": limit}, "moodle/course:viewparticipants"),
        (functions.COURSE_PROFILES, profiles, "moodle/course:viewparticipants"),
    ):
        if service.may_have(function):
            yield _read(moodle, function, params, capability)


def _read(moodle: Moodle, function: str, params: dict[str, object], capability: str) -> Finding:
    try:
        moodle.call(function, params)
    except CallRefused as refusal:
        missing = capability if refusal.errorcode == "nopermissions" else "moodle/course:view"
        return would_like(READING, f"{function} is refused: {refusal.message}", missing, moodle.url)
    return ok(READING, f"{function} answers.")
