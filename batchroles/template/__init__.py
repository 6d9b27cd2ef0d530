"""A starter workbook for a registrar: headers, drop-downs and instructions."""

from batchroles.template.workbook import write_template

__all__ = ["write_template"]
