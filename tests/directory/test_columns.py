"""Columns of a report on roles are told by what stands in them, whatever they are called and wherever they stand."""

import random
from typing import Any

import numpy as np
import pytest

from batchroles.directory.columns import (
    Column,
    ColumnMissingError,
    ColumnUntoldError,
    RoleColumns,
    joined_by_name,
    role_columns,
)
from batchroles.directory.holdings import NO_CONTEXT, Census
from batchroles.directory.roles import STANDARD_NAMES
from tests.directory.recorded import recordings

Rows = list[list[Any]]
PATH, LEVEL, SHORT, NAME, USERNAME, LINK, PLUGIN, ITEM, TIME = range(9)


def recorded(case: str) -> Rows:
    return [list(row["columns"]) for row in recordings()[case]["data"]["rows"]]


def told(rows: Rows, *kept: int) -> RoleColumns:
    columns = [Column.of(cells) for cells in zip(*rows, strict=True)]
    return role_columns([columns[place] for place in kept] if kept else columns, STANDARD_NAMES)


def holdings(census: Census) -> set[tuple[Any, ...]]:
    """Give a census as (context, user, short name, plugin, item)."""
    names = (census.shortnames[role] for role in census.role)
    plugins = (census.plugins[plugin] for plugin in census.plugin)
    return set(
        zip(census.context.tolist(), census.user.tolist(), names, plugins, census.item.tolist(), strict=True)
    )


pytestmark = pytest.mark.shared


@pytest.mark.parametrize("case", ["rr-full", "rr-odd", "rr-dup", "rr-multilang"])
def test_in_any_order(case: str) -> None:
    """The same columns in another order are the same census."""
    rows = recorded(case)
    wanted = holdings(Census.of(told(rows)))
    assert (67, 10, "student", "", 0) in wanted
    assert (76, 23, "student", "enrol_cohort", 37) in wanted
    for seed in range(20):
        order = list(range(9))
        random.Random(seed).shuffle(order)
        assert holdings(Census.of(told(rows, *order))) == wanted


def test_four_columns_are_enough() -> None:
    """Path, short name, user with link and plugin tell who has which role where; the item id is left out."""
    census = Census.of(told(recorded("rr-lean")))
    assert len(census) == 53
    assert (85, 15, "mentor", "", 0) in holdings(census)


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        (PATH, "the context's Path"),
        (SHORT, "the role's Short name"),
        (LINK, "Full name with link"),
        (PLUGIN, "Plugin"),
    ],
)
def test_a_column_that_is_not_there(missing: int, said: str) -> None:
    """It is named, and no other one is taken for it: neither the user name nor the level for the short name."""
    with pytest.raises(ColumnMissingError, match=f"it has no column for .*{said}"):
        told(recorded("rr-full"), *(place for place in range(9) if place != missing))


@pytest.mark.parametrize("twice", [PATH, LINK, SHORT])
def test_a_column_that_is_there_twice(twice: int) -> None:
    """Two columns that may be the one are none."""
    with pytest.raises(ColumnMissingError, match="2 of its columns may be"):
        told(recorded("rr-full"), *range(9), twice)


def test_nobody_by_a_plugin() -> None:
    """Where no plugin gives a role the column of plugins is empty, and is told from all that is not."""
    rows = [row for row in recorded("rr-odd") if not row[PLUGIN]]
    census = Census.of(told(rows))
    assert list(census.plugins) == [""]
    assert len(census) == len(rows)


def test_a_user_name_like_a_role() -> None:
    """Somebody whose user name is that of a role does not make the user names short names."""
    rows = [
        [*row[:USERNAME], "student" if row[USERNAME] == "u01" else row[USERNAME], *row[LINK:]]
        for row in recorded("rr-full")
    ]
    assert told(rows).role_at == SHORT


def test_hardly_anybody_has_a_role() -> None:
    """On a new site, where each role is one person's, a short name looks like a user name and is not called missing."""
    one_each = {row[SHORT]: row for row in recorded("rr-full")}
    with pytest.raises(ColumnUntoldError, match="cannot be told until a role has two people"):
        told(list(one_each.values()))


def test_what_is_left_over() -> None:
    """An assignment of nobody has no user; one whose context is gone has no context, and stands there all the same."""
    nobody = Census.of(told(recorded("rr-orphan-user")))
    assert (67, 0, "student", "", 0) in holdings(nobody)
    gone = Census.of(told(recorded("rr-orphan-context")))
    assert (NO_CONTEXT, 10, "student", "", 0) in holdings(gone)
    assert int(gone.depth[gone.context == NO_CONTEXT].max()) == 0


def test_ids_by_the_column_of_names() -> None:
    """A column with the roles' own names joins the ids of a filter with short names; a name of two roles joins none."""
    rows = [
        [*row[:SHORT], row[SHORT], f"R &amp; {row[SHORT]}", *row[USERNAME:]] for row in recorded("rr-full")
    ]
    names = {number: f"R & {short}" for number, short in enumerate(sorted({row[SHORT] for row in rows}), 1)}
    by_id = {number: name.removeprefix("R & ") for number, name in names.items()}
    assert joined_by_name(told(rows), names) == by_id
    twins = {**names, 99: names[1]}
    assert joined_by_name(told(rows), twins) == {
        number: name for number, name in by_id.items() if number != 1
    }
    assert joined_by_name(told(recorded("rr-full")), names) == {}


def test_cells() -> None:
    """Null is the empty text, and a number is its text, so that XML and JSON are the same."""
    column = Column.of(["a", None, "", 7, "7", "a"])
    assert column.cells == ["a", "", "", "7", "7", "a"]
    assert np.array_equal(column.numbers(len), [1, 0, 0, 1, 1, 1])
