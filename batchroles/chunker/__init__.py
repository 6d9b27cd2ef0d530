"""Pure: what to send next, and what an answer means for each row. Knows no network and no file.

A call is one transaction, and locks each of its users until it ends: two calls at once that share a user wait for each
other, or one of them fails in a deadlock. So the order of sending is by user. A call is filled with whole users as far
as they fit, and what is left of a user waits until the call with the first part is answered, as does everything else
of users who are under way: fresh rows, parts of refused calls, rows that are sent again.

One bad row refuses its call whole and is not named. What the error code tells is used to find it with few calls:

* `codingerror` depends on the user: the refused call is split between users, and a user who is refused alone condemns
  every row of that user.
* `invalidparameter`, `nopermissions` and `requireloginerror` depend on the (role, context) pair: the call is split by
  pairs of which no row went through yet; then one row of the last such pair is tried alone, and if it is refused so is
  every row of the pair. A pair stands in many calls, so nothing more is sent for those in doubt until there is an
  answer, and calls under way that are refused meanwhile are not looked into: the answer mostly explains them.
* any other code says nothing: the call is split in halves, and each row is judged alone.

Of the two parts of a refused call the first is sent. If it is accepted, the second must hold the bad row and is split
without being sent; if it is refused, the second is no more suspect than any other row and goes back to the others.
"""

from batchroles.chunker.dispatcher import Dispatcher
from batchroles.chunker.order import Ints, Work, arrange
from batchroles.chunker.pair_search import PairSearch, Question
from batchroles.chunker.verdicts import Call, Fate, Verdict

__all__ = [
    "Call",
    "Dispatcher",
    "Fate",
    "Ints",
    "PairSearch",
    "Question",
    "Verdict",
    "Work",
    "arrange",
]
