"""From a table of text to what it asks for, in every accepted layout."""

from batchroles.loader import ReadingOptions
from batchroles.loader.layouts.describe import describe
from batchroles.loader.layouts.reading import load, read
from batchroles.loader.layouts.repairs import Repairs
from batchroles.loader.layouts.sheet import FormatOptions

__all__ = ["FormatOptions", "ReadingOptions", "Repairs", "describe", "load", "read"]
