"""`batchroles setup --fill-reports`: where its token comes from, and what it prints."""

import re
from pathlib import Path

import pytest

from batchroles.directory.wanted import USERS
from batchroles.sandbox import serve
from tests.cli.running import Shell
from tests.doctor.made_reports import ADMIN, BOT, columns, empty, site, wanted


@pytest.mark.parametrize("way", ["variable", "file", "stdin"])
def test_the_command(shell: Shell, tmp_path: Path, way: str) -> None:
    """The token comes from a variable, a file or a line of stdin, and is not shown."""
    env, words, stdin = {}, ["setup", "--fill-reports"], ""
    if way == "variable":
        env["BATCHROLES_ADMIN_TOKEN"] = ADMIN
    elif way == "file":
        (tmp_path / "token").write_text(ADMIN)
        (tmp_path / "token").chmod(0o600)
        words += ["--admin-token-file", str(tmp_path / "token")]
    else:
        stdin = f"{ADMIN}\n"
    with serve(site(empty(USERS))) as practice:
        # The token of every day is another's, and is not used.
        ended = shell.run(*words, "--url", practice.url, env={"MOODLE_TOKEN": BOT, **env}, stdin=stdin)
        assert columns(practice, 1) == wanted(USERS)
    assert ended.code == 1
    assert re.match(
        r"batchroles users: added the columns .*; sorts by Username; shows 49 rows\.\n", ended.out
    )
    assert "   By hand: The site lists no report" in ended.out
    assert ADMIN not in ended.out + ended.err
