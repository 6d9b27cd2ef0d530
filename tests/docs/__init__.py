"""The documentation cannot be wrong: what it says is compared with the code, and its examples are run."""
