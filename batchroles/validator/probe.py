"""A dry run that asks Moodle itself: may this token give this role in this place?

`core_role_assign_roles` makes every check of a row before it looks at the user. An assignment for a user id that cannot
exist is thus answered `codingerror` where the role may be assigned, and with the real refusal where it may not.
`core_role_unassign_roles` makes the same checks and does nothing for an unknown user, so one such call asks for up to
200 pairs at once. Neither writes. `dispatch.PairSearch` chooses what is asked: at most one call a pair and one more.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from batchroles.chunker import CAUSES, Cause, PairSearch, Question
from batchroles.chunker.order import CallRow, Ints, Work, arrange
from batchroles.client import Moodle
from batchroles.client.service import NOT_IN_SERVICE
from batchroles.errors import CallRefused, CallTooLarge, SiteRefusal
from batchroles.models import Action, Level, Plan, Status
from batchroles.models.plan import LEVELS, STATUSES, codes, status_code
from batchroles.validator.contexts import absent_place
from batchroles.validator.explanations import AMBIGUOUS, explain

NOBODY = 2_147_483_647
"""A user id that no site has: the largest of a 32-bit column."""

PAIRS_A_CALL = 200

Progress = Callable[[str, int, int], None]
Place = tuple[str, int]
"""Level and instance id."""
Refusals = dict[CallRow, CallRefused]
"""By (0, role id, level, instance id): the pairs that are refused, with Moodle's words."""


def probe(plan: Plan, moodle: Moodle, workers: int, progress: Progress) -> Plan:
    """Give open lines of pairs that Moodle would refuse the status `refused`; the others stay open."""
    open_lines = arrange(plan.lines)
    pairs = _distinct(open_lines)
    refusals = refused_pairs(pairs, moodle, workers, progress)
    absent = _absent(refusals, moodle, workers)
    return _with_refusals(plan, open_lines, refusals, absent) if refusals else plan


def _absent(refusals: Refusals, moodle: Moodle, workers: int) -> dict[Place, str]:
    """Look once for each place in which a role is refused, where the place may be what is missing."""
    places = {pair[2:]: pair for pair, refusal in refusals.items() if refusal.errorcode == AMBIGUOUS}
    with ThreadPoolExecutor(workers) as pool:
        return dict(zip(places, pool.map(partial(absent_place, moodle), places.values()), strict=True))


def refused_pairs(pairs: list[CallRow], moodle: Moodle, workers: int, progress: Progress) -> Refusals:
    """Find the pairs (user id 0, role id, level, instance id) that this token may not assign."""
    levels = {pair[2] for pair in pairs}
    only_level = Level(levels.pop()) if len(levels) == 1 else None
    search = PairSearch(pairs, min(PAIRS_A_CALL, moodle.max_rows(only_level)))
    flying: dict[Future[CallRefused | None], Question] = {}
    with ThreadPoolExecutor(workers) as pool:
        while True:
            while len(flying) < workers and (question := search.take()) is not None:
                flying[pool.submit(_ask, moodle, question.pairs)] = question
            if not flying:
                return search.refusals
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                _take_in(search, flying.pop(future), future)
            progress("probing", len(pairs) - search.unsettled, len(pairs))


def _ask(moodle: Moodle, pairs: Sequence[CallRow]) -> CallRefused | None:
    """Ask for several pairs by unassigning, and for a single one by assigning: the row is told those words."""
    rows = [(NOBODY, *pair[1:]) for pair in pairs]
    try:
        moodle.change_roles(Action.ASSIGN if len(rows) == 1 else Action.UNASSIGN, rows, idle=True)
    except CallTooLarge:
        raise
    except CallRefused as refusal:
        return None if len(rows) == 1 and refusal.errorcode == "codingerror" else refusal
    return None


def _take_in(search: PairSearch, question: Question, future: "Future[CallRefused | None]") -> None:
    try:
        refusal = future.result()
    except CallTooLarge as too_large:
        if len(question.pairs) > 1:
            search.not_asked(question, len(question.pairs) // 2)
        else:
            search.refused(question, too_large)
    except SiteRefusal as denied:
        if denied.errorcode not in NOT_IN_SERVICE or len(question.pairs) == 1:
            raise
        search.not_asked(question, 1)  # unassigning is not part of the service
    else:
        if refusal is None:
            search.accepted(question)
        else:
            search.refused(question, refusal)


def _distinct(work: Work) -> list[CallRow]:
    """Give each pair once, those of most rows first: what many rows ask for is seldom a mistake."""
    firsts, counts = np.unique(work.pair, return_index=True, return_counts=True)[1:]
    rows: Counter[CallRow] = Counter()
    for row, count in zip(work.rows(firsts), counts.tolist(), strict=True):
        rows[(0, *row[1:])] += count
    return [pair for pair, _ in sorted(rows.items(), key=lambda item: (-item[1], item[0]))]


def _with_refusals(plan: Plan, work: Work, refusals: Refusals, absent: Mapping[Place, str]) -> Plan:
    status = codes(plan.lines["status"])
    problem = plan.lines["problem"].to_numpy("int32", copy=True)
    problems = list(plan.problems)
    for pair, refusal in refusals.items():
        refused = work.line[_items_of(work, pair)]
        status[refused] = status_code(Status.REFUSED)
        problem[refused] = len(problems)
        cause = CAUSES.get(refusal.errorcode, Cause.ROW)
        problems.append(explain(refusal, cause, absent=absent.get(pair[2:], "")))
    lines = plan.lines.assign(status=pd.Categorical.from_codes(status, dtype=STATUSES), problem=problem)
    return replace(plan, lines=lines, problems=problems)


def _items_of(work: Work, pair: CallRow) -> Ints:
    _, role, level, instance = pair
    same_place = (work.instanceid == instance) & (work.level == list(LEVELS.categories).index(level))
    found: Ints = np.flatnonzero(same_place & (work.roleid == role))
    return found
