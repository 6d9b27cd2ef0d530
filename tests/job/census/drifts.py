"""What happens to a site between an export and a look at it: seeded, and by its ids what a comparison has to say."""

import copy
import random
from typing import Any

from batchroles.sandbox.making.generate import make_site
from batchroles.sandbox.making.reports import with_reports

Raw = dict[str, Any]
Row = dict[str, Any]
Holding = tuple[str, str, str]
"""User name, role short name, address."""
HOW_MANY = {
    "give": 30,
    "take": 30,
    "give_by_plugin": 5,
    "take_over_by_plugin": 4,
    "rename_person": 8,
    "marry": 5,
    "delete_person": 4,
    "rename_course": 5,
    "retitle_course": 3,
    "move_course": 3,
    "delete_course": 3,
}
"""A hundred in all."""
COHORT = "enrol_cohort"


def lively_site() -> Raw:
    """Give a site with roles in courses, categories, users, activities and the system."""
    raw = make_site(users=200, courses=24, categories=8)
    people = [row for row in raw["users"] if row["idnumber"]]
    for number, row in enumerate(raw["categories"]):
        assign(raw, people[number], "manager", row["contextid"])
    for number in range(10):
        assign(raw, people[100 + number], "parent", people[number]["contextid"])
        assign(raw, people[120 + number], "teacher", raw["modules"][number]["contextid"])
    for number in range(3):
        assign(raw, people[140 + number], "manager", raw["contexts"]["system"])
    return with_reports(raw)


def assign(raw: Raw, person: Row, role: str, contextid: int, component: str = "") -> None:
    """Give a role."""
    roleid = next(row["id"] for row in raw["roles"] if row["shortname"] == role)
    number = 1 + max(row["id"] for row in raw["role_assignments"])
    row = {"id": number, "roleid": roleid, "contextid": contextid, "userid": person["id"], "modifierid": 2}
    raw["role_assignments"].append({**row, "component": component, "itemid": 7 if component else 0})


class Drifting:
    """A site that changes a hundred times; `raw` is how it ends."""

    def __init__(self, before: Raw, seed: int) -> None:
        self.raw = copy.deepcopy(before)
        self._random = random.Random(seed)
        # Who gets two new names at once is nobody whom an export knows.
        self._people = [row for row in self.raw["users"] if row["idnumber"]]
        self._courses = [row for row in self.raw["courses"] if row["id"] > 1]
        self._random.shuffle(self._people)
        self._random.shuffle(self._courses)
        for name, times in HOW_MANY.items():
            for _ in range(times):
                getattr(self, f"_{name}")()

    def _give(self, component: str = "") -> None:
        rows = self._random.choice([self.raw["courses"][1:], self.raw["categories"], self._people])
        role = {"shortname": "student", "name": "manager", "username": "parent"}
        if component:
            rows = self._courses
        while True:
            place, person = self._random.choice(rows), self._random.choice(self._people)
            short = next(short for key, short in role.items() if key in place)
            held = {(row["userid"], row["contextid"]) for row in self.raw["role_assignments"]}
            if (person["id"], place["contextid"]) not in held and person is not place:
                assign(self.raw, person, short, place["contextid"], component)
                return

    def _give_by_plugin(self) -> None:
        self._give(COHORT)

    def _take(self) -> None:
        people = {row["id"] for row in self._people}
        rows = self.raw["role_assignments"]
        rows.remove(self._random.choice([row for row in rows if row["userid"] in people]))

    def _take_over_by_plugin(self) -> None:
        rows = self.raw["role_assignments"]
        mine = [
            row
            for row in rows
            if not row["component"] and row["userid"] in {one["id"] for one in self._people}
        ]
        self._random.choice(mine).update(component=COHORT, itemid=8)

    def _rename_person(self) -> None:
        self._people.pop()["username"] += ".new"

    def _marry(self) -> None:
        person = self._people.pop()
        person |= {"lastname": f"{person['lastname']}-Berg", "email": f"new.{person['email']}"}

    def _delete_person(self) -> None:
        person = self._people.pop()
        person |= {
            "deleted": 1,
            "username": f"{person['email']}.1790000000",
            "email": "0" * 32,
            "idnumber": "",
        }
        self._forget(lambda row: person["id"] == row["userid"] or person["contextid"] == row["contextid"])
        enrolments = self.raw["user_enrolments"]
        enrolments[:] = [row for row in enrolments if row["userid"] != person["id"]]

    def _rename_course(self) -> None:
        course = self._courses.pop()
        course["shortname"] = f"New {course['shortname']}"

    def _retitle_course(self) -> None:
        course = self._courses.pop()
        course["fullname"] = f"All of {course['fullname']}"

    def _move_course(self) -> None:
        course = self._courses.pop()
        target = next(row for row in self.raw["categories"] if row["id"] != course["categoryid"])
        before, after = course["contextpath"], f"{target['contextpath']}/{course['contextid']}"
        course |= {"categoryid": target["id"], "contextpath": after}
        for row in self.raw["modules"]:
            if row["course"] == course["id"]:
                row["contextpath"] = row["contextpath"].replace(before, after)

    def _delete_course(self) -> None:
        course = self._courses.pop()
        modules = [row for row in self.raw["modules"] if row["course"] == course["id"]]
        contexts = {course["contextid"], *(row["contextid"] for row in modules)}
        self._forget(lambda row: row["contextid"] in contexts)
        for name, key in (
            ("courses", "id"),
            ("modules", "course"),
            ("sections", "course"),
            ("enrol_instances", "courseid"),
            ("user_enrolments", "courseid"),
        ):
            self.raw[name][:] = [row for row in self.raw[name] if row[key] != course["id"]]

    def _forget(self, is_gone: Any) -> None:
        rows = self.raw["role_assignments"]
        rows[:] = [row for row in rows if not is_gone(row)]


def expected(before: Raw, after: Raw, *, with_plugins: bool = False) -> tuple[set[Holding], set[Holding]]:
    """Give who lost and who got a role, by ids; whoever gives it, a role that is there before and after is neither."""
    then, now = _held(before), _held(after)
    words = _Words(before, after)
    gone = {words.holding(key) for key, hand in then.items() if key not in now and (hand or with_plugins)}
    new = {words.holding(key) for key, hand in now.items() if key not in then and (hand or with_plugins)}
    return gone, new


def _held(raw: Raw) -> dict[tuple[int, int, int], bool]:
    """Give the holdings by user, role and context, and whether nobody but a person gave each."""
    found: dict[tuple[int, int, int], bool] = {}
    for row in raw["role_assignments"]:
        key = row["userid"], row["roleid"], row["contextid"]
        found[key] = found.get(key, False) or not row["component"]
    return found


class _Words:
    """What everything is called now, or was called last."""

    def __init__(self, before: Raw, after: Raw) -> None:
        self._users: dict[int, str] = {}
        self._roles = {row["id"]: row["shortname"] for row in after["roles"]}
        self._places = {after["contexts"]["system"]: "system"}
        for raw in (before, after):
            self._users |= {row["id"]: row["username"] for row in raw["users"] if not row["deleted"]}
            self._places |= {row["contextid"]: f"user:{self._users[row['id']]}" for row in raw["users"]}
            self._places |= {row["contextid"]: f"category:id={row['id']}" for row in raw["categories"]}
            self._places |= {row["contextid"]: f"course:{row['shortname']}" for row in raw["courses"]}
            self._places |= {row["contextid"]: f"module:{row['cmid']}" for row in raw["modules"]}

    def holding(self, key: tuple[int, int, int]) -> Holding:
        user, role, context = key
        return self._users[user], self._roles[role], self._places[context]
