"""The kinds of records that sources join: their columns and filters."""
