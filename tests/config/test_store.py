"""Profiles are added to a file that a person may have written."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from batchroles.config import new_profile
from batchroles.errors import InputError

NEW = {"url": "https://x.example.edu", "token": 'se"cret'}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "",
            'default-site = "x"\n\n[site.x]\nurl = "https://x.example.edu"\ntoken = "se\\"cret"\n',
        ),
        (
            '# mine\ndefault-site = "a"\n\n[site.a]\nworkers = 2 # few\n',
            '# mine\ndefault-site = "a"\n\n[site.a]\nworkers = 2 # few\n'
            '\n[site.x]\nurl = "https://x.example.edu"\ntoken = "se\\"cret"\n',
        ),
        (
            'default-site = "x"\n[site.x]\nurl = "https://old"\n# slow site\nworkers = 2\ntoken = "old"\n'
            "[site.x.roles]\nTutor = 9\n",
            'default-site = "x"\n[site.x]\nurl = "https://x.example.edu"\n# slow site\nworkers = 2\n'
            'token = "se\\"cret"\n[site.x.roles]\nTutor = 9\n',
        ),
        (
            'site.x.url="https://old" # moved soon\nsite.a.workers = 2\n',
            'default-site = "x"\n\nsite.x.url="https://x.example.edu" # moved soon\n'
            'site.x.token = "se\\"cret"\nsite.a.workers = 2\n',
        ),
        (
            "site = {x = {workers = 2}}\n",
            'default-site = "x"\n\n'
            'site = {x = {workers = 2,url = "https://x.example.edu",token = "se\\"cret"}}\n',
        ),
        (
            "[site.a]\nworkers = 2\n\n[roles]\nTutor = 9\n",
            'default-site = "x"\n\n[site.a]\nworkers = 2\n\n'
            '[site.x]\nurl = "https://x.example.edu"\ntoken = "se\\"cret"\n\n[roles]\nTutor = 9\n',
        ),
        (
            "[roles]\nTutor = 9\n",
            'default-site = "x"\n\n[roles]\nTutor = 9\n'
            '\n[site.x]\nurl = "https://x.example.edu"\ntoken = "se\\"cret"\n',
        ),
    ],
)
def test_a_profile_is_added_and_the_rest_stays(tmp_path: Path, before: str, after: str) -> None:
    """A profile takes the place of the one of its name; comments, other settings and other profiles stay."""
    path = tmp_path / "config.toml"
    if before:
        path.write_text(before, encoding="utf-8")
        path.chmod(0o600)
    new_profile(path, "x", NEW)
    assert path.read_text("utf-8") == after
    assert os.name != "posix" or path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["config.toml"]


def test_a_token_that_moves_to_the_keyring_leaves_the_file(tmp_path: Path) -> None:
    """A profile that is kept without a token has none afterwards, whatever it had before."""
    path = tmp_path / "config.toml"
    new_profile(path, "x", NEW)
    new_profile(path, "x", {"url": "https://x.example.edu"})
    assert path.read_text("utf-8") == 'default-site = "x"\n\n[site.x]\nurl = "https://x.example.edu"\n'


@pytest.mark.parametrize(
    ("before", "name", "sentence"),
    [
        ("", "my site", "The profile's name 'my site': use letters, digits, - and _ only."),
        (
            "[site.x\n",
            "x",
            "{path} is written in a way that cannot be changed safely: edit [site.x] by hand.",
        ),
        (
            "site = 5\n",
            "x",
            "{path} is written in a way that cannot be changed safely: edit [site.x] by hand.",
        ),
    ],
)
def test_what_cannot_be_changed_safely_stays(tmp_path: Path, before: str, name: str, sentence: str) -> None:
    """A file in which the profile cannot be put without harm is left as it is."""
    path = tmp_path / "config.toml"
    before = before.format()
    path.write_text(before, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(InputError) as caught:
        new_profile(path, name, NEW)
    assert (str(caught.value), path.read_text("utf-8")) == (sentence.format(path=path), before)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """A file that cannot be written is named with the reason, and nothing half-written is left."""
    (tmp_path / "taken").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match=r"config\.toml cannot be written"):
        new_profile(tmp_path / "taken" / "config.toml", "x", NEW)


@pytest.mark.skipif(os.name != "posix", reason="Windows lets few people make links")
@pytest.mark.parametrize("there", [True, False])
def test_a_symbolic_link_stays_one(tmp_path: Path, there: bool) -> None:
    """Where the file is a link to one that is kept elsewhere, that one is changed, and made if it is not there yet."""
    kept, link = tmp_path / "dotfiles" / "batchroles.toml", tmp_path / "config.toml"
    kept.parent.mkdir()
    link.symlink_to(kept)
    if there:
        kept.write_text("# mine\n", encoding="utf-8")
        kept.chmod(0o600)
    new_profile(link, "campus", {"url": "https://moodle.example.edu"})
    assert link.is_symlink()
    assert "[site.campus]" in kept.read_text("utf-8")
    assert ("# mine" in kept.read_text("utf-8")) is there
    assert kept.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(shutil.which("strace") is None, reason="watching what is on disk needs strace")
def test_a_power_cut_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    """What is written is on disk before it takes the place of the old file."""
    program = "import sys, pathlib, batchroles.config as c; c.new_profile(pathlib.Path(sys.argv[1]), 'x', {})"
    watched = [
        "strace",
        "-f",
        "-y",
        "-e",
        "trace=fsync,rename,renameat,renameat2",
        "-o",
        str(tmp_path / "log"),
    ]
    done = subprocess.run(
        [*watched, sys.executable, "-c", program, str(tmp_path / "config.toml")],
        capture_output=True,
        text=True,
        check=False,
    )
    if "ptrace" in done.stderr and not (tmp_path / "log").exists():
        pytest.skip("processes may not be watched here")
    events = (tmp_path / "log").read_text(errors="replace").splitlines()
    told = [event.split("(")[0].split()[-1] for event in events if "/.config.toml." in event]
    assert (done.returncode, [word[:6] for word in told]) == (0, ["fsync", "rename"])
