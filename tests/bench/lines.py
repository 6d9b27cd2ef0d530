"""What a benchmark says: one line for each thing that was measured against a target."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Line:
    """One measurement."""

    what: str
    measured: str
    target: str
    met: bool
    figures: Mapping[str, Any] = field(default_factory=dict)
    """The numbers behind the sentence, for `bench.json`."""

    @property
    def verdict(self) -> str:
        """`met` or `missed`."""
        return "met" if self.met else "missed"


def table(lines: list[Line]) -> str:
    """Write lines as a table in Markdown, which is readable in a terminal too."""
    rows = [["what", "measured", "target", "verdict"]]
    rows += [[line.what, line.measured, line.target, line.verdict] for line in lines]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, ["-" * width for width in widths])
    return "\n".join("| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows)
