"""What a plan would do, by change, role and context, in the file's own words."""

import pandas as pd

from batchroles.models import ContextRef, Level, Plan, RoleRef, Wanted

KEYS = ["change", "roleid", "level", "instanceid"]


def overview(plan: Plan, wanted: Wanted | None) -> pd.DataFrame:
    """Count the open lines of a plan by change, role and context, most rows first.

    Columns: change, role, context, rows. Roles and contexts are named as `wanted` names them, else by their ids.
    """
    groups = plan.lines.only(plan.lines.is_open).frame().groupby(KEYS, observed=True, sort=False)
    counts = groups.size().reset_index(name="rows")
    first = groups.head(1)
    names = _Names(wanted, first["row"])
    keys = zip(first["row"], first["part"], first["roleid"], first["level"], first["instanceid"], strict=True)
    named = [
        (names.role(row, part, role), names.context(row, part, level, instance))
        for row, part, role, level, instance in keys
    ]
    counts["role"] = [role for role, _ in named]
    counts["context"] = [context for _, context in named]
    ordered = counts.sort_values("rows", ascending=False, kind="stable", ignore_index=True)
    return ordered[["change", "role", "context", "rows"]]


def named(plan: Plan, wanted: Wanted | None) -> list[tuple[str, str]]:
    """Name a plan's lines for people: where each comes from, and what was done (`assign student in course A1`)."""
    lines = plan.lines.frame()
    names = _Names(wanted, lines["row"])
    columns = [lines[name].tolist() for name in ("row", "part", "change", "roleid", "level", "instanceid")]
    return [
        (
            plan.place(line),
            f"{change} {names.role(row, part, role)} in {names.context(row, part, level, instance)}",
        )
        for line, (row, part, change, role, level, instance) in enumerate(zip(*columns, strict=True))
    ]


class _Names:
    """How a file names the roles and contexts of the lines of some of its rows."""

    def __init__(self, wanted: Wanted | None, rows: "pd.Series[int]") -> None:
        lines = wanted.lines[wanted.lines["row"].isin(rows)] if wanted else None
        self._roles = _references(lines, "role")
        self._contexts = _references(lines, "context")

    def role(self, row: int, part: str, roleid: int) -> str:
        ref = self._roles.get((row, part))
        return ref.value if isinstance(ref, RoleRef) and ref.by != "id" else f"role {roleid}"

    def context(self, row: int, part: str, level: str, instance: int) -> str:
        ref = self._contexts.get((row, part))
        facts = Level(level).facts
        if not facts.keys:
            return facts.place
        if isinstance(ref, ContextRef) and ref.value:
            return f"{level} {ref.value}" if ref.by != "id" else f"{level} with the id {ref.value}"
        return f"{level} with the id {instance}"


def _references(lines: pd.DataFrame | None, kind: str) -> dict[tuple[int, str], object]:
    """Give the first reference of a kind that each line has, by row and part."""
    found: dict[tuple[int, str], object] = {}
    if lines is None:
        return found
    # The last column first: what stands in an earlier one takes its place.
    for name in reversed([name for name in lines.columns if str(name).startswith(f"{kind}_")]):
        some = lines[lines[name].notna()]
        found |= zip(zip(some["row"], some["part"], strict=True), some[name], strict=True)
    return found
