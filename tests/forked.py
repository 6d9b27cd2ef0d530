"""Commands in processes of their own that need no second for their imports: copies of one process that has them.

Each is a real process with a folder, environment, streams and signals of its own, which nobody else can tell from one
that was started anew. Where the start itself is what matters (streams that are closed, secrets, the wheel, the examples
of the documentation) tests start Python.

`python -m tests.forked` is the process that is copied. It takes a line of JSON for each thing that it is asked, and
answers with one.
"""

import atexit
import faulthandler
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

MOST_SECONDS = 300
"""A command that takes longer says where it stands, and ends."""
ROOT = Path(__file__).parents[1]


def start(
    words: Sequence[str | bytes],
    folder: Path,
    env: Mapping[str, str],
    *,
    most: float = MOST_SECONDS,
    **python: str,
) -> "Command":
    """Start `batchroles` with these words in a folder, with this environment and no other; nothing is in its stdin.

    `python`: variables that Python looks at when it begins, those of the locale say.
    """
    model = _model(**python)
    streams = Path(tempfile.mkdtemp(dir=model.folder))
    if sys.platform == "win32":
        return Command(_anew(words, folder, {**env, **python}, streams), streams)
    asked = {
        "words": [os.fsencode(word).hex() for word in words],
        "folder": str(folder),
        "env": {**env, **python},
    }
    return Command(Fork(model, model.ask(**asked, streams=str(streams), most=most)), streams)


def run(words: Sequence[str | bytes], folder: Path, env: Mapping[str, str], **python: str) -> "Command":
    """Run a command to its end."""
    command = start(words, folder, env, most=MOST_SECONDS, **python)
    command.wait()
    return command


class Command:
    """A command that was started, used as `subprocess.Popen` is."""

    def __init__(self, process: "Fork | subprocess.Popen[bytes]", streams: Path) -> None:
        self._process = process
        self._streams = streams

    @property
    def pid(self) -> int:
        """Give the process's number."""
        return self._process.pid

    @property
    def returncode(self) -> int:
        """Give its exit code; it has ended."""
        assert self._process.returncode is not None
        return self._process.returncode

    @property
    def memory(self) -> int:
        """Give the most bytes that it had; it has ended."""
        assert isinstance(self._process, Fork)
        return self._process.memory

    def poll(self) -> int | None:
        """Give its exit code where it has ended."""
        return self._process.poll()

    def wait(self) -> int:
        """Wait until it has ended, and give its exit code."""
        return self._process.wait()

    def communicate(self) -> tuple[str, str]:
        """Wait until it has ended, and give what it has printed and said."""
        self.wait()
        return self.stdout, self.stderr

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """Kill it, unless it has ended."""
        self._process.send_signal(signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)

    @property
    def stdout(self) -> str:
        """Give what it has printed."""
        return self._text("out")

    @property
    def stderr(self) -> str:
        """Give what it has said."""
        return self._text("err")

    def _text(self, name: str) -> str:
        try:
            return (self._streams / name).read_text(encoding="utf-8", errors="surrogateescape")
        except FileNotFoundError:
            return ""  # it has only just been asked for


class Model:
    """The process that is copied, in its environment, and the folder for what its copies print."""

    def __init__(self, **environment: str) -> None:
        with ExitStack() as stack:
            self.folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="commands-"))
            if sys.platform != "win32":
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "tests.forked"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    encoding="ascii",
                    env={**os.environ, **environment},
                    cwd=ROOT,
                )
                stack.enter_context(self._process)
                # It ends where there is nothing more to read.
                stack.callback(self._stdin.close)
            self._end = stack.pop_all()

    @property
    def _stdin(self) -> Any:
        return self._process.stdin

    def ask(self, **asked: Any) -> Any:
        """Ask for one thing."""
        print(json.dumps(asked), file=self._stdin, flush=True)
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """End it."""
        self._end.close()


@cache
def _model(**environment: str) -> Model:
    model = Model(**environment)
    atexit.register(model.close)
    return model


class Fork:
    """A copy that became a command; only its parent, the model, can wait for it."""

    def __init__(self, model: Model, pid: int) -> None:
        self._model = model
        self.pid = pid
        self.returncode: int | None = None
        self.memory = 0

    def poll(self) -> int | None:
        return self._ask(os.WNOHANG)

    def wait(self) -> int:
        code = self._ask(0)
        assert code is not None
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def _ask(self, how: int) -> int | None:
        if self.returncode is None and (ended := self._model.ask(pid=self.pid, how=how)):
            self.returncode, self.memory = ended
        return self.returncode


def _anew(
    words: Sequence[str | bytes], folder: Path, env: Mapping[str, str], streams: Path
) -> "subprocess.Popen[bytes]":
    """Start Python, where processes are not copied."""
    with (streams / "out").open("wb") as out, (streams / "err").open("wb") as err:
        return subprocess.Popen(
            [sys.executable, "-m", "batchroles", *map(os.fsdecode, words)],
            cwd=folder,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
        )


def _become(asked: Mapping[str, Any]) -> None:
    """Become the command; where it takes too long, say where it stands and end."""
    from batchroles.cli import main

    os.chdir(asked["folder"])
    for number, name, how in [
        (0, os.devnull, os.O_RDONLY),
        (1, f"{asked['streams']}/out", os.O_WRONLY | os.O_CREAT),
        (2, f"{asked['streams']}/err", os.O_WRONLY | os.O_CREAT),
    ]:
        opened = os.open(name, how)
        os.dup2(opened, number)
        os.close(opened)
    faulthandler.enable()
    faulthandler.dump_traceback_later(asked["most"], exit=True)
    # A command finds a stdin that nobody has read from yet.
    sys.stdin = open(0, encoding=sys.stdin.encoding, errors=sys.stdin.errors, closefd=False)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(asked["env"])
    time.tzset()
    sys.argv = ["batchroles", *(os.fsdecode(bytes.fromhex(word)) for word in asked["words"])]
    main()


def _serve() -> None:
    """Do what is asked for, one thing after the other: begin a command, or say how one has ended."""
    for line in sys.stdin:
        asked = json.loads(line)
        if "words" in asked:
            said: Any = os.fork()
            if said == 0:
                return _become(asked)
        else:
            ended, status, used = os.wait4(asked["pid"], asked["how"])
            unit = 1 if sys.platform == "darwin" else 1024
            said = [os.waitstatus_to_exitcode(status), used.ru_maxrss * unit] if ended else None
        print(json.dumps(said), flush=True)
    return None


def _warm() -> None:
    """Do once what every command does when it begins."""
    import batchroles.cli.files
    import batchroles.cli.runs
    import batchroles.cli.talking
    import batchroles.client.transport
    import batchroles.reporter.workbook
    import batchroles.validator.probe  # noqa: F401 - what every run needs
    from batchroles.models.languages import words

    words()


if __name__ == "__main__":
    _warm()
    _serve()
