"""How a text file is encoded: told apart by looking at all of it."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from batchroles.errors import InputError

_BLOCK = 1 << 20
_BOMS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Byte order marks, longer ones first: the mark of UTF-32 begins with the one of UTF-16."""
_NAMES = {
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
    "utf-32": "UTF-32",
}
_UTF8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x19\x1b-\x1f]")
_CONTROLS_PER_TEXT = 100
"""One control character in so many is still a text with dirt in it; more is no text."""


def encoding_of(path: Path, wanted: str | None) -> tuple[str, list[str]]:
    """Return the encoding by Python's name, and a note where it is not UTF-8. Raises InputError if it is no text."""
    if wanted is not None:
        encoding = _known(wanted)
        _check(path, encoding)
        return encoding, []
    encoding = _by_looking(path)
    if encoding in _NAMES:
        return encoding, [
            f"The file is not UTF-8; it was read as {_NAMES[encoding]} (--encoding says otherwise)."
        ]
    return encoding, []


def _known(name: str) -> str:
    try:
        "".encode(name)
        return codecs.lookup(name).name
    except (LookupError, UnicodeError, ValueError):
        raise InputError(
            f'"{name}" is no encoding that is known; use utf-8, utf-16, cp1252 or another of Python\'s names.'
        ) from None


def _by_looking(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(4096)
    for mark, encoding in _BOMS.items():
        if head.startswith(mark):
            _check(path, encoding)
            return encoding
    wide = _utf16_without_mark(head)
    if wide is None and _is_utf8(path):
        return "utf-8"
    _check(path, wide or "cp1252")
    return wide or "cp1252"


def _utf16_without_mark(head: bytes) -> str | None:
    """Tell by the zero bytes that every second byte of Latin text is."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > len(head) // 20 and not even:
        return "utf-16-le"
    if even > len(head) // 20 and not odd:
        return "utf-16-be"
    return None


def _is_utf8(path: Path) -> bool:
    try:
        _check(path, "utf-8")
    except _NotThisEncodingError as problem:
        # Else one damaged byte makes Windows-1252 of the whole file, and Ã¼ of every ü.
        if _mostly_utf8(path):
            raise InputError(
                f"{path}, line {problem.line}: a byte that is not UTF-8, in a file that otherwise is; "
                "mend that line, or say how it is encoded with --encoding."
            ) from None
        return False
    return True


def _mostly_utf8(path: Path) -> bool:
    """Whether the bytes beyond ASCII are, with few exceptions, the pairs and triples of UTF-8."""
    beyond, in_sequences = 0, 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            beyond += len(block) - len(block.translate(None, bytes(range(128, 256))))
            in_sequences += sum(map(len, _UTF8_SEQUENCE.findall(block)))
    return in_sequences * 2 > beyond


class _NotThisEncodingError(InputError):
    def __init__(self, path: Path, line: int, encoding: str) -> None:
        name = _NAMES.get(encoding, encoding)
        super().__init__(
            f"{path}, line {line}: not readable as {name}; say how the file is encoded with --encoding, "
            "or save it again as UTF-8."
        )
        self.line = line


def _check(path: Path, encoding: str) -> None:
    """Read the whole file once. Raises InputError, with the line, for what cannot be decoded or is no text."""
    line = 1
    for text in _decoded(path, encoding):
        if (at := text.find("\0")) >= 0:
            line += text.count("\n", 0, at)
            raise InputError(
                f"{path}, line {line}: a NUL byte, so this is no CSV file; save it again as CSV or .xlsx."
            )
        if len(_CONTROL.findall(text)) * _CONTROLS_PER_TEXT > len(text) + _CONTROLS_PER_TEXT:
            raise InputError(
                f"{path} is no CSV file: it holds control characters, not text; save it as CSV or .xlsx."
            )
        line += text.count("\n")


def _decoded(path: Path, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as file:
        while True:
            block = file.read(_BLOCK)
            try:
                # Once more with nothing: a letter cut off at the end of the file shows only then.
                text = decoder.decode(block, final=not block)
            except UnicodeError as error:
                raise _NotThisEncodingError(path, line + _lines_before(error), encoding) from None
            yield text
            line += text.count("\n")
            if not block:
                return


def _lines_before(error: UnicodeError) -> int:
    return error.object[: error.start].count(b"\n") if isinstance(error, UnicodeDecodeError) else 0
