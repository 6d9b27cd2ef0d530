"""In which order the database comes by unsorted rows: by its hash tables, or another way where it needs few.

Nobody promises that order, and it is why unsorted pages repeat some rows and never show others: of 40 holdings in pages
of ten, seven were never seen (rr-pages-0 to -3). What is here was found in the recordings and agrees with them; where
the database changes from one way to the other (a share of the rows) is a guess between two recorded numbers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from batchroles.sandbox.reports.rows import Joined
from batchroles.sandbox.site.site import Site

MASK = 0xFFFFFFFF
SEED = 0x9E3779B9 + 4 + 3923095
BUCKETS = 1024
"""How many buckets PostgreSQL's hash tables have at least; more rows get more, which is not modelled."""


@dataclass(frozen=True)
class Need:
    """How many rows are wanted, counted from the first one (None: all), and whether few are expected.

    Few are expected where a filter asks for one choice, or for times from and to.
    """

    wanted: int | None
    few_expected: bool


Arrange = Callable[[Site, list[Joined], Need], list[Joined]]


def arranged(site: Site, source: str, rows: list[Joined], need: Need) -> list[Joined]:
    """Give all rows of a source in the order in which the database comes by them."""
    arrange = _PLANS.get(source)
    return arrange(site, rows, need) if arrange else rows


def _is_few(rows: list[Joined], need: Need, share: float) -> bool:
    return need.wanted is not None and need.wanted <= share * len(rows)


def _holdings(site: Site, rows: list[Joined], need: Need) -> list[Joined]:
    """Arrange the rows of the source Roles: as they are stored, by role, or by user.

    By role for up to ten of 40 rows, and where no number is given (rr-pages-0, rr-perpage-0); by user where few are
    expected (rf-role-student, rf-time-range-text).
    """
    if need.few_expected:
        return _by_user(site, rows)
    if need.wanted is None or _is_few(rows, need, 1 / 4):
        return sorted(rows, key=lambda row: _id(row.role))
    return rows


def _by_user(site: Site, rows: list[Joined]) -> list[Joined]:
    """Order by user as they are stored, and the last context first."""
    stored = {userid: place for place, userid in enumerate(site.users)}
    return sorted(
        rows,
        key=lambda row: (stored.get(_id(row.user), -1), -(row.context.id if row.context else 0)),
    )


def _participants(site: Site, rows: list[Joined], need: Need) -> list[Joined]:
    """Arrange the rows of the source Course participants: by assignment, then what found none, by hash."""
    if need.few_expected:
        return _by_user(site, rows)
    held = sorted((row for row in rows if row.assignment), key=_by_assignment)
    rest = sorted((row for row in rows if not row.assignment), key=_by_method, reverse=True)
    rest.sort(key=_bucket_of_participant)
    # The way for few rows begins with methods that enrol nobody (rb-participants-5); their order there is not known.
    return [*rest, *held] if _is_few(rows, need, 5 / 56) else [*held, *rest]


def _by_assignment(row: Joined) -> tuple[int, int]:
    return _id(row.assignment), -_id(row.enrolment)


def _by_method(row: Joined) -> int:
    return hashed(_id(row.instance)) % BUCKETS


def _bucket_of_participant(row: Joined) -> int:
    place = hashed(row.context.id if row.context else 0)
    person = hashed(_id(row.user)) if row.user else 0
    return (_rotated(place, 1) ^ person) % BUCKETS


def _categories(site: Site, rows: list[Joined], need: Need) -> list[Joined]:
    """Arrange the rows of the source Course categories: by user, then what found none, by hash (rb-categories-1000)."""
    if all(row.assignment is None for row in rows):
        return rows
    if _is_few(rows, need, 5 / 9):
        return sorted(rows, key=lambda row: _id(row.category))  # rb-categories-5
    held = _by_user(site, [row for row in rows if row.assignment])
    return [
        *held,
        *sorted((row for row in rows if not row.assignment), key=_bucket_of_category, reverse=True),
    ]


def _bucket_of_category(row: Joined) -> int:
    return hashed(row.context.id if row.context else 0) % BUCKETS


def _id(record: Mapping[str, int] | None) -> int:
    return int(record["id"]) if record else 0


_PLANS: Mapping[str, Arrange] = {
    "Roles": _holdings,
    "Course participants": _participants,
    "Course categories": _categories,
}
"""By the names of sources; the others read one table, as it is stored."""


def hashed(number: int) -> int:
    """Give PostgreSQL's hash of an integer (Bob Jenkins' function, `hash_bytes_uint32` in `hashfn.c`)."""
    a = b = c = SEED & MASK
    a = (a + number) & MASK
    for one in (14, 11, 25, 16, 4, 14, 24):
        # Each of the seven steps mixes one of the three numbers with the one before; they change places in turn.
        c = ((c ^ b) - _rotated(b, one)) & MASK
        a, b, c = b, c, a
    return b


def _rotated(number: int, by: int) -> int:
    return ((number << by) | (number >> (32 - by))) & MASK
