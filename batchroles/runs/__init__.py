"""The folders in which runs live: made, found by name, listed, locked and forgotten."""

from batchroles.runs.drafts import Draft, saved
from batchroles.runs.folders import DEFAULT, Runs, begin, make_folder, next_number
from batchroles.runs.lock import FileLock, Lock

__all__ = ["DEFAULT", "Draft", "FileLock", "Lock", "Runs", "begin", "make_folder", "next_number", "saved"]
