"""What a sync may do, and when it does nothing at all: a file that looks like a mistake, another site."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from batchroles.client import Moodle
from batchroles.errors import InputError, RunError, StoppedByGuard
from batchroles.job.identity import FACES, NAME, SITE, same_names, same_people
from batchroles.job.sync.scope import Said
from batchroles.models import RoleRef, Wanted
from batchroles.runs.ledger import OWNED, SUSPENDED, Ledger
from batchroles.sender.guards import counted
from batchroles.sources import Source
from batchroles.text import count_of

DAY = 86_400.0
FEWEST_REMOVALS, PERCENT_REMOVED = 10, 5
"""So many removals, or so many of a hundred that are owned, need nobody's agreement unless a number is said."""


@dataclass(frozen=True)
class Rules:
    """What a sync may do, and when it does nothing at all."""

    max_removals: str | None = None
    """`N` or `N%` of what is owned; by default 5 % of it, and 10 at least."""
    min_rows: str | None = None
    """`N` or `N%` of the rows of last time; by default half of them."""
    max_age: float | None = None
    """Seconds since the file was written."""
    cache_ttl: float = DAY
    """Seconds for which names are believed to lead to the ids that they led to."""
    adopt: bool = False
    """Own what is in the file and was there before."""
    on_removal: Mapping[str, str] = field(default_factory=dict)
    """By word for a role, `""` for the others: what is done with a holding that is not wanted any more."""
    scope: tuple[str, ...] = ()
    """What the file is complete for: `role=student,teacher`, and places; everything by default."""
    remove_unowned: bool = False
    """Take away also what others gave by hand inside the scope."""
    drift: bool = False
    """Read whether what is owned is still there."""
    heal: bool = False
    """Do so, and give again what is not."""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant before anything is done."""
        limit(self.max_removals, 0)
        fewest(self.min_rows, 0)
        if self.remove_unowned and not Said.of(self.scope):
            raise InputError(
                "--remove-unowned takes away what is not in the file, whoever gave it: say with --scope for which roles"
                " and places the file is complete"
            )

    @property
    def looks_for_drift(self) -> bool:
        """Whether it is read if what is owned is still there."""
        return self.drift or self.heal


def limit(said: str | None, owned: int) -> int:
    """Give how many removals nobody has to agree to. Raises InputError for what is no number."""
    if said is None:
        return max(FEWEST_REMOVALS, owned * PERCENT_REMOVED // 100)
    return counted("--max-removals", said, owned)


def fewest(said: str | None, before: int) -> int:
    """Give how many rows a file has at least, that of last time having had so many. Raises InputError likewise."""
    # One row where there was none: a file with nothing in it is a broken export, or a new one.
    return max(1, -(-before // 2)) if said is None else counted("--min-rows", said, before)


def check_words(rules: Rules, ledger: Ledger, wanted: Wanted, on_the_site: Callable[[str], bool]) -> None:
    """Raise InputError where --on-removal names a role that there is nowhere: a slip would spare nobody.

    `on_the_site`: asks whether a role that nothing here has is one of the site.
    """
    asked = {*rules.on_removal} - {""}
    if not asked:
        return
    known = {role.casefold() for role in ledger.holdings(OWNED, SUSPENDED)["role"]}
    columns = [name for name in wanted.lines if str(name).startswith("role_")]
    known |= {ref.value.casefold() for name in columns for ref in wanted.lines[name].cat.categories}
    known |= {ref.value.casefold() for ref in ledger.ids(RoleRef)}
    for word in sorted(asked - known):
        if not on_the_site(word):
            raise InputError(
                f"--on-removal {word}: neither the file nor what the sync owns has a role of this name, and the site"
                " shows none; write it as the file does"
            )


def check_rows(ledger: Ledger, rows: int, said: str | None) -> None:
    """Raise StoppedByGuard where a file has too few rows, beside that of last time."""
    before = int(ledger.fact("rows") or 0)
    least = fewest(said, before)
    if rows < least:
        than = f"; last time there were {before:,}" if before else ""
        raise StoppedByGuard(
            f"the file has {count_of(rows, 'row')}, and --min-rows wants {least:,}{than}: nothing was changed. If the"
            f" file is right, run it once with --min-rows {rows}"
        )


def check_age(source: Source | Path, most: float | None) -> None:
    """Raise StoppedByGuard where a file was not written lately, InputError for a source that is no file."""
    if most is None:
        return
    path = source if isinstance(source, Path) else getattr(source, "path", None)
    if path is None:
        raise InputError("--max-age is for files: only they say when they were written; leave it out")
    try:
        written = path.stat().st_mtime
    except OSError:
        return  # reading says why
    if time.time() - written > most:
        raise StoppedByGuard(
            f"{path} was written on {datetime.fromtimestamp(written).astimezone():%d %B %Y at %H:%M}, and --max-age"
            " wants a newer one: nothing was changed. Find out why the export did not run"
        )


def refuse_another_site(ledger: Ledger, said: Mapping[str, str], moodle: Moodle) -> None:
    """Raise RunError where the ids that a ledger holds are those of another site at the same address.

    A site that was given another name is the same where its people are.
    """
    before = ledger.identity
    if all(before.get(key) == said.get(key) for key in (SITE, NAME) if key in before):
        return
    if same_people(moodle, {**ledger.usernames(FACES), **ledger.faces}):
        return
    raise RunError(
        f'this sync was last run at the site "{before.get(NAME, "")}" ({before.get(SITE, "")}), and {moodle.url} is'
        f' "{said.get(NAME, "")}" ({said.get(SITE, "")}) now, where ids mean other people: give the sync another --name'
    )


def refuse_other_people(ledger: Ledger, faces: Mapping[str, str], moodle: Moodle) -> None:
    """Raise RunError where the people whom the sync gave something have other names by id: another site's are there.

    It may call itself what the first one was called: one that was set up anew, or put back from elsewhere.
    """
    if same_names(ledger.faces, faces) is False:
        raise RunError(
            f"most people to whom this sync gave roles have other user names at {moodle.url} now, so that ids seem to"
            " mean other people: nothing was changed. If it is another site, give the sync another --name; if the"
            f" accounts were renamed, move {ledger.path} away and run the sync once with --adopt"
        )


def on_what_was_there(count: int, ledger: Ledger) -> list[str]:
    """Say that the sync owns nothing of some roles of the file, and why that may be."""
    said = count_of(count, "role of the file was", "roles of the file were")
    them = "it" if count == 1 else "them"
    return [
        f"{said} there without this sync's doing, and will not be taken away when the file loses {them} (--adopt takes"
        " over what is in the file).",
        *_other_ledgers(ledger),
    ]


def _other_ledgers(ledger: Ledger) -> list[str]:
    """Say where there are ledgers of the same name, while this one has never been used: the address may be new."""
    others = [path for path in ledger.path.parent.parent.glob(f"*/{ledger.path.name}") if path != ledger.path]
    if ledger.serial or not others:
        return []
    return [
        f"This sync begins with an empty ledger ({ledger.path}). A sync of the same name at another address has left"
        f" {', '.join(map(str, sorted(others)))}: if the site has moved, run the sync once with --adopt."
    ]


def forget_other_words(ledger: Ledger, role_map: Mapping[str, Any]) -> None:
    """Forget what words for roles led to where they were given other meanings since."""
    words = json.dumps(dict(role_map), sort_keys=True)
    if ledger.fact("role_map") != words:
        ledger.forget_roles()
        ledger.note(role_map=words)
