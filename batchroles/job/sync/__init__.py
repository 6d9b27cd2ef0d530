"""Sync: the site follows a file, run after run, and nothing goes that the sync did not give."""
