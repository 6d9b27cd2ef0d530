"""Put what the examples print today, and the flags as they are, into the pages: `python -m tests.docs.rewrite`.

Read the difference afterwards.
"""

import re
import tempfile
from pathlib import Path

import pytest

from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from tests.docs import settings_tables
from tests.docs.pages import PAGES, Block, Page
from tests.docs.terminal import PROMPT, SHOWN_SITE, Reader, examples, same

_PORT = re.compile(r"http://127\.0\.0\.1:\d+")


def main() -> None:
    """Rewrite the tables of flags, and the console blocks whose output has changed; one that still holds stays."""
    _write(settings_tables.SETTINGS, settings_tables.up_to_date())
    with serve() as practice:
        for page in PAGES:
            content = page.text()
            for block, now in _typed(practice, page):
                content = content.replace(f"```console\n{block.text}```", f"```console\n{now}```", 1)
            _write(page, content)


def _write(page: Page, content: str) -> None:
    page.path.write_text(content, encoding="utf-8", newline="\n")


def _typed(practice: Practice, page: Page) -> list[tuple[Block, str]]:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
        inside = Path(folder) / "reader"
        inside.mkdir()
        reader = Reader(inside, practice, monkeypatch)
        answers = [(block, "".join(_answers(reader, block))) for block in page.blocks("console")]
        monkeypatch.undo()
        return answers


def _answers(reader: Reader, block: Block) -> list[str]:
    parts = []
    for example in examples(block.text):
        printed = reader.types(example.command)
        kept = example.printed if same(printed, example.printed) else printed
        kept = _PORT.sub(SHOWN_SITE, kept)
        parts.append(f"{PROMPT}{example.command}\n{kept}")
    return parts


if __name__ == "__main__":
    main()
