"""What spreadsheet programs do to names and numbers, and how it is mended."""

import re
from typing import TypeVar

import pandas as pd

from batchroles.loader.layouts.cells import Fault, Reference
from batchroles.loader.workbook.values import (
    DATE,
    DECIMALS,
    FORMAT_UNKNOWN,
    FORMATTED,
    FORMULA,
    LOST_DIGITS,
    TRUTH,
)
from batchroles.models import ContextRef, RoleRef, UserRef
from batchroles.models.references import Moment

_FIXES = {
    DATE: "Format the column as text and type the value again.",
    LOST_DIGITS: "Format the column as text and copy the number again from where it came.",
    FORMATTED: "Format the column as text and type what is meant, as the number format shows it.",
    FORMAT_UNKNOWN: "Save the file as .xlsx; or format the column as text and type the value again.",
    DECIMALS: "Format the column as text and type the value again.",
    TRUTH: "Format the column as text and type the value again.",
    FORMULA: "Open the file in a spreadsheet program, let it calculate, and save it; or type the value itself.",
}
_ERROR_WORDS = {
    "English": "#N/A #REF! #VALUE! #NAME? #DIV/0! #NULL! #NUM! #SPILL! #CALC! #GETTING_DATA #FIELD! #BLOCKED! #CONNECT!"
    " #BUSY! #UNKNOWN! #EXTERNAL!",
    "Google Sheets": "#ERROR!",
    "Bulgarian": "#Н/Д #РЕФ! #СТОЙНОСТ! #ИМЕ? #ДЕЛ/0! #ПРАЗНО! #ЧИСЛО!",  # noqa: RUF001 - its own letters
    "Czech": "#NENÍ_K_DISPOZICI #ODKAZ! #HODNOTA! #NÁZEV? #DĚLENÍ_NULOU! #ČÍSLO!",
    "Danish": "#I/T #REFERENCE! #VÆRDI! #NAVN? #DIVISION/0! #NUL! #NUMMER! #OVERLØB!",
    "Dutch": "#N/B #VERW! #WAARDE! #NAAM? #DEEL/0! #DELING.DOOR.0! #LEEG! #GETAL! #OVERLOOP!",
    "Finnish": "#PUUTTUU! #VIITTAUS! #ARVO! #NIMI? #JAKO/0! #TYHJÄ! #LUKU! #LEVITTYMINEN!",
    "French": "#VALEUR! #NOM? #NUL! #NOMBRE! #EPARS!",
    "German": "#NV #BEZUG! #WERT! #ZAHL! #ÜBERLAUF!",
    "Greek": "#Δ/Υ #ΑΝΑΦ! #ΤΙΜΗ! #ΟΝΟΜΑ? #ΔΙΑΙΡ/0! #ΚΕΝΟ! #ΑΡΙΘ! #ΕΚΧΥΣΗ!",  # noqa: RUF001 - its own letters
    "Hungarian": "#HIÁNYZIK #HIV! #ÉRTÉK! #NÉV? #ZÉRÓOSZTÓ! #NULLA! #SZÁM! #KIBONTÁS!",
    "Italian": "#N/D #RIF! #VALORE! #NOME? #ESPANSIONE!",
    "Norwegian": "#I/T #VERDI! #NAVN? #NAMN? #OVERFLYT!",
    "Polish": "#N/D! #ADR! #ARG! #NAZWA? #DZIEL/0! #ZERO! #LICZBA!",
    "Portuguese": "#N/D #VALOR! #NOME? #NULO! #NÚM!",
    "Romanian": "#VALOARE! #NUME? #NUL! #VĂRSARE!",
    "Russian": "#Н/Д #ССЫЛКА! #ЗНАЧ! #ИМЯ? #ДЕЛ/0! #ПУСТО! #ЧИСЛО! #ПЕРЕНОС!",  # noqa: RUF001 - its own letters
    "Spanish": "#N/D #¡REF! #¡VALOR! #¿NOMBRE? #¡DIV/0! #¡NULO! #¡NUM! #¡DESBORDAMIENTO!",
    "Swedish": "#SAKNAS! #REFERENS! #VÄRDEFEL! #NAMN? #DIVISION/0! #SKÄRNING! #OGILTIGT!",
    "Turkish": "#YOK #BAŞV! #DEĞER! #AD? #SAYI/0! #BOŞ! #SAYI! #TAŞMA!",
}
"""What a formula without a result shows, in the languages in which Excel has words of its own; a CSV file keeps them,
while a workbook has the English ones. As two programs that read Excel's formulas of each language have them:
PhpSpreadsheet (`Calculation/locale/*/config`) and HyperFormula (`i18n/languages`)."""
_ERRORS = frozenset(word.casefold() for words in _ERROR_WORDS.values() for word in words.split())
_SCIENTIFIC = re.compile(r"-?[0-9]{1,3}([.,][0-9]+)?E\+[0-9]{1,3}")
_INNER_BREAK = re.compile(r"[\r\n\v\f\x85\u2028\u2029]")


_KEPT_DIGITS = 15
_LONG_NUMBER = re.compile(r"[0-9]{16,}")


def lost_digits(cells: pd.Series) -> dict[str, str]:
    """Return which texts of a column are long numbers whose last digits a spreadsheet has turned into zeros.

    One number may end in a zero by chance, so that one digit too many counts only where two numbers have it; and
    where a single one has other digits there, the column has not been through a spreadsheet.
    """
    texts = [text for text in cells.cat.categories.tolist() if _LONG_NUMBER.fullmatch(text.strip())]
    tails = [text.strip()[_KEPT_DIGITS:] for text in texts]
    if any(tail.strip("0") for tail in tails) or (len(texts) == 1 and len(tails[0]) == 1):
        return {}
    return dict.fromkeys(texts, LOST_DIGITS)


_Found = TypeVar("_Found", bound=Reference | Fault | None)


def sound(text: str, known: str | None, found: _Found) -> _Found | Fault:
    """Return what was read from a cell, unless it is unsafe to use; `known` is what the workbook knows of it.

    An id is the number itself, however it is shown: it has no zeros in front that could be lost.
    """
    if known == FORMAT_UNKNOWN and isinstance(found, UserRef | RoleRef | ContextRef) and found.by == "id":
        return found
    # What a name would be ruined by is just what is wanted here.
    if known == DATE and isinstance(found, Moment):
        return found
    return damage_fault(text, known) or found


def damage_fault(text: str, known: str | None) -> Fault | None:
    """Return what makes a cell unsafe to use: what the workbook knows of it, or what its text shows."""
    if known is not None:
        return Fault(f'The cell {known}: "{text}".', _FIXES[known])
    # No pattern below fits letters and digits alone: nearly every cell is done with here.
    if text.isalnum():
        return None
    if text.casefold() in _ERRORS:
        return Fault(
            f'The cell shows the error "{text}".', "Mend the formula in that cell, or type the value itself."
        )
    if _SCIENTIFIC.fullmatch(text):
        return Fault(
            f'"{text}" is a long number that a spreadsheet program has shortened.',
            "Format the column as text and copy the number again from where it came.",
        )
    if _INNER_BREAK.search(text):
        shown = " / ".join(_INNER_BREAK.split(text))
        return Fault(
            f'The cell holds several lines: "{shown}".', "Write one value to a cell, without line breaks."
        )
    return None
