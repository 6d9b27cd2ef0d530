"""Workbooks: their sheets as text, as a spreadsheet program shows them, and what such a program does not show."""
