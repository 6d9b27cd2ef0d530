"""Which sheet is meant, where its header row is, and which formats it can have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module

from batchroles.errors import InputError
from batchroles.loader import Source
from batchroles.loader.layouts import plain, sections
from batchroles.loader.layouts.cells import USER_KEYS
from batchroles.loader.layouts.format import Format, Rows
from batchroles.loader.layouts.meanings import Kind, listed, meanings_of, refuse_unclear, refuse_unmapped
from batchroles.loader.layouts.sheet import FormatOptions, Sheet
from batchroles.models.words import LAYOUTS
from batchroles.text import cleaned

# By name: a layout is there when its word stands in `LAYOUTS`, which the command line offers without pandas.
FORMATS: dict[str, Format] = {
    name: import_module(f"batchroles.loader.layouts.{name.replace('-', '_')}").FORMAT for name in LAYOUTS
}
"""Every format by its short name."""


@dataclass(frozen=True)
class Found:
    """A sheet that can be read."""

    sheet: str | None
    header: int
    """The row number of the header; 0 where there is none."""
    formats: Sequence[Format]
    """The formats that fit by headers or first rows."""


def find(source: Source, options: FormatOptions) -> Found:
    """Return the first sheet that some format fits. Raises InputError, with the headers that were found."""
    formats = _allowed(options)
    previews: dict[str | None, Rows] = {}
    for sheet in source.sheets():
        previews[sheet] = source.preview(sheet)
        if (found := _with_header(sheet, previews[sheet], formats, options)) is not None:
            _refuse_headings(source, found, previews[sheet], options)
            return found
    for sheet, rows in previews.items():
        if (found := _by_content(sheet, rows, formats, options)) is not None:
            return found
    # Only after all headers: rows without one would fit the first sheet of many a workbook.
    for sheet, rows in previews.items():
        filled = [row for row in rows if any(map(cleaned, row))]
        fitting = [format_ for format_ in formats if format_.rows_fit and format_.rows_fit(filled, options)]
        if filled and (fitting or _is_forced_without_header(options)):
            return Found(sheet, 0, fitting or formats)
    # Headers that are read in another encoding than theirs are none that is known.
    raise InputError(" ".join([str(_refusal(source, previews, options)), *source.guesses]))


def find_all(source: Source, options: FormatOptions) -> tuple[list[Found], list[str]]:
    """Return every sheet with a table, and the names of those without one.

    Raises InputError where there is no table at all, and for a sheet that names people and cannot be read.
    """
    formats, found, without = _allowed(options), list[Found](), list[str]()
    for sheet in source.sheets():
        rows = source.preview(sheet)
        table = _with_header(sheet, rows, formats, options) or _by_content(sheet, rows, formats, options)
        if table is not None:
            _refuse_headings(source, table, rows, options)
            found.append(table)
        elif any(_may_be_header(row, options) for row in rows):
            why = str(_refusal(source, {sheet: rows}, options)).removesuffix(".")
            raise InputError(f"{why}; or hide the sheet, which --all-sheets then leaves out.")
        else:
            without.append(str(sheet))
    if not found:
        raise _refusal(source, {sheet: source.preview(sheet) for sheet in source.sheets()}, options)
    return found, without


def _may_be_header(row: Sequence[str], options: FormatOptions) -> bool:
    """Whether a row looks like the header of a table that asks for something, one column of which is not understood."""
    kinds = [meaning.kind for meaning in meanings_of(row, options.columns) if meaning]
    return len(kinds) > 1 and (Kind.USER in kinds or {Kind.ROLE, Kind.CONTEXT} <= {*kinds})


def _allowed(options: FormatOptions) -> list[Format]:
    if options.format is None:
        return list(FORMATS.values())
    if options.format not in FORMATS:
        raise InputError(f'"{options.format}" is no format; --format takes {listed(FORMATS, "or")}.')
    return [FORMATS[options.format]]


def _is_forced_without_header(options: FormatOptions) -> bool:
    if options.format is None:
        return False
    asked = FORMATS[options.format]
    return asked.header_fits is None and asked.content_fits is None


def _with_header(
    sheet: str | None, rows: Rows, formats: Sequence[Format], options: FormatOptions
) -> Found | None:
    for number, row in enumerate(rows, 1):
        fitting = [
            format_ for format_ in formats if format_.header_fits and format_.header_fits(row, options)
        ]
        if fitting:
            return Found(sheet, number, fitting)
    return None


def _refuse_headings(source: Source, found: Found, rows: Rows, options: FormatOptions) -> None:
    """Refuse `--context` where headings below the header say other courses, unless the format is said, too."""
    if options.context is None or options.format is not None or not found.header:
        return
    texts = [text for row in rows[found.header :] for text in row if sections.begins_section(text)]
    if texts and sections.content_fits(rows, found.header, replace(options, context=None)):
        raise InputError(
            f'{source.path}: "{cleaned(texts[0])}" may be a heading with the course of those below it, and --context'
            " names one place for everybody; leave --context out, or give --format plain if it is no heading."
        )


def _by_content(
    sheet: str | None, rows: Rows, formats: Sequence[Format], options: FormatOptions
) -> Found | None:
    for number, row in enumerate(rows, 1):
        fitting = [one for one in formats if one.content_fits and one.content_fits(rows, number, options)]
        if fitting and (options.format is not None or _other_match(row, options) is None):
            return Found(sheet, number, fitting)
    return None


def chosen(formats: Sequence[Format], sheet: Sheet) -> Format:
    """Return the one format that is meant. Raises InputError, naming them, where several can be."""
    formats = _by_values(formats, sheet)
    special = [format_ for format_ in formats if format_ is not plain.FORMAT]
    if len(special) == 1 and special[0].same_as_plain and special[0].same_as_plain(sheet):
        return special[0]
    if len(formats) == 1:
        return formats[0]
    names = listed((f"{format_.title} (--format {format_.name})" for format_ in formats), "or")
    raise InputError(
        f"{sheet.table.path} can be read in more than one way: {names}; say which with --format."
    )


def _by_values(formats: Sequence[Format], sheet: Sheet) -> Sequence[Format]:
    """Leave out what the values speak against, where the plain format fits as well as another."""
    for one in formats:
        if one.values_fit and plain.FORMAT in formats and (fits := one.values_fit(sheet)) is not None:
            against = plain.FORMAT if fits else one
            formats = [format_ for format_ in formats if format_ is not against]
    return formats


def find_table(source: Source) -> tuple[str | None, int]:
    """Return the sheet and row with the most headers that have a meaning, else the first row that is not blank."""
    rows = [
        ((sheet, number), sum(map(bool, meanings_of(row, {}))))
        for sheet in source.sheets()
        for number, row in enumerate(source.preview(sheet), 1)
        if any(map(cleaned, row))
    ]
    if not rows:
        raise _empty(source)
    return max(rows, key=lambda row: row[1])[0]


def _other_match(row: Sequence[str], options: FormatOptions) -> tuple[Format, str] | None:
    """Return a format whose header the row would be if users were matched otherwise, and by what."""
    for one in FORMATS.values():
        if one.header_fits and one is not plain.FORMAT and not one.header_fits(row, options):
            for by in USER_KEYS:
                if one.header_fits(row, replace(options, match_user_by=by)):
                    return one, by
    return None


def _empty(source: Source) -> InputError:
    return InputError(f"{source.path} is empty; give a file with a header row and at least one row below it.")


def _refusal(source: Source, previews: Mapping[str | None, Rows], options: FormatOptions) -> InputError:
    filled = [(sheet, row) for sheet, rows in previews.items() for row in rows if any(map(cleaned, row))]
    if not filled:
        return _empty(source)
    sheet, best = max(filled, key=lambda one: sum(map(bool, meanings_of(one[1], options.columns))))
    refuse_unmapped(best, options.column_map)
    refuse_unclear(best, options.columns)
    if options.format is not None and options.format != plain.FORMAT.name:
        title = FORMATS[options.format].title
        return InputError(
            f"{source.path} has not the columns of a {title}; leave --format out, or give another file."
        )
    where = f"{source.path}" if sheet is None else f'{source.path}, sheet "{sheet}"'
    if (other := _other_match(best, options)) is not None:
        format_, by = other
        return InputError(
            f"{where}: the headers are those of a {format_.title} that names users by {by}; "
            f"give --match-user-by {by}."
        )
    return plain.refusal(where, best, plain.lacking(meanings_of(best, options.columns), options))
