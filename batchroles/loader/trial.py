"""A first reading in another process, for files of which nothing tells how much memory they take.

Calamine ends the whole process where it asks for more memory than there is, and a damaged file can make it ask for
anything. So a file whose reach cannot be measured is first opened by a child, which may end as it likes.
"""

import os
import subprocess
import sys
from pathlib import Path

from batchroles.loader.content import damaged

_MOST_MEMORY = 3 * 2**30
_MOST_SECONDS = 300
_PROGRAM = f"""
import os
import sys
sys.path[:] = sys.argv[2].split(os.pathsep)
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, ({_MOST_MEMORY}, {_MOST_MEMORY}))
except (ImportError, ValueError, OSError):
    pass  # not on Windows; memory is not bounded there, but the process is still another one
import python_calamine
try:
    book = python_calamine.load_workbook(sys.argv[1])
    for name in book.sheet_names:
        book.get_sheet_by_name(name)
except python_calamine.CalamineError:
    pass  # told better by the process that asked
"""


def refuse_deadly(path: Path) -> None:
    """Raise InputError if reading the workbook would end this process, or take more memory than is reasonable."""
    command = [sys.executable, "-I", "-c", _PROGRAM, str(path.resolve()), os.pathsep.join(sys.path)]
    try:
        ended = subprocess.run(  # noqa: S603  # this very Python, a program of ours, and a path
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_MOST_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise damaged(path) from None
    if ended.returncode:
        raise damaged(path)
