"""The documentation as data: the README, the guides, CONTRIBUTING and the changelog with their headings and tables."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#{1,4}) (.+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(((?!https?:)[^)]+)\)")
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Block:
    """A fenced block, and where it stands."""

    language: str
    text: str
    line: int
    """Of the fence, from 1."""


@dataclass(frozen=True)
class Heading:
    """A heading and the text below it, up to the next one of its level or above."""

    level: int
    title: str
    text: str

    @property
    def anchor(self) -> str:
        """The address that it has on a page."""
        return re.sub(r"[^\w\- ]", "", self.title.lower()).replace(" ", "-")


@dataclass(frozen=True)
class Page:
    """One file of the documentation."""

    path: Path

    def __str__(self) -> str:
        """Give its place in the project."""
        return self.path.relative_to(ROOT).as_posix()

    def text(self) -> str:
        """Give what stands in it."""
        return self.path.read_text(encoding="utf-8")

    def headings(self) -> list[Heading]:
        """Give every heading with its text."""
        content = self.text()
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

    def section(self, title: str) -> str:
        """Give the text of the section of that title, its subsections too."""
        return next(heading.text for heading in self.headings() if heading.title == title)

    def blocks(self, language: str) -> list[Block]:
        """Give the fenced blocks of a language, in their order."""
        content = self.text()
        return [
            Block(language, match[2], content[: match.start()].count("\n") + 1)
            for match in _FENCED.finditer(content)
            if match[1] == language
        ]

    def links(self) -> list[str]:
        """Give where the links to other pages, to pictures and to headings lead, as they are written."""
        return _LINK.findall(without_fences(self.text()))

    def table(self, first_header: str, title: str | None = None) -> list[dict[str, str]]:
        """Give the rows of a table by their headers: the first one with that header, in a section if one is named."""
        lines = (self.text() if title is None else self.section(title)).splitlines()
        start = next(n for n, line in enumerate(lines) if line.startswith(f"| {first_header} |"))
        names = _cells(lines[start])
        rows = []
        for line in lines[start + 2 :]:
            if not line.startswith("|"):
                break
            rows.append(dict(zip(names, _cells(line), strict=True)))
        return rows

    def firsts(self, first_header: str, title: str | None = None) -> list[str]:
        """Give the first thing in backticks of every row of a table."""
        return [code(row[first_header])[0] for row in self.table(first_header, title)]

    def everything(self, first_header: str, title: str | None = None) -> list[str]:
        """Give all that stands in backticks in the first column of a table."""
        return [word for row in self.table(first_header, title) for word in code(row[first_header])]


README = Page(ROOT / "README.md")
CONTRIBUTING = Page(ROOT / ".github" / "CONTRIBUTING.md")
CHANGELOG = Page(ROOT / ".github" / "CHANGELOG.md")
_EVERY = [Page(path) for path in sorted((ROOT / "batchroles" / "guide").glob("*.md"))]
GUIDES = {page.path.stem: page for page in _EVERY if "." not in page.path.stem}
TRANSLATED = [page for page in _EVERY if page not in GUIDES.values()]
PAGES = [README, *GUIDES.values(), *TRANSLATED, CONTRIBUTING, CHANGELOG]


def without_fences(content: str) -> str:
    """Blank fenced blocks out; every other line stays where it is."""
    return _FENCED.sub(lambda found: "\n" * found[0].count("\n"), content)


def everywhere() -> str:
    """Give what stands in all pages."""
    return "\n".join(page.text() for page in PAGES)


def code(cell: str) -> list[str]:
    """Give what stands in backticks."""
    return _CODE.findall(cell)


def _cells(line: str) -> list[str]:
    parts = re.split(r"(?<!\\)\|", line.strip().strip("|"))
    return [part.strip().replace("\\|", "|") for part in parts]
