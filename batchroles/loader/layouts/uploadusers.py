"""Moodle's own "Upload users" file: many courses, categories and system roles in one row.

The columns are those of Moodle's upload: `course1` with `role1`, `category1` with `categoryrole1`, `sysrole1`, and so
on with other numbers.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from batchroles.errors import InputError
from batchroles.loader.columns import is_blank
from batchroles.loader.layouts.cells import Fault, role_reader, user_reader
from batchroles.loader.layouts.columns import ReadColumn, constant, nothing
from batchroles.loader.layouts.contexts import instance_reader
from batchroles.loader.layouts.format import Format, Understood
from batchroles.loader.layouts.lines import Part
from batchroles.loader.layouts.meanings import Kind, comparable, listed, position_of_each
from batchroles.loader.layouts.notes import enrols_nobody
from batchroles.loader.layouts.sheet import FormatOptions, Sheet
from batchroles.models import ASSIGN, ENROL, UNASSIGN, Code, ContextRef, Level, Problem, RoleRef
from batchroles.text import cleaned, count_of

_DATED = {"enroltimestart": Kind.START, "enrolperiod": Kind.DAYS, "enrolstatus": Kind.PARTICIPATION}
"""The headers of what belongs to the enrolment in a numbered course."""
_NUMBERED = re.compile(r"(course|category|sysrole)([1-9][0-9]{0,3})")
_USED = re.compile(rf"(course|category|sysrole|role|categoryrole|type|{'|'.join(_DATED)})[1-9][0-9]{{0,3}}")
_NUMBERLESS = ("role", "course", "category", "categoryrole", "sysrole", "context")
"""Headers that would be passed over beside numbered columns, though they look as if they said something."""
_ROLE_OF = {"course": "role", "category": "categoryrole", "sysrole": "sysrole"}
"""The header of the role that belongs to a numbered column; a system role stands alone."""
_SHOWN = {
    "course": ("course", "courses"),
    "category": ("category", "categories"),
    "sysrole": ("system role", "system roles"),
}
# Moodle takes the default role of the course's manual enrolment, which no web service shows (case `meth-manual`).
_DEFAULT_ROLE = "student"
_NOTHING_WANTED = Problem(
    Code.MISSING_VALUE,
    "The row names no course, no category and no system role.",
    "Fill in a course, or remove the row.",
)
# A number is an id: Moodle knows no short name of digits here (`uu_allowed_roles_cache` in tool_uploaduser).
_read_role = role_reader("shortname or id")


@dataclass(frozen=True)
class _Group:
    """The columns of one number: a course or category with its role, or a system role."""

    kind: str
    instance: int
    role: int | None
    old_type: int | None
    """Position of `typeN`, the older way to say a role."""
    dates: tuple[tuple[Kind, int], ...] = ()
    """What is said of the enrolment in a course, and where."""

    def positions(self, *, dated: bool) -> list[int]:
        """Return the positions of its columns, those of dates where they count."""
        own = [at for at in (self.instance, self.role, self.old_type) if at is not None]
        return [*own, *(at for _, at in self.dates if dated)]


def header_fits(row: Sequence[str], options: FormatOptions) -> bool:
    """Whether the row names users and at least one numbered course, category or system role."""
    names = set(map(comparable, row))
    return options.match_user_by in names and any(map(_NUMBERED.fullmatch, names))


def understand(sheet: Sheet) -> Understood:
    """Return one part for each numbered course, category and system role."""
    at = _positions(sheet)
    groups = _groups(at)
    by = sheet.options.match_user_by
    user = sheet.read(at[by], user_reader(by))
    roles = {group: _course_role(sheet, group) for group in groups if group.kind == "course"}
    parts = [_part_of(sheet, user, group, roles) for group in groups]
    enrols = sheet.options.enrols(sheet.options.change)
    used = [at[by], *(position for group in groups for position in group.positions(dated=enrols))]
    usernames = [at[by]] if by == "username" else []
    notes = [*_defaults(sheet, roles), *_roles_alone(sheet, groups), *(enrols_nobody(sheet) if roles else ())]
    return Understood(
        sheet, [*parts, _without_part(sheet, user, parts)], _read_as(groups), used, notes, usernames
    )


def _positions(sheet: Sheet) -> dict[str, int]:
    by = sheet.options.match_user_by
    at = position_of_each(sheet.table.headers, lambda name: name == by or _USED.fullmatch(name) is not None)
    for name in _NUMBERLESS:
        if name in at:
            raise _without_number(sheet.header(at[name]), name)
    return at


def _without_number(header: str, name: str) -> InputError:
    if name == "context":
        return InputError(f'The column "{header}" has no place beside numbered courses; rename or remove it.')
    of_what = "no course" if name == "role" else "no numbered course, category or system role"
    return InputError(f'The column "{header}" belongs to {of_what}; call it {name}1, or remove it.')


def _groups(at: Mapping[str, int]) -> list[_Group]:
    groups = []
    for name, position in at.items():
        if found := _NUMBERED.fullmatch(name):
            kind, number = found[1], found[2]
            of_course = kind == "course"
            old_type = at.get(f"type{number}") if of_course else None
            dates = [(what, at[name + number]) for name, what in _DATED.items() if name + number in at]
            role = at.get(_ROLE_OF[kind] + number)
            groups.append(_Group(kind, position, role, old_type, tuple(dates) if of_course else ()))
    return groups


def _part(
    sheet: Sheet,
    user: ReadColumn,
    name: int,
    read: tuple[ReadColumn, ReadColumn, ReadColumn],
    dates: Mapping[str, ReadColumn] | None = None,
) -> Part:
    """Return the part of the rows that name a context and a role; `read` are their changes, roles and contexts."""
    change, role, context = read
    chosen = ~(role.blank() & change.blank()) & ~context.blank()
    return Part(
        sheet.rows[chosen],
        change.rows(chosen),
        [user.rows(chosen)],
        [role.rows(chosen)],
        [context.rows(chosen)],
        sheet.header(name),
        sheet.table.row_problems,
        {what: column.rows(chosen) for what, column in (dates or {}).items()},
    )


def _part_of(sheet: Sheet, user: ReadColumn, group: _Group, roles: Mapping[_Group, ReadColumn]) -> Part:
    if group.kind == "course":
        return _course(sheet, user, group, roles[group])
    return _category(sheet, user, group) if group.kind == "category" else _system_role(sheet, user, group)


def _course(sheet: Sheet, user: ReadColumn, group: _Group, said: ReadColumn) -> Part:
    context = sheet.read(group.instance, instance_reader(Level.COURSE, "shortname"))
    if sheet.options.change.names_role:
        said = said.filled(RoleRef("shortname", default_role(sheet.options)))
    change, dates = sheet.dates(sheet.changes(None), dict(group.dates))
    return _part(sheet, user, group.instance, (change, said, context), dates)


def _course_role(sheet: Sheet, group: _Group) -> ReadColumn:
    """Return the roles that the rows say; a `typeN` without a role cannot be read."""
    count = len(sheet.rows)
    role = nothing("", count) if group.role is None else sheet.read(group.role, _read_role)
    if group.old_type is None:
        return role
    old = sheet.read(group.old_type, _refuse_type)
    # Moodle, too, looks at `typeN` only where `roleN` is blank.
    faults = np.where(role.blank() & ~old.blank(), old.faults + np.int32(len(role.problems)), role.faults)
    return replace(role, faults=faults.astype(np.int32), problems=[*role.problems, *old.problems])


def _refuse_type(text: str) -> Fault:
    return Fault(
        f'"{text}" is a number for a role that only the form of Moodle\'s upload explains.',
        "Write the role's short name in the role column of the same number.",
    )


def _category(sheet: Sheet, user: ReadColumn, group: _Group) -> Part:
    context = sheet.read(group.instance, instance_reader(Level.COURSECAT, "idnumber"))
    header = "categoryrole" + comparable(sheet.header(group.instance)).removeprefix("category")
    role = nothing(header, len(sheet.rows)) if group.role is None else sheet.read(group.role, _read_role)
    return _part(sheet, user, group.instance, (_beside_courses(sheet), role, context))


def _beside_courses(sheet: Sheet) -> ReadColumn:
    """Return what rows ask for where nobody can be enrolled: as in Moodle, the role alone."""
    change = sheet.options.change
    return constant(ASSIGN if change is ENROL else change, len(sheet.rows))


def _system_role(sheet: Sheet, user: ReadColumn, group: _Group) -> Part:
    given = ASSIGN if sheet.options.change is ENROL else sheet.options.change
    role = sheet.read(group.instance, lambda text: _read_role(text.removeprefix("-").strip() or text))
    change = sheet.read(group.instance, lambda text: UNASSIGN if text[0] == "-" else given)
    context = constant(ContextRef(Level.SYSTEM, "", ""), len(sheet.rows))
    return _part(sheet, user, group.instance, (change, role, context))


def _without_part(sheet: Sheet, user: ReadColumn, parts: Sequence[Part]) -> Part:
    """Return the rows that ask for nothing, so that they too are accounted for."""
    asking = np.concatenate([part.rows for part in parts])
    silent = ~np.isin(sheet.rows, asking)
    rows = sheet.rows[silent]
    blank = nothing("", len(rows))
    problems = dict.fromkeys(map(int, rows), _NOTHING_WANTED) | dict(sheet.table.row_problems)
    return Part(rows, sheet.changes(None).rows(silent), [user.rows(silent)], [blank], [blank], "", problems)


def default_role(options: FormatOptions) -> str:
    """Return the role of a course that none is written for."""
    return cleaned(options.role or "") or _DEFAULT_ROLE


def _defaults(sheet: Sheet, roles: Mapping[_Group, ReadColumn]) -> list[str]:
    count = sum(
        int((~is_blank(sheet.cells(group.instance)) & role.blank()).sum()) for group, role in roles.items()
    )
    if not count:
        return []
    courses = count_of(
        count, "course has no role beside it and takes", "courses have no role beside them and take"
    )
    return [f'{courses} the role "{default_role(sheet.options)}"; --role names another.']


def _roles_alone(sheet: Sheet, groups: Iterable[_Group]) -> list[str]:
    places = []
    for group in groups:
        if group.role is not None and group.role != group.instance:
            alone = is_blank(sheet.cells(group.instance)) & ~is_blank(sheet.cells(group.role))
            places += [sheet.place(int(row), group.role) for row in sheet.rows[alone]]
    if not places:
        return []
    roles = count_of(len(places), "role stands", "roles stand")
    return [f"{roles} beside a blank course or category and was passed over, the first at {places[0]}."]


def _read_as(groups: Sequence[_Group]) -> str:
    kinds = [group.kind for group in groups]
    counts = [(kinds.count(kind), *words) for kind, words in _SHOWN.items() if kind in kinds]
    shown = [f"{count} {one if count == 1 else many}" for count, one, many in counts]
    return f"{FORMAT.title}, {listed(shown, 'and')} per row"


FORMAT = Format(
    "uploadusers", 'Moodle "Upload users" file', understand, header_fits, ignores=("context", "column_map")
)
