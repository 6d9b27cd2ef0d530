"""A run on disk: its folder, its journal, its plan."""

import shutil
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from batchroles.errors import InputError, RunError
from batchroles.loader import ReadingOptions
from batchroles.loader.layouts import FormatOptions, Repairs, read
from batchroles.models import Lines, Plan, Table, Wanted
from batchroles.models.changes import CHANGES
from batchroles.models.references import RoleMap
from batchroles.reporter.writing import sync
from batchroles.runs.copying import Copy, copied, sha256_of
from batchroles.runs.drafts import saved
from batchroles.runs.folders import next_number
from batchroles.runs.journal import Head, Journal
from batchroles.runs.lock import Lock


@dataclass(frozen=True)
class Origin:
    """Where a plan came from, so that its input's copy can be read the same way again."""

    site: str
    """The site's address."""
    copy: Copy
    """The copy of the input file that was read."""
    reading: ReadingOptions
    understanding: FormatOptions
    role_map: RoleMap = field(default_factory=dict)
    """The words for roles that counted beside the site's own."""
    undoes: str = ""
    """The name of the run that this one takes back."""
    identity: Mapping[str, str] = field(default_factory=dict)
    """What the site said of itself and of the token's user."""
    faces: Mapping[str, str] = field(default_factory=dict)
    """The user names of some of the plan's users, by id."""
    sync: Mapping[str, Any] = field(default_factory=dict)
    """Of a sync: its name, and what its ledger needs to know of the run; empty else."""
    strict_names: bool = False
    """Whether only rows were to be sent whose names fit."""
    repairs: Repairs | None = None
    """The cells that are read otherwise than they stand in the input, because somebody mended them."""
    review: bool = False
    """Whether the input is an export of which only the rows with decisions are meant."""

    @property
    def is_retry(self) -> bool:
        """Whether some lines of the input are tried again, and not all of it is meant."""
        return self.repairs is not None and self.repairs.lines is not None


@dataclass(frozen=True)
class Planned:
    """A plan that is not on disk yet."""

    plan: Plan
    origin: Origin
    wanted: Wanted
    """The file's own words for what the plan has ids for."""
    known_as: Mapping[tuple[str, int], str] = field(default_factory=dict)
    """The site's words for roles, and words for places that no row names: by `role` or a context level, and the id."""
    role_names: Mapping[int, str] = field(default_factory=dict)
    """The names of roles as the site shows them, by id; of a plan that was saved they are not known any more."""
    first: Sequence[str] = ()
    """What becomes of the first people, by their names in Moodle; empty unless somebody is there to read it."""


@dataclass
class Run:
    """An open run, in this process's hands until it is closed. Use it as a context manager."""

    folder: Path
    journal: Journal
    plan: Plan
    wanted: Wanted
    """The file's own words for what the plan has ids for."""
    hold: ExitStack
    """The open journal, and the lock where there is one."""

    @property
    def name(self) -> str:
        """The run's name: that of its folder."""
        return self.folder.name

    @property
    def known_as(self) -> dict[tuple[str, int], str]:
        """Words for roles and places, as `Planned` has them."""
        keys = ((*key.split(), words) for key, words in self.journal.head.known_as.items())
        return {(kind, int(id_)): words for kind, id_, words in keys}

    def as_planned(self) -> Planned:
        """Give what is left of the plan as it was before it was saved."""
        head = self.journal.head
        copy = Copy(self.folder / head.input_copy, head.input_sha256)
        origin = Origin(
            head.site, copy, *options(head), undoes=head.undoes, sync=head.sync, review=head.is_review
        )
        return Planned(self.now(), origin, self.wanted, self.known_as)

    @classmethod
    def save(cls, folder: Path, planned: Planned, hold: ExitStack | None = None) -> Self:
        """Put a plan on disk as a new run, with the copy of its input. Where that fails, the folder is gone.

        `hold`: the lock of the draft whose folder it is; the draft then says what became of it.
        """
        plan = planned.plan
        # From here on the lock is this run's: the draft's own stack is empty, and its end lets go of nothing.
        mine = ExitStack() if hold is None else hold.pop_all()
        try:
            if hold is None:
                mine.enter_context(Lock(folder))
            head = _head(folder, plan, planned.origin, planned.known_as)
            journal = Journal.create(folder, head, plan.lines, plan.problems)
            mine.callback(journal.close)
            # NOTE: the plan is on disk before the marker goes. A kill between the two leaves a draft, of which nothing
            # was sent; the other way round it would leave a run without a plan.
            saved(folder)
            sync(folder)
        except BaseException:
            mine.close()
            if hold is None:
                shutil.rmtree(folder, ignore_errors=True)
            raise
        return cls(folder, journal, replace(plan, problems=journal.book.problems), planned.wanted, mine)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open a run to work on it.

        Raises RunError where another process works on it, or its journal or its input's copy is damaged or altered.
        """
        return cls._opened(folder, Lock(folder))

    @classmethod
    def look(cls, folder: Path) -> Self:
        """Open a run to read it, whoever works on it. Raises RunError where it is damaged or was altered."""
        return cls._opened(folder, nullcontext())

    @classmethod
    def _opened(cls, folder: Path, lock: AbstractContextManager[None]) -> Self:
        with ExitStack() as hold:
            # The lock comes first: what another process has just done must be in the journal when it is read.
            hold.enter_context(lock)
            journal = Journal.open(folder)
            hold.callback(journal.close)
            wanted = _wanted(folder, journal.head)
            plan = _plan(journal, wanted.table)
            return cls(folder, journal, plan, wanted, hold.pop_all())

    def now(self) -> Plan:
        """Give the plan with every status as it stands."""
        return replace(self.plan, lines=self.journal.lines())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let others have the run."""
        self.hold.close()


def options(head: Head) -> tuple[ReadingOptions, FormatOptions]:
    """Give the options with which a run's input was read."""
    reading, understanding = head.settings["reading"], head.settings["understanding"]
    return ReadingOptions(**reading), FormatOptions(
        **{**understanding, "change": CHANGES[understanding["change"]]}
    )


def repairs_of(head: Head) -> Repairs | None:
    """Give what is read otherwise than it stands in a run's input; None where all of the input was meant."""
    plain = head.settings["repairs"]
    return None if plain is None else Repairs.from_plain(plain)


def only_rows(table: Table, lines: Lines) -> Table:
    """Leave only the rows of a table that the lines speak of."""
    return replace(table, cells=table.cells.loc[table.cells.index.isin(lines.row)])


def _head(folder: Path, plan: Plan, origin: Origin, known_as: Mapping[tuple[str, int], str]) -> Head:
    copy = origin.copy.path
    # A plan that was made before there was a folder has its copy among the temporary files.
    if copy.parent != folder:
        copy = copied(copy, folder).path
    # The plan follows from what was read then; between that and this a person may have been asked.
    if sha256_of(copy) != origin.copy.sha256:
        raise RunError(f"{copy} is not what was planned any more: plan the file again")
    return Head(
        site=origin.site,
        input_name=plan.table.path.name,
        input_copy=copy.name,
        input_sha256=origin.copy.sha256,
        created=datetime.now(UTC),
        format=plan.format,
        read_as=plan.read_as,
        settings={
            "reading": vars(origin.reading),
            "understanding": _plain(origin.understanding),
            "role_map": dict(origin.role_map),
            "strict_names": origin.strict_names,
            "repairs": origin.repairs.to_plain() if origin.repairs else None,
            "retry": origin.is_retry,
            "review": origin.review,
        },
        undoes=origin.undoes,
        notes=plan.notes,
        number=next_number(folder),
        identity=dict(origin.identity),
        faces=dict(origin.faces),
        sync=dict(origin.sync),
        known_as={f"{kind} {id_}": words for (kind, id_), words in known_as.items()},
    )


def _plain(options: FormatOptions) -> dict[str, Any]:
    maps = {"column_map": dict(options.column_map), "site_columns": dict(options.site_columns)}
    return {**vars(options), **maps, "change": str(options.change)}


def _wanted(folder: Path, head: Head) -> Wanted:
    """Read the input's copy again, as it was read."""
    copy = folder / head.input_copy
    if not copy.is_file() or sha256_of(copy) != head.input_sha256:
        raise RunError(f"{copy} is not the file that this run was planned from: plan the file again")
    try:
        return read(copy, *options(head), repairs_of(head))
    except InputError as error:
        raise RunError(f"{copy} cannot be read again: {error}") from error


def _plan(journal: Journal, table: Table) -> Plan:
    head, lines = journal.head, journal.lines()
    if head.undoes or head.is_review or repairs_of(head) is not None:
        table = only_rows(table, lines)
    return Plan(
        table=replace(table, path=Path(head.input_name)),
        format=head.format,
        read_as=head.read_as,
        lines=lines,
        problems=journal.book.problems,
        notes=list(head.notes),
    )
