"""The lines of a plan as the file itself names them: who, what and where, in its own words."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from batchroles.models import ContextRef, Plan, RoleRef, UserRef, Wanted
from batchroles.models.lines import Ints, Mask


@dataclass(frozen=True, slots=True)
class Named:
    """What a line asks for, in the file's words; empty where the file says nothing that can be read."""

    user: str = ""
    role: str = ""
    context: str = ""


def named_lines(plan: Plan, wanted: Wanted, lines: Mask | Ints | slice = slice(None)) -> Iterator[Named]:
    """Yield some lines of a plan (all of them) in the file's words; a line that comes from no row has none."""
    rows, parts = plan.lines.row[lines].tolist(), plan.lines.words("part", lines)
    mine = wanted.lines[wanted.lines["row"].isin(rows)]
    keys = zip(mine["row"].tolist(), mine["part"].tolist(), strict=True)
    said = map(Named, *(_texts(mine, kind) for kind in ("user", "role", "context")))
    found = dict(zip(keys, said, strict=True))
    nothing = Named()
    yield from (found.get(key, nothing) for key in zip(rows, parts, strict=True))


def _texts(lines: pd.DataFrame, kind: str) -> list[str]:
    """Give the first reference of a kind that each line has, as text."""
    texts = np.full(len(lines), "", object)
    # The last column first: what stands in an earlier one takes its place.
    for name in reversed([name for name in lines.columns if str(name).startswith(f"{kind}_")]):
        column = lines[name].cat
        codes = column.codes.to_numpy()
        # Only those that these lines have: a file may have a million names, of which three are asked for.
        used = np.unique(codes[codes >= 0])
        words = np.array([*map(written, column.categories[used]), ""], object)
        texts = np.where(codes >= 0, words[np.searchsorted(used, codes)], texts)
    return texts.tolist()


def written(ref: UserRef | RoleRef | ContextRef) -> str:
    """Write a reference in one way: `anna`, `email=anna@example.org`, `course:MATH101`, `course:id=5`, `system`."""
    if not isinstance(ref, ContextRef):
        return ref.value if ref.by in ("username", "word", "shortname") else f"{ref.by}={ref.value}"
    if not ref.level.facts.keys:
        return str(ref.level)
    key = "" if ref.by == ref.level.facts.keys[0] else f"{ref.by}="
    return f"{ref.level}:{key}{ref.value}"
