"""What a spreadsheet program makes of a text by itself, when a file is opened in it and saved again.

It takes text for a number, a date, a time or a truth value and writes that as it shows such values; and it writes a
file in an encoding that lacks some letters. `retyped` tells for two texts whether the second may be the first one
after that. In doubt it says yes: what is put back from the original by mistake fails once more, but what is believed by
mistake may be another person's name.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal

from batchroles.text import cleaned

_LONGEST_CELL = 32_000
"""A cell of a spreadsheet ends somewhat beyond so many characters."""
_LINE_END = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")


def same_to_see(old: str, new: str) -> bool:
    """Whether two texts differ in nothing that can be seen: blanks at the ends, kinds of blanks and of line ends."""
    return old == new or _plain(old) == _plain(new)


def retyped(old: str, new: str, *, lossy: bool = False) -> bool:
    """Whether a spreadsheet program may have made the new text of the old one by itself.

    `lossy`: whether the file is in an encoding that has not every letter.
    """
    one, other = _plain(old), _plain(new)
    return (
        _same_number(one, other)
        or _same_date(one, other)
        or _same_time(one, other)
        or _same_truth(one, other)
        or _other_letters(_LINE_END.sub("\n", old).strip(), other, lossy=lossy)
        or (len(other) >= _LONGEST_CELL and one.startswith(other))
        or _FORMULA.sub("", one) == _FORMULA.sub("", other)
    )


def _plain(text: str) -> str:
    return cleaned(_LINE_END.sub("\n", text))


_FORMULA = re.compile(r"^'+(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
"""Apostrophes that keep a text from being run as a formula; some programs take one of them away."""

# Numbers ----------------------------------------------------------------------------------------------------------

_GROUPED = re.compile(r"\d{1,3}([.,' \u2019])(?:\d{2,3}\1)*\d{3}")
_POINTED = re.compile(r"(\d{1,3}(?:([.,' \u2019])\d{2,3})*(?:\2\d{3})|\d*)[.,](\d*)")
_SCIENTIFIC = re.compile(r"(.+?)[eE]([+-]?\d{1,3})")
_AROUND = " $€£¥"
_ZEROS_IN_FRONT = re.compile(r"[-+( ]*(0*)\d")
_KEPT_DIGITS = 15
_MOST_DIGITS = 400


def _same_number(old: str, new: str) -> bool:
    """Zeros in front lost, digits grouped, cut or shortened, a decimal comma: but never a sign or zero gained."""
    # Programs write plain digits: others are a person's work.
    if not new.isascii() and any(letter.isdigit() and not letter.isascii() for letter in new):
        return False
    if _zeros(new) > _zeros(old) or new.startswith("+") or max(len(old), len(new)) > _MOST_DIGITS:
        return False
    after = _numbers(new)
    return bool(after) and any(
        value in after or not after.isdisjoint(_shortened(value)) for value in _numbers(old)
    )


def _zeros(text: str) -> int:
    found = _ZEROS_IN_FRONT.match(unicodedata.normalize("NFKC", text))
    return len(found[1]) if found else 0


def _numbers(text: str) -> set[Decimal]:
    """Return every number that the text can be; `1.234` may be one with decimals, or a thousand and more."""
    body = unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip(_AROUND)
    percent = body.endswith("%")
    body = body.removesuffix("%").rstrip()
    sign = -1 if body.startswith("-") or (body.startswith("(") and body.endswith(")")) else 1
    body = body.lstrip("+-(").rstrip(")").strip(_AROUND)
    exponent = 0
    if found := _SCIENTIFIC.fullmatch(body):
        body, exponent = found[1], int(found[2])
    return {sign * value.scaleb(exponent - 2 * percent) for value in _mantissas(body)}


def _mantissas(body: str) -> Iterator[Decimal]:
    if body.isdecimal():
        yield Decimal(body)
    if _GROUPED.fullmatch(body):
        yield Decimal(re.sub(r"\D", "", body))
    if (found := _POINTED.fullmatch(body)) and (found[1] or found[3]):
        whole = re.sub(r"\D", "", found[1])
        yield Decimal(f"{whole or 0}.{found[3] or 0}")


def _shortened(value: Decimal) -> set[Decimal]:
    """Return a number as it is kept with fewer digits, and as it passes through a binary fraction."""
    rounded = {
        Context(prec=digits, rounding=how).plus(value)
        for digits in range(1, _KEPT_DIGITS + 3)
        for how in (ROUND_DOWN, ROUND_HALF_UP)
    }
    digits = len(value.as_tuple().digits)
    return rounded | {Decimal(float(value))} if digits > _KEPT_DIGITS else rounded


# Dates and times --------------------------------------------------------------------------------------------------

_MONTHS = (
    "jan ene gen sty",
    "feb fév fev lut",
    "mar mrz mär mrt maa",
    "apr avr abr kwi",
    "may mai mag mei maj",
    "jun jui giu cze",
    "jul jui lug lip",
    "aug aoû aou ago sie",
    "sep set wrz",
    "oct okt ott out paź paz",
    "nov lis",
    "dec dez déc dic gru",
)
"""The first three letters of the months' names in the languages of many spreadsheets."""
_Day = tuple[int | None, int, int]
"""Year (None where the text has none), month and day."""
_CLOCK = re.compile(r"[ T]\d{1,2}:\d{2}(:\d{2})?(\.\d+)?( ?[ap]m)?$", re.IGNORECASE)
_BETWEEN = r"[-./ ]{0,2}"
_WORD = r"([^\W\d_]{3,10})\.?"
_DAY_AND_NAME = re.compile(rf"(\d{{1,2}}){_BETWEEN}{_WORD}(?:{_BETWEEN}(\d{{4}}|\d{{2}}))?")
_NAME_AND_DAY = re.compile(rf"{_WORD}{_BETWEEN}(\d{{1,2}})(?:,? ?[-./ ]?(\d{{4}}))?")
_NAME_AND_YEAR = re.compile(rf"{_WORD}{_BETWEEN}(\d{{4}}|\d{{2}}|\d)")
_FIGURES = re.compile(r"(\d{1,4})[-./ ]{1,2}(\d{1,2})(?:[-./ ]{1,2}(\d{1,4}))?\.?")
_MONTH_AND_YEAR = re.compile(r"(\d{1,2})[-./ ](\d{4})")
_AS_SHOWN = re.compile(
    r"\d{1,2}[-./ ]{1,2}[^\W\d_]{3,10}\.?([-./ ]{1,2}\d{2,4})?"
    r"|[^\W\d_]{3,10}\.?[-./ ]{1,2}\d{2,4}"
    r"|[^\W\d_]{3,10}\.? \d{1,2}, \d{4}"
    r"|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}\.?"
)
"""How dates are shown: with a month's name apart from the figures, or with day, month and year."""
_SERIAL = re.compile(r"\d{5}")
# Day 0 as it must be after Excel's 29 February 1900, which never was; and that of workbooks from old Macs.
_EPOCHS = (date(1899, 12, 30), date(1904, 1, 1))
_YEARS_ABOUT = 1


def _same_date(old: str, new: str) -> bool:
    shown = _CLOCK.sub("", new)
    if _SERIAL.fullmatch(shown):
        after = {_of(epoch + timedelta(int(shown))) for epoch in _EPOCHS}
    elif _AS_SHOWN.fullmatch(shown):
        after = set(_days(shown))
    else:
        return False
    return any(_agree(one, other) for one in _days(_CLOCK.sub("", old)) for other in after)


def _of(day: date) -> _Day:
    return day.year, day.month, day.day


def _agree(old: _Day, new: _Day) -> bool:
    """A date without a year is taken for one of the year in which it is typed, and may be shown without."""
    if old[1:] != new[1:]:
        return False
    if new[0] is None:
        return True
    if old[0] is None:
        return abs(new[0] % 100 - date.today().year % 100) <= _YEARS_ABOUT  # noqa: DTZ011 - a spreadsheet's own year
    return old[0] % 100 == new[0] % 100


def _days(text: str) -> Iterator[_Day]:
    """Yield every day that the text can be, day first or month first."""
    text = unicodedata.normalize("NFKC", text)
    if found := _DAY_AND_NAME.fullmatch(text):
        yield from ((_year(found[3]), month, int(found[1])) for month in _months(found[2]))
    if found := _NAME_AND_DAY.fullmatch(text):
        yield from ((_year(found[3]), month, int(found[2])) for month in _months(found[1]))
    if found := _NAME_AND_YEAR.fullmatch(text):
        yield from ((int(found[2]), month, 1) for month in _months(found[1]))
    if found := _MONTH_AND_YEAR.fullmatch(text):
        yield int(found[2]), int(found[1]), 1
    if found := _FIGURES.fullmatch(text):
        one, two, three = (None if figures is None else int(figures) for figures in found.groups())
        yield from _arranged(one or 0, two or 0, three)


def _arranged(one: int, two: int, three: int | None) -> Iterator[_Day]:
    if three is None:
        yield from ((None, one, two), (None, two, one), (one, two, 1))
    else:
        yield from ((three, one, two), (three, two, one), (one, two, three))


def _year(figures: str | None) -> int | None:
    return None if figures is None else int(figures)


def _months(word: str) -> Iterator[int]:
    start = word[:3].casefold()
    return (number for number, names in enumerate(_MONTHS, 1) if start in names.split())


_TIME = re.compile(r"(\d{1,4}):(\d{1,2})(?::(\d{1,2}))?(?: ?([ap])m)?", re.IGNORECASE)


def _same_time(old: str, new: str) -> bool:
    before, after = _TIME.fullmatch(old), _TIME.fullmatch(new)
    return before is not None and after is not None and _seconds(before) == _seconds(after)


def _seconds(time: re.Match[str]) -> int:
    hours = int(time[1])
    if time[4]:
        hours = hours % 12 + 12 * (time[4] in "pP")
    return hours * 3600 + int(time[2]) * 60 + int(time[3] or 0)


# Truth values and letters -----------------------------------------------------------------------------------------

_TRUE = {"TRUE", "WAHR", "VRAI", "VERDADERO", "VERO", "WAAR", "VERDADEIRO", "PRAWDA", "1"}
_FALSE = {"FALSE", "FALSCH", "FAUX", "FALSO", "ONWAAR", "FAŁSZ", "0"}


def _same_truth(old: str, new: str) -> bool:
    word = old.upper()
    return not word.isdecimal() and any(word in words and new in words for words in (_TRUE, _FALSE))


def _other_letters(old: str, new: str, *, lossy: bool) -> bool:
    """Whether letters that the file's encoding lacks, or no file can hold, were replaced or left out."""
    if old.isprintable() and (old.isascii() or (not lossy and not _MOJIBAKE.search(new))):
        return False
    if new in (old.encode("utf-8", "replace").decode(other, "replace") for other in ("cp1252", "latin-1")):
        return True
    pattern = "".join(".{0,2}" if _may_be_lost(letter, lossy=lossy) else re.escape(letter) for letter in old)
    return re.fullmatch(pattern, new, re.DOTALL) is not None


_MOJIBAKE = re.compile(r"[\x80-\xff]{2}|[ÃÂâ].")


def _may_be_lost(letter: str, *, lossy: bool) -> bool:
    return not letter.isprintable() or (lossy and not letter.isascii())
