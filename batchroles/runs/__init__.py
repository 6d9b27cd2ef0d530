"""The folders in which runs live: made, found by name, listed, locked and forgotten."""

from batchroles.runs.folders import DEFAULT, Runs, make_folder
from batchroles.runs.lock import Lock

__all__ = ["DEFAULT", "Lock", "Runs", "make_folder"]
