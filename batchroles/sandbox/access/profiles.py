"""What one user is shown of another: the rules behind every function that answers with users."""

import time
from collections.abc import Callable, Collection
from typing import Any

from batchroles.sandbox.access.actor import Actor, Call, is_active
from batchroles.sandbox.errors import moodle_error
from batchroles.sandbox.site import contexts as levels
from batchroles.sandbox.site.contexts import Context
from batchroles.sandbox.site.site import Site
from batchroles.sandbox.site.tables import Row
from batchroles.sandbox.text import words

FIELDS = words("""
    id username fullname firstname lastname email address phone1 phone2 department institution interests
    firstaccess lastaccess auth confirmed idnumber lang theme timezone mailformat description
    descriptionformat city country profileimageurlsmall profileimageurl customfields groups roles
    preferences enrolledcourses suspended lastcourseaccess
""")
"""The fields of a user that a client may ask for in every Moodle version; `Release.user_fields` adds to them."""

MAIL_EVERYONE, MAIL_COURSE_MEMBERS = 1, 2
SEPARATE_GROUPS = 1


class Viewer:
    """What the caller may see of users in one place: on a user's own page, or within a course."""

    def __init__(self, call: Call, course: Row | None) -> None:
        self.call = call
        self.site: Site = call.site
        self.actor = call.actor
        self.course = course
        settings = self.site.settings
        self._identity = [field.strip() for field in settings["showuseridentity"].split(",")]
        self._hidden = {field for field in settings["hiddenuserfields"].split(",") if field}

    def details(self, user: Row, fields: Collection[str] = ()) -> Row | None:
        """Give what the caller is shown of a user, of these fields or of all; None where it is nothing."""
        known = (*FIELDS, *self.site.release.user_fields)
        for field in fields:
            if field not in known:
                raise moodle_error("invaliduserfield", f"Invalid user field: {field}")
        view = _View(self, user)
        if not view.allowed:
            return None
        shown: Row = {"id": user["id"], "fullname": full_name(user)}
        for field in fields or known:
            show = _FIELDS.get(field)
            if show is not None:
                show(view, shown, field)
        return shown

    def identity_fields(self, context: Context) -> list[str]:
        """Give the fields of users that the caller sees as identity in a context."""
        return self._identity if self.actor.can("moodle/site:viewuseridentity", context) else []

    def hidden_fields(self, context: Context) -> set[str]:
        """Give the fields that the site hides and the caller may not see in a context."""
        where = "moodle/course:viewhiddenuserfields" if self.course else "moodle/user:viewhiddendetails"
        return set() if self.actor.is_admin or self.actor.can(where, context) else self._hidden


class _View:
    """One user as seen by one viewer."""

    def __init__(self, viewer: Viewer, user: Row) -> None:
        self.viewer, self.user, self.course = viewer, user, viewer.course
        self.call, self.site, self.actor = viewer.call, viewer.site, viewer.actor
        self.own = user_context(self.site, user["id"])
        self.context = (
            self.own if self.course is None else self.site.context(levels.COURSE, self.course["id"])
        )
        self.myself = user["id"] == self.actor.id
        self.identity = viewer.identity_fields(self.context)
        self.hidden = viewer.hidden_fields(self.context)
        self.everything = self.myself or self.actor.can("moodle/user:viewalldetails", self.context)

    @property
    def allowed(self) -> bool:
        can = self.actor.can
        if (
            self.myself
            or can("moodle/user:viewdetails", self.context)
            or can("moodle/user:viewdetails", self.own)
        ):
            return True
        return is_course_contact(self.site, self.user["id"])

    def username(self, shown: Row, field: str) -> None:
        if self.everything:
            shown[field] = self.user[field]

    def name(self, shown: Row, field: str) -> None:
        if self.site.release.shows_names or self.actor.can("moodle/site:viewfullnames", self.context):
            shown[field] = self.user[field]

    # NOTE: what is not shown cannot be found either: a look-up by user name, ID number or e-mail address leaves out
    # whoever's field the caller may not see (ubf-cap-no-viewalldetails, -idnumber, ubf-cap-no-identity-email).
    def email(self, shown: Row, field: str) -> None:
        if self.myself or "email" in self.identity or ("email" not in self.hidden and self._mail_is_open()):
            shown[field] = self.user[field]

    def _mail_is_open(self) -> bool:
        display = self.user["maildisplay"]
        if display == MAIL_EVERYONE:
            return True
        if self.course is not None and self.actor.can("moodle/course:useremail", self.context):
            return True
        return bool(display == MAIL_COURSE_MEMBERS) and share_a_course(
            self.site, self.user["id"], self.actor.id
        )

    def contact(self, shown: Row, field: str) -> None:
        if self.user.get(field) and (field in self.identity or self.actor.is_admin):
            shown[field] = self.user[field]

    def identifying(self, shown: Row, field: str) -> None:
        value = self.user.get(field)
        present = value is not None if field == "department" else value not in (None, "", "0")
        if present and (field in self.identity or self.everything):
            shown[field] = value

    def unless_hidden(self, shown: Row, field: str) -> None:
        value = self.user.get(field)
        if field not in self.hidden and value not in (None, "", "0"):
            shown[field] = value

    def suspension(self, shown: Row, field: str) -> None:
        if field not in self.hidden:
            shown[field] = bool(self.user[field])

    def time(self, shown: Row, field: str) -> None:
        if field.replace("course", "") not in self.hidden:
            shown[field] = self.user.get(field) or 0

    def extra(self, shown: Row, field: str) -> None:
        if self.everything and self.user.get(field) is not None:
            shown[field] = self.user[field]

    def tracking(self, shown: Row, field: str) -> None:
        if self.everything:
            shown[field] = self.user.get(field, 0)

    def description(self, shown: Row, field: str) -> None:
        user, settings = self.user, self.site.settings
        held = self.site.role_assignments.where("userid", user["id"])
        closed = bool(int(settings["profilesforenrolledusersonly"])) and not self.myself and not held
        if user["description"] is not None and (self.actor.is_admin or not (closed or field in self.hidden)):
            shown["description"] = user["description"]
            shown["descriptionformat"] = user["descriptionformat"]

    def picture(self, shown: Row, field: str) -> None:
        shown[field] = self.call.image("f1" if field == "profileimageurl" else "f2")

    def roles(self, shown: Row, field: str) -> None:
        if self.course is not None:
            shown[field] = roles_in(self.site, self.user["id"], self.context)

    def groups(self, shown: Row, field: str) -> None:
        if self.course is None:
            return
        groups = groups_of(self.site, self.user["id"], self.course["id"])
        if self._groups_are_separate():
            mine = groups_of(self.site, self.actor.id, self.course["id"])
            groups = [group for group in groups if group in mine]
        if groups:
            shown[field] = [self._group(group) for group in groups]

    def _groups_are_separate(self) -> bool:
        separate = self.course is not None and self.course["groupmode"] == SEPARATE_GROUPS
        return (
            separate and not self.myself and not self.actor.can("moodle/site:accessallgroups", self.context)
        )

    def _group(self, group: Row) -> Row:
        return {
            "id": group["id"],
            "name": self.call.name(group["name"]),
            "description": group.get("description", ""),
            "descriptionformat": group.get("descriptionformat", 0),
        }

    def enrolled_courses(self, shown: Row, field: str) -> None:
        courses = courses_of(self.call, self.user["id"])
        if courses and "mycourses" not in self.hidden:
            name = self.call.name
            shown[field] = [
                {
                    "id": course["id"],
                    "fullname": name(course["fullname"]),
                    "shortname": name(course["shortname"]),
                }
                for course in courses
            ]

    def preferences(self, shown: Row, field: str) -> None:
        if self.myself:
            names = ("_lastloaded", "last_time_enrolments_synced")
            shown[field] = [{"name": name, "value": str(int(time.time()))} for name in names]


_FIELDS: dict[str, Callable[[_View, Row, str], None]] = {
    "username": _View.username,
    **dict.fromkeys(("firstname", "lastname"), _View.name),
    **dict.fromkeys(("profileimageurl", "profileimageurlsmall"), _View.picture),
    **dict.fromkeys(("address", "phone1", "phone2"), _View.contact),
    "description": _View.description,
    **dict.fromkeys(("country", "city", "timezone"), _View.unless_hidden),
    "suspended": _View.suspension,
    **dict.fromkeys(("firstaccess", "lastaccess", "lastcourseaccess"), _View.time),
    "email": _View.email,
    **dict.fromkeys(("idnumber", "institution", "department"), _View.identifying),
    "roles": _View.roles,
    "groups": _View.groups,
    "enrolledcourses": _View.enrolled_courses,
    "preferences": _View.preferences,
    **dict.fromkeys(("auth", "confirmed", "lang", "theme", "mailformat"), _View.extra),
    "trackforums": _View.tracking,
}


def full_name(user: Row) -> str:
    """Give a user's full name as the English language pack orders it."""
    return f"{user['firstname']} {user['lastname']}"


def user_context(site: Site, userid: int) -> Context:
    """Give a user's own context; a site file may leave it out, then the system context stands for it."""
    return site.contexts.of(levels.USER, userid) or site.system


def is_course_contact(site: Site, userid: int) -> bool:
    """Say whether a user holds anywhere the role that makes a course contact (editing teacher by default)."""
    contacts = contact_roles(site)
    return any(row["roleid"] in contacts for row in site.role_assignments.where("userid", userid))


def contact_roles(site: Site) -> list[int]:
    """Give the ids of the roles whose holders are course contacts."""
    chosen = site.settings.get("coursecontact")
    if chosen is not None:
        return [int(part) for part in chosen.split(",") if part]
    return [role["id"] for role in site.roles.values() if role["archetype"] == "editingteacher"]


def share_a_course(site: Site, one: int, other: int) -> bool:
    """Say whether two users are enrolled, actively, in one visible course."""
    return bool(_active_courses(site, one) & _active_courses(site, other))


def _active_courses(site: Site, userid: int) -> set[int]:
    rows = site.user_enrolments.where("userid", userid)
    return {row["courseid"] for row in rows if is_active(site, row)}


def courses_of(call: Call, userid: int) -> list[Row]:
    """Give the visible courses in which a user is actively enrolled, by Moodle's course order."""
    courses = [call.site.courses[courseid] for courseid in _active_courses(call.site, userid)]
    return sorted((course for course in courses if _is_listed(call, userid, course)), key=course_order)


def _is_listed(call: Call, userid: int, course: Row) -> bool:
    hidden = "moodle/course:viewhiddencourses"
    return bool(course["visible"]) or Actor(call.site, userid).can(
        hidden, call.site.context(levels.COURSE, course["id"])
    )


def course_order(course: Row) -> tuple[int, int]:
    """Order courses as Moodle lists them."""
    return course["sortorder"], course["id"]


def roles_in(site: Site, userid: int, context: Context) -> list[dict[str, Any]]:
    """Give the roles that a user holds in exactly this context, by the roles' order; one entry per assignment."""
    rows = [row for row in site.role_assignments.where("userid", userid) if row["contextid"] == context.id]
    roles = sorted((site.roles[row["roleid"]] for row in rows), key=lambda role: role["sortorder"])
    # The order is Moodle's own, the number shown is always 0 (profiles-enrolled).
    return [
        {"roleid": role["id"], "name": role["name"], "shortname": role["shortname"], "sortorder": 0}
        for role in roles
    ]


def groups_of(site: Site, userid: int, courseid: int) -> list[Row]:
    """Give the groups of a course to which a user belongs, by name."""
    groups = (site.groups[row["groupid"]] for row in site.groups_members.where("userid", userid))
    return sorted(
        (group for group in groups if group["courseid"] == courseid), key=lambda group: str(group["name"])
    )
