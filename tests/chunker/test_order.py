"""The order in which rows are sent."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from batchroles.chunker.order import arrange
from batchroles.models import Level, Lines

Row = tuple[str, str, int, int, int, str | None]
rows = st.lists(
    st.tuples(
        st.sampled_from(["assign", "unassign"]),
        st.sampled_from(["course", "coursecat", "context"]),
        st.integers(1, 3),
        st.integers(1, 3),
        st.integers(1, 5),
        st.sampled_from([None, None, "invalid"]),
    ),
    max_size=40,
)


def lines(rows: list[Row]) -> Lines:
    """Make a plan's lines from (change, level, instance, role, user, status)."""
    change, level, instance, role, user, status = zip(*rows, strict=True) if rows else ((),) * 6
    return Lines.of(
        {
            "row": np.arange(2, len(rows) + 2),
            "part": [""] * len(rows),
            "change": change,
            "level": level,
            "instanceid": np.array(instance, "int64"),
            "roleid": np.array(role, "int64"),
            "userid": np.array(user, "int64"),
            "status": status,
        }
    )


@given(rows)
def test_open_rows_go_by_phase_then_user_place_and_role(rows: list[Row]) -> None:
    """Exactly the rows without a status are sent, assignments before removals, bare contexts last, by user in each."""
    work = arrange(lines(rows))
    order = {word: number for number, word in enumerate(map(str, Level))}
    key = [(row[0], row[1] == "context", row[4], order[row[1]], row[2], row[3]) for row in rows]
    sent = [key[line] for line in work.line]
    assert sorted(work.line.tolist()) == [line for line, row in enumerate(rows) if row[5] is None]
    assert sent == sorted(sent)
    assert len(set(work.phase.tolist())) == len({one[:2] for one in sent})


@given(rows)
def test_pairs_and_users_are_numbered_by_what_they_are(rows: list[Row]) -> None:
    """Two rows share a pair's number exactly if action, role and place are the same, and a user's if the user is."""
    work = arrange(lines(rows))
    pairs = {(rows[line][:4], int(pair)) for line, pair in zip(work.line, work.pair, strict=True)}
    users = {(rows[line][4], int(user)) for line, user in zip(work.line, work.user, strict=True)}
    for numbered in (pairs, users):
        assert (
            len({thing for thing, _ in numbered}) == len({number for _, number in numbered}) == len(numbered)
        )
    firsts, counts = work.pairs()
    assert [work.pair.tolist().index(pair) for pair in range(len(pairs))] == firsts.tolist()
    assert [work.pair.tolist().count(pair) for pair in range(len(pairs))] == counts.tolist()


@given(rows)
def test_a_user_s_rows_stand_together_in_each_phase(rows: list[Row]) -> None:
    """From a row to the end of its user there is nobody else, and after it nothing more of this user in this phase."""
    work = arrange(lines(rows))
    whose = list(zip(work.phase.tolist(), work.user.tolist(), strict=True))
    for item, one in enumerate(whose):
        end = work.end_of_user(item)
        assert set(whose[item:end]) == {one}
        assert one not in whose[end:]


def test_a_work_knows_what_its_dearest_row_costs() -> None:
    """A row whose place is named by its context id costs three form variables, any other four."""
    course, bare = ("assign", "course", 1, 1, 1, None), ("unassign", "context", 1, 1, 1, None)
    assert arrange(lines([course, bare])).variables() == 4
    assert arrange(lines([bare, bare])).variables() == 3
    assert arrange(lines([])).variables() == 1
