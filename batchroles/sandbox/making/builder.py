"""Putting a site together piece by piece: ids, contexts, enrolment methods and tokens come by themselves."""

import hashlib
import json
from importlib.resources import files
from typing import Any

from batchroles.sandbox.making.states import as_release
from batchroles.sandbox.site import contexts as levels
from batchroles.sandbox.site.release import NEWEST
from batchroles.sandbox.site.tables import Row
from batchroles.sandbox.text import words

SYSTEM_CONTEXT = 1
BOT_LEVELS = sorted(levels.NUMBERS.values())


class Builder:
    """A site under construction; `raw` is the content of its site file.

    Every method that adds something takes an id where it must have a certain one, else the next free one.
    """

    def __init__(self) -> None:
        standard = files("batchroles.sandbox.making").joinpath("standard.json").read_text(encoding="utf-8")
        self.raw: dict[str, Any] = {
            **as_release(json.loads(standard), NEWEST),
            **{name: [] for name in LISTS},
        }
        self.raw["contexts"] = {"system": SYSTEM_CONTEXT}
        self._last_context = SYSTEM_CONTEXT
        self._last_ids: dict[str, int] = {}
        self._taken: dict[str, set[int]] = {}
        self._paths: dict[tuple[int, int], str] = {}
        self._categories: dict[int, Row] = {}
        self._courses: dict[int, Row] = {}
        self._manual: dict[int, int] = {}
        add_accounts(self)

    def user(
        self, username: str, firstname: str, lastname: str, email: str, *, idnumber: str = "", as_id: int = 0
    ) -> int:
        """Add a user and give the id."""
        userid = self._id("users", as_id)
        row: Row = {**USER, "id": userid, "username": username, "firstname": firstname, "lastname": lastname}
        row |= {"email": email, "idnumber": idnumber, "contextid": self._context()}
        self.raw["users"].append(row)
        return userid

    def category(self, name: str, idnumber: str | None = None, parent: int = 0, as_id: int = 0) -> int:
        """Add a course category and give the id."""
        categoryid = self._id("categories", as_id)
        above = self._categories.get(parent, {"path": "", "depth": 0})
        where = self._paths.get((levels.CATEGORY, parent), f"/{SYSTEM_CONTEXT}")
        row: Row = {**CATEGORY, "id": categoryid, "name": name, "idnumber": idnumber, "parent": parent}
        row |= {"sortorder": 10000 * (len(self._categories) + 1), "depth": above["depth"] + 1}
        row |= {"path": f"{above['path']}/{categoryid}", **self._placed(levels.CATEGORY, categoryid, where)}
        self._categories[categoryid] = row
        self.raw["categories"].append(row)
        return categoryid

    def course(
        self, shortname: str, fullname: str, category: int, *, idnumber: str = "", as_id: int = 0
    ) -> int:
        """Add a course with two sections and manual enrolment, and give the id."""
        courseid = self._id("courses", as_id)
        above = self._categories[category]
        above["coursecount"] += 1
        row: Row = {
            **COURSE,
            "id": courseid,
            "shortname": shortname,
            "fullname": fullname,
            "idnumber": idnumber,
        }
        row |= {"categoryid": category, "sortorder": above["sortorder"] + above["coursecount"]}
        row |= self._placed(levels.COURSE, courseid, self._paths[levels.CATEGORY, category])
        self._courses[courseid] = row
        self.raw["courses"].append(row)
        self._manual[courseid] = instance = self._id("enrol_instances")
        self.raw["enrol_instances"].append({**MANUAL, "id": instance, "courseid": courseid})
        for number in (0, 1):
            section = {**SECTION, "id": self._id("sections"), "course": courseid, "section": number}
            self.raw["sections"].append(section)
        return courseid

    def hide(self, courseid: int) -> None:
        """Hide a course."""
        self._courses[courseid]["visible"] = 0

    def module(self, courseid: int, modname: str, name: str, *, idnumber: str = "", as_id: int = 0) -> int:
        """Add an activity to the first section of a course and give its course-module id."""
        cmid = self._id("modules", as_id)
        sections = (row for row in reversed(self.raw["sections"]) if row["course"] == courseid)
        section = next(row for row in sections if row["section"] == 0)
        section["sequence"] = f"{section['sequence']},{cmid}".lstrip(",")
        row: Row = {**MODULE, "cmid": cmid, "course": courseid, "modname": modname, "instance": cmid}
        row |= {"name": name, "section": section["id"], "idnumber": idnumber}
        row |= self._placed(levels.MODULE, cmid, self._paths[levels.COURSE, courseid])
        self.raw["modules"].append(row)
        return cmid

    def assign(self, userid: int, roleid: int, contextid: int) -> None:
        """Give a user a role in a context."""
        row: Row = {
            "id": self._id("role_assignments"),
            "roleid": roleid,
            "contextid": contextid,
            "userid": userid,
        }
        self.raw["role_assignments"].append({**row, "component": "", "itemid": 0, "modifierid": 2})

    def enrol(self, userid: int, courseid: int, roleid: int) -> None:
        """Enrol a user by hand, with a role."""
        row: Row = {"id": self._id("user_enrolments"), "enrolid": self._manual[courseid], "method": "manual"}
        row |= {"courseid": courseid, "userid": userid, "status": 0, "timestart": 0, "timeend": 0}
        self.raw["user_enrolments"].append({**row, "modifierid": 2})
        self.assign(userid, roleid, self._courses[courseid]["contextid"])

    def role(self, shortname: str, *, as_id: int = 0) -> int:
        """Give the id of a role; one that is not there yet is made, and the bot may assign it at every level."""
        for row in self.raw["roles"]:
            if row["id"] == as_id or (not as_id and shortname in (row["shortname"], row["displayname"])):
                return int(row["id"])
        roleid = as_id or 1 + max(row["id"] for row in self.raw["roles"])
        name = shortname[:1].upper() + shortname[1:]
        row = {"id": roleid, "shortname": shortname, "name": name, "description": "", "archetype": ""}
        row |= {"sortorder": roleid, "contextlevels": BOT_LEVELS, "displayname": name}
        self.raw["roles"].append(row)
        for allowed in self.raw["role_allow_assign"].values():
            allowed.append(roleid)
        return roleid

    def role_of_users(self, shortname: str) -> int:
        """Make a role that those who may give the manager's role may give at users, and only there; give its id."""
        roleid, manager = self.role(shortname), self.role("manager")
        next(row for row in self.raw["roles"] if row["id"] == roleid)["contextlevels"] = [levels.USER]
        for allowed in self.raw["role_allow_assign"].values():
            if manager not in allowed:
                allowed.remove(roleid)
        return roleid

    def token(self, username: str, userid: int) -> None:
        """Give a user a token of the service; tokens of generated sites are the same every time."""
        texts = (f"{what} of {username}" for what in ("token", "private token"))
        secret, private = (hashlib.sha256(text.encode()).hexdigest() for text in texts)
        row: Row = {
            **TOKEN,
            "token": secret[:32],
            "privatetoken": private,
            "userid": userid,
            "username": username,
        }
        self.raw["tokens"].append(row)

    def front_page(self) -> None:
        """Add course 1, the site home."""
        row: Row = {**COURSE, "id": self._id("courses"), **FRONT_PAGE}
        self.raw["courses"].append(row | self._placed(levels.COURSE, 1, f"/{SYSTEM_CONTEXT}"))

    def _id(self, kind: str, wanted: int = 0) -> int:
        """Give the id wanted, or the next that is free; ids that were asked for are passed over later."""
        taken = self._taken.setdefault(kind, set())
        if wanted:
            taken.add(wanted)
            return wanted
        found = self._last_ids.get(kind, 0) + 1
        while found in taken:
            found += 1
        self._last_ids[kind] = found
        return found

    def _context(self) -> int:
        self._last_context += 1
        return self._last_context

    def _placed(self, level: int, instanceid: int, parent: str) -> Row:
        contextid = self._context()
        self._paths[level, instanceid] = path = f"{parent}/{contextid}"
        return {"contextid": contextid, "contextpath": path}


def add_accounts(builder: Builder) -> None:
    """Add the site home, guest, administrator, and the web-service accounts with their service and tokens."""
    builder.raw["site"] = dict(SITE)
    builder.front_page()
    builder.user("guest", "Guest user", " ", "root@localhost")
    builder.user("admin", "Admin", "User", "admin@example.edu")
    for username, name, role in (("wsbot", "Batch", "wsbatch"), ("wsweak", "Weak", "wsweak")):
        userid = builder.user(username, name, "Bot", f"{username}@example.edu")
        builder.assign(userid, builder.role(role), SYSTEM_CONTEXT)
    listed = [{"userid": userid, "validuntil": None, "iprestriction": None} for userid in (2, 3, 4)]
    functions = [row["name"] for row in builder.raw["functions"]]
    builder.raw["services"].append({**SERVICE, "users": listed, "functions": functions})
    for username, userid in (("wsbot", 3), ("admin", 2), ("wsweak", 4)):
        builder.token(username, userid)


LISTS = words("""
    users categories courses modules sections blocks role_names services tokens enrol_instances user_enrolments
    role_assignments cohorts cohort_members groups groups_members
""")
"""The lists of a site file that begin empty."""

TEMPLATES: dict[str, Row] = json.loads(
    files("batchroles.sandbox.making").joinpath("templates.json").read_text(encoding="utf-8")
)
SITE, SERVICE, TOKEN, USER, CATEGORY, COURSE, FRONT_PAGE, MANUAL, SECTION, MODULE = (
    TEMPLATES[name]
    for name in words("site service token user category course front_page manual section module")
)
"""What rows of each kind have in common in a generated site."""
