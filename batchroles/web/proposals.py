"""What people are about to send: files as they gave them, how they are read, and what was repaired in them."""

import json
import re
import secrets
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self, get_args

from batchroles.errors import RunError
from batchroles.loader import ReadingOptions
from batchroles.loader.layouts import FormatOptions
from batchroles.models.changes import CHANGES
from batchroles.reporter.writing import in_place_of
from batchroles.text import cleaned

Kind = Literal["file", "retry", "undo"]
KINDS = get_args(Kind)
RECORD = "proposal.json"
_ID = re.compile(r"[0-9a-f]{16}")
LONGEST_NAME = 120
"""Characters of a file's name that are kept: some programs make names of whole sentences."""


@dataclass(frozen=True)
class Reading:
    """What a person says about how the file is to be read; empty where it is found out."""

    sheet: str = ""
    all_sheets: bool = False
    """Whether every visible sheet with a table is read, and not one."""
    visible_rows: bool = False
    """Whether rows that the workbook hides are left out."""
    encoding: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Header to meaning."""
    action: str = ""
    role: str = ""
    context: str = ""
    match_user_by: str = ""
    date_format: str = ""
    format: str = ""
    """The layout."""
    split_courses: str = ""
    """What stands between the courses of a cell."""
    enrol: bool = False
    strict_names: bool = False

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """Read what was written. Raises ValueError or TypeError where it is none."""
        one = cls(**plain)
        _refuse_other_types(one)
        if not all(isinstance(text, str) for pair in dict(one.columns).items() for text in pair):
            raise ValueError(one.columns)
        return one

    @property
    def of_headers(self) -> Self:
        """What of it is about files with these headers, whatever they hold.

        Not what is about all rows of one file: who took roles away with it does not want that of the next one.
        """
        # The sheet's name may be that of a term; it is found again by its headers.
        return replace(self, sheet="", action="", role="", context="", enrol=False)

    def options(self, understanding: FormatOptions) -> tuple[ReadingOptions, FormatOptions]:
        """Give it as the loader wants it, over what the office says."""
        said: dict[str, Any] = {
            "match_user_by": self.match_user_by,
            "role": self.role,
            "context": self.context,
            "date_format": self.date_format,
            "format": self.format,
            "split_courses": self.split_courses,
            "change": CHANGES.get(self.action),
        }
        reading = ReadingOptions(
            encoding=self.encoding or None,
            sheet=None if self.all_sheets else self.sheet or None,
            all_sheets=self.all_sheets,
            visible_rows=self.visible_rows,
        )
        return reading, replace(
            understanding,
            column_map={**understanding.column_map, **self.columns},
            enrol=self.enrol or understanding.enrol,
            **{name: value for name, value in said.items() if value},
        )


@dataclass(frozen=True)
class Proposal:
    """Something that a person is about to send; a value: what changes it gives another one."""

    id: str
    kind: Kind
    name: str
    """The file's, as people are shown it."""
    stored: str = ""
    """The file's name inside the proposal's folder: ours, never the person's."""
    run: str = ""
    """The name of the run whose failed rows are tried again, or that is taken back."""
    created: str = ""
    revision: int = 1
    """Counts what was said about it: what is sent is the one that was shown."""
    reading: Reading = field(default_factory=Reading)
    remembered: bool = False
    """Whether how it is read was said for an earlier file with the same headers."""
    corrections: tuple[Mapping[str, Any], ...] = ()
    """What was repaired, in the order in which it was said."""
    sent: str = ""
    """The name of the run that it became, or is about to."""
    begun: bool = False
    """Whether there was that run: where its folder is gone, nobody can say any more what was sent."""
    said: str = ""
    """Why it was not sent when that was tried."""
    differences: tuple[Mapping[str, str], ...] = ()
    """What was otherwise then than it had been shown: of each line its `place`, `what`, `before` and `now`."""

    @property
    def when(self) -> datetime:
        """When it was begun."""
        return datetime.fromisoformat(self.created)

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was said about it yet."""
        return self.revision == 1 and not self.sent and self.reading == Reading()

    def changed(self, **what: Any) -> Self:
        """Say something else of it: it has to be looked at anew."""
        return replace(self, revision=self.revision + 1, **what)

    @classmethod
    def of(cls, text: str) -> Self:
        """Read what was written. Raises ValueError or TypeError where it is none."""
        plain = json.loads(text)
        plain["reading"] = Reading.of(plain["reading"])
        for name in ("corrections", "differences"):
            plain[name] = tuple(plain[name])
        one = cls(**plain)
        _refuse_other_types(one)
        if one.kind not in KINDS or not all(
            isinstance(said, dict) for said in one.corrections + one.differences
        ):
            raise ValueError(one.kind)
        datetime.fromisoformat(one.created)
        return one


@dataclass(frozen=True)
class Proposals:
    """Those of one person, each in a folder of its own."""

    folder: Path

    def begin(self, kind: Kind, name: str, *, suffix: str = "", run: str = "") -> Proposal:
        """Make a new one, and its folder; it is not written yet."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        one = Proposal(
            secrets.token_hex(8),
            kind,
            shown_name(name),
            f"file{suffix}" if kind == "file" else "",
            run,
            datetime.now(UTC).isoformat(timespec="seconds"),
        )
        self.place(one.id).mkdir(mode=0o700)
        return one

    def write(self, proposal: Proposal) -> Proposal:
        """Put one on disk, whole or not at all."""
        with in_place_of(self.place(proposal.id) / RECORD) as draft:
            draft.write_text(json.dumps(asdict(proposal), ensure_ascii=False), encoding="utf-8")
        return proposal

    def find(self, id_: str) -> Proposal | None:
        """Give one by its id; None where there is none."""
        if not _ID.fullmatch(id_):
            return None
        try:
            return Proposal.of((self.place(id_) / RECORD).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise RunError("what was kept of this file is damaged: give the file again") from error

    def all(self) -> Iterable[Proposal]:
        """Give all that can be read, the newest first."""
        found = []
        for record in self.folder.glob(f"*/{RECORD}"):
            try:
                found.append(Proposal.of(record.read_text(encoding="utf-8")))
            except (OSError, ValueError, TypeError, KeyError):
                continue
        return sorted(found, key=lambda one: one.created, reverse=True)

    def place(self, id_: str) -> Path:
        """Give the folder of one."""
        return self.folder / id_

    def file(self, proposal: Proposal) -> Path:
        """Give the file as the person gave it."""
        return self.place(proposal.id) / proposal.stored

    def forget(self, proposal: Proposal) -> None:
        """Delete one with its file."""
        shutil.rmtree(self.place(proposal.id), ignore_errors=True)


def _refuse_other_types(one: Reading | Proposal) -> None:
    """Raise ValueError where a text, a number or a yes is something else: another version may have written it."""
    for each in fields(one):
        default = each.default if each.default is not MISSING else ""
        if each.default_factory is MISSING and not isinstance(getattr(one, each.name), type(default)):
            raise ValueError(each.name)


def shown_name(name: str) -> str:
    """Give a file's name as people are shown it: its last part, without what cannot be seen."""
    last = cleaned(re.split(r"[\\/]", name)[-1]).strip()
    return last[-LONGEST_NAME:] or "file"
