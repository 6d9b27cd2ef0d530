"""What a site's holdings are as a table, compared with its state: every level, every giver, and what is left out."""

from batchroles.job.census import layout
from batchroles.job.census.exporting import Export, export
from tests.job.census.state import state
from tests.job.helpers import moodle_at
from tests.job.newer import newer


def table(made: Export) -> set[tuple[str, str, str, str, int]]:
    """Give user name, role, context, component and item id of each row, each row once."""
    rows = made.rows
    found = [
        (user, role, context, *(layout.giver(given) or ("?", 0)))
        for user, role, context, given in zip(
            rows[layout.USERNAME], rows[layout.ROLE], rows[layout.CONTEXT], rows[layout.GIVEN], strict=True
        )
    ]
    assert len(found) == len(set(found)), "a holding stands twice"
    return set(found)


def test_it_is_the_state_at_every_level() -> None:
    """Every role assignment of the site is one row: who, what, the place by an address, and what gave it."""
    with newer() as practice:
        made = export(moodle_at(practice))
        assert table(made) == state(practice)
    assert {text.partition(":")[0] for text in made.rows[layout.CONTEXT]} == {
        *("system", "category", "course", "module", "user")
    }
