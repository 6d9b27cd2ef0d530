"""A dry run that asks Moodle itself: may this token give this role in this place?

`core_role_assign_roles` makes every check of a row before it looks at the user. An assignment for a user id that cannot
exist is thus answered `codingerror` where the role may be assigned, and with the real refusal where it may not.
`core_role_unassign_roles` makes the same checks and does nothing for an unknown user, so one such call asks for up to
200 pairs at once; only the pairs that it refuses are then asked for by an assignment of their own. Neither writes.
"""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from batchroles.chunker import CallRow, Ints, Work, arrange
from batchroles.client import Moodle
from batchroles.dispatch import CAUSES, Call, Cause, Dispatcher, Fate
from batchroles.errors import CallRefused, CallTooLarge, SiteRefusal
from batchroles.models import Action, Plan, Status
from batchroles.models.plan import ACTIONS, LEVELS, STATUSES, codes, status_code
from batchroles.sender.refusals import explain

NOBODY = 2_147_483_647
"""A user id that no site has: the largest of a 32-bit column."""

PAIRS_A_CALL = 200

Progress = Callable[[str, int, int], None]
Refusals = dict[CallRow, CallRefused]
"""By (0, role id, level, instance id): the pairs that are refused, with Moodle's words."""


def probe(plan: Plan, moodle: Moodle, workers: int, progress: Progress) -> Plan:
    """Give open lines of pairs that Moodle would refuse the status `refused`; the others stay open."""
    open_lines = arrange(plan.lines)
    pairs = _distinct(open_lines)
    refusals = refused_pairs(pairs, moodle, workers, progress)
    return _with_refusals(plan, open_lines, refusals) if refusals else plan


def refused_pairs(pairs: list[CallRow], moodle: Moodle, workers: int, progress: Progress) -> Refusals:
    """Find the pairs (user id 0, role id, level, instance id) that this token may not assign."""
    try:
        suspects = _by_unassigning(pairs, moodle, workers, progress)
    except SiteRefusal as refusal:
        if refusal.errorcode != "accessexception":
            raise
        suspects = pairs  # unassigning is not part of the service: ask for each pair by assigning
    with ThreadPoolExecutor(workers) as pool:
        answers = list(pool.map(partial(_by_assigning, moodle), suspects))
    return {pair: answer for pair, answer in zip(suspects, answers, strict=True) if answer is not None}


def _by_unassigning(pairs: list[CallRow], moodle: Moodle, workers: int, progress: Progress) -> list[CallRow]:
    """Give the pairs that unassigning is refused for."""
    work = arrange(_as_lines(pairs))
    dispatcher = Dispatcher(work, min(PAIRS_A_CALL, moodle.max_rows(work.only_level())))
    refused: list[CallRow] = []
    flying: dict[Future[None], Call] = {}
    with ThreadPoolExecutor(workers) as pool:
        while True:
            while len(flying) < workers and (call := dispatcher.take()) is not None:
                flying[
                    pool.submit(moodle.change_roles, Action.UNASSIGN, work.rows(call.items), idle=True)
                ] = call
            if not flying:
                return refused
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                _take_in(dispatcher, flying.pop(future), future)
            for verdict in dispatcher.drain():
                if verdict.fate is not Fate.DONE:
                    refused += [(0, *row[1:]) for row in work.rows(verdict.items)]
            progress("probing", len(pairs) - len(dispatcher.open_items()), len(pairs))


def _take_in(dispatcher: Dispatcher, call: Call, future: Future[None]) -> None:
    try:
        future.result()
    except CallTooLarge as refusal:
        dispatcher.too_large(call, refusal)
    except CallRefused as refusal:
        dispatcher.refused(call, refusal)
    else:
        dispatcher.accepted(call)


def _by_assigning(moodle: Moodle, pair: CallRow) -> CallRefused | None:
    try:
        moodle.change_roles(Action.ASSIGN, [(NOBODY, *pair[1:])], idle=True)
    except CallRefused as refusal:
        return None if refusal.errorcode == "codingerror" else refusal
    return None


def _distinct(work: Work) -> list[CallRow]:
    firsts = np.unique(work.pair, return_index=True)[1]
    return sorted({(0, *row[1:]) for row in work.rows(firsts)})


def _as_lines(pairs: list[CallRow]) -> pd.DataFrame:
    _, roles, levels, instances = zip(*pairs, strict=True) if pairs else ((), (), (), ())
    return pd.DataFrame(
        {
            "action": pd.Categorical([Action.UNASSIGN] * len(pairs), dtype=ACTIONS),
            "userid": np.full(len(pairs), NOBODY, "int64"),
            "roleid": np.array(roles, "int64"),
            "level": pd.Categorical(levels, dtype=LEVELS),
            "instanceid": np.array(instances, "int64"),
            "status": pd.Categorical([None] * len(pairs), dtype=STATUSES),
        }
    )


def _with_refusals(plan: Plan, work: Work, refusals: Refusals) -> Plan:
    status = codes(plan.lines["status"])
    problem = plan.lines["problem"].to_numpy("int32", copy=True)
    problems = list(plan.problems)
    for pair, refusal in refusals.items():
        refused = work.line[_items_of(work, pair)]
        status[refused] = status_code(Status.REFUSED)
        problem[refused] = len(problems)
        problems.append(explain(refusal, CAUSES.get(refusal.errorcode, Cause.ROW)))
    lines = plan.lines.assign(status=pd.Categorical.from_codes(status, dtype=STATUSES), problem=problem)
    return replace(plan, lines=lines, problems=problems)


def _items_of(work: Work, pair: CallRow) -> Ints:
    _, role, level, instance = pair
    same_place = (work.instanceid == instance) & (work.level == list(LEVELS.categories).index(level))
    found: Ints = np.flatnonzero(same_place & (work.roleid == role))
    return found
