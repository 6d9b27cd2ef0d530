"""The verbs: plan a file, apply a run, retry what failed, undo what was done."""

from batchroles.job.again import retry, undo
from batchroles.job.applying import Apply, apply
from batchroles.job.planning import Checks, Talk, make_plan
from batchroles.job.run import Origin, Run

__all__ = ["Apply", "Checks", "Origin", "Run", "Talk", "apply", "make_plan", "retry", "undo"]
