"""Pure: what to send next, and what an answer means for each row. Knows no network and no file.

A call is one transaction: one bad row refuses it whole and is not named. What the error code tells is used to find it
with few calls:

* `codingerror` depends on the user: the refused call is split between users, and a user who is refused alone condemns
  every row of that user.
* `invalidparameter`, `nopermissions` and `requireloginerror` depend on the (role, context) pair: the call is split at
  the borders of pairs; then one row of the pair is tried alone, and if it is refused so is every row of the pair.
* any other code says nothing: the call is split in halves, and each row is judged alone.

Of the two parts of a refused call the first is sent. If it is accepted, the second must hold the bad row and is split
without being sent; if it is refused, the second is no more suspect than any other row and goes back to the others.
"""

from batchroles.chunker.dispatcher import Dispatcher
from batchroles.chunker.order import CallRow, Ints, Work, arrange
from batchroles.chunker.pair_search import PairSearch, Question
from batchroles.chunker.verdicts import Call, Fate, Verdict

__all__ = [
    "Call",
    "CallRow",
    "Dispatcher",
    "Fate",
    "Ints",
    "PairSearch",
    "Question",
    "Verdict",
    "Work",
    "arrange",
]
