"""Lines that ask for what is so already: found by reading, before anything is sent."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from batchroles.client import Moodle
from batchroles.client.side_by_side import Progress
from batchroles.directory.census import SiteRoles
from batchroles.models import Plan, Status
from batchroles.models.lines import NOT_READ
from batchroles.validator.holdings import Reader
from batchroles.validator.role_words import KnownRole
from batchroles.validator.sight import Sight, how_far


def leave_out_what_is_so(
    plan: Plan,
    moodle: Moodle,
    progress: Progress,
    site: SiteRoles | None = None,
    known: Iterable[KnownRole] = (),
) -> Plan:
    """Give open rows whose role is there already (or, when unassigning, is not) the status `already`.

    Where the lines' `held` was read by an earlier run, it is what an undo comes back to: a role that somebody had
    twice is there again when it is there twice. `site` and `known`: what the site was asked for already.
    """
    lines, before, wanted = plan.lines, plan.lines.held, plan.lines.is_open
    sight = Sight(lines, wanted)
    reader = Reader(moodle, progress, site, known)
    reader.read(sight)
    held = sight.held()
    so = np.where(lines.gives, held >= np.maximum(before, 1), held <= np.maximum(before, 0))
    of_role = lines.whose(lambda change: not change.of_enrolment)
    changed = lines.ruled(wanted & of_role & so & (held != NOT_READ), Status.ALREADY).with_held(held)
    unread = sight.unread(wanted & (held == NOT_READ))
    said = how_far(wanted, unread, "who has the role could be looked up before sending for {} rows")
    notes = [*plan.notes, *reader.notes, *reader.way, *(said if unread else [])]
    return replace(plan, lines=changed, notes=notes)
