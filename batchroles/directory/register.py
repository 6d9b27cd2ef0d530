"""A report as a register: the id of each row, and the values by which it is found.

No column is known by its heading. The ids stand in links, which are as Moodle makes them; every other column is told by
comparing it with look-ups of a handful of the values that are sought.
"""

import html
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from batchroles.directory.reports import Cell, Sheet, UnbelievedError

USER_LINK = re.compile(r'<a\b[^>]*?\bhref="[^"]*/user/profile\.php\?id=([0-9]+)["&]')
COURSE_LINK = re.compile(r'<a\b[^>]*?\bhref="[^"]*/course/view\.php\?id=([0-9]+)["&]')
CATEGORY_LINK = re.compile(r'<a\b[^>]*?\bhref="[^"]*/course/management\.php\?categoryid=([0-9]+)["&]')
"""The links begin their cells: a name, which follows, may hold anything (case `rb-users-1000`: it is not escaped)."""
_JOINT = re.compile("</a>, ")

SAMPLE = 5
"""Values looked up to tell a column, spread over those that are sought."""
_MORE = 10
"""Rows looked up by id, where the sample does not tell two fields apart."""

Found = Mapping[str, Any]
"""What a look-up gives: `id`, and fields as far as the token may see them."""


class UntoldError(UnbelievedError):
    """No column is known to hold what is sought; the report may serve for something else."""


@dataclass(frozen=True)
class LookUps:
    """The ordinary way to what a report shows, for comparison."""

    by_value: Callable[[Sequence[str]], Sequence[Found]]
    by_id: Callable[[Sequence[int]], Sequence[Found]]


def has_several(cell: str, link: re.Pattern[str]) -> bool:
    """Whether a cell is joined of several links: those of all rows that are alike in the columns not aggregated.

    Moodle joins values so (case `rb-participants-agg`); a link inside a name is no second one.
    """
    return any(link.match(cell, end.end()) for end in _JOINT.finditer(cell))


def linked(rows: Iterable[Sequence[Cell]], column: int, link: re.Pattern[str]) -> list[int] | None:
    """Give the id in the link of each cell of a column; None where one does not begin with one such link."""
    ids: list[int] = []
    for row in rows:
        cell = row[column]
        match = None if not isinstance(cell, str) or has_several(cell, link) else link.match(cell)
        if match is None:
            return None
        ids.append(int(match[1]))
    return ids


def parted(sheet: Sheet, link: re.Pattern[str]) -> tuple[list[list[int]], list[list[Cell]]]:
    """Part the columns of a report: the ids of each in which every row has a link, and the cells of the others."""
    with_ids, others = list[list[int]](), list[list[Cell]]()
    for column in range(len(sheet.headers)):
        if (ids := linked(sheet.rows, column, link)) is not None:
            with_ids.append(ids)
        else:
            others.append([row[column] for row in sheet.rows])
    return with_ids, others


_TAGS = re.compile(r"<a\b[^>]*>(?:<img\b[^>]*>)?(.*)</a>", re.DOTALL)


def link_texts(rows: Iterable[Sequence[Cell]], link: re.Pattern[str]) -> dict[int, str]:
    """Give what the first link in each row shows, by the id in it: of a person the name."""
    found: dict[int, str] = {}
    for row in rows:
        for cell in row:
            if isinstance(cell, str) and (match := link.match(cell)) and (text := _TAGS.fullmatch(cell)):
                found[int(match[1])] = plain(text[1]).strip()
                break
    return found


def plain(cell: Cell) -> str:
    """Give a cell's text as it is in the database, whether the column is escaped or not."""
    text = "" if cell is None else str(cell)
    # ID numbers of users are escaped, user names and short names of courses are not (cases `rb-users-1000`,
    # `rb-courses-1000`): which of the two a text with & is cannot be told from it.
    return html.unescape(text) if "&" in text else text


class Register:
    """One report's rows by id; safe to ask for the same column again."""

    def __init__(
        self,
        sheet: Sheet,
        link: re.Pattern[str],
        fields: Collection[str],
        what: str,
        *,
        names: bool = False,
    ) -> None:
        """`fields`: the keys that look-ups show; `what`: what a row is, for people; `names`: whether to keep them.

        Raises `UnbelievedError` where no column tells the ids, or one of them stands twice.
        """
        self.sheet, self._fields, self._what = sheet, fields, what
        self._name = f'The report "{sheet.report.name}"'
        with_ids, columns = parted(sheet, link)
        if not sheet.rows or not with_ids:
            raise UnbelievedError(
                f"{self._name} has no column with the link to each {what}: add the one that has it, not aggregated."
            )
        self.ids = with_ids[0]
        self.row_of = {id_: row for row, id_ in enumerate(self.ids)}
        if len(self.row_of) < len(self.ids) or any(ids != self.ids for ids in with_ids):
            raise UnbelievedError(f"{self._name} has several rows for one {what}, or several links in a row.")
        self.columns = columns
        """Those without links."""
        self.names = link_texts(sheet.rows, link) if names else {}
        """What the links show, by id, where that is asked for."""
        sheet.rows.clear()
        self._told: dict[str, list[Cell]] = {}

    def tell(self, key: str, named: str, values: Sequence[str], look_ups: LookUps) -> None:
        """Find the column that holds a key, by comparing values that are sought; once told, it stays so.

        `named`: what the key is called. Raises `UntoldError` where no column is known for certain to hold it, and
        `UnbelievedError` where look-ups show that the report is not what it should be.
        """
        if key not in self._told:
            self._told[key] = _Telling(self, self._fields, key, named, look_ups).column(values)

    def sure(self, key: str, values: Sequence[str]) -> dict[str, int]:
        """Give the ids of the values that a told column shows once, and that no database could take for another's.

        Left out, to be looked up: what it does not show; what it shows for several, in whatever case of letters, which
        some databases compare without; and what holds an &, which may be escaped or not.
        """
        wanted = set(values)
        folded = {value.casefold() for value in wanted}
        rows: dict[str, int] = {}
        times: Counter[str] = Counter()
        for row, cell in enumerate(self._told[key]):
            text = "" if cell is None else str(cell)
            if (fold := text.casefold()) in folded:
                times[fold] += 1
                rows[text] = row
        return {
            text: self.ids[row]
            for text, row in rows.items()
            if text in wanted and "&" not in text and times[text.casefold()] == 1
        }

    def tells(self, key: str) -> bool:
        """Whether the column of a key is known."""
        return key in self._told

    def cells(self, key: str) -> list[Cell]:
        """Give the cells of a told column."""
        return self._told[key]

    def compare(self, key: str, named: str, value: str, id_: int) -> None:
        """Compare what a look-up found by a value with what the told column shows of it, but for case and escaping.

        Raises `UnbelievedError` where they are not the same.
        """
        row = self.row_of.get(id_)
        if row is None:
            raise self.lacks(id_, f'the {named} "{value}"')
        cell = self._told[key][row]
        if value.casefold() not in (str(cell or "").casefold(), plain(cell).casefold()):
            raise UnbelievedError(
                f'{self._name} shows another {named} than "{value}" for the {self._what} with the id {id_}.'
            )

    def lacks(self, id_: int, named: str) -> UnbelievedError:
        """Say that a look-up finds what is not there."""
        return UnbelievedError(
            f"{self._name} lacks {named} (id {id_}), which a look-up finds: it has a condition, or a filter that the"
            " token's user has set on its page."
        )

    def untold(self, why: str) -> UntoldError:
        """Say why a key is not told."""
        return UntoldError(f"{self._name} {why}")


@dataclass(frozen=True)
class _Candidate:
    """A column that may hold a key: which of the values that are sought it shows, each once, and in which row."""

    cells: list[Cell]
    rows: Mapping[str, int]


class _Telling:
    """The search for the column of one key."""

    def __init__(
        self, register: Register, fields: Collection[str], key: str, named: str, look_ups: LookUps
    ) -> None:
        self._register, self._fields, self._key, self._named = register, fields, key, named
        self._look_ups = look_ups

    def column(self, values: Sequence[str]) -> list[Cell]:
        """Give its cells. Raises as `Register.tell`."""
        register, look_ups = self._register, self._look_ups
        candidates = self._candidates({value for value in values if "&" not in value})
        if not candidates:
            raise register.untold(f"shows none of the values that are sought as {self._named} in any column.")
        sample = _sample(candidates)
        found = self._there(look_ups.by_value(sample))
        agreeing = [one for one in candidates if self._agrees(one, sample, found)]
        if not agreeing:
            raise self._contradiction(candidates[0], sample, found)
        if self._others(agreeing, found):
            # A column of user names passes for one of ID numbers where those looked up have the same in both.
            # Those about whom columns disagree tell them apart, where nearly everybody has the same in both.
            shown = {
                register.ids[one.rows[value]] for one in candidates for value in sample if value in one.rows
            }
            ids = dict.fromkeys([*_spread(sorted(register.row_of), _MORE), *sorted(shown)])
            found += self._there(look_ups.by_id(list(ids)))
            agreeing = [one for one in agreeing if self._key in self._fitting(one, found)]
        others = self._others(agreeing, found)
        if len(agreeing) <= len(others) or not _alike(agreeing):
            raise register.untold(
                f"does not tell the {self._named} from the rest: which column has it is not certain."
            )
        return agreeing[0].cells

    def _candidates(self, wanted: Collection[str]) -> list[_Candidate]:
        """Give the columns that show any of the values, first the one that shows most."""
        some = []
        for cells in self._register.columns:
            times = Counter(cell for cell in cells if isinstance(cell, str) and cell in wanted)
            if once := {
                cell: row for row, cell in enumerate(cells) if isinstance(cell, str) and times[cell] == 1
            }:
                some.append(_Candidate(cells, once))
        return sorted(some, key=lambda one: -len(one.rows))

    def _there(self, found: Sequence[Found]) -> list[Found]:
        for one in found:
            if int(one["id"]) not in self._register.row_of:
                raise self._register.lacks(int(one["id"]), f'the {self._named} "{one.get(self._key)}"')
        return list(found)

    def _agrees(self, one: _Candidate, sample: Sequence[str], found: Sequence[Found]) -> bool:
        """Whether it shows the key of all that was found, and of the sample nothing that was not found so."""
        by_value = {(str(record.get(self._key)), int(record["id"])) for record in found}
        shown = [(value, self._register.ids[one.rows[value]]) for value in sample if value in one.rows]
        return by_value.issuperset(shown) and self._key in self._fitting(one, found)

    def _fitting(self, one: _Candidate, found: Sequence[Found]) -> set[str]:
        """Give the fields that look-ups show as this column does."""
        pairs = [(record, one.cells[self._register.row_of[int(record["id"])]]) for record in found]
        return {
            field
            for field in self._fields
            if all(self._fits(record.get(field), field, cell) for record, cell in pairs)
        }

    def _fits(self, value: object, field: str, cell: Cell) -> bool:
        """Whether a look-up shows a field as a cell does; of the key that is sought, what is hidden says nothing."""
        if value is None and field == self._key:
            return True
        return str(value or "") in (plain(cell), str(cell or ""))

    def _others(self, agreeing: Sequence[_Candidate], found: Sequence[Found]) -> set[str]:
        """Give the other fields that these columns may hold as well."""
        return {field for one in agreeing for field in self._fitting(one, found)} - {self._key}

    def _contradiction(
        self, best: _Candidate, sample: Sequence[str], found: Sequence[Found]
    ) -> UnbelievedError:
        by_value = {str(record.get(self._key)): int(record["id"]) for record in found}
        for value in sample:
            if value not in best.rows:
                continue
            id_ = self._register.ids[best.rows[value]]
            if value not in by_value:
                return self._register.untold(
                    f'shows the {self._named} "{value}" (id {id_}), which a look-up does not find: it may'
                    " show more than this token may see."
                )
            if by_value[value] != id_:
                return self._register.untold(
                    f'shows the {self._named} "{value}" with the id {id_}, a look-up with the id {by_value[value]}.'
                )
        return self._register.untold(f"shows the {self._named} in no column as look-ups do.")


def _sample(candidates: Sequence[_Candidate]) -> list[str]:
    """Choose values that are shown: spread over the best column, and some about which the others disagree with it."""
    best = candidates[0].rows
    chosen = _spread(sorted(best), SAMPLE)
    for other in (one.rows for one in candidates[1:]):
        apart = sorted(value for value in {*best, *other} if best.get(value) != other.get(value))
        chosen += _spread(apart, 2)
    return list(dict.fromkeys(chosen))


Item = TypeVar("Item")


def _spread(some: Sequence[Item], number: int) -> list[Item]:
    """Give so many of them from the first to the last, evenly."""
    if len(some) <= number:
        return list(some)
    return [some[round(step * (len(some) - 1) / (number - 1))] for step in range(number)]


def _alike(agreeing: Sequence[_Candidate]) -> bool:
    """Whether columns show the same values, each in the same row: what one shows alone may be another field's."""
    return all(other.rows == agreeing[0].rows for other in agreeing[1:])
