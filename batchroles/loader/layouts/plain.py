"""Our own format: columns of users, roles and contexts in any order, one assignment a row."""

from collections.abc import Sequence
from dataclasses import replace

from batchroles.errors import InputError
from batchroles.loader.layouts.around import beside_the_list, without_leftovers
from batchroles.loader.layouts.cells import USER_KEYS, Fault, Reference, role_reader, user_reader
from batchroles.loader.layouts.columns import ReadColumn, constant, nothing, problem_of
from batchroles.loader.layouts.contexts import instance_reader, read_context, read_level_and_instance
from batchroles.loader.layouts.damage import sound
from batchroles.loader.layouts.format import Format, Rows, Understood
from batchroles.loader.layouts.lines import Part
from batchroles.loader.layouts.meanings import (
    Kind,
    Meaning,
    languages,
    meanings_of,
    notes_of_headers,
    quoted,
)
from batchroles.loader.layouts.notes import actions_read
from batchroles.loader.layouts.several import delimiter, each_course
from batchroles.loader.layouts.sheet import FormatOptions, ReadPair, Sheet
from batchroles.models import Change, Problem
from batchroles.models.levels import TOLD
from batchroles.text import cleaned

_CONTEXT_HEADERS = [
    f'"{next(header for header, by in level.facts.headers.items() if by == key)}"'
    for level in TOLD
    for key in dict.fromkeys(level.facts.headers.values())
]
"""One header for each key of each level."""
_WOULD_DO = {
    Kind.USER: 'a user ("user", "username", "email", "idnumber" or "userid")',
    Kind.ROLE: 'a role ("role", "role shortname" or "roleid", or --role)',
    Kind.CONTEXT: (
        f'a context ("context", {", ".join(_CONTEXT_HEADERS)}, '
        'or "contextlevel" with "instanceid" or "reference", or --context)'
    ),
}


def lacking(meanings: Sequence[Meaning | None], options: FormatOptions) -> list[Kind]:
    """Return which of user, role and context neither a column nor a constant gives."""
    kinds = {meaning.kind for meaning in meanings if meaning}
    given = {
        Kind.USER: Kind.USER in kinds,
        Kind.ROLE: Kind.ROLE in kinds or options.role is not None or not options.change.names_role,
        Kind.CONTEXT: bool(kinds & {Kind.CONTEXT, Kind.LEVEL}) or options.context is not None,
    }
    return [kind for kind, there in given.items() if not there]


def refusal(where: str, headers: Sequence[str], kinds: Sequence[Kind]) -> InputError:
    """Return the error for a file without a column that is needed."""
    hint = (
        " For a list of users without a header, give --role and --context." if _is_one_column(headers) else ""
    )
    needed = ", ".join(_WOULD_DO[kind] for kind in kinds)
    return InputError(
        f"{where}: no column for {needed}. The headers found are {quoted(headers)}; "
        "rename one, use --map COLUMN=MEANING, or have it read so in every file: batchroles config set columns.COLUMN"
        f" MEANING.{hint}"
    )


def _is_one_column(row: Sequence[str]) -> bool:
    return not any(map(cleaned, row[1:]))


def header_fits(row: Sequence[str], options: FormatOptions) -> bool:
    """Whether the row and the flags together say user, role and context."""
    meanings = meanings_of(row, options.columns)
    return any(meanings) and not lacking(meanings, options)


def rows_fit(rows: Rows, options: FormatOptions) -> bool:
    """Whether it is one column, of users, with role and context given by flags."""
    given = (options.role is not None or not options.change.names_role) and options.context is not None
    return given and bool(rows) and all(map(_is_one_column, rows))


def understand(sheet: Sheet) -> Understood:
    """Return the one part of the file."""
    if not any(sheet.table.headers):
        return _bare_list(sheet)
    sheet.refuse_headers()
    users, contexts = sheet.positions(Kind.USER), sheet.positions(Kind.CONTEXT, Kind.LEVEL)
    needed = [columns for columns in (users, sheet.positions(Kind.ROLE), contexts) if columns]
    sheet, passed_over = without_leftovers(sheet, needed)
    at = {kind: position for kind in DATED for position in sheet.positions(kind)}
    action = next(iter(sheet.positions(Kind.ACTION)), None)
    change, dates = sheet.dates(sheet.changes(action), at)
    part = Part(
        sheet.rows,
        change,
        users_of(sheet),
        _roles(sheet),
        _contexts(sheet),
        row_problems=sheet.table.row_problems,
        dates={**dates, **sheet.windows()},
    )
    used = [*_used(sheet), *(at.values() if enrols(part, sheet.options) else ())]
    used += sheet.positions(*WINDOW) if sheet.options.windows else []
    read_as = f"a table with {quoted(map(sheet.header, used))}, {_A_ROW}"
    return Understood(
        sheet,
        [part],
        read_as,
        used,
        [
            *notes_of_headers(sheet.table.headers, sheet.options.columns),
            *actions_read(sheet, action),
            *passed_over,
            *_unused_flags(sheet),
            *_like_addresses(sheet),
            *_unused_dates(sheet, part),
        ],
        usernames_of(sheet),
        languages(sheet.table.headers),
    )


DATED = (Kind.START, Kind.END, Kind.DAYS, Kind.PARTICIPATION)
"""What columns say of an enrolment."""


WINDOW = (Kind.FROM, Kind.UNTIL)
"""What columns say of when a row is wanted."""


def enrols(part: Part, options: FormatOptions) -> bool:
    """Whether some row may come to be about an enrolment, which has dates; a role has none."""
    return any(isinstance(one, Change) and options.enrols(one) for one in part.change.references)


def _bare_list(sheet: Sheet) -> Understood:
    """Read a file without a header and with one column, of users."""
    users = [sheet.read(0, user_reader(sheet.options.match_user_by))]
    part = Part(
        sheet.rows,
        sheet.changes(None),
        users,
        [given_role(sheet)],
        [constant_context(sheet)],
        row_problems=beside_the_list(sheet),
    )
    usernames = [0] if sheet.options.match_user_by == "username" else []
    notes = ["The first row is no header that is known, so every row was taken as a user."]
    return Understood(sheet, [part], "a list without a header, one user a row", [0], notes, usernames)


def _used(sheet: Sheet) -> list[int]:
    instances = [Kind.INSTANCE] if sheet.positions(Kind.LEVEL) else []
    return sheet.positions(Kind.USER, Kind.ROLE, Kind.LEVEL, *instances, Kind.CONTEXT, Kind.ACTION)


def usernames_of(sheet: Sheet) -> list[int]:
    """Return the positions of the columns with user names."""
    by = sheet.options.match_user_by
    return [at for at, meaning in sheet.of_kind(Kind.USER) if (meaning.by or by) == "username"]


def _unused_flags(sheet: Sheet) -> list[str]:
    found = []
    if sheet.options.role is not None and sheet.positions(Kind.ROLE):
        found.append("--role was not used: the file has a column for the role.")
    if sheet.options.context is not None and sheet.positions(Kind.CONTEXT, Kind.LEVEL):
        found.append("--context was not used: the file has a column for the context.")
    return found


def _unused_dates(sheet: Sheet, part: Part) -> list[str]:
    return [*_unused_enrolment(sheet, part), *_unused_window(sheet)]


def _unused_window(sheet: Sheet) -> list[str]:
    at = sheet.positions(*WINDOW)
    if sheet.options.windows or not at:
        return []
    what = quoted(map(sheet.header, at))
    return [f"{what}: not used; only batchroles sync gives a role from a day and until a day."]


def _unused_enrolment(sheet: Sheet, part: Part) -> list[str]:
    if enrols(part, sheet.options) or not (at := sheet.positions(*DATED)):
        return []
    what = quoted(map(sheet.header, at))
    return [f"{what}: only an enrolment has dates and a status; --enrol enrols who is not enrolled yet."]


def _like_addresses(sheet: Sheet) -> list[str]:
    """Say where e-mail addresses are read as user names, unless the header itself calls them so."""
    if sheet.options.match_user_by != "username":
        return []
    columns = [at for at, meaning in sheet.of_kind(Kind.USER) if not meaning.by and _are_addresses(sheet, at)]
    return [
        f'The cells under "{sheet.header(at)}" look like e-mail addresses and were read as user names; '
        "--match-user-by email reads them as e-mail addresses."
        for at in columns
    ]


def _are_addresses(sheet: Sheet, position: int) -> bool:
    texts = [text for text in sheet.cells(position).cat.categories.tolist() if cleaned(text)]
    return bool(texts) and all("@" in text for text in texts)


def users_of(sheet: Sheet) -> list[ReadColumn]:
    """Return the columns that name people."""
    return [
        sheet.read(at, user_reader(meaning.by or sheet.options.match_user_by))
        for at, meaning in sheet.of_kind(Kind.USER)
    ]


def _roles(sheet: Sheet) -> list[ReadColumn]:
    columns = [sheet.read(at, role_reader(meaning.by)) for at, meaning in sheet.of_kind(Kind.ROLE)]
    return columns or [given_role(sheet)]


def given_role(sheet: Sheet) -> ReadColumn:
    """Return the column that `--role` stands for; a blank one where it is not given and no row needs one."""
    if sheet.options.role is None and not sheet.options.change.names_role:
        return nothing("", len(sheet.rows))
    return constant_role(sheet)


def constant_role(sheet: Sheet) -> ReadColumn:
    """Return the column that `--role` stands for."""
    role = cleaned(sheet.options.role or "")
    if not role:
        raise InputError("--role is blank; write a role's short name, name or id.")
    return constant(_sound(role_reader("word")(role), "--role"), len(sheet.rows))


def constant_context(sheet: Sheet) -> ReadColumn:
    """Return the column that `--context` stands for."""
    return constant(_sound(read_context(cleaned(sheet.options.context or "")), "--context"), len(sheet.rows))


def _sound(result: Reference | Fault, flag: str) -> Reference:
    if isinstance(result, Fault):
        raise InputError(f"{flag}: {result.reason} {result.fix}")
    return result


def _contexts(sheet: Sheet) -> list[ReadColumn]:
    columns = [_context(sheet, at, meaning) for at, meaning in sheet.of_kind(Kind.CONTEXT)]
    level = next((at for at, _ in sheet.of_kind(Kind.LEVEL)), None)
    if level is not None:
        columns += _by_level(sheet, level)
    return columns or [constant_context(sheet)]


def _context(sheet: Sheet, position: int, meaning: Meaning) -> ReadColumn:
    return sheet.read(position, instance_reader(meaning.level, meaning.by) if meaning.level else read_context)


def _by_level(sheet: Sheet, level: int) -> list[ReadColumn]:
    instances = [*sheet.of_kind(Kind.INSTANCE)]
    if not instances:
        raise InputError(
            'There is a column "contextlevel" but none that says which instance; add "instanceid" or "reference".'
        )
    return [
        sheet.read_pair(level, at, _pair_reader(sheet, level, at, meaning.by)) for at, meaning in instances
    ]


def _pair_reader(sheet: Sheet, level: int, position: int, by: str) -> ReadPair:
    damaged = sheet.damaged(position)

    def read(level_text: str, text: str) -> Reference | Problem | None:
        if not cleaned(level_text):
            return None
        found = read_level_and_instance(cleaned(level_text), cleaned(text), by)
        checked = sound(cleaned(text), damaged.get(text), found)
        if checked is not found and isinstance(checked, Fault):
            return problem_of(checked, sheet.table.headers[position], text)
        if not isinstance(found, Fault):
            return found
        # Tried with an id, which every level takes: what is wrong then is the level, and else the instance.
        at_level = read_level_and_instance(cleaned(level_text), "1", "id")
        at, value = (level, level_text) if isinstance(at_level, Fault) else (position, text)
        return problem_of(found, sheet.table.headers[at], value)

    return read


def check_options(options: FormatOptions) -> None:
    """Raise InputError for a flag that cannot be meant."""
    if options.match_user_by not in USER_KEYS:
        raise InputError(
            f'"{options.match_user_by}" is nothing to match users by; use {", ".join(USER_KEYS)}.'
        )
    delimiter(options)


_A_ROW = "one assignment a row"


def _each_course(sheet: Sheet) -> Understood:
    """Understand the file, a cell with several courses as a part for each."""
    understood = understand(sheet)
    parts, notes = each_course(understood.sheet, understood.parts[0])
    notes = [*understood.notes, *notes]
    if len(parts) == 1:
        return replace(understood, notes=notes)
    read_as = f"{understood.read_as.removesuffix(_A_ROW)}one assignment for each course of a row"
    return replace(understood, parts=parts, notes=notes, read_as=read_as)


FORMAT = Format(
    "plain", "plain table", _each_course, header_fits, rows_fit, splits_courses=True, column_names=("user",)
)
