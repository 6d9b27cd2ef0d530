"""What calls cost a site, in seconds, as measured on a real Moodle 4.3 (2 cores, PostgreSQL) unless said otherwise."""

CALL = 0.021
"""Any call."""
USER = 0.0031
"""Each user who is looked up, the call not counted: 62 s for 20,000."""
COURSE_BY_FIELD = 0.041
"""One course, the call included."""
COURSE_OF_ALL = 0.28 / 503
"""Each course of the site, when all are fetched at once."""
USER_ROW = 0.000022
"""Each row of a report of users: 0.45 s for 20,000 (Moodle 5.1)."""
ROLE_ROW = 1.0 / 62_013
"""Each row of the report on roles with four columns (Moodle 5.1)."""
OTHER_ROW = 0.000085
"""Each row of another report. None was measured but the dearest, participants: 0.2 s for 2,556."""
LINKED_ROW = 19.0 / 62_013
"""Each row of it with ten columns, some of which build links: what a row of the report on contexts costs at most."""
LISTED_PAIR = 1.4 / 4_000
"""Each user of a course who is asked about by its list: 4,000 in 40 courses."""

LIST_AND_OPEN = 2 * CALL
"""Finding a report and asking for its first row, which tells how many there are."""
PAGE_AND_COUNT = 2 * CALL
"""Reading a report in one page and counting it again, its rows not counted."""

READ_ROLES = 10 * CALL
"""Reading the reports on roles and on contexts, their rows not counted: each is opened, looked at for filters, read and
counted again."""


def users(number: int, calls: int) -> float:
    """Give what it costs to look so many users up in so many calls."""
    return calls * CALL + number * USER


def report(rows: int, row: float) -> float:
    """Give what it costs to read a report of so many rows once it is open; `row`: what each costs."""
    return PAGE_AND_COUNT + rows * row
