"""What is remembered of how a file was read, and what is on disk of it and is damaged."""

import json

import pytest

from tests.web.visiting import Page, Visitor
from tests.web.walking import looked_at, press, settled

ROWS = "username,course\nnoah.adams0001,PHY101\n"


@pytest.mark.parametrize(
    "said", [{"role": "editingteacher"}, {"role": "student", "action": "unassign"}, {"role": "student", "enrol": "on"}]
)  # fmt: skip
def test_what_is_said_of_all_rows_is_about_this_file_alone(visitor: Visitor, said: dict[str, str]) -> None:
    """A role for all rows, that they are to be taken away, or to be enrolled, is not said of the next such file."""
    place, screen = looked_at(visitor, "teachers.csv", ROWS)
    press(visitor, place, "reading", screen, **said)
    assert "no column for a role" not in settled(visitor, place)
    _, screen = looked_at(visitor, "students.csv", ROWS)
    assert "no column for a role" in screen
    assert "as you chose for a file with these headers before" not in screen


def test_that_something_is_remembered_stands_before_what_would_happen(visitor: Visitor) -> None:
    """Who is shown a file that is read as one before reads that first, without opening anything."""
    place, screen = looked_at(visitor, "one.csv", ROWS)
    press(visitor, place, "reading", screen, match_user_by="username")
    _, screen = looked_at(visitor, "two.csv", ROWS)
    assert screen.index("as you chose for a file with these headers before") < screen.index("<details")


@pytest.mark.parametrize(
    "change", [{"newer": 1}, {"columns": 5}, {"columns": {"a": 1}}, {"role": ["a"]}, None]
)
def test_a_damaged_memory_is_none(served: Page, visitor: Visitor, change: dict[str, object] | None) -> None:
    """What another version has remembered, or nobody can read, is forgotten; files are taken as ever."""
    place, screen = looked_at(visitor, "one.csv", ROWS)
    press(visitor, place, "reading", screen, match_user_by="username")
    [file] = served.desk.office.folder.rglob("readings.json")
    kept = json.loads(file.read_text())
    file.write_text(json.dumps({key: change and {**one, **change} for key, one in kept.items()}))
    _, screen = looked_at(visitor, "two.csv", ROWS)
    assert "no column for a role" in screen


@pytest.mark.parametrize(
    "change",
    [{"created": "x"}, {"created": None}, {"kind": "x"}, {"name": None}, {"sent": 5}, {"differences": [1]}, {"new": 1},
     {"reading": []}],
)  # fmt: skip
def test_a_damaged_record_leaves_the_other_screens(
    served: Page, visitor: Visitor, change: dict[str, object]
) -> None:
    """A file whose record is damaged says so, and to give it again; the first screen and the history are there."""
    place, _ = looked_at(visitor, "one.csv", ROWS)
    [record] = served.desk.office.folder.rglob("proposal.json")
    record.write_text(json.dumps({**json.loads(record.read_text()), **change}))
    answer = visitor.get(place)
    assert (answer.status, "give the file again" in answer.text) == (400, True)
    assert (visitor.get("/").status, visitor.get("/runs").status) == (200, 200)


def test_a_file_is_looked_into_after_it_was_taken(served: Page, visitor: Visitor) -> None:
    """Who gives a file gets an answer at once: looking into a large one takes long, and is done behind it."""
    place, screen = looked_at(visitor, "one.csv", ROWS)
    press(visitor, place, "reading", screen, match_user_by="username")
    second = visitor.upload("two.csv", ROWS.encode()).headers["Location"]
    record = next(served.desk.office.folder.rglob(f"{second.rpartition('/')[2]}/proposal.json"))
    assert not json.loads(record.read_text())["remembered"]
    settled(visitor, second)
    assert json.loads(record.read_text())["remembered"]
