"""Shell completion: the commands, their flags and the profiles, in bash, zsh and fish."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from batchroles.cli.commands import COMMANDS

PROGRAM = Path(sys.executable).parent / ("batchroles.exe" if os.name == "nt" else "batchroles")


def completed(folder: Path, shell: str, words: str, *, last: str = "") -> list[str]:
    """Ask the program for completions as the shell's own script does."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "BATCHROLES_CONFIG": str(folder / "config.toml"),
        "_BATCHROLES_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": words if shell == "fish" else f"{words} {last}".rstrip() if last else words,
        "COMP_CWORD": last if shell == "fish" else str(len(words.split())),
    }
    done = subprocess.run([str(PROGRAM)], env=env, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.split("\n")


def words_in(lines: list[str], shell: str) -> list[str]:
    """Give the words offered: bash has `kind,word`, fish `kind,word<tab>help`, zsh three lines for each."""
    if shell == "zsh":
        return lines[1::3]
    return [line.split(",", 1)[1].split("\t")[0] for line in lines if "," in line]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_commands(tmp_path: Path, shell: str) -> None:
    """Every command is offered."""
    assert sorted(words_in(completed(tmp_path, shell, "batchroles"), shell)) == sorted(COMMANDS)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_flags(tmp_path: Path, shell: str) -> None:
    """A command's flags are offered once one is begun."""
    lines = completed(tmp_path, shell, "batchroles assign", last="--ch")
    assert sorted(words_in(lines, shell)) == ["--check-existing", "--chunk-size"]


def test_choices_and_profiles(tmp_path: Path) -> None:
    """The values of a flag are offered, and the names of the profiles."""
    (tmp_path / "config.toml").write_text("[site.campus]\n[site.practice]\n", encoding="utf-8")
    (tmp_path / "config.toml").chmod(0o600)
    assert words_in(completed(tmp_path, "bash", "batchroles setup --for"), "bash") == [
        "check",
        "assign",
        "unassign",
        "enrol",
        "unenrol",
    ]
    assert words_in(completed(tmp_path, "bash", "batchroles roles --site"), "bash") == ["campus", "practice"]


def test_a_broken_file_offers_nothing(tmp_path: Path) -> None:
    """A configuration file that cannot be read does not disturb the shell."""
    (tmp_path / "config.toml").write_text("[", encoding="utf-8")
    (tmp_path / "config.toml").chmod(0o600)
    assert words_in(completed(tmp_path, "bash", "batchroles roles --site"), "bash") == []


@pytest.mark.parametrize(
    ("shell", "sign"),
    [("bash", "complete -o"), ("zsh", "#compdef batchroles"), ("fish", "complete --no-files")],
)
def test_the_script_to_source(tmp_path: Path, shell: str, sign: str) -> None:
    """The program prints the script that the shell sources."""
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "_BATCHROLES_COMPLETE": f"{shell}_source"}
    done = subprocess.run([str(PROGRAM)], env=env, capture_output=True, text=True, check=False)
    assert sign in done.stdout


def test_words_behind_config(tmp_path: Path) -> None:
    """Behind `config` its words are offered, and behind one of them what that takes."""
    (tmp_path / "config.toml").write_text("[site.campus]\n[site.practice]\n", encoding="utf-8")
    (tmp_path / "config.toml").chmod(0o600)
    offered = words_in(completed(tmp_path, "bash", "batchroles config"), "bash")
    assert offered == ["list", "get", "set", "unset", "default", "rename", "remove"]
    completed(
        tmp_path, "bash", "batchroles config zzz"
    )  # which is none, and no reason to complain while typing
    assert words_in(completed(tmp_path, "bash", "batchroles config remove"), "bash") == ["campus", "practice"]
