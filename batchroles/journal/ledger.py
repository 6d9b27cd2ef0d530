"""The statuses of a plan's lines while they change."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from batchroles.models import Status
from batchroles.models.plan import STATUSES, codes, status_code

Lines = npt.NDArray[np.int64]
"""Indices of lines of a plan."""


class Ledger:
    """Statuses and problem numbers by line; the plan's other columns stay as they are."""

    def __init__(self, lines: pd.DataFrame) -> None:
        self._lines = lines
        self.status = codes(lines["status"])
        self.problem = lines["problem"].to_numpy("int32", copy=True)

    def rule(self, lines: Lines, status: Status, problem: int) -> None:
        """Give some lines a status and the number of a problem, -1 for none."""
        self.status[lines] = status_code(status)
        self.problem[lines] = problem

    def lines(self) -> pd.DataFrame:
        """Give the lines as they stand now."""
        status = pd.Categorical.from_codes(self.status, dtype=STATUSES)
        return self._lines.assign(status=status, problem=self.problem)
