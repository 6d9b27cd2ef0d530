"""The command line: results on stdout, talk on stderr, one exit code."""

from batchroles.cli.main import main

__all__ = ["main"]
