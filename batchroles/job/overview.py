"""What a plan would do, by action, role and context, in the file's own words."""

import numpy as np
import pandas as pd

from batchroles.models import ContextRef, Level, Plan, RoleRef, Wanted
from batchroles.models.plan import codes

KEYS = ["action", "roleid", "level", "instanceid"]


def overview(plan: Plan, wanted: Wanted | None) -> pd.DataFrame:
    """Count the open lines of a plan by action, role and context, most rows first.

    Columns: action, role, context, rows. Roles and contexts are named as `wanted` names them, else by their ids.
    """
    open_lines = plan.lines[plan.lines["status"].isna()]
    groups = open_lines.groupby(KEYS, observed=True, sort=False)
    counts = groups.size().reset_index(name="rows")
    first = groups.head(1)
    names = _Names(wanted)
    keys = zip(first["row"], first["part"], first["roleid"], first["level"], first["instanceid"], strict=True)
    named = [
        (names.role(row, part, role), names.context(row, part, level, instance))
        for row, part, role, level, instance in keys
    ]
    counts["role"] = [role for role, _ in named]
    counts["context"] = [context for _, context in named]
    ordered = counts.sort_values("rows", ascending=False, kind="stable", ignore_index=True)
    return ordered[["action", "role", "context", "rows"]]


class _Names:
    """How a file names the roles and contexts of its lines."""

    def __init__(self, wanted: Wanted | None) -> None:
        self._lines = wanted.lines if wanted else None

    def role(self, row: int, part: str, roleid: int) -> str:
        ref = self._ref("role", row, part)
        return ref.value if isinstance(ref, RoleRef) and ref.by != "id" else f"role {roleid}"

    def context(self, row: int, part: str, level: str, instance: int) -> str:
        ref = self._ref("context", row, part)
        if level == Level.SYSTEM:
            return "the whole site"
        if isinstance(ref, ContextRef) and ref.value:
            return f"{level} {ref.value}" if ref.by != "id" else f"{level} with the id {ref.value}"
        return f"{level} with the id {instance}"

    def _ref(self, kind: str, row: int, part: str) -> object:
        """Give the first reference of a kind that a line has."""
        if self._lines is None:
            return None
        start, stop = np.searchsorted(self._lines["row"].to_numpy(), [row, row + 1])
        for line in range(start, stop):
            if self._lines["part"].iat[line] == part:
                return next(iter(self._refs(kind, line)), None)
        return None

    def _refs(self, kind: str, line: int) -> list[object]:
        if self._lines is None:
            return []
        columns = [self._lines[name] for name in self._lines.columns if str(name).startswith(f"{kind}_")]
        return [column.cat.categories[code] for column in columns if (code := codes(column)[line]) >= 0]
