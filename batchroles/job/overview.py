"""What a plan would do, by change, role and context, in the file's own words."""

from collections.abc import Mapping

import pandas as pd

from batchroles.models import ContextRef, Level, Plan, RoleRef, Status, UserRef, Wanted
from batchroles.models.changes import CHANGES

ROLE = "role"
"""What roles are known as: the first half of a key, as a context level is of places."""
KEYS = ["change", "roleid", "level", "instanceid"]


def overview(
    plan: Plan, wanted: Wanted | None, known_as: Mapping[tuple[str, int], str] | None = None
) -> pd.DataFrame:
    """Count the open lines of a plan by change, role and context; those that are withheld, too.

    What takes something away comes first, then the most rows. Columns: change, gives (bool), role, context, rows,
    withheld (bool). Roles are named as `known_as` does, else as `wanted` does in the first of the rows, places the
    other way round, else by their ids.
    """
    kept = plan.lines.ended_as(Status.WITHHELD)
    some = plan.lines.is_open | kept
    lines = plan.lines.only(some).frame().assign(withheld=kept[some])
    groups = lines.groupby([*KEYS, "withheld"], observed=True, sort=False)
    counts = groups.size().reset_index(name="rows")
    first = groups.head(1)
    names = Names(wanted, first["row"], known_as)
    keys = zip(first["row"], first["part"], first["roleid"], first["level"], first["instanceid"], strict=True)
    named = [
        (names.role(row, part, role), names.context(row, part, level, instance))
        for row, part, role, level, instance in keys
    ]
    counts["role"] = [role for role, _ in named]
    counts["context"] = [context for _, context in named]
    counts["gives"] = [CHANGES[str(word)].gives for word in counts["change"]]
    ordered = counts.sort_values(["gives", "rows"], ascending=[True, False], kind="stable", ignore_index=True)
    return ordered[["change", "gives", "role", "context", "rows", "withheld"]]


def named(plan: Plan, wanted: Wanted | None) -> list[tuple[str, str]]:
    """Name a plan's lines for people: where each comes from, and what was done (`assign student in course A1`)."""
    lines = plan.lines.frame()
    names = Names(wanted, lines["row"])
    columns = [lines[name].tolist() for name in ("row", "part", "change", "roleid", "level", "instanceid")]
    return [
        (
            plan.place(line),
            " ".join(
                word
                for word in (
                    change,
                    names.role(row, part, role),
                    "in",
                    names.context(row, part, level, instance),
                )
                if word
            ),
        )
        for line, (row, part, change, role, level, instance) in enumerate(zip(*columns, strict=True))
    ]


class Names:
    """How a file names the users, roles and contexts of the lines of some of its rows."""

    def __init__(
        self,
        wanted: Wanted | None,
        rows: "pd.Series[int]",
        known_as: Mapping[tuple[str, int], str] | None = None,
    ) -> None:
        self._known_as = known_as or {}
        lines = wanted.lines[wanted.lines["row"].isin(rows)] if wanted else None
        self._users = _references(lines, "user")
        self._roles = _references(lines, "role")
        self._contexts = _references(lines, "context")

    def user(self, row: int, part: str, userid: int) -> str:
        """Name a line's user; by id where the file does, or the line has no row."""
        ref = self._users.get((row, part))
        return ref.value if isinstance(ref, UserRef) and ref.by != "id" else f"the user with the id {userid}"

    def role(self, row: int, part: str, roleid: int) -> str:
        """Name a line's role as the site does, as far as that is known: rows have many words for one role."""
        ref = self._roles.get((row, part))
        if ref is None and not roleid:
            return ""
        named = ref.value if isinstance(ref, RoleRef) and ref.by != "id" else f"role {roleid}"
        return self._known_as.get((ROLE, roleid), named)

    def context(self, row: int, part: str, level: str, instance: int) -> str:
        """Name a line's place likewise."""
        ref = self._contexts.get((row, part))
        facts = Level(level).facts
        if not facts.keys:
            return facts.place
        if isinstance(ref, ContextRef) and ref.value:
            return f"{level} {ref.value}" if ref.by != "id" else f"{level} with the id {ref.value}"
        return self._known_as.get((level, instance), f"{level} with the id {instance}")


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
