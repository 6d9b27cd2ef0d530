"""`run.db`: what a run meant to do and what was confirmed. Everything that must survive a crash is here.

A plan is written once, in one transaction, and carries a digest. After that a call adds a record when it is meant to
be sent, on disk before it leaves, and its result and verdicts afterwards, each in one transaction that also brings a
sum over all records up to date. A torn or edited file is thus either the state of a moment ago or is refused; a state
of a moment ago is safe, because what is not recorded as confirmed is sent again, and sending an assignment again is
harmless.
"""

from batchroles.journal.book import Book, Ruling
from batchroles.journal.head import Head
from batchroles.journal.journal import Glance, Journal, glance

__all__ = ["Book", "Glance", "Head", "Journal", "Ruling", "glance"]
