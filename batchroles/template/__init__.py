"""A starter workbook for a registrar: headers, drop-downs and instructions."""

from batchroles.template.choices import Choices, site_choices, standard_choices
from batchroles.template.workbook import write_template

__all__ = ["Choices", "site_choices", "standard_choices", "write_template"]
