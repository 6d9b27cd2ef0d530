"""Texts that an .xlsx keeps once and its cells refer to: long ones, repeated, can outgrow any memory."""

import re
from collections import Counter

from batchroles.errors import InputError
from batchroles.loader.package import Package

_MOST = 2**30
"""Characters of all cells together, a repeated text counted as often as it is shown."""
_END_OF_TEXT = re.compile(rb"</(?:\w{1,9}:)?si>")
_REFERENCE = re.compile(rb't="s"[^<>]{0,300}>\s*<(?:\w{1,9}:)?v>\s*([0-9]{1,9})\s*<')


def refuse_repeated(package: Package, sheet: str, cells: int) -> None:
    """Raise InputError if the texts of a sheet part's cells come to too much; `cells` is how many hold a text."""
    name = package.name_like("xl/sharedStrings.xml")
    if name is None:
        return
    lengths = [len(text) for block in package.blocks(name, b"si") for text in _END_OF_TEXT.split(block)[:-1]]
    if max(lengths, default=0) * cells <= _MOST:
        return
    uses = Counter(
        int(number) for block in package.blocks(sheet, b"row") for number in _REFERENCE.findall(block)
    )
    if sum(lengths[number] * count for number, count in uses.items() if number < len(lengths)) > _MOST:
        raise InputError(
            f"{package.path} repeats long texts until they fill gigabytes; delete the columns with long texts."
        )
