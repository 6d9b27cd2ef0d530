"""What a file is, by its content: people rename files, and student systems lie in the extension."""

import re
import zipfile
from enum import Enum, auto
from pathlib import Path

from batchroles.errors import InputError

_HEAD = 4096
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The first bytes of a compound file: .xls, and every password-protected Office file."""
_OLE_CHUNK = 1 << 20
_SAVE_AGAIN = "open it in a spreadsheet program and save it as .xlsx or CSV"
_FOREIGN = (
    (b"PK\x05\x06", "an empty ZIP file"),
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "a text-processor document (RTF)"),
    (b"\x1f\x8b", "a gzip-compressed file"),
    (b"Rar!", "an archive"),
    (b"7z\xbc\xaf", "an archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
)
_MARKUP = re.compile(rb"\s*<(!doctype html|html|head|body|table|meta|style|script|\?xml)", re.IGNORECASE)


class Content(Enum):
    """The kinds of file that can be read."""

    TEXT = auto()
    XLSX = auto()
    ODS = auto()
    XLS = auto()
    XLSB = auto()


SUFFIXES = {
    Content.TEXT: ".csv",
    Content.XLSX: ".xlsx",
    Content.ODS: ".ods",
    Content.XLS: ".xls",
    Content.XLSB: ".xlsb",
}
"""How the name of a file ends whose content alone tells what it is."""


def content_of(path: Path) -> Content:
    """Return what the file is. Raises InputError for a file that is none of these, with what to do about it."""
    head = _first_bytes(path)
    if head.startswith(_ZIP):
        return _zip_content(path)
    if head.startswith(_OLE):
        return _ole_content(path)
    for mark, name in _FOREIGN:
        if head.startswith(mark):
            raise InputError(
                f"{path} is {name}, not a spreadsheet; give a .xlsx, .xls, .xlsb, .ods or CSV file."
            )
    if is_markup(head):
        raise InputError(f"{path} is a web page or XML document under a spreadsheet's name; {_SAVE_AGAIN}.")
    return Content.TEXT


def is_markup(head: bytes) -> bool:
    """Whether something begins as a web page or another XML document does."""
    return _MARKUP.match(head.removeprefix(b"\xef\xbb\xbf")) is not None


def _first_bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder; give the spreadsheet in it.")
        if path.exists() and not path.is_file():
            raise InputError(f"{path} is not a file.")
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; check the name and the folder.") from None
    except PermissionError:
        raise InputError(
            f"{path} may not be read; is it open in another program, or another user's?"
        ) from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}.") from None
    # NULs and byte order marks show nothing either: every second byte of blank UTF-16 is a NUL.
    if not head.strip(b"\0\t\r\n \xef\xbb\xbf\xff\xfe"):
        raise InputError(f"{path} is empty; give a file with a header row and at least one row below it.")
    return head


def _zip_content(path: Path) -> Content:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise damaged(path) from None
    # Before .xlsx: an .xlsb has its parts under xl/ too.
    if "xl/workbook.bin" in names:
        return Content.XLSB
    if "content.xml" in names:
        return Content.ODS
    if any(name.startswith("xl/") for name in names):
        return Content.XLSX
    raise InputError(
        f"{path} is a ZIP file with no spreadsheet in it; unpack it, or give the spreadsheet itself."
    )


def _ole_content(path: Path) -> Content:
    # The directory of a compound file names its streams in UTF-16.
    if _holds(path, "EncryptedPackage".encode("utf-16-le")):
        raise protected(path)
    if not _holds(path, "Workbook".encode("utf-16-le")) and not _holds(path, "Book".encode("utf-16-le")):
        raise InputError(
            f"{path} is an Office file with no spreadsheet in it; give a .xlsx, .xls, .ods or CSV file."
        )
    return Content.XLS


def _holds(path: Path, wanted: bytes) -> bool:
    tail = b""
    with path.open("rb") as file:
        while block := file.read(_OLE_CHUNK):
            if wanted in tail + block:
                return True
            tail = block[-len(wanted) :]
    return False


def damaged(path: Path) -> InputError:
    """Return the error for a workbook that cannot be taken apart."""
    return InputError(f"{path} is a damaged workbook; {_SAVE_AGAIN}, or get it from its source again.")


def protected(path: Path) -> InputError:
    """Return the error for a workbook that is encrypted."""
    return InputError(f"{path} is protected by a password; open it, remove the password and save it again.")
