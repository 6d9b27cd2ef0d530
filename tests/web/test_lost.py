"""What is lost or cannot be kept: nobody is told that nothing was sent where that is not known."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from batchroles.job import Apply
from batchroles.runs import Head
from batchroles.sandbox.wire.practice import Practice
from batchroles.sender import Guards
from tests.web.visiting import Page, Visitor, own_machine
from tests.web.walking import hidden, looked_at, press, settled, until

ROWS = "username,role,course\nnoah.adams0001,student,PHY101\n"


def sent(visitor: Visitor) -> tuple[str, str]:
    """Send a file; gives the address of the file and that of its run."""
    place, screen = looked_at(visitor, "list.csv", ROWS)
    run = press(visitor, place, "send", screen)
    until(visitor, run, "Everything is done.")
    return place, run


def stopped(visitor: Visitor) -> str:
    """Send a file slowly and stop it before its end; gives the address of the run."""
    place, screen = looked_at(visitor, "list.csv", f"{ROWS}olivia.adams0002,student,PHY101\n")
    run = press(visitor, place, "send", screen)
    until(visitor, f"{run}/state", '"total":2')
    press(visitor, run, "stop", visitor.get(run).text)
    until(visitor, run, "still to be sent")
    return run


def journal(served: Page) -> Path:
    [found] = served.desk.office.folder.rglob("run.db")
    return found


def test_a_run_whose_folder_is_gone(served: Page, visitor: Visitor) -> None:
    """It is not there any more; its file is not offered as one that was never sent."""
    place, run = sent(visitor)
    shutil.rmtree(journal(served).parent)
    assert visitor.get(place).headers["Location"] == run
    assert visitor.get(run).status == 404
    assert "list.csv" not in visitor.get("/").text


def test_a_run_that_cannot_be_read(served: Page, visitor: Visitor) -> None:
    """It is said that nobody knows what was sent, never that nothing was."""
    _, run = sent(visitor)
    journal(served).write_bytes(b"nonsense")
    answer = visitor.get(run)
    assert (answer.status, "It is not known how much of it was sent" in answer.text) == (400, True)
    assert "othing was sent" not in answer.text


def test_a_disk_that_takes_nothing(served: Page, visitor: Visitor, practice: Practice) -> None:
    """Where it cannot be noted that a file is sent it is not sent, and that is said; later it can be."""
    place, screen = looked_at(visitor, "list.csv", ROWS)
    before = practice.state()["role_assignments"]
    [record] = served.desk.office.folder.rglob("proposal.json")
    in_the_way = record.with_name(".proposal.json.part")
    in_the_way.mkdir()
    answer = visitor.post(f"{place}/send", hidden(screen))
    assert (answer.status, "cannot keep anything" in answer.text) == (507, True)
    assert practice.state()["role_assignments"] == before
    in_the_way.rmdir()
    until(visitor, press(visitor, place, "send", settled(visitor, place)), "Everything is done.")


def test_an_undo_of_what_is_taken_back_already(visitor: Visitor) -> None:
    """Looked at before, and sent after another one that took everything back, it does nothing and says so."""
    _, run = sent(visitor)
    first = press(visitor, run, "undo", visitor.get(run).text)
    screen = settled(visitor, first)
    other = press(visitor, run, "undo", visitor.get(run).text)
    assert other == first
    until(visitor, press(visitor, first, "send", screen, agreed="yes"), "Everything is done.")
    again = press(visitor, run, "undo", visitor.get(run).text)
    assert "There is nothing to send" in settled(visitor, again)


def test_an_old_run_wants_a_yes_before_it_goes_on(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was looked up days ago is not sent by a press alone: that it is old is said, and agreed to."""
    to_json = Head.to_json
    aged = datetime.now(UTC) - timedelta(days=3)
    monkeypatch.setattr(Head, "to_json", lambda head: to_json(replace(head, created=aged)))
    slowly = Apply(Guards(chunk_size=1, rate=1))
    with own_machine(practice.url, practice.token, tmp_path / "slow", how=slowly) as served:
        visitor = served.visitor().let_in()
        run = stopped(visitor)
        screen = visitor.get(run).text
        assert "Yes, send it as it was looked up then" in screen
        before = practice.state()["role_assignments"]
        answer = visitor.post(f"{run}/go-on", hidden(screen))
        assert (answer.status, "more than a day ago" in answer.text) == (400, True)
        assert practice.state()["role_assignments"] == before
        press(visitor, run, "go-on", screen, **{"even-if-old": "on"})
        until(visitor, run, "Everything is done.")
