"""Files that ask for something, without a file."""

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from batchroles.models import Problem, Table, Wanted


def categorical(values: Sequence[Hashable | None]) -> pd.Categorical:
    """Make a categorical column of references; None is a blank cell."""
    refs: list[Any] = list(dict.fromkeys(value for value in values if value is not None))
    index = pd.Index(refs, dtype=object)
    return pd.Categorical.from_codes(
        [refs.index(v) if v is not None else -1 for v in values], categories=index
    )


def wanted(
    columns: Mapping[str, Sequence[Hashable | None]],
    problem: Sequence[int] | None = None,
    problems: Sequence[Problem] = (),
) -> Wanted:
    """Make what a format gives, from `user_0` … and the like, each from a header of the same name in capitals."""
    count = len(next(iter(columns.values())))
    lines = pd.DataFrame(
        {
            "row": np.arange(2, count + 2, dtype="int32"),
            "part": pd.Categorical([""] * count),
            "change": pd.Categorical(["assign"] * count),
            **{name: categorical(values) for name, values in columns.items()},
            "problem": np.array(problem if problem is not None else [-1] * count, dtype="int32"),
        }
    )
    headers = {name: name.upper() for name in columns}
    table = Table(Path("roster.csv"), None, list(headers.values()), pd.DataFrame(index=range(2, count + 2)))
    return Wanted(table, "plain", "plain", lines, headers, problems=list(problems))
