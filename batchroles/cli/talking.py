"""What is said on stderr while a job goes on: progress bars, retries, notes."""

import sys
import threading
from types import TracebackType
from typing import Any, Self

import click

from batchroles.cli.streams import drawing
from batchroles.client import Moodle
from batchroles.job import Talk


class Voice:
    """Progress by tqdm, only on a terminal; retries as sentences, so that a wait is no mystery."""

    def __init__(self) -> None:
        self.talk = Talk(progress=self._progress)
        self._bar: Any = None
        self._what = ""
        self._lock = threading.Lock()
        self._said: set[str] = set()
        self._moodle: Moodle | None = None

    def speak_for(self, moodle: Moodle) -> None:
        """Say at the end, too, what a client noticed that has this voice for its observer."""
        self._moodle = moodle

    def answered(self, function: str, seconds: float) -> None:
        """Take note of an answer: there is nothing to say of it."""

    def retrying(self, function: str, reason: str, pause: float) -> None:
        """Say why nothing happens for a while."""
        self._echo(f"{function}: {reason}; trying again in {pause:.0f} s")

    def say(self, sentences: list[str]) -> None:
        """Say each sentence once."""
        for sentence in sentences:
            if sentence not in self._said:
                self._said.add(sentence)
                self._echo(f"note: {sentence}")

    def close(self) -> None:
        """Take the bar away and say what the client noticed; results may follow."""
        self._close_bar()
        if self._moodle is not None:
            self.say(self._moodle.notes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _progress(self, what: str, done: int, total: int) -> None:
        if not sys.stderr.isatty():
            return
        with self._lock:
            if what != self._what:
                self._close_bar()
                self._open_bar(what, total)
            self._bar.update(done - self._bar.n)

    def _open_bar(self, what: str, total: int) -> None:
        from tqdm import tqdm

        self._what = what
        self._bar = tqdm(
            total=total, desc=what, unit=" rows" if what == "sending" else "", file=drawing(), leave=False
        )

    def _close_bar(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar, self._what = None, ""

    def _echo(self, sentence: str) -> None:
        if self._bar is not None:
            self._bar.clear()
        click.echo(sentence, err=True)
