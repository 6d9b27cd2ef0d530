"""A starter workbook for a registrar: headers, drop-downs and instructions."""

from batchroles.template.columns import COURSE_ROLES
from batchroles.template.workbook import write_template

__all__ = ["COURSE_ROLES", "write_template"]
