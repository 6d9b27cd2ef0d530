"""`batchroles doctor` and `batchroles setup`: what they print and how they end."""

import json

import pytest

from batchroles.doctor import setting_up
from batchroles.sandbox import serve
from tests.cli.running import Ended, Shell
from tests.sandbox.replay import read_site


@pytest.mark.parametrize(
    ("state", "code"),
    [("default", 0), ("bot-moodle/user:viewdetails", 1), ("rest-disabled", 4), ("bot-moodle/role:assign", 4)],
)
def test_the_exit_code(shell: Shell, state: str, code: int) -> None:
    """0 where nothing failed, 1 where part of it will not work, 4 where the site refuses."""
    with serve(read_site(), state=state) as practice:
        ended = shell.run("doctor", env={"MOODLE_URL": practice.url, "MOODLE_TOKEN": practice.token})
    assert (ended.code, ended.err) == (code, "")


def test_json(shell: Shell) -> None:
    """--json prints every finding with its grade, its sentence, and the page and the click that mend it."""
    with serve(read_site(), state="webservices-disabled") as practice:
        env = {"MOODLE_URL": practice.url, "MOODLE_TOKEN": practice.token}
        ended = shell.run("doctor", "--json", env=env)
    page = f"Advanced features: {practice.url}/admin/settings.php?section=optionalsubsystems"
    address = f"{practice.url} answers over plain http."
    click = "Tick Enable web services and click Save changes."
    assert json.loads(ended.out) == {
        "site": practice.url,
        "exit_code": 4,
        "error": "Web services are off.",
        "code": "site-refused",
        "retryable": False,
        "findings": [
            {"step": "address", "grade": "ok", "sentence": address, "page": "", "click": ""},
            {
                "step": "web services",
                "grade": "failed",
                "sentence": "Web services are off.",
                "page": page,
                "click": click,
            },
        ],
    }


def test_roles_of_the_profile_are_tried(shell: Shell) -> None:
    """The doctor knows the words of the [roles] tables, as the other commands do."""
    with serve(read_site()) as practice:
        shell.configure(
            f'[roles]\nHelper = 5\n[site.a]\nurl = "{practice.url}"\ntoken = "{practice.token}"\n'
        )
        ended = shell.run("doctor", "--site", "a")
    assert "Helper = 5" in ended.out


@pytest.mark.parametrize("task", ["check", "assign", "unassign"])
def test_setup_prints_the_steps(shell: Shell, task: str) -> None:
    """Setup prints the steps for the site that is named, and asks it nothing."""
    ended = shell.run("setup", "--for", task, "--url", "https://moodle.example.edu/")
    assert ended == Ended(0, setting_up("https://moodle.example.edu", task) + "\n", "")


def test_setup_takes_the_address_of_the_profile(shell: Shell) -> None:
    """A profile's address serves for the steps, too."""
    shell.configure('[site.a]\nurl = "https://moodle.example.edu"\n')
    assert shell.run("setup", "--site", "a").out == setting_up("https://moodle.example.edu", "assign") + "\n"


@pytest.mark.parametrize("command", ["setup", "doctor", "roles"])
def test_no_site_says_how_to_name_one(shell: Shell, command: str) -> None:
    """Without an address the ways to give one are named."""
    assert shell.run(command) == Ended(
        2,
        "",
        "batchroles: No site: batchroles login makes a profile of one; or set MOODLE_URL to its address (for"
        " practice: batchroles sandbox prints one), or use --url.\n",
    )
