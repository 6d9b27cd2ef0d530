"""The ZIP file that a workbook is, with a limit to what it may unpack to."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException, ElementTree

from batchroles.errors import InputError
from batchroles.loader.content import damaged, protected

MOST_UNPACKED = 512 * 2**20
"""Bytes; a sheet of a million rows and ten columns unpacks to somewhat less."""
_SUSPICIOUS = 100 * 2**20
_MOST_PACKED_TIMES = 250
"""A sheet with the same words in every row packs about thirtyfold."""
_LONGEST_PREFIX = 20
_LONGEST_ROW = 8 * 2**20
"""Bytes of XML; a row of all 16,384 columns is about one MB."""
_MOST_FOR_SMALL_PARTS = 8 * 2**20
"""As XML in memory it takes fifty times as much, if it is made for that."""
_BLOCK = 1 << 20


class Package:
    """A workbook's parts by name. Raises InputError if it is damaged or unpacks to too much."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with zipfile.ZipFile(path) as archive:
                # Names of parts are compared without case (ECMA-376 part 2).
                self._names = {name.casefold(): name for name in archive.namelist()}
                self._check(archive)
        except RuntimeError:  # zipfile's word for an encrypted part
            raise protected(path) from None
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, zlib.error):
            raise damaged(path) from None

    def _check(self, archive: zipfile.ZipFile) -> None:
        """Unpack everything once: a part may hold more than it declares, and its checksum is compared at its end."""
        infos = archive.infolist()
        if len(self._names) < len(infos):  # of two parts with one name, programs read different ones
            raise damaged(self.path)
        declared, packed = sum(info.file_size for info in infos), self.path.stat().st_size
        if declared > MOST_UNPACKED or (declared > _SUSPICIOUS and declared > packed * _MOST_PACKED_TIMES):
            raise InputError(
                f"{self.path} unpacks to {declared / 2**20:,.0f} MB, which no honest workbook of its size does; "
                "save it again as .xlsx with a spreadsheet program, or as CSV."
            )
        for info in infos:
            with archive.open(info) as part:
                while part.read(_BLOCK):
                    pass

    def name_like(self, name: str) -> str | None:
        """Return a part's name as the package spells it, None if there is no such part."""
        return self._names.get(name.casefold())

    def xml(self, name: str) -> Element | None:
        """Return a small part as XML, None if there is none of that name or it is no XML."""
        try:
            with zipfile.ZipFile(self.path) as archive:
                if archive.getinfo(name).file_size > _MOST_FOR_SMALL_PARTS:
                    return None
                root: Element = ElementTree.fromstring(archive.read(name), forbid_dtd=True)
        except (KeyError, SyntaxError, ValueError, LookupError, DefusedXmlException):
            return None
        return root

    @contextmanager
    def opened(self, name: str) -> Iterator[IO[bytes]]:
        """Open a part to read it bit by bit."""
        with zipfile.ZipFile(self.path) as archive, archive.open(name) as part:
            yield part

    def blocks(self, name: str, end: bytes) -> Iterator[bytes]:
        """Yield a part in blocks that end with an end tag of the local name `end`; the last block is the rest."""
        rest = b""
        with zipfile.ZipFile(self.path) as archive, archive.open(name) as part:
            while piece := part.read(_BLOCK):
                block = rest + piece
                cut = _end_of_last(block, end)
                if len(block) - cut > _LONGEST_ROW:
                    raise damaged(self.path)
                yield block[:cut]
                rest = block[cut:]
        yield rest


def _end_of_last(block: bytes, name: bytes) -> int:
    """Return where the last end tag of a local name ends, with or without a prefix; 0 if there is none."""
    at = len(block)
    while (at := block.rfind(name + b">", 0, at)) >= 0:
        opening = block.rfind(b"<", max(0, at - _LONGEST_PREFIX), at)
        if block[opening:at] == b"</" or (
            block[opening : opening + 2] == b"</" and block[at - 1 : at] == b":"
        ):
            return at + len(name) + 1
    return 0
