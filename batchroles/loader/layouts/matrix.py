"""A matrix of people and courses: a row for each person, a column for each course, ticks or roles in the cells."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from batchroles.errors import InputError
from batchroles.loader import Loaded
from batchroles.loader.layouts.around import without_leftovers
from batchroles.loader.layouts.cells import Fault, Reference
from batchroles.loader.layouts.columns import Codes, constant, from_results, nothing, problem_of
from batchroles.loader.layouts.damage import damage_fault, sound
from batchroles.loader.layouts.format import Format, Rows, Understood
from batchroles.loader.layouts.lines import Part, piece
from batchroles.loader.layouts.marks import Mark, Says, mark_of
from batchroles.loader.layouts.matrix_courses import Course, courses_of, may_be_course, starts_matrix
from batchroles.loader.layouts.meanings import (
    Kind,
    has_meaning,
    languages,
    notes_of_headers,
    quoted,
)
from batchroles.loader.layouts.notes import actions_read
from batchroles.loader.layouts.plain import DATED, WINDOW, constant_role, enrols, usernames_of, users_of
from batchroles.loader.layouts.sheet import FormatOptions, Sheet
from batchroles.loader.layouts.totals import is_total
from batchroles.loader.workbook.values import TRUTH
from batchroles.models import Problem, RoleRef
from batchroles.text import cleaned, count_of, numbered

_NAMED = 5
"""So many courses are named in the output; a file may have thousands."""


def content_fits(rows: Rows, number: int, options: FormatOptions) -> bool:
    """Whether the row names people and no role or place, and columns below it hold ticks and roles."""
    # Where cells are merged over two rows of headers, both name people, and the lower one has the courses.
    return starts_matrix(rows, number, options) and not starts_matrix(rows, number + 1, options)


def understand(sheet: Sheet) -> Understood:
    """Return one part for each course, and for each further role in its cells."""
    sheet.refuse_headers()
    sheet, users, passed_over = _people(sheet)
    courses = courses_of(sheet)
    columns = [_Cells(sheet, course) for course in courses]
    _refuse_other_courses(sheet, users, columns)
    asking = np.logical_or.reduce([column.asks for column in columns])
    wrong = np.isin(sheet.rows, list(sheet.table.row_problems))
    silent = ~asking & ~wrong
    at = {kind: position for kind in DATED for position in sheet.positions(kind)}
    action = next(iter(sheet.positions(Kind.ACTION)), None)
    change, dates = sheet.dates(sheet.changes(action), at)
    whole = Part(
        sheet.rows,
        change,
        users_of(sheet),
        [],
        [],
        row_problems=sheet.table.row_problems,
        dates={**dates, **sheet.windows()},
    )
    parts = [part for column in columns for part in column.parts(whole)]
    parts.append(_unreadable(whole, wrong & ~asking))
    dated = enrols(whole, sheet.options)
    used = [*users, *(course.at for course in courses), *sheet.positions(Kind.ACTION)]
    used += [*(at.values() if dated else ()), *(sheet.positions(*WINDOW) if sheet.options.windows else ())]
    return Understood(
        sheet.only(~silent),
        parts,
        _read_as(sheet, users, courses),
        used,
        [
            *notes_of_headers(sheet.table.headers, sheet.options.columns),
            *actions_read(sheet, action),
            *passed_over,
            *_silent(sheet, silent),
            *_of_ticks(sheet, columns),
            *_of_nothing(sheet, columns),
        ],
        usernames_of(sheet),
        languages=languages(sheet.table.headers),
    )


def _people(sheet: Sheet) -> tuple[Sheet, list[int], list[str]]:
    """Return the sheet without what stands under the table, the columns of users, and notes."""
    users = sheet.positions(Kind.USER)
    if not users:
        raise InputError(f"{sheet.table.path}: no column of the matrix names people; call one username, say.")
    sheet, totals = _without_totals(sheet, users)
    sheet, passed_over = without_leftovers(sheet, [users])
    return sheet, users, [*totals, *passed_over]


def check_hidden(loaded: Loaded, above: Rows, options: FormatOptions) -> tuple[Loaded, Rows]:
    """Raise InputError where a row that is left out may head the columns of those below it with other courses."""
    if loaded.left_out:
        sheet, users, _ = _people(Sheet(loaded, options))
        _refuse_other_courses(sheet, users, [_Cells(sheet, course) for course in courses_of(sheet)])
    return loaded, above


class _Cells:
    """The cells of one course."""

    def __init__(self, sheet: Sheet, course: Course) -> None:
        self._sheet, self._course = sheet, course
        cells = sheet.cells(course.at).cat
        self._codes: Codes = cells.codes.to_numpy().astype(np.int32)
        self._texts = cells.categories.tolist()
        self.marks = [mark_of(text) for text in self._texts]
        self._damaged = sheet.damaged(course.at)
        self.ticked = bool(self.that(Says.TICK).any())
        self.asks: NDArray[np.bool_] = ~self.that(Says.BLANK, Says.NOTHING)

    def that(self, *says: Says) -> NDArray[np.bool_]:
        """Return the rows whose cell is one of these; the code of a cell that is missing is that of a blank one."""
        found = np.array([*(mark.says in says for mark in self.marks), Says.BLANK in says])
        return found[self._codes]

    def texts_that(self, says: Says) -> set[str]:
        """Return the texts that are one of these."""
        used = set(np.unique(self._codes).tolist())
        return {
            cleaned(self._texts[at]) for at, mark in enumerate(self.marks) if mark.says is says and at in used
        }

    @property
    def words(self) -> NDArray[np.bool_]:
        """Return the rows whose cell is no tick, and no role that every Moodle has."""
        return self.that(Says.WORD, Says.SEVERAL, Says.NUMBER)

    def texts(self, rows: NDArray[np.bool_] | Sequence[int]) -> list[str]:
        """Return the texts of some rows."""
        return [cleaned(self._texts[code]) for code in self._codes[rows].tolist() if code >= 0]

    def place(self, rows: NDArray[np.bool_]) -> str:
        """Name the first of some cells."""
        return self._sheet.place(int(self._sheet.rows[rows][0]), self._course.at)

    def parts(self, whole: Part) -> list[Part]:
        """Return a part for the first role of each cell, and one for each further one."""
        tick = self._tick()
        most = max((len(mark.roles) for mark in self.marks), default=0)
        return [self._part(whole, number, tick) for number in range(max(most, 1))]

    def _tick(self) -> RoleRef | None:
        """Return the role that a tick stands for. Raises InputError where nothing says it."""
        ticked, options = self.that(Says.TICK), self._sheet.options
        if options.role is None and options.change.names_role and ticked.any():
            text = cleaned(self._texts[self._codes[ticked][0]])
            raise InputError(
                f'{self._sheet.table.path}, {self.place(ticked)}: "{text}" ticks a course and says no role; say which'
                " one with --role, --role student for example."
            )
        if options.role is None:
            return None
        (role,) = constant_role(self._sheet).references
        return role if isinstance(role, RoleRef) else None

    def _part(self, whole: Part, number: int, tick: RoleRef | None) -> Part:
        header = self._sheet.table.headers[self._course.at]
        results = [
            self._read(mark, text, number, tick) for mark, text in zip(self.marks, self._texts, strict=True)
        ]
        role = from_results(self._codes, results, header)
        chosen = self.asks if number == 0 else ~role.blank()
        context = replace(constant(self._course.context, int(chosen.sum())), header=header)
        name = self._course.name if number == 0 else piece(self._course.name, number)
        return replace(whole.only(chosen), roles=[role.rows(chosen)], contexts=[context], name=name)

    def _read(self, mark: Mark, text: str, number: int, tick: RoleRef | None) -> Reference | Problem | None:
        """Return the role that a cell names at a place among its roles, or what is wrong with it."""
        header, value = self._sheet.table.headers[self._course.at], cleaned(text)
        damage = self._damaged.get(text)
        if mark.says is Says.TICK and damage in (None, TRUTH):
            return tick if number == 0 else None
        # Among ticks a word that not every Moodle knows for a role is a remark; among roles it may be the site's own.
        if mark.says is Says.ROLES or (mark.says is Says.WORD and not self.ticked):
            role = RoleRef("word", mark.roles[number]) if number < len(mark.roles) else None
            # Roles on several lines of a cell are several roles, and no damage.
            found = sound(mark.roles[0], damage, role)
            return found if found is None or isinstance(found, RoleRef) else problem_of(found, header, text)
        if number or mark.says in (Says.BLANK, Says.NOTHING):
            return None
        return problem_of(_fault(value, damage), header, text)


def _refuse_other_courses(sheet: Sheet, users: Sequence[int], columns: Sequence[_Cells]) -> None:
    """Refuse a row that may head the columns anew: people below it would get the courses of the header above.

    It has words that no other row has, nothing that is a tick or a role for certain, and names nobody, or has a title,
    or several words, where the columns have ticks.
    """
    sure, told = np.zeros((2, len(sheet.rows)), bool)
    among_ticks = np.zeros(len(sheet.rows), np.int32)
    for one in columns:
        sure |= one.that(Says.TICK, Says.NOTHING, Says.ROLES)
        told |= one.words
        among_ticks += one.words & one.ticked
    maybe = ~sure & told
    if not maybe.any():
        return
    nobody = _users_that(sheet, users, lambda text: not text or has_meaning(text))
    title = _users_that(sheet, users, lambda text: not text or " " in text)
    maybe &= nobody | (title & (among_ticks > 0)) | (among_ticks > 1)
    words = [one.words for one in columns]
    known = {text for one, said in zip(columns, words, strict=True) for text in one.texts(said & ~maybe)}
    for at in np.flatnonzero(maybe).tolist():
        texts = [
            text for one, said in zip(columns, words, strict=True) if said[at] for text in one.texts([at])
        ]
        if len({*texts} - known) == len(texts):
            raise InputError(
                f"{sheet.table.path}, {sheet.table.place(int(sheet.rows[at]))}: {quoted(texts[:_NAMED])} may head the"
                " columns of the people below with other courses; put them into a file or a sheet of their own, or"
                " clear these cells."
            )


def _users_that(sheet: Sheet, users: Sequence[int], says: Callable[[str], bool]) -> NDArray[np.bool_]:
    """Return of which rows something is true in every column of users."""
    found = np.ones(len(sheet.rows), bool)
    for at in users:
        found &= sheet.cells_that(at, lambda text: says(cleaned(text)))
    return found


def _fault(value: str, damage: str | None) -> Fault:
    known = damage_fault(value, damage) if damage else None
    return known or Fault(
        f'"{" / ".join(value.split())}" is neither a tick nor a role.',
        "Write a role, or a tick such as x where --role says the role; or clear the cell.",
    )


def _unreadable(whole: Part, rows: NDArray[np.bool_]) -> Part:
    """Return rows that are wrong as they stand and ask for nothing, so that they too are accounted for."""
    blank = nothing("", int(rows.sum()))
    return replace(whole.only(rows), roles=[blank], contexts=[blank], dates={})


def _without_totals(sheet: Sheet, users: Sequence[int]) -> tuple[Sheet, list[str]]:
    """Leave out the last rows where they sum up the columns: numbers alone, beside a word such as Total or nothing."""
    others = [at for at in range(len(sheet.table.headers)) if may_be_course(sheet, at)]
    kept = len(sheet.rows)
    while kept and _is_total(sheet, kept - 1, users, others):
        kept -= 1
    if kept == len(sheet.rows):
        return sheet, []
    left = np.arange(len(sheet.rows)) < kept
    return sheet.only(left), [
        f"Totals under the table were passed over: {numbered(sheet.rows[~left].tolist())}."
    ]


def _is_total(sheet: Sheet, row: int, users: Sequence[int], others: Sequence[int]) -> bool:
    def texts(columns: Sequence[int]) -> dict[int, str]:
        return {at: text for at in columns if (text := cleaned(str(sheet.cells(at).iloc[row])))}

    names, sums = texts(users), texts(others)
    if not sums or not all(map(is_total, names.values())) or not all(map(str.isdecimal, sums.values())):
        return False
    # Nothing but 0 and 1 may as well be the ticks of somebody whose name is missing.
    return bool(names) or all(
        int(text) > 1 or int(text) == _count(sheet, at, row) for at, text in sums.items()
    )


def _count(sheet: Sheet, at: int, rows: int) -> int:
    """Count the cells of a column, in so many rows from the first on, that ask for something."""
    asks = sheet.cells_that(at, lambda text: mark_of(text).says not in (Says.BLANK, Says.NOTHING))
    return int(asks[:rows].sum())


def _read_as(sheet: Sheet, users: Sequence[int], courses: Sequence[Course]) -> str:
    names = [course.name for course in courses]
    first = ", ".join(f'"{name}"' for name in names[:_NAMED])
    shown = quoted(names) if len(names) <= _NAMED else f"{first} …"
    columns = f"one of {len(courses):,} courses" if len(courses) > 1 else "a course"
    who = quoted(map(sheet.header, users))
    return f"{FORMAT.title}, {who} in a row, {columns} in a column ({shown})"


def _silent(sheet: Sheet, silent: NDArray[np.bool_]) -> list[str]:
    count = int(silent.sum())
    if not count:
        return []
    rows = count_of(count, "row without a tick or a role was", "rows without a tick or a role were")
    return [f"{rows} passed over: {numbered(sheet.rows[silent].tolist())}."]


def _of_ticks(sheet: Sheet, columns: Sequence[_Cells]) -> list[str]:
    ticks = sum(int(column.that(Says.TICK).sum()) for column in columns)
    role = sheet.options.role
    if ticks and role is not None:
        cells = count_of(ticks, "ticked cell means", "ticked cells mean")
        return [f'{cells} the role "{cleaned(role)}", as --role says.']
    return [] if role is None else ["--role was not used: no cell is ticked, each names its role."]


def _of_nothing(sheet: Sheet, columns: Sequence[_Cells]) -> list[str]:
    count, first, texts = 0, "", set[str]()
    for column in columns:
        if (found := column.that(Says.NOTHING)).any():
            first = first or column.place(found)
            count += int(found.sum())
            texts |= column.texts_that(Says.NOTHING)
    if not count:
        return []
    cells = "1 cell asks" if count == 1 else f"{count:,} cells ask"
    where = f"at {first}" if count == 1 else f"the first of them {first}"
    # A sync takes away what it gave and the file asks for no more, whether by a blank cell or by such a one.
    kept = "" if sheet.options.windows else ": no role is taken away by it"
    return [f"{quoted(sorted(texts))} in {cells} for nothing, {where}{kept}."]


FORMAT = Format(
    "matrix",
    "matrix of people and courses",
    understand,
    content_fits=content_fits,
    reshape=check_hidden,
    ignores=("context",),
)
