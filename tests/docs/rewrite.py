"""Put what the examples print today into the README: `python -m tests.docs.rewrite`. Read the difference afterwards."""

import re
import tempfile
from itertools import groupby
from pathlib import Path

import pytest

from batchroles.sandbox import serve
from batchroles.sandbox.practice import Practice
from tests.docs.readme import README, Block, blocks
from tests.docs.terminal import PROMPT, SHOWN_SITE, Reader, examples, same

_PORT = re.compile(r"http://127\.0\.0\.1:\d+")


def main() -> None:
    """Rewrite the console blocks whose output has changed; a block that still holds is left as it is."""
    content = README.read_text(encoding="utf-8")
    with serve() as practice:
        for _, some in groupby(blocks("console"), key=lambda block: block.section):
            for block, now in _section(practice, list(some)):
                content = content.replace(f"```console\n{block.text}```", f"```console\n{now}```", 1)
    README.write_text(content, encoding="utf-8", newline="\n")


def _section(practice: Practice, some: list[Block]) -> list[tuple[Block, str]]:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
        inside = Path(folder) / "reader"
        inside.mkdir()
        reader = Reader(inside, practice, monkeypatch)
        answers = [(block, "".join(_typed(reader, block))) for block in some]
        monkeypatch.undo()
        return answers


def _typed(reader: Reader, block: Block) -> list[str]:
    parts = []
    for example in examples(block.text):
        printed = reader.types(example.command)
        kept = example.printed if same(printed, example.printed) else printed
        kept = _PORT.sub(SHOWN_SITE, kept)
        parts.append(f"{PROMPT}{example.command}\n{kept}")
    return parts


if __name__ == "__main__":
    main()
