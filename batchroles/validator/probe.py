"""A dry run that asks Moodle itself: may this token give this role in this place?

`core_role_assign_roles` makes every check of a row before it looks at the user. An assignment for a user id that cannot
exist is thus answered `codingerror` where the role may be assigned (case `assign-user-unknown`), and with the real
refusal where it may not. `core_role_unassign_roles` makes the same checks (case `unassign-role-outside-matrix`) and
does nothing for an unknown user (case `unassign-user-unknown`), so one such call asks for up to 200 pairs at once.
Neither writes. `chunker.PairSearch` chooses what is asked: at most one call a pair and one more. Of many
users' contexts some are asked about, and all of them where one is refused.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from batchroles.chunker import PairSearch, Question
from batchroles.chunker.order import LEVEL_NAMES, Ints, Work, arrange
from batchroles.chunker.pair_search import Place
from batchroles.client import Moodle
from batchroles.client.side_by_side import Progress, as_it_comes, side_by_side, silent
from batchroles.errors import CallRefused, CallTooLarge, NotInService
from batchroles.models import ASSIGN, UNASSIGN, Level, Plan, Status
from batchroles.models.changes import CallRow
from batchroles.validator.contexts import absent_place
from batchroles.validator.explanations import AMBIGUOUS, explain

NOBODY = 2_147_483_647
"""A user id that no site has: the largest of a 32-bit column."""

PAIRS_A_CALL = 200
AT_ONCE = 2
"""Calls that most sites serve at full speed."""
SAMPLE = 20
"""Users of one row each who are asked about for a role before the others are taken to be like them."""

Refusals = dict[CallRow, CallRefused]
"""By (0, role id, level, instance id): the pairs that are refused, with Moodle's words."""


def probe(plan: Plan, moodle: Moodle, progress: Progress) -> Plan:
    """Give open lines of pairs that Moodle would refuse the status `refused`; the others stay open."""
    lines = plan.lines
    open_lines = arrange(lines, lines.is_open & lines.whose(lambda change: change.can_be_probed))
    first, later = _parted(_distinct(open_lines))
    refusals = refused_pairs(first, moodle, progress)
    doubted = {role for _, role, level, _ in refusals if level == Level.USER}
    refusals |= refused_pairs([pair for pair in later if pair[1] in doubted], moodle, progress)
    absent = _absent(refusals, moodle)
    return _with_refusals(plan, open_lines, refusals, absent) if refusals else plan


def _parted(rows: Counter[CallRow]) -> tuple[list[CallRow], list[CallRow]]:
    """Give the pairs to ask about, and those to ask about only where one that is like them is refused.

    Those of most rows first: what many rows ask for is seldom a mistake. Asking about a pair takes a site as long as
    giving its role once, so that for thousands of parents asking would double the work; and what may be done in a
    user's context is what may be done in the system, unless somebody overrode it for this one user. One who is refused
    for all that is found when the roles are sent.
    """
    pairs = [pair for pair, _ in sorted(rows.items(), key=lambda item: (-item[1], item[0]))]
    alike = defaultdict(list)
    for pair in pairs:
        if pair[2] == Level.USER and rows[pair] == 1:
            alike[pair[1]].append(pair)
    sample = {pair for group in alike.values() for pair in group[:: max(1, len(group) // SAMPLE)]}
    later = {pair for group in alike.values() for pair in group} - sample
    return [pair for pair in pairs if pair not in later], [pair for pair in pairs if pair in later]


def _absent(refusals: Refusals, moodle: Moodle) -> dict[Place, str]:
    """Look once for each place in which a role is refused, where the place may be what is missing."""
    places = {pair[2:]: pair for pair, refusal in refusals.items() if refusal.errorcode == AMBIGUOUS}
    found = side_by_side(partial(absent_place, moodle), list(places.values()), moodle.workers)
    return {pair[2:]: absent for pair, absent in found}


def refused_pairs(pairs: list[CallRow], moodle: Moodle, progress: Progress = silent) -> Refusals:
    """Find the pairs (user id 0, role id, level, instance id) that this token may not assign."""
    variables = max((UNASSIGN.variables(Level(pair[2])) for pair in pairs), default=1)
    limit = min(PAIRS_A_CALL, moodle.max_rows(variables))
    search = PairSearch(pairs, limit, min(AT_ONCE, moodle.workers))
    for question, answer in as_it_comes(partial(_ask, moodle), search.take, moodle.workers):
        _take_in(search, question, answer)
        progress("probing", len(pairs) - search.unsettled, len(pairs))
    return search.refusals


def _ask(moodle: Moodle, question: Question) -> CallRefused | NotInService | None:
    """Ask for several pairs by unassigning, and for a single one by assigning: the row is told those words.

    Gives the refusal, if it is one: of a pair, of the call's size, or of the function for several pairs.
    """
    rows = [(NOBODY, *pair[1:]) for pair in question.pairs]
    alone = len(rows) == 1
    try:
        moodle.change(ASSIGN if alone else UNASSIGN, rows, idle=True)
    except NotInService as lacking:
        if alone:
            raise
        return lacking
    except CallRefused as refusal:
        # Of all that is wrong with an assignment Moodle says last that there is no such user.
        return None if alone and refusal.errorcode == "codingerror" else refusal
    return None


def _take_in(search: PairSearch, question: Question, answer: CallRefused | NotInService | None) -> None:
    if answer is None:
        search.accepted(question)
    elif isinstance(answer, NotInService):
        search.not_asked(question, 1)  # unassigning is not part of the service
    elif isinstance(answer, CallTooLarge) and len(question.pairs) > 1:
        search.not_asked(question, len(question.pairs) // 2)
    else:
        search.refused(question, answer)


def _distinct(work: Work) -> Counter[CallRow]:
    """Give each pair once, and how many rows ask for it."""
    firsts, counts = work.pairs()
    rows: Counter[CallRow] = Counter()
    for row, count in zip(work.rows(firsts), counts.tolist(), strict=True):
        rows[(0, *row[1:])] += count
    return rows


def _with_refusals(plan: Plan, work: Work, refusals: Refusals, absent: Mapping[Place, str]) -> Plan:
    lines, problems = plan.lines, list(plan.problems)
    for pair, refusal in refusals.items():
        lines = lines.ruled(work.line[_items_of(work, pair)], Status.REFUSED, len(problems))
        problems.append(explain(refusal, ASSIGN.cause(refusal.errorcode), absent=absent.get(pair[2:], "")))
    return replace(plan, lines=lines, problems=problems)


def _items_of(work: Work, pair: CallRow) -> Ints:
    _, role, level, instance = pair
    same_place = (work.instanceid == instance) & (work.level == LEVEL_NAMES.index(level))
    found: Ints = np.flatnonzero(same_place & (work.roleid == role))
    return found
