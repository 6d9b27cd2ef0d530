"""The README as data: its headings, fenced blocks and tables."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#{1,4}) (.+)$", re.MULTILINE)
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Block:
    """A fenced block, and where it stands."""

    language: str
    text: str
    section: str
    """The title of the `##` section."""
    line: int
    """Of the fence, from 1."""


@dataclass(frozen=True)
class Heading:
    """A heading and the text below it, up to the next one of its level or above."""

    level: int
    title: str
    text: str


def text() -> str:
    """Give the README."""
    return README.read_text(encoding="utf-8")


def without_fences(content: str) -> str:
    """Blank fenced blocks out; every other line stays where it is."""
    return _FENCED.sub(lambda found: "\n" * found[0].count("\n"), content)


def headings() -> list[Heading]:
    """Give every heading with its text."""
    content = text()
    bare = without_fences(content)
    starts = [(match.start(), len(match[1]), match[2]) for match in _HEADING.finditer(bare)]
    # Blanking changes offsets, so sections are cut by lines.
    lines, places = content.splitlines(), [bare[:start].count("\n") for start, _, _ in starts]
    found = []
    for at, (_, level, title) in enumerate(starts):
        later = (places[n] for n in range(at + 1, len(starts)) if starts[n][1] <= level)
        end = next(later, len(lines))
        found.append(Heading(level, title, "\n".join(lines[places[at] + 1 : end]) + "\n"))
    return found


def section(title: str) -> str:
    """Give the text of the section of that title, its subsections too."""
    return next(heading.text for heading in headings() if heading.title == title)


def blocks(language: str) -> list[Block]:
    """Give the fenced blocks of a language, in their order."""
    content = text()
    found = []
    for match in _FENCED.finditer(content):
        before = without_fences(content[: match.start()])
        titles = re.findall(r"^## (.+)$", before, re.MULTILINE)
        line = content[: match.start()].count("\n") + 1
        if match[1] == language:
            found.append(Block(language, match[2], titles[-1] if titles else "", line))
    return found


def table(title: str, first_header: str) -> list[dict[str, str]]:
    """Give the rows of a table of a section by their headers; the table is the one whose first header is named."""
    lines = section(title).splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(f"| {first_header} |"))
    names = _cells(lines[start])
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append(dict(zip(names, _cells(line), strict=True)))
    return rows


def code(cell: str) -> list[str]:
    """Give what stands in backticks."""
    return _CODE.findall(cell)


def firsts(title: str, first_header: str) -> list[str]:
    """Give the first thing in backticks of every row of a table."""
    return [code(row[first_header])[0] for row in table(title, first_header)]


def everything(title: str, header: str, column: str | None = None) -> list[str]:
    """Give all that stands in backticks in one column of a table, the first one unless another is named."""
    return [word for row in table(title, header) for word in code(row[column or header])]


def _cells(line: str) -> list[str]:
    parts = re.split(r"(?<!\\)\|", line.strip().strip("|"))
    return [part.strip().replace("\\|", "|") for part in parts]
