"""Calls → outcomes: sends a plan's open lines, several calls at once, and records each before and after.

`sending` is the coordinator, one thread that alone knows the dispatcher and the journal; `workers` are the threads that
carry its calls. `guards` is what the user allows, `pace` what the site bears. `readback` looks at what came of it.
"""

from batchroles.sender.guards import Ended, Guards, Halt
from batchroles.sender.sending import Sending

__all__ = ["Ended", "Guards", "Halt", "Sending"]
