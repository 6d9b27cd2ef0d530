"""A site in which every name of a roster exists: its users, courses, categories, activities and roles."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from batchroles.sandbox.functions.clean import clean_username
from batchroles.sandbox.making.builder import Builder
from batchroles.sandbox.making.generate import FIRST, LAST
from batchroles.sandbox.making.roster_file import USER_COLUMNS, Named, read_roster, things
from batchroles.sandbox.making.states import BOT_ROLE, capability
from batchroles.sandbox.site.tables import Row

ADMIN, STUDENT = 2, 5
"""The account and the role that every site has under these ids."""

LAST_YEAR = "LASTYEAR"
"""The short name of a course that no roster names, in which somebody has every role."""

FIRST_FREE = 100_000
"""Ids of people and places that the roster names without an id begin here, clear of those it names by id."""


def roster_site(path: Path) -> dict[str, Any]:
    """Give a site in which everything that a CSV roster names exists, but for blocks and bare context ids."""
    maker = RosterSite()
    for row in read_roster(path):
        maker.add(row)
    maker.show_the_roles()
    maker.let_the_bot_see()
    return maker.builder.raw


class RosterSite:
    """Adds to a site what the rows of a roster name, each thing once."""

    def __init__(self) -> None:
        self.builder = Builder()
        self._made = {("course:id", "1")}
        self._people = 0
        accounts: list[Row] = self.builder.raw["users"]
        self._users = {("username", row["username"]): row for row in accounts}
        self._users |= {("userid", str(row["id"])): row for row in accounts}
        self._roles: set[int] = set()
        self._last_id = FIRST_FREE
        self._home = self.builder.category("Courses of the roster", "ROSTER", as_id=FIRST_FREE)
        self._by_path: dict[str, int] = {}
        self._activities = 0
        self._adders: dict[str, Callable[[str], None]] = {
            "role": self._role,
            "roleid": self._role_by_id,
            "user": lambda username: self._user({"username": username}),
            "user:id": lambda number: self._user({"userid": number}),
            "course": self._course,
            "course:idnumber": self._course_by_idnumber,
            "course:id": self._course_by_id,
            "category": self._category,
            "category:id": self._category_by_id,
            "category:name": self._category_by_name,
            "module": self._module,
        }

    def add(self, row: Named) -> None:
        """Add what one row names."""
        self._user({name: text for name, text in row if name in USER_COLUMNS})
        for kind, value in things(row):
            if kind in self._adders and self._is_new(kind, value):
                self._adders[kind](value)

    def show_the_roles(self) -> None:
        """Let somebody have each role in a course, as on a site that runs: from enrolled people clients learn roles."""
        course = self.builder.course(LAST_YEAR, "A course of last year", self._home, as_id=self._next_id())
        self.builder.enrol(ADMIN, course, STUDENT)
        where = self.builder.raw["courses"][-1]["contextid"]
        for roleid in sorted(self._roles - {STUDENT}):
            self.builder.assign(ADMIN, roleid, where)

    def let_the_bot_see(self) -> None:
        """Give the bot what it needs to find what was added: Moodle shows ID numbers of categories to few."""
        if any(kind == "category" for kind, _ in self._made):
            capability(BOT_ROLE, "moodle/category:manage", allowed=True)(self.builder.raw)

    def _is_new(self, kind: str, value: str) -> bool:
        if not value or (kind, value) in self._made:
            return False
        self._made.add((kind, value))
        return not (kind.endswith("id") and not value.isdigit())

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _user(self, names: dict[str, str]) -> None:
        """Add a user, or give one who is known by one of these names the others."""
        if "username" in names:
            names = {**names, "username": clean_username(names["username"])}
        known = [self._users[name] for name in names.items() if name in self._users]
        if known:
            known[0].update(
                {field: value for field, value in names.items() if field in ("email", "idnumber")}
            )
        elif any(names.values()):
            known = [self._new_user(names)]
        self._users |= {name: known[0] for name in names.items() if known}

    def _new_user(self, names: dict[str, str]) -> Row:
        number = self._people
        self._people += 1
        first, last = FIRST[number % len(FIRST)], LAST[number // len(FIRST) % len(LAST)]
        username = names.get("username") or f"user{number + 1:06d}"
        email = names.get("email") or (username if "@" in username else f"{username}@example.edu")
        wanted = names.get("userid", "")
        userid = int(wanted) if wanted.isdigit() else self._next_id()
        self.builder.user(username, first, last, email, idnumber=names.get("idnumber", ""), as_id=userid)
        row: Row = self.builder.raw["users"][-1]
        return row

    def _role(self, name: str) -> None:
        if name.isdigit():
            self._role_by_id(name)
        else:
            self._roles.add(self.builder.role(name))

    def _role_by_id(self, number: str) -> None:
        self._roles.add(self.builder.role(f"role{number}", as_id=int(number)))

    def _course(self, shortname: str) -> None:
        self.builder.course(shortname, shortname, self._home, as_id=self._next_id())

    def _course_by_idnumber(self, idnumber: str) -> None:
        self.builder.course(f"C-{idnumber}", idnumber, self._home, idnumber=idnumber, as_id=self._next_id())

    def _course_by_id(self, number: str) -> None:
        self.builder.course(f"C-{number}", f"Course {number}", self._home, as_id=int(number))

    def _category(self, idnumber: str) -> None:
        self.builder.category(idnumber, idnumber, as_id=self._next_id())

    def _category_by_id(self, number: str) -> None:
        self.builder.category(f"Category {number}", as_id=int(number))

    def _category_by_name(self, path: str) -> None:
        """Add `Science / Physics`, and what is above it."""
        parent, above = 0, ""
        for name in (part.strip() for part in path.split("/")):
            above = f"{above}/{name}"
            if above not in self._by_path:
                self._by_path[above] = self.builder.category(name, parent=parent, as_id=self._next_id())
            parent = self._by_path[above]

    def _module(self, number: str) -> None:
        if not number.isdigit():
            return
        if not self._activities:
            self._activities = self.builder.course("ROSTER", "Activities", self._home, as_id=self._next_id())
        self.builder.module(self._activities, "forum", f"Forum {number}", as_id=int(number))
