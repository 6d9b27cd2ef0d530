"""Bulk role assignment for Moodle, from a spreadsheet, from outside the server."""
