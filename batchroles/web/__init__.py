"""The registrar's page: a door to `job/`, with no logic of its own about roles or files."""
