"""The schedules in samples/schedules: their form, as far as tools can tell, and the commands that they run."""

import os
import re
import shlex
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from batchroles.cli.main import batchroles
from tests.docs.pages import ROOT

FOLDER = ROOT / "samples" / "schedules"
TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
EVERYTHING = os.environ.get("BATCHROLES_NOTHING_SKIPPED")
PROGRAM = "/opt/batchroles/bin/batchroles"


def text_of(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def tool(name: str) -> str:
    """Give a tool's path, or skip the test; where all tests are to run it has to be there."""
    path = shutil.which(name)
    if path is None:
        (pytest.fail if EVERYTHING else pytest.skip)(f"{name} is not installed")
    return path


def cron_lines() -> Iterator[tuple[list[str], str]]:
    """Yield the five fields and the command of every line that has them."""
    for line in text_of("crontab").splitlines():
        if line.strip() and not re.match(r"\s*#|[A-Z_]+=", line):
            *fields, command = line.split(maxsplit=5)
            yield fields, command


def unit(name: str) -> dict[str, list[str]]:
    """Give the settings of a unit by their names."""
    found: dict[str, list[str]] = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", text_of(name), re.MULTILINE):
        found.setdefault(key, []).append(value)
    return found


def task() -> ET.Element:
    return ET.fromstring(text_of("windows-task.xml"))  # noqa: S314 - a file of ours


def documents() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(text_of("kubernetes-cronjob.yaml")))


def container() -> dict[str, Any]:
    pod = documents()[1]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return pod["containers"][0]  # type: ignore[no-any-return] # as the file has it


def command_lines() -> dict[str, list[str]]:
    """Give the words for batchroles of every schedule."""
    found = {
        f"crontab {number}": shlex.split(command.partition(PROGRAM)[2].split(" > ")[0])
        for number, (_, command) in enumerate(cron_lines())
    }
    found["systemd"] = shlex.split(unit("batchroles.service")["ExecStart"][0])[1:]
    arguments = task().findtext(f".//{TASK}Arguments") or ""
    found["windows"] = shlex.split(arguments, posix=False)
    found["kubernetes"] = container()["args"]
    return found


@pytest.mark.parametrize(("name", "words"), command_lines().items(), ids=command_lines())
def test_every_command_is_one_that_there_is(
    name: str, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each schedule runs a command with flags and values that it takes."""
    profile = tmp_path / "config.toml"
    profile.write_text('[site.campus]\nurl = "https://moodle.example.edu"\n', encoding="utf-8")
    profile.chmod(0o600)
    monkeypatch.setenv("BATCHROLES_CONFIG", str(profile))
    ctx = click.Context(batchroles, info_name="batchroles")
    command = batchroles.get_command(ctx, words[0])
    assert command is not None, name
    parsed = command.make_context(words[0], words[1:], parent=ctx)
    assert parsed.args == []


def test_crontab() -> None:
    """Every line has five fields that cron takes and a command without a bare percent sign, which ends it for cron."""
    lines = list(cron_lines())
    assert len(lines) == 3
    for fields, command in lines:
        for field, most in zip(fields, (59, 23, 31, 12, 7), strict=True):
            assert field == "*" or 0 <= int(field) <= most
        assert not re.search(r"(?<!\\)%", command)
        subprocess.run([tool("sh"), "-n", "-c", command], check=True)
    assert "flock" in lines[0][1]


def test_the_lines_of_the_crontab_are_sound_shell(tmp_path: Path) -> None:
    """The tool shellcheck finds nothing in the commands of the crontab."""
    script = tmp_path / "job.sh"
    script.write_text("".join(f"{command}\n" for _, command in cron_lines()), encoding="utf-8")
    found = subprocess.run(
        # 2164: where cd fails, && keeps the rest from running.
        [tool("shellcheck"), "--shell=sh", "--exclude=SC2164", script],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stdout) == (0, "")


def test_systemd(tmp_path: Path) -> None:
    """Systemd finds nothing wrong with service and timer; token and state are for this user alone."""
    for name in ("batchroles.service", "batchroles.timer"):
        # The program is installed nowhere here.
        (tmp_path / name).write_text(
            text_of(name).replace(PROGRAM, shutil.which("true") or ""), encoding="utf-8"
        )
    verified = subprocess.run(
        [tool("systemd-analyze"), "verify", "--man=no", *tmp_path.glob("batchroles.*")],
        capture_output=True,
        text=True,
        check=False,
    )
    # Of units of the machine's own it may say something, too.
    found = [line for line in verified.stderr.splitlines() if "batchroles" in line]
    assert (verified.returncode, found) == (0, [])
    service = unit("batchroles.service")
    assert service["StateDirectoryMode"] == ["0700"]
    assert "moodle-token:/etc/batchroles/token" in service["LoadCredential"]


def test_windows_task() -> None:
    """The task has the parts that Task Scheduler's schema wants, in the values that it knows."""
    root = task()
    assert root.tag == f"{TASK}Task"
    assert root.get("version") == "1.2"
    assert {child.tag.removeprefix(TASK) for child in root} <= {
        "RegistrationInfo",
        "Triggers",
        "Settings",
        "Data",
        "Principals",
        "Actions",
    }
    trigger = root.find(f"{TASK}Triggers/{TASK}CalendarTrigger")
    assert trigger is not None
    # The only part of the schema in which the order counts.
    assert [child.tag.removeprefix(TASK) for child in trigger] == [
        "Enabled",
        "StartBoundary",
        "ScheduleByDay",
    ]
    principal, actions = root.find(f".//{TASK}Principal"), root.find(f"{TASK}Actions")
    assert principal is not None
    assert actions is not None
    assert actions.get("Context") == principal.get("id")
    assert root.findtext(f".//{TASK}LogonType") in (
        "Password",
        "S4U",
        "InteractiveToken",
        "Group",
        "ServiceAccount",
    )
    assert root.findtext(f".//{TASK}RunLevel") in ("LeastPrivilege", "HighestAvailable")
    assert root.findtext(f".//{TASK}MultipleInstancesPolicy") in (
        "Parallel",
        "Queue",
        "IgnoreNew",
        "StopExisting",
    )
    assert re.fullmatch(r"P(\d+D)?(T(\d+H)?(\d+M)?)?", root.findtext(f".//{TASK}ExecutionTimeLimit") or "")


def test_kubernetes() -> None:
    """The CronJob has what its kind wants, never runs twice at once, and holds no secret itself."""
    claim, job = documents()
    assert (claim["kind"], job["kind"], job["apiVersion"]) == ("PersistentVolumeClaim", "CronJob", "batch/v1")
    assert job["spec"]["concurrencyPolicy"] == "Forbid"
    assert len(job["spec"]["schedule"].split()) == 5
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["restartPolicy"] == "Never"
    mounted = {mount["name"] for mount in container()["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod["volumes"]}
    values = {one["name"]: one.get("value") for one in container()["env"]}
    assert (values["MOODLE_TOKEN"], values["BATCHROLES_PING_URL"]) == (None, None)


def test_the_containerfile() -> None:
    """It begins with an image, copies what is there, runs as nobody's user, and calls the program without a shell."""
    lines = [
        line.split(maxsplit=1) for line in text_of("Containerfile").splitlines() if line and line[0] != "#"
    ]
    steps = [step for step, _ in lines]
    assert steps[0] == "FROM"
    assert set(steps) <= {"FROM", "COPY", "RUN", "ENV", "WORKDIR", "USER", "ENTRYPOINT"}
    copied = [name for step, words in lines if step == "COPY" for name in words.split()[:-1]]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    said = dict(lines)
    assert int(said["USER"].split(":")[0]) > 0
    assert said["ENTRYPOINT"] == '["batchroles"]'
    security = documents()[1]["spec"]["jobTemplate"]["spec"]["template"]["spec"]["securityContext"]
    assert str(security["runAsUser"]) == said["USER"].split(":")[0]
