"""The samples for running the page for an office: their form, as far as tools can tell, and their commands."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from batchroles.cli.main import batchroles
from tests.docs.pages import ROOT
from tests.samples.test_schedules import PROGRAM, tool

FOLDER = ROOT / "samples" / "office"
UNIT = (FOLDER / "batchroles-web.service").read_text(encoding="utf-8")
CONTAINER = [
    line.split(maxsplit=1)
    for line in (FOLDER / "Containerfile").read_text(encoding="utf-8").splitlines()
    if line and line[0] != "#"
]


def command_lines() -> dict[str, list[str]]:
    """Give the words for batchroles of each sample."""
    started = re.search(r"^ExecStart=(.*)$", UNIT, re.MULTILINE)
    assert started is not None
    entry = [word.strip('"[], ') for word in dict(CONTAINER)["ENTRYPOINT"].split('", "')]
    comment = (FOLDER / "Containerfile").read_text(encoding="utf-8")
    more = re.search(r"batchroles-web (--behind-proxy .*)$", comment, re.MULTILINE)
    assert more is not None
    return {"systemd": shlex.split(started[1])[1:], "container": [*entry[1:], *shlex.split(more[1])]}


@pytest.mark.parametrize("name", command_lines())
def test_every_command_is_one_that_there_is(name: str) -> None:
    """Each sample serves an office behind a proxy, with flags and values that the command takes."""
    words = command_lines()[name]
    ctx = click.Context(batchroles, info_name="batchroles")
    command = batchroles.get_command(ctx, words[0])
    assert command is not None
    parsed = command.make_context(words[0], words[1:], parent=ctx)
    assert parsed.args == []
    assert (parsed.params["sign_in"], parsed.params["no_browser"], parsed.params["port"]) == (
        True,
        True,
        8080,
    )
    assert parsed.params["public_address"].startswith("https://")
    assert parsed.params["behind_proxy"]


def test_systemd(tmp_path: Path) -> None:
    """Systemd finds nothing wrong with the service; what people gave is for this user alone."""
    unit = tmp_path / "batchroles-web.service"
    # The program is installed nowhere here.
    unit.write_text(UNIT.replace(PROGRAM, shutil.which("true") or ""), encoding="utf-8")
    verified = subprocess.run(
        [tool("systemd-analyze"), "verify", "--man=no", unit], capture_output=True, text=True, check=False
    )
    found = [line for line in verified.stderr.splitlines() if "batchroles" in line]
    assert (verified.returncode, found) == (0, [])
    assert "\nStateDirectoryMode=0700\n" in UNIT
    assert "\nUMask=0077\n" in UNIT


def test_the_containerfile() -> None:
    """It begins with an image, copies what is there, and runs as nobody's user."""
    steps = [step for step, _ in CONTAINER]
    assert steps[0] == "FROM"
    assert set(steps) <= {"FROM", "COPY", "RUN", "ENV", "WORKDIR", "USER", "ENTRYPOINT"}
    copied = [name for step, words in CONTAINER if step == "COPY" for name in words.split()[:-1]]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert int(dict(CONTAINER)["USER"].split(":")[0]) > 0


def test_the_proxy_says_what_the_page_wants() -> None:
    """The proxy sets host, scheme and the client's address itself, and takes more than the page does."""
    text = (FOLDER / "batchroles-web.nginx").read_text(encoding="utf-8")
    said = dict(re.findall(r"proxy_set_header (\S+)\s+(\S+);", text))
    assert said == {
        "Host": "$host",
        "X-Forwarded-Host": "$host",
        "X-Forwarded-Proto": "$scheme",
        "X-Forwarded-For": "$remote_addr",
    }
    assert "proxy_pass http://127.0.0.1:8080;" in text
    limit = re.search(r"client_max_body_size (\d+)m;", text)
    assert limit is not None
    assert int(limit[1]) > 25
