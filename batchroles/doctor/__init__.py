"""Is a site set up for batchroles? Asks step by step, and says what is wrong, where, and what to click."""

from batchroles.doctor.examination import examine, first_steps
from batchroles.doctor.filling import fill_reports
from batchroles.doctor.findings import Finding, Grade, Report
from batchroles.doctor.role_file import write_role_file
from batchroles.doctor.setting_up import setting_up

__all__ = [
    "Finding",
    "Grade",
    "Report",
    "examine",
    "fill_reports",
    "first_steps",
    "setting_up",
    "write_role_file",
]
