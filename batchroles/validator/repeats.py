"""Pure checks on lines whose names are ids already: repeats and contradictions."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from batchroles.models import Action, Code, Level, Problem, Status
from batchroles.models.plan import ACTIONS, NOT_READ, STATUSES, codes, status_code

Ints = npt.NDArray[np.int64]


def validate(lines: pd.DataFrame, problems: Sequence[Problem]) -> tuple[pd.DataFrame, list[Problem]]:
    """Give every line that cannot be sent its status, and leave the status of the others open.

    `lines` has the columns of `LINE_COLUMNS` but `status`, `same_as` and `known`, which the answer adds. A line with a
    problem is `invalid`; so are both sides of a contradiction; a later repeat of an assignment is a `duplicate` and
    names the line that it repeats. Index and order are kept; the second part of the answer is `problems`, lengthened.
    """
    found = list(problems)
    problem = lines["problem"].to_numpy("int32", copy=True)
    sound = np.flatnonzero(problem < 0)
    identity = identities(lines.iloc[sound])
    action = codes(lines["action"])[sound]
    rows = lines["row"].to_numpy()[sound]

    torn = _contradictions(identity, action)
    problem[sound[torn]] = _conflicts(identity[torn], action[torn], rows[torn], found)
    unclear = ~torn & _unclear(lines.iloc[sound], action)
    problem[sound[unclear]] = len(found)
    found += [_MAY_BE_THE_SAME] if unclear.any() else []
    torn |= unclear

    same_as = np.full(len(lines), -1, "int32")
    firsts = _first_of_each(identity[~torn])
    whole = sound[~torn]
    repeated = whole[firsts] != whole
    same_as[whole[repeated]] = whole[firsts][repeated]

    status = np.full(len(lines), -1, "int8")
    status[problem >= 0] = status_code(Status.INVALID)
    status[same_as >= 0] = status_code(Status.DUPLICATE)
    checked = lines.assign(
        problem=problem,
        same_as=same_as,
        status=pd.Categorical.from_codes(status, dtype=STATUSES),
        held=np.full(len(lines), NOT_READ, "int16"),
    )
    return checked, found


def identities(lines: pd.DataFrame) -> Ints:
    """Number the distinct assignments (user id, role id, level, instance id) 0, 1, … in order of appearance."""
    number = np.zeros(len(lines), "int64")
    for values in (
        lines["userid"].to_numpy(),
        lines["roleid"].to_numpy(),
        codes(lines["level"]),
        lines["instanceid"].to_numpy(),
    ):
        numbered, distinct = pd.factorize(values)
        number = pd.factorize(number * max(len(distinct), 1) + numbered)[0]
    return number


def _contradictions(identity: Ints, action: Ints) -> npt.NDArray[np.bool_]:
    """Mark the lines whose assignment is both assigned and unassigned in the file."""
    count = int(identity.max()) + 1 if len(identity) else 0
    asked = np.zeros((len(ACTIONS.categories), count), bool)
    asked[action, identity] = True
    torn: npt.NDArray[np.bool_] = asked[0] & asked[1]
    return torn[identity]


def _unclear(lines: pd.DataFrame, action: Ints) -> npt.NDArray[np.bool_]:
    """Mark lines that may contradict each other: same user and role, opposite actions, a place by its context id.

    Nobody but Moodle knows which course, say, a context id belongs to.
    """
    bare = (lines["level"] == Level.CONTEXT).to_numpy()
    marked = np.zeros(len(lines), bool)
    if bare.all() or not bare.any():
        return marked
    numbered = pd.factorize(pd.MultiIndex.from_frame(lines[["userid", "roleid"]]))[0]
    for one, other in ((0, 1), (1, 0)):
        by_id, by_name = bare & (action == one), ~bare & (action == other)
        both = np.intersect1d(numbered[by_id], numbered[by_name])
        marked |= (by_id | by_name) & np.isin(numbered, both)
    return marked


_MAY_BE_THE_SAME = Problem(
    code=Code.CONFLICT,
    reason="Other rows ask for the opposite for the same user and role, and one of them names its place by a context"
    " id, so that both may mean the same place.",
    fix="Name the places of these rows in the same way, or put assignments and removals into two files.",
)


def _conflicts(
    identity: Ints, action: Ints, rows: npt.NDArray[np.int32], found: list[Problem]
) -> npt.NDArray[np.int32]:
    """Add one problem for each side of each contradiction to `found`; give each line the number of its own."""
    keys = list(zip(identity.tolist(), action.tolist(), strict=True))
    first: dict[tuple[int, int], int] = {}
    for key, row in zip(keys, rows.tolist(), strict=True):
        first.setdefault(key, row)
    numbers = {}
    for assignment, side in first:
        numbers[assignment, side] = len(found)
        found.append(_conflict(Action(ACTIONS.categories[1 - side]), first[assignment, 1 - side]))
    return np.array([numbers[key] for key in keys], "int32")


def _conflict(other: Action, row: int) -> Problem:
    return Problem(
        code=Code.CONFLICT,
        reason=f"Row {row} asks to {other} the same role, user and place.",
        fix=f"Keep this row or row {row}, not both.",
    )


def _first_of_each(identity: Ints) -> Ints:
    """For each position, the position at which the same assignment stands first."""
    distinct, first, inverse = np.unique(identity, return_index=True, return_inverse=True)
    return first[inverse] if len(distinct) else np.zeros(0, "int64")
