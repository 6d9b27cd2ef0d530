"""Outcomes, one per row, as files and words: success, failed, workbook, JSON, terminal text."""

from batchroles.reporter.outcomes import OUR_COLUMNS, outcomes
from batchroles.reporter.results import write_results
from batchroles.reporter.summary import Compared, Files, Summary, summarise
from batchroles.reporter.tally import Tally, exit_code, tally
from batchroles.reporter.terminal import next_steps, summary_text

__all__ = [
    "OUR_COLUMNS",
    "Compared",
    "Files",
    "Summary",
    "Tally",
    "exit_code",
    "next_steps",
    "outcomes",
    "summarise",
    "summary_text",
    "tally",
    "write_results",
]
