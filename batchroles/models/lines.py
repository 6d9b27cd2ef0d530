"""The lines of a plan in ids: one for each change that is asked for. Only this module knows their columns."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import union_categoricals

from batchroles.models.changes import NO_DATE, Change, changes
from batchroles.models.levels import Level
from batchroles.models.rows import called
from batchroles.models.words import Status

Ints: TypeAlias = npt.NDArray[np.int64]
Mask: TypeAlias = npt.NDArray[np.bool_]

NONE = -1
"""No status, no problem, no other line: in columns of codes and of numbers."""
NOT_READ = -1
"""In the column `held`: nobody could look."""
NO_ROW = 0
"""In the column `row`: the line comes from a difference, not from a row of the file."""
WRITTEN = {
    "row": "int32",
    "part": "category",
    "origin": "category",
    "change": "int8",
    "userid": "int64",
    "roleid": "int64",
    "level": "int8",
    "instanceid": "int64",
    "start": "int64",
    "end": "int64",
    "status": "int8",
    "problem": "int32",
    "same_as": "int32",
    "held": "int16",
    "enrolled": "int8",
}
"""The columns and their types; `change`, `level` and `status` are codes, their words stand in `WORDS`."""
NAME = ["row", "part", "origin"]
"""The columns that name a line."""
WORDS: Mapping[str, Callable[[], list[str]]] = {
    "change": lambda: [change.word for change in changes()],
    "level": lambda: [str(level) for level in Level],
    "status": lambda: [str(status) for status in Status],
}
"""By column: the words of its codes, in their order."""
_DEFAULTS = {
    "start": NO_DATE,
    "end": NO_DATE,
    "status": NONE,
    "problem": NONE,
    "same_as": NONE,
    "held": NOT_READ,
    "enrolled": NOT_READ,
}
STATUS_CODES = {status: code for code, status in enumerate(Status)}
LEVEL_CODES = {level: code for code, level in enumerate(Level)}


@dataclass(frozen=True, eq=False)
class Lines:
    """Lines 0 … n-1. A value: what changes something gives new lines.

    * `row`: the row of the spreadsheet, `NO_ROW` for a line that comes from none; `part`: which of a wide row's
      changes, else `""`; `origin`: where a line without a row comes from, in words, else `""`. The three together are
      a line's name: no two lines have the same.
    * `change`: the code of what is asked for; `userid`, `roleid`, `level` (a code) and `instanceid`: for whom, what and
      where. Ids are 0 where they are not known.
    * `start` and `end`: from when until when an enrolment counts, in seconds since 1970, or `NO_DATE`.
    * `status`: a code, `NONE` while the line is still to be sent. `problem`: an index into the plan's problems or
      `NONE`. `same_as`: the earlier line that a duplicate repeats, or `NONE`.
    * `held`: how often the user had the role there before anything was sent (twice, say: by hand and by a cohort),
      `NOT_READ` where nobody could look: only where it was read is it certain that the run changed something.
    * `enrolled`: the `Enrolment` that was read of the user in the course, if anybody looked.
    """

    _columns: Mapping[str, Any]
    """By name, as in `WRITTEN`: an array, or a categorical of text."""

    @classmethod
    def of(cls, columns: Mapping[str, Any]) -> Self:
        """Make lines from their columns; those that say what became of a line may be left out, and `origin`.

        `level` and `change` may be codes or words.
        """
        count = len(columns["row"])
        # One number that every line points to: a million lines without dates take no room for them.
        same = {
            name: np.broadcast_to(np.array(value, WRITTEN[name]), count) for name, value in _DEFAULTS.items()
        }
        own = {name: _column(name, values) for name, values in columns.items()}
        own.setdefault("origin", _all_the_same("", count))
        return cls({**same, **own})

    @classmethod
    def joined(cls, first: Self, *others: Self) -> Self:
        """Put lines behind each other; `same_as` of the others counts from their own first line."""
        parts = (first, *others)
        columns = {name: [one._columns[name] for one in parts] for name in WRITTEN}  # noqa: SLF001 - of this class
        before = np.cumsum([0, *map(len, parts[:-1])])
        columns["same_as"] = [
            np.where(lines == NONE, NONE, lines + shift).astype(WRITTEN["same_as"])
            for lines, shift in zip(columns["same_as"], before, strict=True)
        ]
        return cls(
            {
                name: union_categoricals(some) if WRITTEN[name] == "category" else np.concatenate(some)
                for name, some in columns.items()
            }
        )

    def __len__(self) -> int:
        return len(self.row)

    @property
    def row(self) -> npt.NDArray[np.int32]:
        """Give the rows of the spreadsheet."""
        return self._array("row")

    @property
    def change(self) -> npt.NDArray[np.int8]:
        """Give the codes of the changes."""
        return self._array("change")

    @property
    def userid(self) -> Ints:
        """Give the user ids."""
        return self._array("userid")

    @property
    def roleid(self) -> Ints:
        """Give the role ids."""
        return self._array("roleid")

    @property
    def level(self) -> npt.NDArray[np.int8]:
        """Give the codes of the context levels."""
        return self._array("level")

    @property
    def instanceid(self) -> Ints:
        """Give the ids of the places at their levels."""
        return self._array("instanceid")

    @property
    def status(self) -> npt.NDArray[np.int8]:
        """Give the codes of the statuses."""
        return self._array("status")

    @property
    def problem(self) -> npt.NDArray[np.int32]:
        """Give the numbers of the problems."""
        return self._array("problem")

    @property
    def same_as(self) -> npt.NDArray[np.int32]:
        """Give, for duplicates, the lines that they repeat."""
        return self._array("same_as")

    @property
    def held(self) -> npt.NDArray[np.int16]:
        """Give how often the users had their roles before."""
        return self._array("held")

    @property
    def start(self) -> Ints:
        """Give from when enrolments count."""
        return self._array("start")

    @property
    def end(self) -> Ints:
        """Give until when enrolments count."""
        return self._array("end")

    @property
    def enrolled(self) -> npt.NDArray[np.int8]:
        """Give what was read of the users' enrolments before."""
        return self._array("enrolled")

    @property
    def is_open(self) -> Mask:
        """Choose the lines that are still to be sent."""
        return np.asarray(self.status == NONE)

    @property
    def has_row(self) -> Mask:
        """Choose the lines that come from a row of the file."""
        return np.asarray(self.row != NO_ROW)

    @property
    def gives(self) -> Mask:
        """Choose the lines after which the user has the role."""
        return self.whose(lambda change: change.gives)

    @property
    def confirmed(self) -> Mask:
        """Choose the lines that ended as their change does where Moodle confirms it."""
        done = np.array([STATUS_CODES[change.done] for change in changes()])
        return np.asarray(done[self.change] == self.status)

    def whose(self, says: Callable[[Change], bool]) -> Mask:
        """Choose the lines of whose change something is true."""
        return np.array([says(change) for change in changes()], bool)[self.change]

    def asks(self, *some: Change) -> Mask:
        """Choose the lines that ask for one of these changes."""
        return self.whose(lambda change: change in some)

    def ended_as(self, *some: Status) -> Mask:
        """Choose the lines of these statuses."""
        return np.isin(self.status, [STATUS_CODES[status] for status in some])

    def by_status(self) -> dict[str, int]:
        """Count the lines by status, in the order of `Status`; those still to be sent come last, as `""`."""
        # One up: lines without a status have -1, and bincount takes nothing below 0.
        counts = np.bincount(self.status.astype("int64") + 1, minlength=len(STATUS_CODES) + 1).tolist()
        named = zip([*map(str, STATUS_CODES), ""], [*counts[1:], counts[0]], strict=True)
        return {status: count for status, count in named if count}

    def at(self, *levels: Level) -> Mask:
        """Choose the lines at some context levels."""
        return np.isin(self.level, [LEVEL_CODES[level] for level in levels])

    def with_problem(self, numbers: Iterable[int]) -> Mask:
        """Choose the lines that have one of these problems."""
        return np.isin(self.problem, list(numbers))

    def ruled(
        self, lines: Mask | Ints, status: Status, problem: int | npt.NDArray[Any] | None = None
    ) -> Self:
        """Give some lines a status, and a problem unless theirs stays."""
        statuses = self.status.copy()
        statuses[lines] = STATUS_CODES[status]
        ruled = self._with(status=statuses)
        return ruled if problem is None else ruled.explained(lines, problem)

    def explained(self, lines: Mask | Ints, problem: int | npt.NDArray[Any]) -> Self:
        """Give some lines a problem; their status stays."""
        problems = self.problem.copy()
        problems[lines] = problem
        return self._with(problem=problems)

    def with_statuses(self, statuses: npt.NDArray[Any], problems: npt.NDArray[Any]) -> Self:
        """Give every line its status (a code) and its problem."""
        return self._with(status=statuses, problem=problems)

    def reopened(self, lines: Mask | Ints, held: int) -> Self:
        """Have some lines sent after all; `held` is how often the users had their roles before."""
        statuses, counts = self.status.copy(), self.held.copy()
        statuses[lines], counts[lines] = NONE, held
        return self._with(status=statuses, held=counts)

    def repeating(self, lines: Ints, firsts: Ints) -> Self:
        """Make some lines duplicates of others."""
        same_as = self.same_as.copy()
        same_as[lines] = firsts
        return self._with(same_as=same_as).ruled(lines, Status.DUPLICATE)

    def with_held(self, held: npt.NDArray[Any]) -> Self:
        """Say of every line how often the user had the role there."""
        return self._with(held=held)

    def with_enrolled(self, enrolled: npt.NDArray[Any]) -> Self:
        """Say of every line what is known of the user's enrolment in the course."""
        return self._with(enrolled=enrolled)

    def with_roles(self, roleid: npt.NDArray[Any]) -> Self:
        """Give every line its role."""
        return self._with(roleid=roleid)

    def asking(self, lines: Mask | Ints, change: Change) -> Self:
        """Let some lines ask for another change; one that takes no dates has none."""
        codes = self.change.copy()
        codes[lines] = changes().index(change)
        asked = self._with(change=codes)
        return asked if change.takes_dates else asked.undated(lines)

    def dated(self, start: npt.NDArray[Any], end: npt.NDArray[Any]) -> Self:
        """Give every line its start and its end."""
        return self._with(start=start, end=end)

    def undated(self, lines: Mask | Ints) -> Self:
        """Take the dates of some lines away."""
        start, end = self.start.copy(), self.end.copy()
        start[lines] = end[lines] = NO_DATE
        return self._with(start=start, end=end)

    def only(self, lines: Mask | Ints) -> Self:
        """Give some lines alone, numbered anew."""
        return type(self)({name: column[lines] for name, column in self._columns.items()})

    def asking_anew(self, codes: npt.NDArray[Any]) -> Self:
        """Ask for another change on every line: nothing has become of that yet, and what was read before is known."""
        fresh = {name: np.full(len(self), NONE) for name in ("status", "problem", "same_as")}
        undated = ~np.array([change.takes_dates for change in changes()], bool)[codes]
        return self._with(change=codes, **fresh).undated(undated)

    def without_ids(self) -> Self:
        """Forget who, what and where is meant."""
        nothing = np.zeros(len(self), "int64")
        return self._with(userid=nothing, roleid=nothing, instanceid=nothing)

    def names(self) -> pd.MultiIndex:
        """Give the lines' names: row, part and origin."""
        texts = [self.text(name).astype("object") for name in ("part", "origin")]
        return pd.MultiIndex.from_arrays([self.row, *texts], names=NAME)

    def named_before(self) -> Mask:
        """Choose the lines whose name an earlier line has already."""
        return pd.DataFrame({name: self.stored(name) for name in NAME}).duplicated().to_numpy()

    def called(self, line: int) -> str:
        """Say where a line comes from: `row 7`, or its origin."""
        row = int(self.row[line])
        return called(row) if row else self.words("origin", [line])[0]

    def text(self, name: str) -> "pd.Series[Any]":
        """Give a column of words (`part`, `origin`, `change`, `level`, `status`) as a categorical of text."""
        if name in WORDS:
            return pd.Series(
                pd.Categorical.from_codes(self._array(name), pd.Index(WORDS[name](), dtype="str"))
            )
        return self.stored(name)

    def words(self, name: str, lines: Mask | Ints | Sequence[int] | slice = slice(None)) -> list[str]:
        """Give a column of words of some lines (of all) as a list; a line without a status has `""`."""
        column = self.text(name)
        texts = ["", *column.cat.categories.tolist()]
        return [texts[code + 1] for code in column.cat.codes.to_numpy()[lines].tolist()]

    def frame(self) -> pd.DataFrame:
        """Give the lines as a table for people: words instead of codes, a line without a status has NaN."""
        columns = {name: self.text(name) if name in WORDS else self.stored(name) for name in WRITTEN}
        return pd.DataFrame(columns, copy=False)

    def numbered(self, *names: str) -> Ints:
        """Number the distinct values of some columns together 0, 1, … in order of appearance."""
        return numbered_together(len(self), map(self._array, names))

    def stored(self, name: str) -> "pd.Series[Any]":
        """Give a column as it is kept."""
        return pd.Series(self._columns[name], copy=False)

    def _array(self, name: str) -> npt.NDArray[Any]:
        column: npt.NDArray[Any] = self._columns[name].view()
        column.flags.writeable = False
        return column

    def _with(self, **columns: npt.NDArray[Any]) -> Self:
        changed = {name: _column(name, values) for name, values in columns.items()}
        return type(self)({**self._columns, **changed})


def numbered_together(count: int, columns: Iterable[npt.NDArray[Any]]) -> Ints:
    """Number the distinct rows of some columns of a length 0, 1, … in order of appearance."""
    number = np.zeros(count, "int64")
    for column in columns:
        numbered, distinct = pd.factorize(column)
        # Numbered anew after each column: a product of several would not fit into 64 bits.
        number = pd.factorize(number * max(len(distinct), 1) + numbered)[0]
    return number


def _all_the_same(text: str, count: int) -> pd.Categorical:
    return pd.Categorical.from_codes(np.zeros(count, "int8"), pd.Index([text], dtype="str"))


def _column(name: str, values: Any) -> Any:
    if name in ("part", "origin"):
        return pd.Categorical(values)
    array = np.asarray(values)
    if name in WORDS and array.dtype.kind not in "iu":
        words: Sequence[str] = WORDS[name]()
        given = pd.Categorical(values)
        codes = pd.Index(words).get_indexer(pd.Index([str(word) for word in given.categories.tolist()]))
        # The code -1 of a missing word leads to the last, NONE.
        array = np.append(codes, NONE)[given.codes]
    return array.astype(WRITTEN[name])
