"""One Moodle site in memory: what a site file says, indexed, and the rows that calls change."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from batchroles.sandbox.site import contexts as levels
from batchroles.sandbox.site.contexts import Context, Contexts
from batchroles.sandbox.site.release import release_of
from batchroles.sandbox.site.report_tables import report_tables
from batchroles.sandbox.site.tables import Journal, Row, Table

Capabilities = dict[int, dict[int, dict[str, int]]]
"""Permissions by role id, context id and capability: 1 allow, -1 prevent, -1000 prohibit."""


class Site:
    """A site file's content, ready to be asked. The file's own rows are never changed; reset by making another."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self._read_settings(raw)
        self._read_people_and_places(raw)
        self._fill_tables(raw)

    def _read_settings(self, raw: dict[str, Any]) -> None:
        self.info: Row = raw["site"]
        self.versions: Row = raw["versions"]
        self.release = release_of(self.versions["moodle_release"])
        self.settings: Row = raw["settings"]["moodle"]
        self.php: Row = raw["settings"]["php"]
        self.surroundings: Row = raw["settings"].get("server", {})
        self.admins = frozenset(self.info["admin_userids"])
        self.roles = by_id(raw["roles"])
        self.allow_assign = {
            int(role): frozenset(others) for role, others in raw["role_allow_assign"].items()
        }
        self.capabilities = read_capabilities(raw)
        self.services = by_id(raw["services"])
        self.functions: dict[str, Row] = {row["name"]: row for row in raw["functions"]}

    def _read_people_and_places(self, raw: dict[str, Any]) -> None:
        self.users = by_id(raw["users"])
        self.categories = by_id(raw["categories"])
        self.courses = by_id(raw["courses"])
        self.modules = {row["cmid"]: row for row in raw.get("modules", [])}
        self.contexts = read_contexts(raw)
        self.enrol_instances = by_id(raw["enrol_instances"])
        self.instances_of_course = grouped(raw["enrol_instances"], "courseid")
        self.sections_of_course = grouped(raw.get("sections", []), "course")
        self.groups = by_id(raw.get("groups", []))
        self.blocks = by_id(raw.get("blocks", []))
        self.cohorts = by_id(raw.get("cohorts", []))
        self.role_names = {
            (row["roleid"], row["contextid"]): row["name"] for row in raw.get("role_names", [])
        }
        self.users_by = {name: grouped(raw["users"], name) for name in ("username", "email", "idnumber")}
        self.courses_by = {
            name: grouped(raw["courses"], name) for name in ("shortname", "idnumber", "categoryid")
        }

    def _fill_tables(self, raw: dict[str, Any]) -> None:
        self.journal = Journal()
        self.role_assignments = Table(
            (
                {**pick(row, _ASSIGNMENT), "timemodified": row.get("timemodified", ASSIGNED)}
                for row in raw["role_assignments"]
            ),
            ("roleid", "contextid", "userid", "component", "itemid"),
            ("contextid", "userid"),
            self.journal,
        )
        self.user_enrolments = Table(
            (
                {**pick(row, _ENROLMENT), "timecreated": row.get("timecreated", ASSIGNED)}
                for row in raw["user_enrolments"]
            ),
            ("enrolid", "userid"),
            ("courseid", "userid"),
            self.journal,
        )
        self.groups_members = Table(
            numbered(raw.get("groups_members", [])),
            ("groupid", "userid"),
            ("groupid", "userid"),
            self.journal,
        )
        self.cohort_members = Table(
            numbered(raw.get("cohort_members", [])), ("cohortid", "userid"), ("cohortid",), self.journal
        )
        services = {row["shortname"]: row["id"] for row in raw["services"]}
        self.tokens = Table(
            ({**row, "externalserviceid": services[row["service"]]} for row in numbered(raw["tokens"])),
            ("token",),
            ("userid",),
            self.journal,
        )
        self.custom_reports = report_tables(raw.get("reports", ()), self.journal)

    def context(self, level: int, instanceid: int) -> Context:
        """Give the context of an instance that is known to exist."""
        return self.contexts.must(level, instanceid)

    def revoke_tokens(self) -> None:
        """Delete every token."""
        for row in list(self.tokens.rows.values()):
            self.tokens.remove(row)
        self.journal.commit()

    @property
    def system(self) -> Context:
        """The system context."""
        return self.contexts.must(levels.SYSTEM, 0)


ASSIGNED = 1790000000
"""When roles were assigned, and people enrolled, that do not say it."""

_ASSIGNMENT = ("id", "roleid", "contextid", "userid", "component", "itemid", "modifierid")
_ENROLMENT = ("id", "enrolid", "method", "courseid", "userid", "status", "timestart", "timeend", "modifierid")


def by_id(rows: Iterable[Row]) -> dict[int, Row]:
    """Index rows by their id."""
    return {row["id"]: row for row in rows}


def grouped(rows: Iterable[Row], field: str) -> dict[Any, list[Row]]:
    """Group rows by the value of a field."""
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[field]].append(row)
    return groups


def pick(row: Row, fields: Iterable[str]) -> Row:
    """Copy a row, these fields only."""
    return {name: row[name] for name in fields}


def numbered(rows: Iterable[Row]) -> list[Row]:
    """Copy rows and give those without an id their position as one, from 1."""
    return [{"id": position, **row} for position, row in enumerate(rows, 1)]


def read_capabilities(raw: dict[str, Any]) -> Capabilities:
    """Join the system-wide permissions of the standard roles with those of custom roles and with overrides."""
    found: Capabilities = defaultdict(lambda: defaultdict(dict))
    system = raw["contexts"]["system"]
    for role, permissions in raw["role_capabilities_standard_roles_selected"].items():
        found[int(role)][system].update(permissions)
    for row in raw["role_capabilities_custom_roles_and_overrides"]:
        found[row["roleid"]][row["contextid"]][row["capability"]] = row["permission"]
    return found


def read_contexts(raw: dict[str, Any]) -> Contexts:
    """Register every context that the site file names."""
    found, system = Contexts(), (raw["contexts"]["system"],)
    found.add(system[0], levels.SYSTEM, 0, ())
    for row in raw["users"]:
        if row.get("contextid"):
            found.add(row["contextid"], levels.USER, row["id"], system)
    for level in levels.LEVELS:
        for row in raw.get(level.rows, []) if level.above else ():
            path = tuple(int(part) for part in row["contextpath"].split("/")[1:-1])
            found.add(row["contextid"], level.number, row[level.key], path)
    for row in raw.get("blocks", []):
        found.add(row["contextid"], levels.BLOCK, row["id"], found.by_id[row["parentcontextid"]].path)
    return found
