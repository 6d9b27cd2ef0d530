"""What rows that cannot be done may have meant: such holdings are not taken away."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from batchroles.models import Code, ContextRef, Lines, Problem, RoleRef, Status, UserRef, Wanted
from batchroles.models.levels import Level
from batchroles.models.lines import Mask
from batchroles.runs.ledger import Ledger, Ref

_Key = TypeVar("_Key", bound=Hashable)
Place = tuple[str, int]
"""A level's word and an instance id."""
KINDS: Mapping[str, type[Ref]] = {"user": UserRef, "role": RoleRef, "context": ContextRef}
_UNSURE = {
    Code.USER_MISMATCH: "user",
    Code.USER_AMBIGUOUS: "user",
    Code.USER_NOT_FOUND: "user",
    Code.CONTEXT_MISMATCH: "context",
    Code.CONTEXT_AMBIGUOUS: "context",
    Code.CONTEXT_NOT_FOUND: "context",
    Code.ROLE_AMBIGUOUS: "role",
    Code.ROLE_UNKNOWN: "role",
    Code.CONFLICT: "role",
}
"""Codes that leave open what a row means by one of its cells, though one of two cells may have an id."""
_SOMEBODY_ELSE = (Code.NAME_DIFFERS, Code.NAME_UNKNOWN)
"""Codes of rows whose account is known, and may not be that of whoever is meant."""


_SOMEWHERE_ELSE = Code.HEADING_UNCLEAR
"""The code of rows that may stand below another heading than the one that was seen."""


@dataclass(frozen=True)
class Meant:
    """What a row that cannot be done may have meant, as far as its cells tell; None is anybody, anything, anywhere."""

    row: int
    users: frozenset[int] | None
    roles: frozenset[int] | None
    places: frozenset[Place] | None


class Protected:
    """Which holdings rows that cannot be read or looked up may have meant: those stay."""

    def __init__(self, owned: pd.DataFrame, rows: Iterable[Meant]) -> None:
        self.mask: Mask = np.zeros(len(owned), bool)
        self.rows: list[int] = []
        """The rows that protect something, in the order of the file."""
        self._user = owned["userid"].tolist()
        self._role = owned["roleid"].tolist()
        self._place = list(zip(owned["level"].tolist(), owned["instanceid"].tolist(), strict=True))
        self._by_user, self._by_place = _positions(self._user), _positions(self._place)
        for row in rows:
            self._protect(row)

    def _protect(self, meant: Meant) -> None:
        found = [at for at in self._near(meant) if self._fits(at, meant)]
        if found:
            self.mask[found] = True
            self.rows.append(meant.row)

    def _near(self, meant: Meant) -> Iterator[int]:
        """Give the holdings that need a look: those of the users, or else those at the places, or else all."""
        if meant.users is not None:
            for user in meant.users:
                yield from self._by_user[user]
        elif meant.places is not None:
            for place in meant.places:
                yield from self._by_place[place]
        else:
            yield from range(len(self._user))

    def _fits(self, at: int, meant: Meant) -> bool:
        return (
            (meant.users is None or self._user[at] in meant.users)
            and (meant.roles is None or self._role[at] in meant.roles)
            and (meant.places is None or self._place[at] in meant.places)
        )


def _positions(values: Sequence[_Key]) -> Mapping[_Key, list[int]]:
    found: dict[_Key, list[int]] = defaultdict(list)
    for at, value in enumerate(values):
        found[value].append(at)
    return found


def meant(wanted: Wanted, lines: Lines, problems: Sequence[Problem], ledger: Ledger) -> Iterator[Meant]:
    """Say of each row that cannot be done what it may have meant.

    A name that cannot be looked up now means what it meant when it could be, however long ago; one that never could
    be may mean anything.
    """
    bad = np.flatnonzero(lines.ended_as(Status.INVALID)).tolist()
    if not bad:
        return
    cells = {kind: _Cells(wanted, kind, ledger) for kind in KINDS}
    levels = lines.words("level")
    for line in bad:
        code = problems[int(lines.problem[line])].code
        unsure = _UNSURE.get(code, "")
        user, role, instance = (
            int(column[line]) for column in (lines.userid, lines.roleid, lines.instanceid)
        )
        level = levels[line]
        found = level != "" and (instance != 0 or not Level(level).facts.keys)
        yield Meant(
            int(lines.row[line]),
            None
            if code in _SOMEBODY_ELSE
            else _known([user] if user else [], unsure == "user") or cells["user"].recalled(line),
            _known([role] if role else [], unsure == "role") or cells["role"].recalled(line),
            None
            if code is _SOMEWHERE_ELSE
            else _known([(level, instance)] if found else [], unsure == "context")
            or cells["context"].recalled(line),
        )


def _known(ids: Iterable[_Key], unsure: bool) -> frozenset[_Key] | None:
    return None if unsure else frozenset(ids) or None


class _Cells:
    """The references of one kind in a file, with what they led to when they were last found."""

    def __init__(self, wanted: Wanted, kind: str, ledger: Ledger) -> None:
        frame = wanted.lines
        names = [name for name in frame.columns if str(name).startswith(f"{kind}_")]
        self._columns = [
            frame[name].astype("object").where(frame[name].notna(), None).tolist() for name in names
        ]
        self._before = ledger.ids(KINDS[kind])

    def recalled(self, line: int) -> frozenset[Any] | None:
        """Give what a line's cells led to before; None where one of them never led anywhere, or there is none."""
        refs = [column[line] for column in self._columns if column[line] is not None]
        if not refs or any(ref not in self._before for ref in refs):
            return None
        return frozenset(
            (str(ref.level), self._before[ref]) if isinstance(ref, ContextRef) else self._before[ref]
            for ref in refs
        )
