"""Which roles are known, may they be assigned, and can they be read back? Nothing is written to find out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from batchroles.client import Moodle, functions
from batchroles.doctor import pages
from batchroles.doctor.findings import Finding, failed, ok, warning
from batchroles.doctor.lookups import SeenCourse
from batchroles.doctor.pages import click_for, would_like
from batchroles.errors import CallRefused
from batchroles.models.references import RoleMap
from batchroles.text import count_of
from batchroles.validator import KnownRole, RoleList
from batchroles.validator.probe import Refusals, refused_pairs
from batchroles.validator.role_learning import ENTERING, FUNCTION_HINT, Courses
from batchroles.validator.roles import RoleFinder

ROLES, ASSIGNING, READING = "role ids", "assigning roles", "reading roles back"

LACKING = {
    "nopermissions": ("moodle/role:assign", "The token's user may not assign roles in the course"),
    "requireloginerror": ("moodle/course:view", "The token's user may not enter the course"),
}
"""Error code of a refused assignment → the permission that is missing, and what to say."""


def known_roles(moodle: Moodle, role_map: RoleMap, seen: Sequence[SeenCourse]) -> RoleList:
    """Give the roles whose ids can be had: from the role map, the plugin that lists them, or enrolled users."""
    every = [one.id for one in seen]
    found = RoleFinder(moodle, role_map).everything(Courses(others=lambda: every))
    return replace(found, roles=sorted((role for role in found.roles if role.id), key=lambda role: role.id))


def role_ids(site: str, known: RoleList) -> Finding:
    """Say which role ids are known and where from."""
    if known.roles:
        named = ", ".join(f"{role.called} = {role.id}" for role in known.roles)
        return ok(ROLES, f"{named} ({', '.join(_sources(known.roles))}).")
    if known.lacks:
        sentence = (
            "No role id could be learned: the plugin that lists roles is not there, and this token may not "
        )
        sentence += "enter the courses." if known.lacks == ENTERING else "see who is enrolled."
        return failed(ROLES, sentence, pages.ROLES.on(site), click_for(known.lacks))
    if known.hint == FUNCTION_HINT:
        sentence = "No role id could be learned: the plugin that lists roles is not there."
        return failed(ROLES, sentence, pages.SERVICES.on(site), known.hint)
    where = (
        f"in the {count_of(known.looked_into, 'course')} that could be looked into"
        if known.looked_into
        else "anywhere"
    )
    return failed(
        ROLES,
        "No role id could be learned: the plugin that lists roles is not there, and nobody was seen enrolled with a"
        f" role {where}.",
        pages.ROLES.on(site),
        "Read the ids off the addresses of that page's links and give them as --role-map student=5 or in [roles];"
        " or install the plugin local_wsgetroles.",
    )


def _sources(known: Sequence[KnownRole]) -> list[str]:
    """Give the distinct origins; of many courses, the first only."""
    origins = list(dict.fromkeys(role.origin for role in known))
    return origins if len(origins) < 3 else [origins[0], "other courses"]


def assigning(moodle: Moodle, known: Sequence[KnownRole], course: SeenCourse) -> Iterator[Finding]:
    """Ask of each known role whether it could be assigned in a course, by a user id that cannot exist."""
    # The user's place is filled by `refused_pairs`, with one who cannot exist.
    pairs = [(0, role.id, "course", course.id) for role in known]
    refusals = refused_pairs(pairs, moodle)
    allowed = [role.called for role, pair in zip(known, pairs, strict=True) if pair not in refusals]
    where = f'"{course.shortname}"'
    if not allowed:
        yield _nothing_allowed(moodle.url, refusals, where)
        return
    denied = [role.called for role in known if role.called not in allowed]
    rest = f" Not: {', '.join(denied)} (not meant for courses, or not allowed)." if denied else ""
    rest += (
        " Hidden activities (moodle/course:viewhiddenactivities) cannot be asked about: nothing lists them."
    )
    yield ok(ASSIGNING, f"In the course {where} these roles may be assigned: {', '.join(allowed)}.{rest}")


def not_tried(known: Sequence[KnownRole]) -> Finding:
    """Say that assigning was not tried, and why."""
    lacking = "no role id is known" if not known else "no course is shown to this token"
    return warning(
        ASSIGNING,
        f"Whether this token may assign roles was not tried: {lacking}. What is said above of that comes first.",
    )


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


def reading_back(moodle: Moodle, course: SeenCourse, user: int) -> Iterator[Finding]:
    """Read the roles of a course in each of the ways that are used to learn them, and to read them before and after."""
    limit = [{"name": "userfields", "value": "id,roles"}, {"name": "limitnumber", "value": 1}]
    questions: dict[str, dict[str, object]] = {
        functions.ENROLLED_WITH_CAPABILITY: {
            "coursecapabilities": [{"courseid": course.id, "capabilities": [""]}],
            "options": limit,
        },
        functions.ENROLLED: {"courseid": course.id, "options": limit},
        functions.COURSE_PROFILES: {"userlist": [{"userid": user, "courseid": course.id}]},
    }
    refusals = {
        function: _refusal(moodle, function, params)
        for function, params in questions.items()
        if moodle.may_have(function)
    }
    for function, refusal in refusals.items():
        if refusal is None:
            yield ok(READING, f"{function} answers.")
        else:
            sentence = f"{function} is refused: {refusal.message}"
            yield would_like(READING, sentence, _missing(function, refusals), moodle.url)


def _refusal(moodle: Moodle, function: str, params: dict[str, object]) -> CallRefused | None:
    try:
        moodle.call(function, params)
    except CallRefused as refusal:
        return refusal
    return None


def _missing(function: str, refusals: Mapping[str, CallRefused | None]) -> str:
    """Give the permission that a refused function lacks.

    Several courses at once are asked for two of them, and the refusal names them in the site's language only. The one
    for the participants is asked first; where a single course's may be read, it is the other.
    """
    refusal = refusals[function]
    if refusal is None or refusal.errorcode != "nopermissions":
        return "moodle/course:view"
    if function == functions.ENROLLED_WITH_CAPABILITY and refusals.get(functions.ENROLLED, refusal) is None:
        return "moodle/role:review"
    return "moodle/course:viewparticipants"
