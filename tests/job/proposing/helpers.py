"""Files, and plans of them as a person has them before sending."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from batchroles.client import Moodle
from batchroles.job import Checks, Job, PlanFile, Planned
from batchroles.job.proposing import Correction, Trouble, troubles
from batchroles.loader import ReadingOptions
from batchroles.loader.layouts import FormatOptions

HEADER = ["username", "role", "course"]
SECTIONS = (
    "username,role",
    "Course: C-ART-210,",
    "u01,student",
    "u02,student",
    "Course: C-COH,",
    "u03,student",
)
"""A table in sections, of whose two courses the first is not there."""


def text_file(path: Path, *lines: str, end: str = "\n", encoding: str = "utf-8") -> Path:
    path.write_bytes("".join(f"{line}{end}" for line in lines).encode(encoding))
    return path


def proposed(
    path: Path,
    moodle: Moodle,
    corrections: Sequence[Correction] = (),
    reading: ReadingOptions | None = None,
    **understanding: Any,
) -> Planned:
    task = PlanFile(
        path,
        reading or ReadingOptions(),
        FormatOptions(**understanding),
        Checks(probe=False, existing=False),
        corrections,
    )
    with Job(moodle) as job:
        return job.planned(task)


def trouble(planned: Planned, code: str) -> Trouble:
    """Give the one trouble of a code."""
    (found,) = [one for one in troubles(planned) if one.code == code]
    return found


def mended(planned: Planned, row: int, position: int) -> str:
    """Give the text of a cell as it was read."""
    return str(planned.plan.table.cells.loc[row, position])
