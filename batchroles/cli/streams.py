"""stdin, stdout and stderr, whatever they are: the one place through which everything that is said passes.

What is said on stderr (notes, questions, progress) may be lost and ends nothing: a log whose reader has gone must not
stop a run. What cannot be written to stdout is kept in mind: whoever wanted the results must be told by the exit code.
"""

import errno
import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from batchroles.text import harmless


class Sink(io.RawIOBase):
    """Writes to a stream's file as long as that is possible, and takes the rest without a word."""

    def __init__(self, stream: TextIO | None, *, whole: bool) -> None:
        """`whole`: write nothing more after a failure, so that the output has no holes."""
        self._raw: Any = None
        if stream is not None and hasattr(stream, "buffer"):
            with suppress(OSError, ValueError):
                stream.flush()
            # Below Python's buffer, which keeps what could not be written, and stumbles over it again at the end.
            self._raw = getattr(stream.buffer, "raw", stream.buffer)
        self._whole = whole
        self.failed: OSError | None = None
        """The first reason why something could not be written."""
        self._held: list[bytes] | None = None

    def writable(self) -> bool:
        """Whether this can be written to, as far as anybody can tell."""
        return True

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._raw is not None and bool(self._raw.isatty())

    def fileno(self) -> int:
        """Give the number of the file."""
        if self._raw is None:
            raise io.UnsupportedOperation("closed")
        return int(self._raw.fileno())

    def write(self, data: Any) -> int:
        """Write all of it, or note why that cannot be; while it is held back, keep it."""
        if self._held is not None:
            self._held.append(bytes(data))
        elif not (self.failed and self._whole):
            try:
                self._write(memoryview(data))
            except OSError as error:
                self.failed = self.failed or error
        return len(data)

    def hold(self) -> None:
        """Keep back what is written from now on."""
        self._held = self._held or []

    def let_go(self, *, wanted: bool) -> bool:
        """Write what was kept back, or forget it; whether anything was kept back at all."""
        held, self._held = self._held, None
        for part in held or () if wanted else ():
            self.write(part)
        return held is not None

    def _write(self, left: memoryview) -> None:
        if self._raw is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        while left:
            written = self._raw.write(left)
            if written is None:  # a pipe that another program has set not to block, and that is full
                select.select([], [self._raw], [])
                continue
            left = left[written:]


class Stream(io.TextIOWrapper):
    """Text on a sink, in which nothing steers the terminal. Nothing waits in it to be written."""

    def __init__(self, sink: Sink, encoding: str) -> None:
        # A letter that the terminal does not know is better replaced than no output at all.
        self.sink = sink
        super().__init__(sink, encoding, "replace", write_through=True)  # type: ignore[arg-type] # as Python's own -u
        self.drawing = io.TextIOWrapper(sink, encoding, "replace", write_through=True)  # type: ignore[type-var] # as above
        """The same for what is meant to steer the terminal: progress bars."""

    def write(self, text: str) -> int:
        """Write a text, made harmless."""
        super().write(harmless(text))
        return len(text)


def drawing() -> TextIO:
    """Give the stream for progress bars."""
    return sys.stderr.drawing if isinstance(sys.stderr, Stream) else sys.stderr


def hold_back(*, results: bool) -> None:
    """Keep back what is said, and the results where `results`, until `let_go`."""
    for stream in (sys.stderr, *([sys.stdout] if results else [])):
        if isinstance(stream, Stream):
            stream.sink.hold()


def let_go(*, wanted: bool) -> list[Sink]:
    """Write what was kept back, or forget it; gives what kept something back."""
    sinks = [stream.sink for stream in (sys.stderr, sys.stdout) if isinstance(stream, Stream)]
    return [sink for sink in sinks if sink.let_go(wanted=wanted)]


@contextmanager
def speaking() -> Iterator[None]:
    """Say what was kept back, and nothing less, while a person is asked."""
    silenced = let_go(wanted=True)
    yield
    for sink in silenced:
        sink.hold()


@contextmanager
def safe_streams() -> Iterator[Sink]:
    """Put streams in the place of Python's own that no command can stumble over; gives where results go."""
    _fill_the_closed()
    before = sys.stdin, sys.stdout, sys.stderr
    results = Sink(sys.stdout, whole=True)
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 - for as long as the process lasts
    elif isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    sys.stdout = _stream(sys.stdout, results)
    sys.stderr = _stream(sys.stderr, Sink(sys.stderr, whole=False))
    try:
        yield results
    finally:
        sys.stdin, sys.stdout, sys.stderr = before


def _stream(stream: TextIO | None, sink: Sink) -> TextIO:
    """Put a text stream on the sink; one that is no file (of a notebook, say) holds whatever it is given already."""
    return stream if stream is not None and not hasattr(stream, "buffer") else Stream(sink, _encoding(stream))


def _fill_the_closed() -> None:
    """Open something in the place of standard streams that are closed.

    Else the next file that is opened, a run's journal say, takes the place, and whatever anybody prints goes into it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _encoding(stream: TextIO | None) -> str:
    """Give a stream's encoding; click passes by a stream of ASCII, and where that is all, names need more anyway."""
    encoding = getattr(stream, "encoding", None) or "ascii"
    return (
        "utf-8"
        if encoding.lower().replace("_", "-") in ("ascii", "us-ascii", "ansi-x3.4-1968", "646")
        else encoding
    )


def asked_secret(what: str) -> str:
    """Ask for something that is not shown; where no terminal is, take a line of stdin."""
    if sys.stdin.isatty():
        import click

        return str(click.prompt(f"{what} (not shown)", hide_input=True, err=True))
    return sys.stdin.readline().strip()
