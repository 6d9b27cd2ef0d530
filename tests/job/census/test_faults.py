"""Reports that cannot be used, or lack something, and a site that changes while it is read."""

import pytest

from batchroles.client import Moodle
from batchroles.client.functions import RETRIEVE_REPORT
from batchroles.job.census import layout
from batchroles.job.census.exporting import export
from batchroles.models import ASSIGN
from tests.job.census.state import state
from tests.job.census.test_exporting import table
from tests.job.helpers import PATIENCE, moodle_at
from tests.job.newer import TEACHER, newer
from tests.job.test_census_faults import Spoil, When, filtered, with_condition, without_column


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (with_condition, "has conditions that hide rows"),
        (filtered, "is filtered for the token's user"),
        (without_column("user:fullnamewithlink"), "it has no column for the user"),
    ],
)
def test_a_report_that_is_not_believed(spoil: Spoil, said: str) -> None:
    """What courses show is exported then, and why the report is not used stands before how far that goes."""
    with newer() as practice:
        spoil(practice)
        made = export(moodle_at(practice))
        there = {one[:3] for one in state(practice)}
    assert made.about.source == layout.COURSES
    assert said in " ".join(made.notes[:-1])
    rows = made.rows
    assert {*zip(rows[layout.USERNAME], rows[layout.ROLE], rows[layout.CONTEXT], strict=True)} < there


@pytest.mark.parametrize(
    "column", ["role_assignment:timemodified", "role_assignment:itemid", "user:username"]
)
def test_a_report_without_what_is_of_less_use(column: str) -> None:
    """Without moments, item ids or user names every holding is there all the same, and what is missing is blank."""
    with newer() as practice:
        without_column(column)(practice)
        made = export(moodle_at(practice))
        there = state(practice)
    items = column != "role_assignment:itemid"
    assert table(made) == {(*one[:4], one[4] if items else 0) for one in there}
    moments = set(made.rows[layout.SINCE])
    assert moments == ({""} if column == "role_assignment:timemodified" else {"2026-09-21 16:13"})


def test_a_role_that_is_given_meanwhile() -> None:
    """Where courses show what the report did not, it is read again, and shows it."""
    with newer() as practice:
        one = moodle_at(practice)
        # After the last of the calls for the two reports: each is opened, read and counted again.
        give = When(RETRIEVE_REPORT, lambda: one.change(ASSIGN, [(11, TEACHER, "course", 2)]), nth=6)
        made = export(Moodle(practice.url, practice.token, retry=PATIENCE, workers=1, observer=give))
        assert give.done
        assert table(made) == state(practice)
