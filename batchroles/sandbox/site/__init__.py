"""One site in memory: its contexts, its tables, and what every Moodle has."""
