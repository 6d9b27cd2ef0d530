"""Commands that are asked to stop while a site keeps them waiting: real processes, real signals."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from batchroles.cli import stopping
from batchroles.client import Moodle
from batchroles.errors import TemporaryFailure
from batchroles.job.whole import nothing_sent_yet
from batchroles.sender import Ended, Halt
from tests.client.helpers import TOKEN
from tests.client.raw_server import (
    RawServer,
    Speech,
    continuing,
    dripping,
    dripping_headers,
    endless,
    silent,
    speaking,
)

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be sent a signal there"),
    pytest.mark.long,
]

KEEPS_WAITING: dict[str, Callable[[RawServer], Speech]] = {
    "silent": silent,
    "dripping": dripping(),
    "dripping headers": dripping_headers,
    "asking to go on": continuing,
    "endless": endless(b"x"),
}
REFUSED = b'{"exception":"x","errorcode":"accessexception","message":"no"}'


def only_changes(speak: Callable[[RawServer], Speech]) -> Callable[[RawServer], Speech]:
    """Keep changes of roles waiting, and refuse every other call."""

    def talk(raw: RawServer) -> Speech:
        if b"wsfunction=core_role_assign_roles" in raw.requests[-1]:
            raw.asked.set()
            yield from speak(raw)
        else:
            raw.asked.clear()
            yield b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(REFUSED) + REFUSED

    return talk


def stopped(raw: RawServer, folder: Path, number: signal.Signals, *words: str) -> tuple[int, str]:
    """Start a command, send it one signal once the site keeps it waiting, and give how it ended."""
    with subprocess.Popen(
        [sys.executable, "-m", "batchroles", *words],
        cwd=folder,
        env={**os.environ, "MOODLE_URL": raw.url, "MOODLE_TOKEN": TOKEN},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as child:
        assert raw.asked.wait(60)
        while b"core_role_assign_roles" not in b"".join(raw.requests) and words[0] == "assign":
            assert child.poll() is None
        child.send_signal(number)
        try:
            said, _ = child.communicate(timeout=60)
        finally:
            child.kill()
    return child.returncode, said


@pytest.mark.parametrize("site", KEEPS_WAITING)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_rows_under_way_are_unknown(site: str, number: signal.Signals, tmp_path: Path) -> None:
    """One signal ends a run whatever the site does; what was sent is unknown, and never unsent."""
    (tmp_path / "ids.csv").write_text("userid,roleid,courseid\n10,5,2\n11,5,2\n", encoding="utf-8")
    words = ["assign", "ids.csv", "--no-probe", "--no-check-existing", "--chunk-size", "1", "--workers", "1"]
    with speaking(only_changes(KEEPS_WAITING[site])) as raw:
        code, said = stopped(raw, tmp_path, number, *words, "--out", "run")
    assert (code, "0 done, 0 failed, 1 unknown, 1 unsent of 2" in said) == (130, True), said
    assert "batchroles: interrupted\n" in said


@pytest.mark.parametrize("site", KEEPS_WAITING)
@pytest.mark.parametrize("command", ["check names.csv", "roles", "doctor", "template out.xlsx"])
def test_questions_are_not_waited_for(site: str, command: str, tmp_path: Path) -> None:
    """One signal ends a command that only asks, too."""
    (tmp_path / "names.csv").write_text("username,role,course\nanna,student,M1\n", encoding="utf-8")
    with speaking(KEEPS_WAITING[site]) as raw:
        code, said = stopped(raw, tmp_path, signal.SIGTERM, *command.split())
    assert (code, said.splitlines()[-1]) == (130, "batchroles: interrupted; nothing was sent")
    assert not (tmp_path / "out.xlsx").exists()


def test_the_clock_ends_a_look_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the time allowed is over while names are looked up, the look-up is left and the sentence says why."""
    monkeypatch.setattr(stopping, "CLOCK_GRACE", 0.05)
    with speaking(silent) as raw:
        moodle, halt = Moodle(raw.url, TOKEN), stopping.halt_after(None, "1s")
        with (
            stopping.interrupts(halt, moodle),
            pytest.raises(TemporaryFailure) as caught,
            nothing_sent_yet(halt),
        ):
            moodle.call("core_course_get_courses")
    assert str(caught.value) == "the time allowed for this run is over; nothing was sent"


def test_without_a_limit_the_clock_stops_nothing() -> None:
    """A halt without a limit leaves no time to wait for."""
    assert Halt().left is None
    assert Halt(until=0.0).left == 0.0


@pytest.fixture
def summer_time_soon() -> Iterator[None]:
    """Have the local clock go an hour ahead in half a day."""
    if sys.platform == "win32":
        pytest.skip("the zone of a process cannot be set there")
    with pytest.MonkeyPatch.context() as patch:
        begins = datetime.now(UTC) + timedelta(hours=12)
        ends = begins + timedelta(days=30)
        first, last = (f"{one.timetuple().tm_yday - 1}/{one.hour}" for one in (begins, ends))
        patch.setenv("TZ", f"STA0SUM,{first},{last}")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("summer_time_soon")
def test_a_deadline_is_what_the_clock_shows_then() -> None:
    """Where summer time begins before it, --deadline is the time that clocks show then."""
    past = datetime.now(UTC) - timedelta(minutes=5)
    left = stopping.halt_after(f"{past:%H:%M}", None).left
    assert left is not None
    ends = datetime.now(UTC) + timedelta(seconds=left + 1)
    assert f"{ends.astimezone():%H:%M}" == f"{past:%H:%M}"


FOREIGN = """
import ctypes, signal, sys
handler = ctypes.CFUNCTYPE(None, ctypes.c_int)(lambda number: None)
ctypes.CDLL(None).signal(signal.SIGHUP, handler)
# As a program does that Python runs inside of: the module looks once which handlers there are.
del sys.modules["_signal"]
import _signal
assert signal.getsignal(signal.SIGHUP) is None
from batchroles.cli.stopping import interrupts
from batchroles.client import Moodle
from batchroles.sender import Halt
with interrupts(Halt(), Moodle("http://127.0.0.1:1", "x" * 32)):
    print(signal.getsignal(signal.SIGTERM))
print(signal.getsignal(signal.SIGHUP), signal.getsignal(signal.SIGTERM))
"""


def test_a_handler_that_is_not_pythons_is_left_alone() -> None:
    """What another program put in a signal's place, and nobody could put back, is still there in the end."""
    done = subprocess.run([sys.executable, "-c", FOREIGN], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    during, after = done.stdout.splitlines()
    assert "stop at" in during
    assert after == f"None {signal.SIG_DFL}"


def test_the_first_reason_to_stop_stays() -> None:
    """Wherever one thread is interrupted while it asks, the reason that another saw is not replaced."""

    def ask_between(step: int) -> tuple[Ended | None, Ended | None]:
        """Ask again in another thread after so many steps of the interpreter; gives what was seen then, and last."""
        halt, steps, seen = Halt(), 0, None
        other = threading.Thread(target=halt.ask, args=(Ended(5, "second"),))

        def trace(frame: FrameType, event: str, _: object) -> Any:
            nonlocal steps, seen
            if frame.f_code is not Halt.ask.__code__:
                return None
            frame.f_trace_opcodes = True
            steps += event == "opcode"
            if event == "opcode" and steps == step:
                other.start()
                # Held up by a lock, it cannot end before this one goes on.
                other.join(0.02)
                seen = halt.reason
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            halt.ask(Ended(3, "first"))
        finally:
            sys.settrace(before)
        if other.ident is not None:
            other.join()
        return seen, halt.reason

    for step in range(1, 40):
        seen, last = ask_between(step)
        assert seen in (None, last), step
