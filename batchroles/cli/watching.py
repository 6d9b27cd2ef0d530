"""A command that nobody watches, from the end that every command comes to: silence, log, metrics, ping, JSON."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import copy
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from batchroles.cli.aims import Aim, option
from batchroles.cli.options import Flags
from batchroles.cli.streams import hold_back, let_go
from batchroles.errors import BatchrolesError, Interrupted, TemporaryFailure
from batchroles.text import as_json

if TYPE_CHECKING:
    from batchroles.client import Moodle
    from batchroles.job import Planned
    from batchroles.reporter import Summary
    from batchroles.watch.log import Log
    from batchroles.watch.ping import Ping


@dataclass(frozen=True)
class Watching:
    """What was asked for."""

    quiet: bool = False
    log_file: Path | None = None
    log_format: Any = "text"
    metrics_file: Path | None = None
    ping_url: str | None = None


NAMES = [field.name for field in fields(Watching)]

watch_flags = Flags(
    # Nothing for the command itself: they are heeded before it begins and when it is over.
    lambda **_: {},
    NAMES,
    [
        option(Aim.NIGHT, "--quiet", "-q", is_flag=True, help="Say nothing where the exit code is 0."),
        option(
            Aim.NIGHT,
            "--log-file",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Add a line to this file for whatever happens; it names no people.",
        ),
        option(
            Aim.NIGHT,
            "--log-format",
            type=click.Choice(["text", "json"]),
            default="text",
            show_default=True,
            help="How a line of --log-file is written.",
        ),
        option(
            Aim.NIGHT,
            "--metrics-file",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Replace this file by the run's metrics, for the textfile collector of Prometheus' node_exporter.",
        ),
        option(
            Aim.NIGHT,
            "--ping-url",
            metavar="URL",
            help="Ask for this address when all went well, and for it with /fail behind it when not. It is a secret:"
            " better in BATCHROLES_PING_URL or the profile.",
        ),
    ],
)


@dataclass(frozen=True)
class Ending:
    """How a command ended, in the words of its JSON."""

    exit_code: int
    error: str = ""
    """A sentence; empty where what was printed says it."""
    code: str = ""
    retryable: bool = False

    @classmethod
    def of(cls, error: BatchrolesError) -> "Ending":
        """Tell it from what ended the command."""
        return cls(error.exit_code, str(error), error.code, error.retryable)

    @classmethod
    def interrupted(cls) -> "Ending":
        """Tell of a second Ctrl-C, or one at a question."""
        return cls.of(Interrupted("interrupted"))

    @classmethod
    def unforeseen(cls, sentence: str) -> "Ending":
        """Tell of a file or folder that nobody foresaw."""
        return cls.of(TemporaryFailure(sentence))


class Watch:
    """What is known of one command of this process while it goes on, and what is made of it at its end."""

    def __init__(self) -> None:
        self.flags = Watching()
        self._as_json = False
        self._log: Log | None = None
        self._ping: Ping | None = None
        self._masks: list[Callable[[str], str]] = []
        self._began = time.monotonic()
        self._command = self._name = self._site = self._run = ""
        self._summary: Summary | None = None
        self._printed = False

    def begin(self, ctx: click.Context, said: Mapping[str, Any]) -> None:
        """Heed the flags of a command that is about to begin. Raises InputError where one cannot be used."""
        self._as_json = bool(said.get("as_json"))
        if "quiet" not in said:
            return
        self.flags = Watching(**{name: said[name] for name in NAMES})
        self._command, self._name, self._site = str(ctx.info_name), _name(said), _site(said)
        if self.flags.log_file is not None:
            from batchroles.watch.log import Log

            self._log = Log(self.flags.log_file, self.flags.log_format)
            self.note("started")
        if self.flags.ping_url:
            from batchroles.watch.ping import Ping

            self._ping = Ping(self.flags.ping_url)
            self._masks += self._ping.masks
        if self.flags.quiet:
            hold_back(results=not self._as_json)

    def begin_wrongly(self, ctx: click.Context | None, words: list[str]) -> None:
        """Do so as far as that is possible where the command line cannot be used, unless it is done already.

        `words`: the whole command line, without the program.
        """
        if ctx is None or self._command:
            return
        if ctx.parent is None:  # a command that there is not: its flags are not known
            self._as_json = "--json" in words
            return
        with suppress(BatchrolesError):
            self.begin(ctx, _readable_flags(ctx, words[1:]))

    def on_site(self, moodle: "Moodle") -> None:
        """Take note of the site, and of what must not be told of it."""
        self._site = moodle.url
        self._masks.append(moodle.masked)

    def planned(self, planned: "Planned") -> None:
        """Take note of a plan."""
        lines = planned.plan.lines
        counts = {status or "to_send": count for status, count in lines.by_status().items()}
        self.note("planned", counts={"rows": len(lines), **counts})

    def in_run(self, folder: Path) -> None:
        """Take note of the run that is about to be sent."""
        self._run = folder.name
        self.note("sending")

    def note(self, event: str, level: str = "info", **facts: Any) -> None:
        """Add a line to the log, if there is one."""
        if self._log is not None:
            known = {"command": self._command, "name": self._name, "site": self._site, "run": self._run}
            self._log.write(level, event, {**known, **facts}, self._masked)

    def came_to(self, summary: "Summary") -> None:
        """Take note of what a run or a plan came to."""
        self._summary, self._run = summary, summary.run

    def print_json(self, content: Any) -> None:
        """Print the command's one JSON text: of what is not text yet it is made."""
        self._printed = True
        text = content if isinstance(content, str) else as_json(content)
        click.echo(text.rstrip("\n"))

    def speak(self, ending: Ending) -> None:
        """Say what was kept back, unless all is well; print what ended the command, where JSON is asked for."""
        let_go(wanted=ending.exit_code != 0)
        if self._as_json and not self._printed and ending.error:
            self.print_json(asdict(ending))

    def keep(self, ending: Ending) -> None:
        """Write the last line of the log and the metrics, and ping. What fails of it changes no exit code."""
        seconds = time.monotonic() - self._began
        failures = [self._write_metrics(ending, seconds)]
        if self._ping is not None:
            failed = self._ping.send(success=ending.exit_code == 0)
            self.note("pinged", "warning" if failed else "info", error=failed)
        self.note("finished", _level(ending.exit_code), **self._facts(ending, seconds))
        failures.append(self._log.failed if self._log is not None else "")
        for failure in filter(None, failures):
            click.echo(f"batchroles: {failure}", err=True)

    def _facts(self, ending: Ending, seconds: float) -> dict[str, Any]:
        summary = self._summary
        counts: dict[str, Any] = {}
        if summary is not None:
            counts = {"rows": summary.tally.rows, **summary.tally.statuses, "pending": summary.tally.pending}
            if summary.compared is not None:
                counts |= {"new": len(summary.compared.new), "known": summary.compared.known}
        return {
            "counts": counts or None,
            "codes": (summary.tally.codes or None) if summary is not None else None,
            "seconds": round(seconds, 3),
            "exit_code": ending.exit_code,
            "error": ending.error or (summary.error if summary is not None else None),
        }

    def _write_metrics(self, ending: Ending, seconds: float) -> str:
        path = self.flags.metrics_file
        if path is None:
            return ""
        # Only now: it takes pandas with it, for which --help would wait.
        from batchroles.watch.metrics import Labels, write_metrics

        try:
            write_metrics(
                path,
                Labels(self._site, self._command, self._name),
                now=round(time.time(), 3),
                seconds=seconds,
                exit_code=ending.exit_code,
                summary=self._summary,
            )
        except (TemporaryFailure, OSError, ValueError) as error:  # ValueError: a path that names no file
            said = str(error) if isinstance(error, TemporaryFailure) else f"--metrics-file {path}: {error}"
            self.note("metrics", "warning", error=said)
            return said
        return ""

    def _masked(self, text: str) -> str:
        for mask in self._masks:
            text = mask(text)
        return text


def current_watch() -> Watch:
    """Give the watch of the command that runs; where none does, one that nothing was asked of."""
    ctx = click.get_current_context(silent=True)
    return ctx.obj if ctx is not None and isinstance(ctx.obj, Watch) else Watch()


def _level(exit_code: int) -> str:
    return {0: "info", 1: "warning"}.get(exit_code, "error")


def _name(said: Mapping[str, Any]) -> str:
    """Name a job as its command line does: what stays the same from night to night."""
    if said.get("sync_name"):
        return str(said["sync_name"])
    given = str(said.get("file") or said.get("sql_file") or said.get("run") or "")
    named = _host(given) if "://" in given else Path(given).name
    return "" if named.startswith("--") else named  # a flag that there is not


def _host(address: str) -> str:
    """Give what may be told of an address: in all else of it stands who may read what is there."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:  # one that whoever reads it will refuse
        return ""


def _site(said: Mapping[str, Any]) -> str:
    """Give the site's address in its one form; empty where there is none, or none that may be shown."""
    from batchroles.client.address import site_address

    try:
        return site_address(said.get("url") or "", insecure_http=True)
    except BatchrolesError:
        return ""


def _readable_flags(ctx: click.Context, words: list[str]) -> dict[str, Any]:
    """Give what was said by the flags that are heeded whatever else is wrong, on the line, around it, in a profile."""
    alone = click.Command(
        ctx.info_name, params=list(map(_lenient, ctx.command.params)), add_help_option=False
    )
    alone.ignore_unknown_options = alone.allow_extra_args = True
    try:
        return alone.make_context(ctx.info_name, list(words), default_map=ctx.default_map).params
    except click.UsageError:  # one of those that are wanted is what is wrong
        return {"as_json": "--json" in words}


WANTED = (*NAMES, "as_json", "url", "file", "sql_file", "run", "sync_name")


def _lenient(param: click.Parameter) -> click.Parameter:
    """Give a parameter that takes whatever was said, unless its value is wanted."""
    lenient = copy(param)
    lenient.required = False
    if param.name not in WANTED:
        lenient.type, lenient.callback = click.UNPROCESSED, None
    return lenient
