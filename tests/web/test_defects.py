"""What is written where something goes wrong that nobody foresaw: where it was, and nothing of what people gave."""

import threading
from pathlib import Path

import pytest

from batchroles.sandbox import serve
from batchroles.web.app import tell_of_threads, told
from tests.web.visiting import own_machine

ROW = "ana.silva@example.edu"


def fails() -> str:
    try:
        return {"": ""}[ROW]
    except KeyError as error:
        raise ValueError(f"row of {ROW}") from error


def test_a_defect_is_told_without_what_people_gave(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    """A screen that fails says so, and the log names the place in the code and the kinds of error, not their words."""
    with serve() as site, own_machine(site.url, site.token, tmp_path) as page:
        visitor = page.visitor().let_in()
        page.app.view_functions["history.show"] = fails
        answer = visitor.get("/runs")
    assert (answer.status, "nobody foresaw" in answer.text, ROW in answer.text) == (500, True, False)
    written = caplog.text
    assert ("in fails" in written, "builtins.ValueError" in written, "builtins.KeyError" in written) == (
        True,
    ) * 3
    assert ROW not in written


def test_a_thread_tells_in_the_same_way(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect in the background is told alike."""
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    tell_of_threads()
    thread = threading.Thread(target=fails)
    thread.start()
    thread.join()
    said = capsys.readouterr().err
    assert ("builtins.KeyError" in said, ROW in said) == (True, False)


def test_a_circle_of_causes_ends() -> None:
    """Errors that name each other as their cause are told, not followed for ever."""
    one, other = ValueError(), KeyError()
    one.__cause__, other.__cause__ = other, one
    assert "ValueError" in told(one)
