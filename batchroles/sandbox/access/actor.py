"""A call's user, and who may do what where: capabilities, the allow-assign matrix, who may enter a course."""

import time
from dataclasses import dataclass

from batchroles.sandbox.access.capabilities import CAPABILITY_NAMES
from batchroles.sandbox.errors import invalid_parameter, moodle_error, no_permission, not_accessible
from batchroles.sandbox.site import contexts as levels
from batchroles.sandbox.site.contexts import Context
from batchroles.sandbox.site.site import Site
from batchroles.sandbox.site.tables import Row
from batchroles.sandbox.text import escape

ALLOW, PROHIBIT = 1, -1000


class Actor:
    """A user and what that user may do. Answers are remembered until `forget`."""

    def __init__(self, site: Site, userid: int) -> None:
        self.site = site
        self.id = userid
        self.user = site.users[userid]
        self.is_admin = userid in site.admins
        self._known: dict[tuple[str, int], bool] = {}

    def forget(self) -> None:
        """Ask the site again: this user's roles or enrolments have changed."""
        self._known.clear()

    def can(self, capability: str, context: Context) -> bool:
        """Say whether the user has a capability in a context."""
        if self.is_admin:
            return True
        key = (capability, context.id)
        if key not in self._known:
            self._known[key] = self._decide(capability, context)
        return self._known[key]

    def can_any(self, capabilities: tuple[str, ...], context: Context) -> bool:
        """Say whether the user has one of these capabilities in a context."""
        return any(self.can(capability, context) for capability in capabilities)

    def require(self, capability: str, context: Context) -> None:
        """Raise Moodle's `nopermissions` unless the user has the capability."""
        if not self.can(capability, context):
            raise no_permission(CAPABILITY_NAMES.get(capability, capability))

    def _decide(self, capability: str, context: Context) -> bool:
        granted = False
        for roleid in self._roles_for_capabilities(context):
            permission = self._permission(roleid, capability, context)
            if permission == PROHIBIT:
                return False
            granted = granted or permission == ALLOW
        return granted

    def _permission(self, roleid: int, capability: str, context: Context) -> int:
        """Give the deepest permission on the way up; a prohibition anywhere on it wins."""
        by_context = self.site.capabilities.get(roleid, {})
        found = 0
        for contextid in reversed(context.path):
            permission = by_context.get(contextid, {}).get(capability, 0)
            if permission == PROHIBIT:
                return PROHIBIT
            found = found or permission
        return found

    def _roles_for_capabilities(self, context: Context) -> set[int]:
        roles = self.roles_held(context)
        info = self.site.info
        if self.id == info["guest_userid"]:
            return {info["guestroleid"]}
        roles.add(info["defaultuserroleid"])
        front_page = self.site.contexts.of(levels.COURSE, info["siteid"])
        if front_page is not None and front_page.id in context.path:
            roles.add(info["defaultfrontpageroleid"])
        return roles

    def roles_held(self, context: Context) -> set[int]:
        """Give the ids of the roles that the user was given in a context or in one above it."""
        rows = self.site.role_assignments.where("userid", self.id)
        return {row["roleid"] for row in rows if row["contextid"] in context.path}

    def assignable_roles(self, context: Context) -> frozenset[int]:
        """Give the ids of the roles that the user may assign in a context."""
        if not self.can("moodle/role:assign", context):
            return frozenset()
        # Levels bind administrators too, the matrix does not (assign-matrix-observer-admin).
        fitting = {
            roleid for roleid, role in self.site.roles.items() if context.level in role["contextlevels"]
        }
        if not self.is_admin:
            empty: frozenset[int] = frozenset()
            fitting &= empty.union(
                *(self.site.allow_assign.get(held, empty) for held in self.roles_held(context))
            )
        return frozenset(fitting)

    def enter(self, context: Context | None) -> None:
        """Raise what Moodle raises where the user may not act in a context at all."""
        # Looked up before access is checked: also a user who may do nothing learns that a course does not exist
        # (assign-weak-unknown-course, beside assign-weak-course).
        if context is None:
            raise invalid_parameter("Context does not exist")
        self.check_account()
        module = self.site.modules[context.instanceid] if context.level == levels.MODULE else None
        course = self.course_around(context)
        if course is not None:
            self._enter_course(course)
        if module is not None and not self._sees_module(module, context):
            raise not_accessible("Activity is hidden")

    def check_account(self) -> None:
        """Raise where the account must first do something in the browser: password, profile, site policy."""
        site, user = self.site, self.user
        if user.get("auth_forcepasswordchange"):
            raise moodle_error("forcepasswordchangenotice", "error/forcepasswordchangenotice")
        if not user["email"] and not self.is_admin:
            raise moodle_error("usernotfullysetup", "User not fully set-up")
        if site.settings["sitepolicy"] and not user.get("policyagreed") and not self.is_admin:
            link = f'<a href="{site.info["wwwroot"]}/user/policy.php">Click here to open the site policy.</a>'
            raise moodle_error("sitepolicynotagreed", f"Site policy not agreed: {link}")

    def course_around(self, context: Context) -> Row | None:
        """Give the course that a context is or lies in."""
        for contextid in reversed(context.path):
            around = self.site.contexts.by_id[contextid]
            if around.level == levels.COURSE:
                return self.site.courses[around.instanceid]
        return None

    def _enter_course(self, course: Row) -> None:
        if course["id"] == self.site.info["siteid"]:
            return
        context = self.site.context(levels.COURSE, course["id"])
        if not self.sees_course(course):
            raise not_accessible("Course is hidden")
        if not self.can("moodle/course:view", context) and not self.is_enrolled(course["id"]):
            raise not_accessible("Not enrolled")

    def sees_course(self, course: Row) -> bool:
        """Say whether a course is visible to the user; its category's visibility does not matter here."""
        context = self.site.context(levels.COURSE, course["id"])
        return bool(course["visible"]) or self.can("moodle/course:viewhiddencourses", context)

    def is_enrolled(self, courseid: int) -> bool:
        """Say whether the user has an active enrolment in a course now."""
        return active_enrolment(self.site, courseid, self.id)

    def _sees_module(self, module: Row, context: Context) -> bool:
        return bool(module["visible"]) or self.can("moodle/course:viewhiddenactivities", context)


def active_enrolment(site: Site, courseid: int, userid: int) -> bool:
    """Say whether a user has an enrolment in a course that is active now, by an enabled method."""
    rows = site.user_enrolments.where("userid", userid)
    return any(row["courseid"] == courseid and is_active(site, row) for row in rows)


def is_active(site: Site, enrolment: Row) -> bool:
    """Say whether an enrolment counts now: neither suspended nor out of its dates, its method enabled."""
    now = time.time()
    instance = site.enrol_instances[enrolment["enrolid"]]
    begun = enrolment["timestart"] < now
    ended = enrolment["timeend"] != 0 and enrolment["timeend"] <= now
    return not enrolment["status"] and not instance["status"] and begun and not ended


@dataclass
class Call:
    """What a function needs beside its parameters."""

    site: Site
    actor: Actor
    wwwroot: str
    service: Row
    raw: bool = False
    """Whether the caller asked for plain texts (`moodlewssettingraw=1`)."""
    display: bool = False
    """Whether the site shows debug information."""
    timezone: str = ""
    """The time zone asked for (`moodlewssettingtimezone`); by default the user's, or else the site's."""

    def name(self, text: str | None) -> str:
        """Give a name as answers carry it: HTML-escaped (quotes stay), unless plain texts were asked for."""
        if not text or self.raw:
            return text or ""
        return escape(text).replace("&quot;", '"')

    def image(self, file: str) -> str:
        """Give the address of one of the theme's user pictures."""
        settings = self.site.settings
        return f"{self.wwwroot}/theme/image.php/{settings['theme']}/core/{settings['themerev']}/u/{file}"
