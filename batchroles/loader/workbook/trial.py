"""A first reading in another process: a workbook may be made to end the process that reads it.

Calamine ends the whole process where it asks for more memory than there is, and a damaged file can make it ask for
anything. So every workbook is first opened by a child, which may end as it likes, and which knows no secrets.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from batchroles.errors import InputError
from batchroles.loader.content import damaged

_MOST_MEMORY = 3 * 2**30
_MOST_SECONDS = 300
_PROGRAM = f"""
import sys
sys.path[:] = sys.argv[3].split(sys.argv[4])
try:
    import resource
    for limit, most in (("RLIMIT_AS", {_MOST_MEMORY}), ("RLIMIT_CPU", {_MOST_SECONDS}), ("RLIMIT_CORE", 0)):
        resource.setrlimit(getattr(resource, limit), (most, most))
except (ImportError, ValueError, OSError):
    pass  # not on Windows; memory is not bounded there, but the process is still another one
import python_calamine
try:
    path = sys.argv[1]
    as_text = path.encode("utf-8", "replace").decode("utf-8") == path
    book = python_calamine.load_workbook(path if as_text else open(path, "rb"))
    for name in book.sheet_names:
        book.get_sheet_by_name(name)
except python_calamine.CalamineError:
    pass  # told better by the process that asked
if sys.argv[2] == "xls":
    import io
    import xlrd
    try:
        xlrd.open_workbook(sys.argv[1], logfile=io.StringIO(), formatting_info=True)
    except MemoryError:
        raise
    except Exception:
        pass  # the process that asked does without
"""
_KEPT = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""What Python itself may need of the environment; everything else, tokens above all, stays here."""


class DeadlyError(InputError):
    """Reading the workbook ended the process that tried it, or took more than is reasonable."""


@contextmanager
def survived(path: Path, kind: str) -> Iterator[None]:
    """Read the workbook in another process while the body of the `with` runs.

    Raises DeadlyError at the end if the reading ended the process, or took more memory or time than is reasonable.
    """
    arguments = (str(path.resolve()), kind, os.pathsep.join(sys.path), os.pathsep)
    # -I: neither the current folder nor what the environment names is searched for modules.
    command = [sys.executable, "-I", "-X", "utf8", "-c", _PROGRAM, *arguments]
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    child = subprocess.Popen(  # noqa: S603  # this very Python, a program of ours, and a path
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    try:
        yield
        ended_badly = child.wait(_MOST_SECONDS)
    except subprocess.TimeoutExpired:
        raise DeadlyError(str(damaged(path))) from None
    finally:
        # Of a child that has ended nothing is left to kill, but it has to be waited for, or it stays as a zombie.
        child.kill()
        child.wait()
    if ended_badly:
        raise DeadlyError(str(damaged(path)))
