"""The runs of a folder in words and in JSON, and the old ones deleted."""

from datetime import datetime
from typing import Any

import click

from batchroles.cli.watching import current_watch
from batchroles.errors import RunError
from batchroles.models import Status
from batchroles.runs import Entry, Journal, Runs
from batchroles.runs.folders import delete
from batchroles.runs.forgetting import Old, moment_of, old_runs
from batchroles.text import count_of


def print_runs(runs: Runs, *, as_json: bool) -> None:
    """List all runs."""
    if as_json:
        current_watch().print_json([_facts(entry) for entry in runs.entries()])
        return
    for entry in runs.entries():
        click.echo(_line(entry))


def list_old(runs: Runs, age: str, *, as_json: bool, **_: bool) -> None:
    """List the old ones, and say of each whether it can go."""
    found = old_runs(runs, moment_of(age))
    if as_json:
        current_watch().print_json([{**_facts(old.entry), "kept": old.kept or None} for old in found])
        return
    for old in found:
        click.echo(f"{_line(old.entry)}{f'; stays: it {old.kept}' if old.kept else ''}")
    _say_how_many(found)


def forget_old(runs: Runs, age: str, *, yes: bool, as_json: bool) -> None:
    """Delete the old ones that can go. A person is asked first."""
    found = old_runs(runs, moment_of(age))
    going = [old for old in found if not old.kept]
    if going and not yes:
        them = f"{count_of(len(going), 'run')} with all that {'it holds' if len(going) == 1 else 'they hold'}"
        click.confirm(f"Delete {them}? None of it can be undone any more.", abort=True, err=True)
    facts = [{**_facts(old.entry), "kept": old.kept or None} for old in found]
    for old in going:
        delete(old.entry.folder)
        if not as_json:
            click.echo(f"{old.entry.folder} is gone.")
    if as_json:
        current_watch().print_json(facts)
    for old in found if not as_json else ():
        if old.kept:
            click.echo(f"{old.entry.folder} stays: it {old.kept}.")


def _say_how_many(found: list[Old]) -> None:
    going = sum(not old.kept for old in found)
    click.echo(f"{count_of(going, 'run')} of {len(found):,} would be forgotten with --forget", err=True)


def _line(entry: Entry) -> str:
    if not entry.is_run:
        return f"{entry.folder.name}  {entry.told()}"
    try:
        _, counts = _opened(entry)
    except RunError as error:
        return f"{entry.folder.name}  {error}"
    said = ", ".join(f"{count:,} {status or 'open'}" for status, count in counts.items())
    return f"{entry.folder.name}  {said}"


def _facts(entry: Entry) -> dict[str, Any]:
    """Give what is known of a run or a draft; null where nothing is."""
    facts: dict[str, Any] = {
        "run": entry.folder.name,
        "folder": str(entry.folder),
        "created": _shown(entry.created),
        "site": None,
        "input": None,
        "undoes": None,
        "statuses": None,
        "pending": None,
        "stopped": entry.stopped,
        "error": None,
    }
    if not entry.is_run:
        return facts | {"error": entry.told()}
    try:
        journal, counts = _opened(entry)
    except RunError as error:
        return facts | {"error": str(error)}
    pending = sum(counts.get(status, 0) for status in ("", Status.UNKNOWN, Status.UNSENT))
    return facts | {
        "site": journal.head.site,
        "input": journal.head.input_name,
        "undoes": journal.head.undoes or None,
        "statuses": {status: count for status, count in counts.items() if status},
        "pending": pending,
    }


def _opened(entry: Entry) -> tuple[Journal, dict[str, int]]:
    with Journal.open(entry.folder) as journal:
        return journal, journal.lines().by_status()


def _shown(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
