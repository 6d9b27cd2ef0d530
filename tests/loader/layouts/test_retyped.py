"""What a spreadsheet program makes of a text by itself, told from what a person writes."""

from datetime import date

import pytest

from batchroles.loader.layouts.retyped import retyped, same_to_see

YEAR = date.today().year  # noqa: DTZ011 - a spreadsheet's own year

BY_ITSELF = """
0071|71 0071|71.0 007.0|007 00|0 (5)|-5 $5|5 50%|0.5 +49123|49123 \uff11\uff12|12 -5|-5.00 71.|71
12345678901234567|12345678901234500 12345678901234567|12345678901234568 12345678901234567|1.23457E+16
12345678901234567|1,23457E+16 12345678901234567890|1.23456789012346E+19 123456789012|1.23457E+11
100000|1E+05 100000|1,00E+05 1e5|100000 1E+05|100000 1.0|1 1.50|1.5 1.5|1,5 1,234|1234
1234567|1,234,567 1234567|1.234.567 1234567|1'234'567 1234567|1~234~567
1-2|02-Jan 1-2|01._Feb 1/2|2-Jan 2024-01-05|05/01/2024 2024-01-05|2024-01-05_00:00:00 2024-01-05|45296
MAR1|01-Mar MAR1|Mar-01 MAR1|01._Mrz DEC2|02.Dez SEPT2|2-Sep 2024-01|Jan-24 2024-01|2024-01-01
1:2|01:02:00 10:30|10:30:00_AM true|TRUE true|WAHR false|FALSCH '=x|=x José|JosÃ©
"""
BY_A_PERSON = """
71|0071 1042|1043 1-2|2-1 2024-01|2024-02 MAR1|MAR2 MAR-01|MAR-02 01-Mar|02-Mar anna|anne 0071|0072 01|001 true|false
1.0|2 5|+5 josé|jose 1|TRUE C-1|C-2 12345678901234567|12345678901234599 Łukasz|?ukasz |71 71|
"""


def pairs(table: str) -> list[tuple[str, ...]]:
    return [tuple(word.replace("_", " ").replace("~", "\u00a0").split("|")) for word in table.split()]


@pytest.mark.parametrize(
    ("old", "new"), [*pairs(BY_ITSELF), ("1-2", f"02/01/{YEAR}"), ("1-2", f"2/1/{YEAR}")]
)
def test_what_programs_do_is_known(old: str, new: str) -> None:
    """Zeros lost, numbers shortened, grouped or rounded, dates, times and truth values are put down to the program."""
    assert retyped(old, new)


@pytest.mark.parametrize(("old", "new"), [*pairs(BY_A_PERSON), ("1-2", f"2/1/{YEAR - 9}")])
def test_what_people_write_is_believed(old: str, new: str) -> None:
    """Another value, and zeros added in front, are a person's work."""
    assert not retyped(old, new)


def test_lost_letters_are_known() -> None:
    """Where a file was saved in an old encoding, letters that it has not may be lost; others may not change."""
    assert retyped("Łukasz", "?ukasz", lossy=True)
    assert retyped("Łukasz", "Lukasz", lossy=True)
    assert not retyped("Łukasz", "?ukass", lossy=True)
    assert retyped("a\x1bb", "a\ufffdb")
    assert retyped("x" * 40_000, "x" * 32_767)


def test_blanks_do_not_count() -> None:
    """Blanks at the ends, no-break spaces and kinds of line ends are no change."""
    assert same_to_see("anna\u00a0b ", "anna b")
    assert same_to_see("a\r\nb", "a\nb")
    assert not same_to_see("anna", "Anna")
