"""What a sync says of rows that it does not do, and of roles that it does not take away."""

from batchroles.models import Code, Problem

TAKES = Problem(
    Code.BAD_VALUE,
    "The row asks for something to be taken away, and a sync's file says what shall be there.",
    "Leave the row out: what is in the file no more is taken away. batchroles assign does what single rows ask for.",
)

LATER = Problem(
    Code.NOT_DUE,
    "The row is wanted from a later day on.",
    "Nothing is to be done: the sync gives the role on that day.",
)
OVER = Problem(
    Code.NOT_DUE,
    "The last day on which the row is wanted is over.",
    "Nothing is to be done: the sync has taken away what it had given.",
)
NEVER = Problem(
    Code.BAD_VALUE,
    "The row's last day is before its first one: it would never be wanted.",
    "Correct from and until; both days are included.",
)
OUTSIDE = Problem(
    Code.OUT_OF_SCOPE,
    "The row is outside what --scope says that the file is complete for: what it gives would never be taken away.",
    "Mend the row, or add its role or place to --scope.",
)
TAKEN = Problem(
    Code.DRIFTED,
    "The sync gave this role, and somebody has taken it away in Moodle since.",
    "Find out who, and leave the row out of the file; or give it again with --heal.",
)
DOUBTFUL = Problem(
    Code.WITHHELD,
    "The sync asked for this role and lost the answer, so that nobody knows whether it gave it or a person did since;"
    " the file has it no more.",
    "If it is to go, apply the run with --approve-removals; if it is to stay, put it into the file.",
)
