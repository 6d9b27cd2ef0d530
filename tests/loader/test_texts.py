"""Values and formats as text, and what is invisible in text."""

import datetime
from collections.abc import Hashable

import pytest

from batchroles.loader.workbook.number_formats import NOT_KNOWN, shown
from batchroles.loader.workbook.values import DATE, DECIMALS, LOST_DIGITS, TRUTH, Truth, damage_of, text_of
from batchroles.text import cleaned, count_of, invisible_names


@pytest.mark.parametrize(
    ("value", "text", "damage"),
    [
        ("007", "007", None),
        (1042.0, "1042", None),
        (1042, "1042", None),
        (-3.0, "-3", None),
        (1.5, "1.5", DECIMALS),
        (1042.25, "1042.25", DECIMALS),
        (Truth(True), "TRUE", TRUTH),
        (Truth(False), "FALSE", TRUTH),
        (1234567890123456.0, "1234567890123456", LOST_DIGITS),
        (True, "TRUE", None),
        (False, "FALSE", None),
        (123456789012345.0, "123456789012345", None),
        (1234567890123450.0, "1234567890123450", LOST_DIGITS),
        (1e17, "100000000000000000", LOST_DIGITS),
        (1.5e21, "1.5E+21", LOST_DIGITS),
        (datetime.date(2024, 3, 1), "2024-03-01", DATE),
        (datetime.datetime(2024, 3, 1, 12, 30), "2024-03-01 12:30:00", DATE),  # noqa: DTZ001  # a spreadsheet knows no zone
        (datetime.time(12, 30), "12:30:00", DATE),
        (datetime.timedelta(hours=30), "1 day, 6:00:00", DATE),
    ],
)
def test_values(value: Hashable, text: str, damage: str | None) -> None:
    """A typed value becomes the text that a spreadsheet shows, and says where it is damaged."""
    assert (text_of(value), damage_of(value)) == (text, damage)


@pytest.mark.parametrize(
    ("number", "code", "text"),
    [
        (42, "0000000", "0000042"),
        (12345678, "0000000", "12345678"),
        (77, '"S-"000-000', "S-000-077"),
        (1234567, '"S-"000-000', "S-1234-567"),
        (7, "0000;-0000", "0007"),
        (7, "\\A00", "A07"),
        (5, "0", None),
        (5, "#,##0", None),
        (5, "0.00", None),
        (-5, "0000", "-0005"),
        (-5, "0000;0000", "0005"),
        (5, "General", None),
        (5, "yyyy\\-mm\\-dd", NOT_KNOWN),
        (5, "@", None),
        (5, '"text"', NOT_KNOWN),
        (42, "0000;-0000;", "0042"),
        (0, "0000;-0000;", NOT_KNOWN),
        (42, "[Red]0000_)", "0042"),
        (42, "* [$-409]#0000", "0042"),
        (42, "[$K-409]???0", "K  42"),
        (42, "[<1000]0000;0", "0042"),
        (1042, "[<1000]0000;0", None),
        (-5, "[<0]0000;0", NOT_KNOWN),
        (42, '"K"General', "K42"),
        (42, "_-* #,##0.00_-;-* #,##0.00_-", None),
        (42, "0000.00", NOT_KNOWN),
        (42, "0,000", NOT_KNOWN),
        (71000, "0,", NOT_KNOWN),
        (71000, "0.0,", NOT_KNOWN),
        (71000, "#,##0,,", NOT_KNOWN),
        (71000, "#,##0.00", None),
        (1, "0%", NOT_KNOWN),
        (1, "0.00%", NOT_KNOWN),
        (12345, "0.00E+00", NOT_KNOWN),
        (12345, "##0.0E+0", NOT_KNOWN),
        (5, "# ?/?", NOT_KNOWN),
        (5, "h:mm", NOT_KNOWN),
        (5, "-0", "-5"),
        (5, "+0", "+5"),
        (5, "(0)", "(5)"),
        (-5, "0;0", "5"),
        (-5, "0;(0)", "(5)"),
        (-5, "0", None),
        (5, "$#,##0_);($#,##0)", NOT_KNOWN),
        (5, "[$€-407]0", "€5"),
        (5, "[$-2000000]0", NOT_KNOWN),
        (5, "[DBNum1]0", NOT_KNOWN),
        (5, "0;[<1.5]00", NOT_KNOWN),
        (5, "0;[>3]00", NOT_KNOWN),
        (5, "#", None),
        (0, "#", NOT_KNOWN),
        (0, "#,###", NOT_KNOWN),
        (0, '0;-0;"-"??', "-"),
        (0, "0;;", NOT_KNOWN),
        (5, "", NOT_KNOWN),
        (5, "#0" + " " * 300, NOT_KNOWN),
        (5, '"ID "@', NOT_KNOWN),
    ],
)
def test_shown(number: int, code: str, text: str | None) -> None:
    """A number format with zeros is applied as a spreadsheet applies it; others are left alone or not known."""
    assert shown(number, code) == text


@pytest.mark.parametrize(
    ("text", "clean", "names"),
    [
        (" anna\t", "anna", []),
        ("\u00a0anna\u200b", "anna", ["zero width space", "no-break space"]),
        ("\ufeffanna", "anna", ["zero width no-break space"]),
        ("an\u00adna", "anna", ["soft hyphen"]),
        ("a\u2003b", "a b", ["em space"]),
        ("a\x07b", "ab", ["control character 7"]),
        ("an\u200cna", "anna", ["zero width non-joiner"]),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e", []),  # Persian needs the joiner
        ("two\nlines", "two\nlines", []),
        ("Ünïcode", "Ünïcode", []),
    ],
)
def test_cleaned(text: str, clean: str, names: list[str]) -> None:
    """What cannot be seen is taken away and can be named; what can be seen stays."""
    assert (cleaned(text), invisible_names(text)) == (clean, names)


def test_count_of() -> None:
    """A count has the word for one only where it is 1."""
    assert [count_of(number, "row") for number in (0, 1, 1204)] == ["0 rows", "1 row", "1,204 rows"]
    assert [count_of(number, "row is", "rows are") for number in (1, 2)] == ["1 row is", "2 rows are"]
