"""From a table of text to what it asks for, in every accepted layout."""

from batchroles.formats.describe import describe
from batchroles.formats.options import FormatOptions
from batchroles.formats.reading import load, read
from batchroles.formats.repairs import Repairs
from batchroles.loader import ReadingOptions

__all__ = ["FormatOptions", "ReadingOptions", "Repairs", "describe", "load", "read"]
