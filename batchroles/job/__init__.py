"""The verbs: plan a file, apply a run, retry what failed, undo what was done; and the whole way, composed once."""

from batchroles.job.again import retry, undo
from batchroles.job.applying import Apply, apply
from batchroles.job.census.reviewing import Review
from batchroles.job.listing import listed
from batchroles.job.planning import Checks, Talk, make_plan, plan_offline
from batchroles.job.reporting import complete, edited, fresh, renew, report, shown, summary_of
from batchroles.job.sync.following import Sync
from batchroles.job.sync.rules import Rules
from batchroles.job.turn import IfLocked, Turn
from batchroles.job.whole import Account, Door, Job, PlanFile, PlanRetry, PlanUndo, Task, summary_of_plan
from batchroles.runs import Origin, Planned, Run

__all__ = [
    "Account",
    "Apply",
    "Checks",
    "Door",
    "IfLocked",
    "Job",
    "Origin",
    "PlanFile",
    "PlanRetry",
    "PlanUndo",
    "Planned",
    "Review",
    "Rules",
    "Run",
    "Sync",
    "Talk",
    "Task",
    "Turn",
    "apply",
    "complete",
    "edited",
    "fresh",
    "listed",
    "make_plan",
    "plan_offline",
    "renew",
    "report",
    "retry",
    "shown",
    "summary_of",
    "summary_of_plan",
    "undo",
]
