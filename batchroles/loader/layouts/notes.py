"""What the person who runs it should know and need not mend: sentences, each with a place."""

import re
import unicodedata
from collections.abc import Callable, Sequence

from openpyxl.utils import get_column_letter

from batchroles.loader import SURPLUS
from batchroles.loader.columns import is_blank
from batchroles.loader.layouts.cells import foreign_changes
from batchroles.loader.layouts.format import Understood
from batchroles.loader.layouts.meanings import listed, quoted, said_of
from batchroles.loader.layouts.person_names import name_columns
from batchroles.loader.layouts.sheet import Sheet
from batchroles.models import ASSIGN
from batchroles.text import cleaned, invisible_names

_ALPHABETS = {"LATIN", "CYRILLIC", "GREEK"}
_POINT_ZERO = re.compile(r"[0-9]+\.0+")
_FULL_WIDTH = re.compile("[\uff01-\uff5e]")


def notes_of(understood: Understood) -> list[str]:
    """Return what was seen in the columns that are used, and which columns are not."""
    sheet, used = understood.sheet, understood.used
    if not len(sheet.rows):
        return ["There are no rows below the header."]
    dirt = _names_of_dirt(sheet, used)
    return [
        *_unused(sheet, [*used, *name_columns(sheet).values()]),
        *_seen(sheet, used, _is_dirty, f"Spaces or invisible characters{dirt} were left out"),
        *_seen(
            sheet,
            understood.usernames,
            _has_capitals,
            "A user name was read in lower case, as Moodle keeps it,",
        ),
        *_seen(
            sheet,
            used,
            _mixes_alphabets,
            "Letters of two alphabets, of which some look alike, stand, unchanged,",
        ),
        *_seen(
            sheet, used, _has_odd_dashes, "A dash that is not the hyphen of the keyboard stands, unchanged,"
        ),
        *_seen(sheet, used, _is_decomposed, "An accent that is a character of its own stands, unchanged,"),
        *_seen(sheet, used, _is_full_width, "Full-width characters stand, unchanged,"),
        *_seen(sheet, used, _ends_in_point_zero, "A whole number ends in .0, unchanged,"),
    ]


def actions_read(sheet: Sheet, position: int | None) -> list[str]:
    """Say which words of an action column are read as which of ours: `"Löschen" is read as unassign.`"""
    texts = [] if position is None else sheet.cells(position).cat.categories.tolist()
    read = [(cleaned(text), found[0]) for text in texts if len(found := foreign_changes(cleaned(text))) == 1]
    return said_of(read)


def enrols_nobody(sheet: Sheet) -> list[str]:
    """Say of a file that enrols people where Moodle itself reads it that it only gives roles here."""
    if sheet.options.change is not ASSIGN or sheet.options.enrol:
        return []
    return [
        "Moodle itself enrols people by such a file; here its rows assign roles, which enrols nobody: --enrol enrols"
        " whoever is not enrolled yet."
    ]


def _unused(sheet: Sheet, used: Sequence[int]) -> list[str]:
    others = [at for at in range(len(sheet.table.headers)) if at not in used]
    names = [sheet.header(at) for at in others if sheet.header(at) not in ("", SURPLUS)]
    letters = [
        get_column_letter(at + 1)
        for at in others
        if not sheet.header(at) and not is_blank(sheet.cells(at)).all()
    ]
    found = []
    if names:
        rest = "is not used; it comes" if len(names) == 1 else "are not used; they come"
        found.append(f"{quoted(names)} {rest} back in the results.")
    if letters and any(sheet.table.headers):
        columns = (
            f"Column {letters[0]} has" if len(letters) == 1 else f"Columns {listed(letters, 'and')} have"
        )
        found.append(f"{columns} no header and {'is' if len(letters) == 1 else 'are'} not used.")
    return found


def _seen(sheet: Sheet, columns: Sequence[int], odd: Callable[[str], bool], what: str) -> list[str]:
    """Return one sentence with the number of odd cells and the first of them."""
    count, first = 0, ""
    for at in columns:
        found = sheet.cells_that(at, odd)
        count += int(found.sum())
        if not first and found.any():
            first = sheet.place(int(sheet.rows[found][0]), at)
    if not count:
        return []
    return [
        f"{what} in 1 cell: {first}."
        if count == 1
        else f"{what} in {count:,} cells, the first of them {first}."
    ]


def _names_of_dirt(sheet: Sheet, columns: Sequence[int]) -> str:
    texts = (text for at in columns for text in sheet.cells(at).cat.categories if not text.isascii())
    names = list(dict.fromkeys(name for text in texts for name in invisible_names(text)))
    return f" ({', '.join(names)})" if names else ""


def _is_dirty(text: str) -> bool:
    return cleaned(text) != text and bool(cleaned(text))


def _has_capitals(text: str) -> bool:
    return text != text.lower() and text[0] not in "#="  # no error value, no formula


def _mixes_alphabets(text: str) -> bool:
    if text.isascii():
        return False
    names = {unicodedata.name(letter, "").partition(" ")[0] for letter in text if letter.isalpha()}
    return len(names & _ALPHABETS) > 1


def _has_odd_dashes(text: str) -> bool:
    return not text.isascii() and any(
        letter == "\u2212" or (unicodedata.category(letter) == "Pd" and letter != "-") for letter in text
    )


def _is_decomposed(text: str) -> bool:
    return (
        not text.isascii()
        and any(map(unicodedata.combining, text))
        and not unicodedata.is_normalized("NFC", text)
    )


def _is_full_width(text: str) -> bool:
    return not text.isascii() and _FULL_WIDTH.search(text) is not None


def _ends_in_point_zero(text: str) -> bool:
    return _POINT_ZERO.fullmatch(cleaned(text)) is not None
