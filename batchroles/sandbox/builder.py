"""Putting a site together piece by piece: ids, contexts, enrolment methods and tokens come by themselves."""

import hashlib
import json
from importlib.resources import files
from typing import Any

from batchroles.sandbox import contexts as levels
from batchroles.sandbox.tables import Row

CREATED = 1790000000
"""The time at which everything in a generated site was made, in Unix seconds."""

SYSTEM_CONTEXT = 1


class Builder:
    """A site under construction; `raw` is the content of its site file."""

    def __init__(self) -> None:
        standard = files("batchroles.sandbox").joinpath("standard.json").read_text(encoding="utf-8")
        self.raw: dict[str, Any] = json.loads(standard)
        self.raw |= {name: [] for name in _LISTS}
        self.raw["contexts"] = {"system": SYSTEM_CONTEXT}
        self._last_context = SYSTEM_CONTEXT
        self._paths: dict[tuple[int, int], str] = {}
        self._instances: dict[int, int] = {}
        self._front_page()
        self._accounts()

    def user(
        self, username: str, firstname: str, lastname: str, email: str, idnumber: str = "", **more: object
    ) -> int:
        """Add a user and give the id."""
        userid = len(self.raw["users"]) + 1
        row: Row = {**_USER, "id": userid, "username": username, "email": email, "idnumber": idnumber}
        row |= {"firstname": firstname, "lastname": lastname, "contextid": self._context(), **more}
        self.raw["users"].append(row)
        return userid

    def category(self, name: str, idnumber: str | None, parent: int = 0) -> int:
        """Add a course category and give the id."""
        categoryid = len(self.raw["categories"]) + 1
        above = self.raw["categories"][parent - 1] if parent else {"path": "", "depth": 0}
        where = self._paths[levels.CATEGORY, parent] if parent else f"/{SYSTEM_CONTEXT}"
        self.raw["categories"].append(
            {
                "id": categoryid,
                "name": name,
                "idnumber": idnumber,
                "description": "",
                "descriptionformat": 1,
                "parent": parent,
                "sortorder": categoryid * 10000,
                "coursecount": 0,
                "visible": 1,
                "visibleold": 1,
                "depth": above["depth"] + 1,
                "path": f"{above['path']}/{categoryid}",
                "timemodified": CREATED,
                "theme": None,
                **self._placed(levels.CATEGORY, categoryid, where),
            }
        )
        return categoryid

    def course(
        self, shortname: str, fullname: str, idnumber: str, categoryid: int, *, visible: int = 1
    ) -> int:
        """Add a course with its manual enrolment and give the id."""
        courseid = len(self.raw["courses"]) + 1
        category = self.raw["categories"][categoryid - 1]
        category["coursecount"] += 1
        self.raw["courses"].append(
            {
                **_COURSE,
                "id": courseid,
                "shortname": shortname,
                "fullname": fullname,
                "idnumber": idnumber,
                "categoryid": categoryid,
                "visible": visible,
                "sortorder": category["sortorder"] + category["coursecount"],
                **self._placed(levels.COURSE, courseid, self._paths[levels.CATEGORY, categoryid]),
            }
        )
        self._enrol_instance(courseid)
        for number in (0, 1):
            section = {"id": len(self.raw["sections"]) + 1, "course": courseid, "section": number}
            self.raw["sections"].append({**section, "name": None, "visible": 1, "sequence": ""})
        return courseid

    def module(self, courseid: int, modname: str, name: str, idnumber: str = "") -> int:
        """Add an activity to a course and give its course-module id."""
        cmid = len(self.raw["modules"]) + 1
        section = next(
            row for row in reversed(self.raw["sections"]) if row["course"] == courseid and not row["section"]
        )
        section["sequence"] = f"{section['sequence']},{cmid}".lstrip(",")
        self.raw["modules"].append(
            {
                "cmid": cmid,
                "course": courseid,
                "modname": modname,
                "instance": cmid,
                "name": name,
                "section": section["id"],
                "idnumber": idnumber,
                "visible": 1,
                "visibleoncoursepage": 1,
                "groupmode": 0,
                **self._placed(levels.MODULE, cmid, self._paths[levels.COURSE, courseid]),
            }
        )
        return cmid

    def assign(self, userid: int, roleid: int, contextid: int) -> None:
        """Give a user a role in a context."""
        row = {"id": len(self.raw["role_assignments"]) + 1, "roleid": roleid, "contextid": contextid}
        self.raw["role_assignments"].append(
            {**row, "userid": userid, "component": "", "itemid": 0, "modifierid": 2}
        )

    def enrol(self, userid: int, courseid: int, roleid: int) -> None:
        """Enrol a user by hand, with a role."""
        row = {
            "id": len(self.raw["user_enrolments"]) + 1,
            "enrolid": self._instances[courseid],
            "method": "manual",
        }
        row |= {
            "courseid": courseid,
            "userid": userid,
            "status": 0,
            "timestart": 0,
            "timeend": 0,
            "modifierid": 2,
        }
        self.raw["user_enrolments"].append(row)
        self.assign(userid, roleid, self.raw["courses"][courseid - 1]["contextid"])

    def role(self, shortname: str) -> int:
        """Give the id of a role by its short name; a new one is made where there is none, assignable everywhere."""
        for row in self.raw["roles"]:
            if row["shortname"] == shortname:
                return int(row["id"])
        roleid = len(self.raw["roles"]) + 1
        row = {
            "id": roleid,
            "shortname": shortname,
            "name": shortname.title(),
            "description": "",
            "archetype": "",
        }
        row |= {
            "sortorder": roleid,
            "contextlevels": list(levels.LEVELS.values()),
            "displayname": shortname.title(),
        }
        self.raw["roles"].append(row)
        for allowed in self.raw["role_allow_assign"].values():
            allowed.append(roleid)
        return roleid

    def _front_page(self) -> None:
        self.raw["site"] = {
            "wwwroot": None,
            "fullname": "Practice Moodle",
            "shortname": "practice",
            "siteid": 1,
            "admin_userids": [2],
            "guest_userid": 1,
            "defaultuserroleid": 7,
            "guestroleid": 6,
            "defaultfrontpageroleid": 8,
            "client_ip_seen_by_the_server": None,
            "passwords": {"admin": "practice-admin", "every other user (manual accounts)": "practice-user"},
        }
        front = {
            "id": 1,
            "shortname": "practice",
            "fullname": "Practice Moodle",
            "idnumber": "",
            "categoryid": 0,
        }
        placed = self._placed(levels.COURSE, 1, f"/{SYSTEM_CONTEXT}")
        front_only = {"format": "site", "sortorder": 1, "startdate": 0, "newsitems": 3}
        self.raw["courses"].append({**_COURSE, **front, **placed, **front_only, "visible": 1})

    def _accounts(self) -> None:
        """Add guest, administrator and the web-service accounts with their service and tokens."""
        self.user("guest", "Guest user", " ", "root@localhost")
        self.user("admin", "Admin", "User", "admin@example.edu")
        for username, name, role in (("wsbot", "Batch", "wsbatch"), ("wsweak", "Weak", "wsweak")):
            userid = self.user(username, name, "Bot", f"{username}@example.edu")
            self.assign(userid, self.role(role), SYSTEM_CONTEXT)
        listed = [{"userid": userid, "validuntil": None, "iprestriction": None} for userid in (2, 3, 4)]
        self.raw["services"].append(
            {
                "id": 1,
                "name": "batchroles",
                "shortname": "batchroles",
                "enabled": 1,
                "restrictedusers": 1,
                "requiredcapability": None,
                "users": listed,
                "functions": [row["name"] for row in self.raw["functions"]],
            }
        )
        for username, userid in (("wsbot", 3), ("admin", 2), ("wsweak", 4)):
            self._token(username, userid)

    def _token(self, username: str, userid: int) -> None:
        secret = [
            hashlib.sha256(f"{what} of {username}".encode()).hexdigest()
            for what in ("token", "private token")
        ]
        self.raw["tokens"].append(
            {
                "token": secret[0][:32],
                "userid": userid,
                "username": username,
                "service": "batchroles",
                "timecreated": CREATED,
                "validuntil": 0,
                "iprestriction": None,
                "privatetoken": secret[1],
                "tokentype": 0,
                "contextid": SYSTEM_CONTEXT,
            }
        )

    def _enrol_instance(self, courseid: int) -> None:
        instance = {
            "id": len(self.raw["enrol_instances"]) + 1,
            "enrol": "manual",
            "status": 0,
            "courseid": courseid,
        }
        self._instances[courseid] = int(str(instance["id"]))
        self.raw["enrol_instances"].append(
            {**instance, "sortorder": 0, "roleid": 5, "customint1": None, "name": None}
        )

    def _context(self) -> int:
        self._last_context += 1
        return self._last_context

    def _placed(self, level: int, instanceid: int, parent: str) -> Row:
        contextid = self._context()
        self._paths[level, instanceid] = path = f"{parent}/{contextid}"
        return {"contextid": contextid, "contextpath": path}


_LISTS = [
    "users",
    "categories",
    "courses",
    "modules",
    "sections",
    "blocks",
    "role_names",
    "services",
    "tokens",
    "enrol_instances",
    "user_enrolments",
    "role_assignments",
    "cohorts",
    "cohort_members",
    "groups",
    "groups_members",
]

_USER: Row = {
    "auth": "manual",
    "confirmed": 1,
    "suspended": 0,
    "deleted": 0,
    "maildisplay": 2,
    "city": "",
    "country": "",
    "lang": "en",
    "timezone": "99",
    "mailformat": 1,
    "theme": "",
    "description": None,
    "descriptionformat": 1,
    "department": "",
    "institution": "",
    "firstaccess": 0,
    "lastaccess": 0,
}

_COURSE: Row = {
    "summary": "",
    "summaryformat": 1,
    "format": "topics",
    "startdate": CREATED,
    "enddate": 0,
    "showgrades": 1,
    "newsitems": 5,
    "groupmode": 0,
    "enablecompletion": 0,
    "timecreated": CREATED,
    "timemodified": CREATED,
    "cacherev": CREATED,
    "manual_enrol": "enabled",
}
