"""A run on disk: its folder and lock, the copy of its input, and its journal.

The journal, `run.db`, says what a run meant to do and what was confirmed. Everything that must survive a crash is
there. A plan is written once, in one transaction, and carries a digest. After that a call adds a record when it is
meant to be sent, on disk before it leaves, and its result and verdicts afterwards, each in one transaction that also
brings a sum over all records up to date. A torn or edited file is thus either the state of a moment ago or is refused;
a state of a moment ago is safe, because what is not recorded as confirmed is sent again, and sending an assignment
again is harmless.
"""

from batchroles.runs.book import Book, Ruling
from batchroles.runs.drafts import Draft, saved
from batchroles.runs.folders import DEFAULT, Entry, Runs, begin, make_folder, next_number
from batchroles.runs.journal import Glance, Head, Journal, glance
from batchroles.runs.lock import Lock, LockFile
from batchroles.runs.run import Origin, Planned, Run

__all__ = [
    "DEFAULT",
    "Book",
    "Draft",
    "Entry",
    "Glance",
    "Head",
    "Journal",
    "Lock",
    "LockFile",
    "Origin",
    "Planned",
    "Ruling",
    "Run",
    "Runs",
    "begin",
    "glance",
    "make_folder",
    "next_number",
    "saved",
]
