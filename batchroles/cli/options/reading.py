"""The flags for how a file is read and what its rows mean."""

from collections.abc import Sequence
from inspect import signature
from typing import TYPE_CHECKING

import click

from batchroles.cli import settings
from batchroles.cli.aims import Aim, option
from batchroles.cli.options.flags import Flags, Pair
from batchroles.models.words import LAYOUTS

if TYPE_CHECKING:
    from batchroles.loader.layouts.dates import DateOrder
    from batchroles.models.references import UserKey

role_map_option = option(
    Aim.FILE,
    "--role-map",
    type=Pair(),
    multiple=True,
    metavar="WORD=ROLE",
    callback=settings.role_words,
    help="What a word for a role means: a short name or an id.",
)

match_user_by_option = option(
    Aim.FILE,
    "--match-user-by",
    type=click.Choice(["username", "email", "idnumber", "id"]),
    default="username",
    show_default=True,
    help="What a plain user column holds.",
)

map_option = option(
    Aim.FILE,
    "--map",
    "column_map",
    type=Pair(),
    multiple=True,
    metavar="COLUMN=MEANING",
    help="Read a column as username, role, course …",
)

split_courses_option = option(
    Aim.FILE,
    "--split-courses",
    metavar="SIGN",
    help="What stands between several courses in one cell: ; or , or / or space, say.",
)

date_format_option = option(
    Aim.FILE,
    "--date-format",
    type=click.Choice(["dmy", "mdy"]),
    help="What 03/04/2026 means, day or month first; refused otherwise.",
)

time_zone_option = option(
    Aim.FILE,
    "--time-zone",
    metavar="NAME",
    help="Zone of dates: Europe/Berlin, say.  [default: the site's own, where it tells it]",
)


def _reading(
    sheet: str | None,
    all_sheets: bool,
    visible_rows: bool,
    encoding: str | None,
    delimiter: str | None,
    format: str | None,  # noqa: A002 - the flag's name
    match_user_by: "UserKey",
    role: str | None,
    context: str | None,
    column_map: Sequence[tuple[str, str]],
    split_courses: str | None,
    enrol: bool,
    date_format: "DateOrder | None",
    time_zone: str | None,
) -> dict[str, object]:
    """Give how a file is read and understood."""
    from batchroles.loader import ReadingOptions
    from batchroles.loader.layouts import FormatOptions

    strict, lenient = settings.columns(column_map)
    understanding = FormatOptions(
        match_user_by,
        role,
        context,
        strict,
        format,
        enrol=enrol,
        date_format=date_format,
        time_zone=time_zone,
        split_courses=split_courses,
        site_columns=lenient,
    )
    return {
        "reading": ReadingOptions(encoding, delimiter, sheet, all_sheets, visible_rows),
        "understanding": understanding,
    }


file_flags = Flags(
    _reading,
    signature(_reading).parameters,
    [
        option(
            Aim.FILE,
            "--sheet",
            help="Sheet of a workbook; the first visible one with a known header otherwise.",
        ),
        option(
            Aim.FILE,
            "--all-sheets",
            is_flag=True,
            help="Read every sheet of a workbook that has a table and is not hidden.",
        ),
        option(
            Aim.FILE,
            "--visible-rows",
            is_flag=True,
            help="Leave out the rows that the workbook hides, by a filter or by hand.",
        ),
        option(Aim.RARE, "--encoding", help="Encoding of a CSV file; told apart by looking otherwise."),
        option(Aim.RARE, "--delimiter", help="Delimiter of a CSV file: , ; | or tab."),
        option(
            Aim.FILE, "--format", type=click.Choice(LAYOUTS), help="Layout of the file; recognised otherwise."
        ),
        match_user_by_option,
        option(Aim.FILE, "--role", help="The role of every row, where the file has no role column."),
        option(
            Aim.FILE,
            "--context",
            help="The place of every row, where the file has none: course:MATH101, say.",
        ),
        map_option,
        split_courses_option,
        option(
            Aim.FILE,
            "--enrol",
            is_flag=True,
            help="Rows that assign a role in a course enrol whoever is not enrolled there, with that role.",
        ),
        date_format_option,
        time_zone_option,
        role_map_option,
    ],
)


def _office(
    match_user_by: "UserKey",
    column_map: Sequence[tuple[str, str]],
    split_courses: str | None,
    date_format: "DateOrder | None",
    time_zone: str | None,
) -> dict[str, object]:
    """Give how the files of an office are understood, whichever come: none has to have every column that is named."""
    from batchroles.loader.layouts import FormatOptions

    strict, lenient = settings.columns(column_map)
    understanding = FormatOptions(
        match_user_by,
        date_format=date_format,
        time_zone=time_zone,
        split_courses=split_courses,
        site_columns={**lenient, **strict},
    )
    return {"understanding": understanding}


office_flags = Flags(
    _office,
    signature(_office).parameters,
    [match_user_by_option, map_option, split_courses_option, date_format_option, time_zone_option],
)
