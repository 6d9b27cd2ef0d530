"""Repeats and contradictions."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from batchroles.models import Code, Lines, Problem
from batchroles.validator.repeats import validate

Row = tuple[str, int, int, str, int]
NO_USER = Problem(Code.USER_NOT_FOUND, "No user.", "Mend it.")


def resolved(rows: list[Row], bad: tuple[int, ...] = ()) -> Lines:
    """Make resolved lines from (change, user, role, level, instance); the spreadsheet row is the position + 2."""
    change, user, role, level, instance = zip(*rows, strict=True) if rows else ((),) * 5
    return Lines.of(
        {
            "row": np.arange(2, len(rows) + 2),
            "part": [""] * len(rows),
            "change": change,
            "userid": np.array(user, "int64"),
            "roleid": np.array(role, "int64"),
            "level": level,
            "instanceid": np.array(instance, "int64"),
            "problem": [0 if line in bad else -1 for line in range(len(rows))],
        }
    )


def test_repeats_name_the_line_they_repeat_and_contradictions_name_each_other() -> None:
    """A later repeat is a duplicate of the first; assigning and unassigning the same makes both invalid."""
    lines, problems = validate(
        resolved(
            [
                ("assign", 1, 5, "course", 7),
                ("assign", 1, 5, "course", 7),
                ("assign", 2, 5, "course", 7),
                ("unassign", 2, 5, "course", 7),
                ("assign", 0, 5, "course", 7),
                ("assign", 0, 5, "course", 7),
                ("assign", 1, 5, "coursecat", 7),
                ("assign", 1, 5, "course", 7),
            ],
            bad=(4, 5),
        ),
        [NO_USER],
    )
    assert lines.same_as.tolist() == [-1, 0, -1, -1, -1, -1, -1, 0]
    open_line = "to be sent"
    assert [status or open_line for status in lines.words("status", np.arange(8))] == [
        open_line,
        "duplicate",
        "invalid",
        "invalid",
        "invalid",
        "invalid",
        open_line,
        "duplicate",
    ]
    assert [problems[number].reason for number in lines.problem[[2, 3, 4]]] == [
        "Row 5 asks to unassign the same role, user and place.",
        "Row 4 asks to assign the same role, user and place.",
        "No user.",
    ]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["assign", "unassign"]),
            st.integers(1, 3),
            st.integers(1, 2),
            st.sampled_from(["course", "context"]),
            st.integers(1, 2),
        ),
        max_size=40,
    )
)
def test_what_is_left_to_send_holds_each_assignment_once(rows: list[Row]) -> None:
    """Whatever the file repeats, every assignment that nothing may contradict is left open exactly once."""
    lines, _ = validate(resolved(rows), [])
    left = [row for row, status in zip(rows, lines.is_open, strict=True) if status]
    assert sorted(left) == sorted(
        {row for row in rows if not any(_may_contradict(row, other) for other in rows)}
    )


def _may_contradict(row: Row, other: Row) -> bool:
    """Two rows of one user and role, opposite actions, and a place that is or may be the same."""
    (action, user, role, level, instance), (action2, user2, role2, level2, instance2) = row, other
    same_place = (level, instance) == (level2, instance2) or (level == "context") != (level2 == "context")
    return action != action2 and (user, role) == (user2, role2) and same_place
