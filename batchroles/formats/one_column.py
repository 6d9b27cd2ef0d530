"""Lists of one column and without a header: text in another column can be no part of them."""

from batchroles.formats.sheet import Sheet
from batchroles.loader.columns import is_blank
from batchroles.loader.invisible import cleaned
from batchroles.models import Code, Problem


def row_problems(sheet: Sheet) -> dict[int, Problem]:
    """Return a problem for each row that has text outside of the first column, besides those known already."""
    problems: dict[int, Problem] = {}
    for at in range(1, len(sheet.table.headers)):
        cells = sheet.cells(at)
        for row, text in cells[~is_blank(cells)].items():
            problems.setdefault(int(str(row)), _beside(cleaned(text)))
    return problems | dict(sheet.table.row_problems)


def _beside(text: str) -> Problem:
    return Problem(
        Code.BAD_VALUE,
        f'The text "{text}" stands beside the list, which has one column.',
        "Remove it; or give the table a header row, if the row is to say more than a user.",
        value=text,
    )
