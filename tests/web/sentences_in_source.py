"""Every piece of prose in the rooms whose sentences reach the page, found in their source."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.docs.pages import ROOT

PACKAGE = ROOT / "batchroles"

ROOMS = (
    "loader",
    "validator",
    "client",
    "job",
    "sender",
    "runs",
    "sources",
    "directory",
    "models",
    "reporter",
)
FILES = ("errors.py", "web/errands.py", "web/proposals.py", "web/work.py")

NOT_SHOWN = {
    "job/sync": "a sync has no page",
    "job/census": "an export, and a review of it, have none either",
    "runs/ledger": "only a sync has one",
    "runs/forgetting.py": "batchroles runs --forget has no page",
    "sources/query.py": "no queries on a page that takes files",
    "sources/stdin.py": "no pipe either",
    "sources/web.py": "and no addresses",
    "client/functions.py": "what an administrator is told by the doctor",
    "client/masking.py": "how tokens are spelt",
    "client/decoding.py": "how PHP spells its notices",
    "client/shapes.py": "what Moodle's answer lacks, for whoever repairs Moodle; it stands in brackets in a sentence",
    "client/form.py": "what a call is made of",
    "client/wire.py": "names of types",
    "directory/wanted.py": "what an administrator is told to make",
    "loader/frame.py": "a DataFrame comes from Python",
    "loader/workbook/trial.py": "a script",
    "loader/workbook/number_formats.py": "patterns",
    "loader/layouts/describe.py": "how the command line tells a row",
    "loader/layouts/marks.py": "what a cell may hold",
    "loader/layouts/totals.py": "what a row may begin with",
    "loader/layouts/retyped.py": "what a spreadsheet program makes of a text",
    "reporter/workbook.py": "a sheet of the workbook",
    "reporter/workbook_sheets.py": "a sheet of the workbook",
    "reporter/sheet_xml.py": "XML",
    "reporter/summary.py": "the command line's last words",
    "reporter/terminal.py": "the command line's last words",
    "reporter/tally.py": "a defect",
    "job/preview.py": "what the command line asks",
    "models/levels.py": "words of the table of levels, which stand in sentences",
    "reporter/results.py": "the command line's last words",
}
"""Files whose prose never reaches the page, and why."""

NO_SENTENCES = {
    "batchroles \0": "a thread's name",
    "field limit": "what Python says of a CSV file",
    "unable to open": "what SQLite says",
    "unexpected end": "what Python says of a CSV file",
    "expected after": "what Python says of a CSV file",
    "unknown (raw) format key": "what xlrd says",
    "Failed to parse headers": "what urllib3 says",
    "Failed to resolve": "what urllib3 says",
    "Failed to establish": "what urllib3 says",
    "timed out": "what urllib3 says",
    "gzip, deflate": "a header of HTTP",
    "Mon, 20 Aug 1969": "a header of HTTP",
    "no more is said": "of a web server's error page",
    "Google Sheets": "a name",
    "<c xmlns=": "XML",
    "shortname or id": "a word of the code",
    "Course creator": "a role's name in Moodle",
    "Non-editing teacher": "a role's name in Moodle",
    "Authenticated user": "a role's name in Moodle",
    " (shown as ": "beside a role's short name",
    "Moodle(": "a repr",
    "id, function, lines": "columns of a table",
    "id, call, lines": "columns of a table",
    "without an address": "of a site's identity",
    "becomes ": "a change, which the page names by its own texts",
    "is no longer ": "a change",
    "is enrolled in ": "a change",
    "is unenrolled from ": "a change",
    "is suspended in ": "a change",
    "is let into ": "a change",
    ": write a number of rows (10) or a share": "a flag",
    "the last run, ": "how a command line names runs",
    "which run is the last ": "how a command line names runs",
    "the run's name is empty": "how a command line names runs",
    "there is no run in ": "how a command line names runs",
    "no run is called ": "how a command line names runs",
    " runs are called ": "how a command line names runs",
}
"""Beginnings of strings that look like prose, and what they are."""

_NO_PROSE = re.compile(
    r"\b(INSERT|SELECT|UPDATE|DELETE|PRAGMA|CREATE)\b|\(\?[:P=!]|\\[sd]|%[BYdHM3]|\]\[|\|\w+\|"
)
_PROSE = re.compile(r"[a-z,;:.] \S|\S [a-z]")
_SILENT = ("AssertionError", "AttributeError", "compile", "TypeVar", "cast")
_SLOT = "\0"
_FORMATTED = re.compile(r"\{\w+\}")
"""What `str.format` fills."""


@dataclass(frozen=True)
class Prose:
    """A string of the source; what is put into it is left out."""

    where: str
    pieces: tuple[str, ...]


@cache
def prose() -> list[Prose]:
    """Give all prose of the rooms."""
    paths = [path for room in ROOMS for path in sorted((PACKAGE / room).rglob("*.py"))]
    return [found for path in [*paths, *(PACKAGE / name for name in FILES)] for found in _in_file(path)]


def _in_file(path: Path) -> Iterator[Prose]:
    name = path.relative_to(PACKAGE).as_posix()
    if name.startswith(tuple(NOT_SHOWN)):
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    aside = _aside(tree)
    for node in ast.walk(tree):
        text = None if id(node) in aside else _text(node)
        if text and _PROSE.search(text) and not _NO_PROSE.search(text):
            pieces = tuple(piece for piece in text.split(_SLOT) if re.search("[a-z]{2}", piece))
            if pieces and not any(one.startswith(tuple(NO_SENTENCES)) for one in (text, pieces[0])):
                yield Prose(f"{name}:{getattr(node, 'lineno', 0)}", pieces)


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.JoinedStr):
        text = "".join(str(part.value) if isinstance(part, ast.Constant) else _SLOT for part in node.values)
        return _FORMATTED.sub(_SLOT, text)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _FORMATTED.sub(_SLOT, node.value)
    return None


def _aside(tree: ast.Module) -> set[int]:
    """Give the nodes that are no prose: docstrings, types, parts of other strings, what a defect says."""
    aside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            aside.add(id(node.value))
        elif isinstance(node, ast.JoinedStr):
            aside |= {id(part) for part in node.values if isinstance(part, ast.Constant)}
            aside |= {
                id(one)
                for part in node.values
                if isinstance(part, ast.FormattedValue) and part.format_spec
                for one in ast.walk(part.format_spec)
            }
        elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in _SILENT:
            aside |= {id(one) for one in ast.walk(node)}
        for types in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(types, ast.AST):
                aside |= {id(one) for one in ast.walk(types)}
    return aside
