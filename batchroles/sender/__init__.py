"""Calls → outcomes: sends a plan's open lines, several calls at once, and records each before and after."""

from batchroles.sender.halt import Ended, Halt
from batchroles.sender.pace import Guards
from batchroles.sender.sending import Sending

__all__ = ["Ended", "Guards", "Halt", "Sending"]
