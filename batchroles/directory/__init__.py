"""A site read whole: each kind of name from a report where there is one that is believed, else from functions."""
