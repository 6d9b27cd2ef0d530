"""The verbs: plan a file, apply a run, retry what failed, undo what was done."""

from batchroles.job.again import retry, undo
from batchroles.job.applying import Apply, apply
from batchroles.job.planning import Checks, Talk, make_plan, plan_offline
from batchroles.job.reporting import complete, edited, fresh, renew, report, shown, summary_of
from batchroles.job.turn import IfLocked, Turn
from batchroles.runs import Origin, Planned, Run

__all__ = [
    "Apply",
    "Checks",
    "IfLocked",
    "Origin",
    "Planned",
    "Run",
    "Talk",
    "Turn",
    "apply",
    "complete",
    "edited",
    "fresh",
    "make_plan",
    "plan_offline",
    "renew",
    "report",
    "retry",
    "shown",
    "summary_of",
    "undo",
]
