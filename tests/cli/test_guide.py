"""`batchroles guide`: the guides as they are installed."""

import os
from pathlib import Path

import pytest

from batchroles import guide as guides
from batchroles.cli.advice import complete_name
from tests.cli.running import Ended, Shell

FOLDER = Path(guides.__file__).parent


def test_every_guide_is_listed_with_what_is_in_it(shell: Shell) -> None:
    """Without a name every guide is listed, one a line, with the sentence below its title."""
    ended = shell.run("guide")
    listed = dict(line.split(maxsplit=1) for line in ended.out.splitlines())
    assert (ended.code, ended.err) == (0, "")
    assert sorted(listed) == sorted(path.stem for path in FOLDER.glob("*.md") if "." not in path.stem)
    for name, said in listed.items():
        lines = (FOLDER / f"{name}.md").read_text(encoding="utf-8").splitlines()
        assert (lines[0][:2], lines[2:4]) == ("# ", [said, ""]), name


@pytest.mark.parametrize("name", guides.NAMES)
def test_a_guide_is_shown_as_it_stands(shell: Shell, name: str) -> None:
    """Where stdout is no terminal, a guide is printed as plain Markdown, whole."""
    assert shell.run("guide", name) == Ended(0, (FOLDER / f"{name}.md").read_text(encoding="utf-8"), "")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("regstrar", "; did you mean registrar?"),
        ("admin", "; did you mean administrator?"),
        ("Sync", "; did you mean sync?"),
        ("practice", "; did you mean practice-site?"),
        ("../../secrets", "."),
    ],
)
def test_a_wrong_name_is_answered_with_the_nearest(shell: Shell, name: str, meant: str) -> None:
    """A name that is none gets one sentence with the nearest guide, where one is near, and with all of them."""
    every = ", ".join(guides.NAMES)
    said = f'batchroles: There is no guide called "{name}"{meant} The guides: {every}.\n'
    assert shell.run("guide", name) == Ended(2, "", said)


def test_the_shell_completes_names() -> None:
    """Shell completion offers the guides that begin so."""
    import click

    from batchroles.cli.advice import guide

    ctx = click.Context(guide)
    assert complete_name(ctx, guide.params[0], "s") == ["sync", "settings"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
def test_on_a_terminal_a_guide_goes_through_the_pager(tmp_path: Path) -> None:
    """A person at a terminal gets a guide through the pager of their choice; a list is short and is just printed."""
    from tests.cli.test_terminal import talk

    pager = tmp_path / "pager"
    pager.write_text("#!/bin/sh\necho PAGED\nexec head -1\n", encoding="utf-8")
    pager.chmod(0o700)
    environment = {**os.environ, "HOME": str(tmp_path), "PAGER": str(pager), "TERM": "xterm"}
    assert talk(tmp_path, ["guide", "sync"], environment, b"") == (0, "PAGED\r\n# For a scheduled sync\r\n")
    code, said = talk(tmp_path, ["guide"], environment, b"")
    assert (code, "PAGED" in said, len(said.splitlines())) == (0, False, len(guides.NAMES))
