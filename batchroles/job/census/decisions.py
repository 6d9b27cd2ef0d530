"""What somebody decided in an exported file: keep, remove, or a last day; and what is wrong with that, by row."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches

import numpy as np

from batchroles.job.census import layout
from batchroles.job.census.exported import Exported
from batchroles.loader.layouts.dates import moment_reader
from batchroles.loader.layouts.meanings import comparable
from batchroles.models import Code, Problem
from batchroles.models.references import Moment
from batchroles.text import count_of

SAME = (layout.USERNAME, layout.ROLE, layout.CONTEXT, layout.GIVEN)
"""The columns by which two rows are about one holding."""
_UNTIL = "until "
_A_ZONE = timedelta(days=1)
"""By so much a day of the site's may lie before one of UTC."""
_HOW = "Write keep, remove, or the last day as 2026-12-31; or leave the cell blank."


@dataclass(frozen=True)
class Decision:
    """What is to become of a holding."""

    until: date | None = None
    """The last day on which it is wanted; None for none: it goes at once."""


@dataclass
class Decisions:
    """The decisions of a file, by the numbers of its rows."""

    made: dict[int, Decision] = field(default_factory=dict)
    """To remove, at once or after a day."""
    wrong: dict[int, Problem] = field(default_factory=dict)
    """Rows that decide something and cannot be used."""
    kept: int = 0
    """Rows that decide to keep."""

    def told(self, rows: int) -> str:
        """Say how many rows decide what."""
        dated = sum(one.until is not None for one in self.made.values())
        silent = rows - len(self.made) - len(self.wrong) - self.kept
        parts = [
            f"{len(self.made) - dated:,} to remove",
            f"{dated:,} until a day",
            f"{self.kept:,} to keep",
            f"{silent:,} without a decision",
            *([f"{len(self.wrong):,} that cannot be used"] if self.wrong else []),
        ]
        return f"{count_of(rows, 'row')}: {', '.join(parts)}."


def decisions(exported: Exported) -> Decisions:
    """Read the decisions of a file; of a row whose decision is blank or keep nothing is asked, whatever it says."""
    found, exported_on = Decisions(), exported.about.moment.date()
    said = exported.rows[layout.DECISION].tolist()
    header = _header(exported)
    for number in np.flatnonzero(np.array(said, object) != "").tolist():
        decision = _read(said[number], header, exported_on)
        if isinstance(decision, Problem):
            found.wrong[number] = decision
        elif decision is None:
            found.kept += 1
        else:
            found.made[number] = decision
    for number, sentence in exported.faults.items():
        if found.made.pop(number, None) is not None:
            found.wrong[number] = Problem(Code.BAD_VALUE, sentence, "Nothing was done for this row.")
    for number, problem in _contradicting(exported, said).items():
        if number not in found.wrong:
            found.kept -= found.made.pop(number, None) is None
            found.wrong[number] = problem
    return found


def _header(exported: Exported) -> str:
    """Give the header over the decisions as the file spells it."""
    wanted = comparable(layout.DECISION)
    headers = (header for table in exported.tables for header in table.headers)
    return next((header for header in headers if comparable(header) == wanted), layout.DECISION)


def _read(text: str, header: str, exported_on: date) -> Decision | Problem | None:
    """Read a cell; None for keep."""
    word = text.casefold()
    if word == layout.KEEP:
        return None
    if word == layout.REMOVE:
        return Decision()
    moment = moment_reader(None)(text[len(_UNTIL) :].strip() if word.startswith(_UNTIL) else text)
    if isinstance(moment, Moment) and moment.seconds and moment.whole_day:
        day = datetime.fromtimestamp(moment.seconds, UTC).date()
        return Decision(day) if day >= exported_on - _A_ZONE else _was_over(text, header)
    near = get_close_matches(word, (layout.KEEP, layout.REMOVE), 1)
    meant = f' Did you mean "{near[0]}"?' if near else ""
    return Problem(Code.BAD_VALUE, f'"{text}" is no decision.{meant}', _HOW, header, text, tuple(near))


def _was_over(text: str, header: str) -> Problem:
    """Say of a last day that was over before anybody could decide it: a year is mistyped sooner than it is meant."""
    return Problem(
        Code.BAD_VALUE,
        f'"{text}" was over when the file was exported.',
        "Correct the day; or write remove, if the role is to go at once.",
        header,
        text,
    )


def _contradicting(exported: Exported, said: list[str]) -> Mapping[int, Problem]:
    """Find rows about one holding that decide differently, and say of each where the other one is."""
    rows = exported.rows[[*SAME]].to_numpy()
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number in np.flatnonzero(np.array(said, object) != "").tolist():
        user, *rest = rows[number]
        # User names are in small letters; short names of courses may differ in their case alone.
        groups[user.casefold(), *rest].append(number)
    found = {}
    for numbers in groups.values():
        if len({said[one].casefold() for one in numbers}) > 1:
            for one in numbers:
                other = next(two for two in numbers if said[two].casefold() != said[one].casefold())
                found[one] = Problem(
                    Code.CONFLICT,
                    f'This row decides "{said[one]}", and {exported.place(other)} decides "{said[other]}" about the'
                    " same role of the same person.",
                    "Leave one of the two, or have both decide the same.",
                )
    return found
