"""Every example of every page, typed as it stands there."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from tests.docs.pages import PAGES, Block, Page
from tests.docs.terminal import Reader, examples, normalised, same

WITH_EXAMPLES = [page for page in PAGES if page.blocks("console")]
SHOWN = ("registrar", "administrator", "sync", "migration", "files", "settings", "practice-site")
IN_PYTHON = [(page, block) for page in PAGES for block in page.blocks("python")]


@pytest.fixture(scope="module")
def practice() -> Iterator[Practice]:
    with serve() as site:
        yield site


@pytest.fixture
def reader(practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    folder = tmp_path / "reader"
    folder.mkdir()
    return Reader(folder, practice, monkeypatch)


@pytest.mark.skipif(os.name == "nt", reason="the examples are typed into a POSIX shell")
@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=str)
def test_the_console_examples_of_a_page_print_what_is_printed_there(reader: Reader, page: Page) -> None:
    """Typed one after the other, the commands of a page print what stands below each of them."""
    for block in page.blocks("console"):
        for example in examples(block.text):
            printed = reader.types(example.command)
            if not same(printed, example.printed):
                place = f"{page}, block at line {block.line}: $ {example.command}\n"
                assert place + normalised(printed) == place + normalised(example.printed)


@pytest.mark.parametrize(("page", "example"), IN_PYTHON, ids=str)
def test_the_python_examples_print_what_is_printed_there(
    reader: Reader, capsys: pytest.CaptureFixture[str], page: Page, example: Block
) -> None:
    """A Python example runs as it stands, and prints the block of text that follows it."""
    output = next(block for block in page.blocks("text") if block.line > example.line)
    exec(compile(example.text, f"{page}:{example.line}", "exec"), {"__name__": "__main__"})  # noqa: S102 - our own
    assert reader.exit_code == 0
    assert normalised(capsys.readouterr().out) == normalised(output.text)


def test_examples_are_found_where_they_are() -> None:
    """Pages for people who type commands have examples, so that no page is passed over unseen."""
    assert {str(page) for page in WITH_EXAMPLES} >= {
        "README.md",
        *(f"batchroles/guide/{name}.md" for name in SHOWN),
    }
    assert [str(page) for page, _ in IN_PYTHON] == ["batchroles/guide/library.md"] * 2


def test_the_comparison_sees_a_changed_figure() -> None:
    """An output that differs in more than times, ports and names of runs is not the same."""
    expected = "4 done, 1 failed of 5\n…\n  failed  batchroles-runs/20300901-060000-roster/failed.csv\n"
    printed = "4 done, 1 failed of 5\n  a\n  b\n  failed  batchroles-runs/20310101-101010-roster/failed.csv\n"
    assert same(printed, expected)
    assert not same(printed.replace("4 done", "5 done"), expected)
    assert not same(printed + "more\n", expected)
