"""Merging by codes, against the same rule said line by line."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from batchroles.models import Code, Problem, UserRef
from batchroles.validator.merging import NONE, USERS, Problems, ReferenceColumn, merge
from batchroles.validator.names import Resolved

REFS = [UserRef("username", name) for name in "abcd"]
ABSENT = Problem(Code.USER_NOT_FOUND, "absent.", "none.")

results = st.lists(st.sampled_from([1, 1, 2, 3, ABSENT]), min_size=4, max_size=4)
cells = st.lists(st.lists(st.integers(NONE, 3), min_size=3, max_size=3), max_size=12)


def expected(codes: Sequence[int], found: dict[UserRef, Resolved]) -> tuple[int, str]:
    """Say for one line: the id of its first filled column, and its first problem."""
    ids = [found[REFS[code]] for code in codes if code != NONE]
    if not ids:
        return 0, "missing-value"
    first = ids[0] if isinstance(ids[0], int) else 0
    for result in ids:
        if isinstance(result, Problem):
            return first, "user-not-found"
        if result != first:
            return first, "user-mismatch"
    return first, ""


@given(results, cells)
def test_merging(results: list[Resolved], cells: list[list[int]]) -> None:
    """However many lines there are, each gets what it would get alone."""
    found = dict(zip(REFS, results, strict=True))
    table = np.array(cells, "int64").reshape(-1, 3)
    columns = [ReferenceColumn(f"H{n}", table[:, n], REFS) for n in range(3)]
    problems = Problems([])
    merged = merge(columns, found, USERS, problems, np.ones(len(table), bool))
    codes = ["" if number == NONE else str(problems.all[number].code) for number in merged.problem]
    assert list(zip(merged.ids.tolist(), codes, strict=True)) == [expected(line, found) for line in cells]
    assert len(set(problems.all)) == len(problems.all)
