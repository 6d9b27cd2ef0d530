"""The files of an export, taken out of a folder or a zip file: no others, and no more than fits."""

import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from batchroles.errors import InputError
from batchroles.sources.file import FileOnDisk
from batchroles.sources.source import BLOCK, MOST_BYTES

MANIFEST = "manifest.csv"
NEEDED = ("users.csv", "classes.csv", "enrollments.csv")
ROLES = "roles.csv"
WANTED = (MANIFEST, *NEEDED, ROLES)
"""In small letters: exports spell the names of files in more than one way."""


def is_package(path: Path) -> bool:
    """Whether a folder or a zip file has the manifest of an export, or two of the files that it needs."""
    try:
        if path.is_dir():
            names = [entry.name.casefold() for entry in path.iterdir()]
        elif path.is_file() and zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                names = [PurePosixPath(name).name.casefold() for name in archive.namelist()]
        else:
            return False
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
        return False  # whoever opens it as a spreadsheet says what is wrong
    return MANIFEST in names or len({*names} & {*NEEDED}) > 1


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Give a private folder with those files that are wanted and there; it is gone afterwards.

    Raises InputError for a package that is damaged, locked, too large, or has a file twice or outside of itself.
    """
    with tempfile.TemporaryDirectory(prefix="batchroles-") as name:
        folder = Path(name)
        if path.is_dir():
            _copy(path, folder)
        else:
            _extract(path, folder)
        yield folder


def _copy(path: Path, folder: Path) -> None:
    found = [entry for entry in path.iterdir() if entry.name.casefold() in WANTED]
    _refuse_twins(path, [entry.name for entry in found])
    room = MOST_BYTES
    for entry in found:
        if not entry.is_file():
            raise InputError(f"{entry} is not a file.")
        room = _write(folder / entry.name.casefold(), FileOnDisk(entry).bytes(), path, room)


def _extract(path: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(path, archive)
            room = MOST_BYTES
            for member in members:
                target = folder / PurePosixPath(member.filename).name.casefold()
                with archive.open(member) as packed:
                    room = _write(target, iter(lambda: packed.read(BLOCK), b""), path, room)
    # NotImplementedError, a way of packing that is not known, is a RuntimeError as well.
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, zlib.error):
        raise InputError(f"{path} is a damaged zip file; get it from its source again.") from None
    except RuntimeError:  # zipfile's word for an encrypted file
        raise InputError(
            f"{path} is protected by a password; unpack it, and give the folder, or a zip file without one."
        ) from None


def _members(path: Path, archive: zipfile.ZipFile) -> Sequence[zipfile.ZipInfo]:
    """Choose the wanted files: those beside the manifest, which some programs put into a folder."""
    infos = [info for info in archive.infolist() if not info.is_dir() and not _is_of_macos(info.filename)]
    for info in infos:
        # Nothing is written under a name of the archive's own; but who names files so means harm.
        parts = PurePosixPath(info.filename.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts:
            raise InputError(
                f'{path} holds a file "{info.filename}", whose name leads out of it; no export does that: it is not'
                " read."
            )
    homes = {PurePosixPath(info.filename).parent for info in infos if _is(info.filename, MANIFEST)}
    if len(homes) > 1:
        raise InputError(f"{path} holds more than one {MANIFEST}; give one export alone.")
    home = homes.pop() if homes else PurePosixPath()
    found = [
        info
        for info in infos
        if PurePosixPath(info.filename).parent == home and any(_is(info.filename, name) for name in WANTED)
    ]
    _refuse_twins(path, [info.filename for info in found])
    return found


def _is_of_macos(name: str) -> bool:
    """Whether a file is one that macOS adds for itself."""
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or (bool(parts) and parts[-1].startswith("._"))


def _is(name: str, wanted: str) -> bool:
    return PurePosixPath(name).name.casefold() == wanted


def _refuse_twins(path: Path, names: Sequence[str]) -> None:
    twice = [name for name, times in Counter(map(str.casefold, names)).items() if times > 1]
    if twice:
        raise InputError(
            f"{path} holds {PurePosixPath(twice[0]).name} twice, and which is meant is not said."
        )


def _write(target: Path, blocks: Iterator[bytes], path: Path, room: int) -> int:
    """Write one file; gives the room that is left. What a zip file declares of a size need not be true."""
    with target.open("xb") as file:
        for block in blocks:
            room -= len(block)
            if room < 0:
                raise _too_much(path)
            file.write(block)
    return room


def _too_much(path: Path) -> InputError:
    return InputError(f"{path} unpacks to more than {MOST_BYTES // 2**20} MB, which no honest export does.")
