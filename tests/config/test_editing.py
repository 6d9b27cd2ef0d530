"""Changes to a configuration file that a person wrote: only what is asked for changes."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from batchroles.config import make_default, remove_profile, rename_profile, set_key, unset_key
from batchroles.errors import InputError

WRITTEN = """\
# mine
default-site = "a" # the usual one

# the campus
[site.a]
url = "https://a.example.edu" # moved soon
workers = 2   # few

[site.a.roles]
Tutor = 9

[site.b]
url = "https://b.example.edu"
"""


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        (lambda path: set_key(path, ["site", "a", "workers"], 5), "workers = 2 ", "workers = 5 "),
        (
            lambda path: set_key(path, ["site", "b", "scope"], ["role=student", "site"]),
            'b.example.edu"\n',
            'b.example.edu"\nscope = ["role=student", "site"]\n',
        ),
        (
            lambda path: set_key(path, ["columns", "Kurs Nr."], "course"),
            'b.example.edu"\n',
            'b.example.edu"\n\n[columns]\n"Kurs Nr." = "course"\n',
        ),
        (
            lambda path: set_key(path, ["site", "a", "columns", "Kurs"], "course"),
            "[site.b]",
            '[site.a.columns]\nKurs = "course"\n\n[site.b]',
        ),
        (lambda path: unset_key(path, ["site", "a", "workers"]), "workers = 2   # few\n", ""),
        (lambda path: make_default(path, "b"), 'default-site = "a"', 'default-site = "b"'),
        (lambda path: remove_profile(path, "b"), '[site.b]\nurl = "https://b.example.edu"\n', ""),
        (lambda path: rename_profile(path, "b", "c"), "[site.b]", "[site.c]"),
    ],
)
def test_one_thing_changes_and_the_rest_stays(
    tmp_path: Path, change: Callable[[Path], None], old: str, new: str
) -> None:
    """A change leaves comments, blanks and order, and a file that its owner alone can read."""
    path = tmp_path / "config.toml"
    path.write_text(WRITTEN, encoding="utf-8")
    path.chmod(0o600)
    change(path)
    assert path.read_text("utf-8") == WRITTEN.replace(old, new)
    assert os.name != "posix" or path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["config.toml"]


def test_the_default_profile_under_another_name_stays_the_default(tmp_path: Path) -> None:
    """A renamed profile takes its tables along, and default-site where it is that."""
    path = tmp_path / "config.toml"
    path.write_text(WRITTEN, encoding="utf-8")
    path.chmod(0o600)
    rename_profile(path, "a", "campus")
    renamed = WRITTEN.replace("[site.a", "[site.campus").replace(
        'default-site = "a"', 'default-site = "campus"'
    )
    assert path.read_text("utf-8") == renamed


def test_without_a_default_one_becomes_it(tmp_path: Path) -> None:
    """A removed default profile leaves none, and the next one stands in front of everything else."""
    path = tmp_path / "config.toml"
    path.write_text(WRITTEN, encoding="utf-8")
    path.chmod(0o600)
    remove_profile(path, "a")
    assert "default-site" not in path.read_text("utf-8")
    make_default(path, "b")
    assert path.read_text("utf-8").startswith('default-site = "b"\n\n# mine\n')


@pytest.mark.parametrize(
    ("before", "change", "sentence"),
    [
        (WRITTEN, lambda path: rename_profile(path, "a", "b"), "There is a [site.b] in FILE already: choose another"),
        (WRITTEN, lambda path: rename_profile(path, "a", "b c"), "The profile's name 'b c': use letters, digits,"),
        (WRITTEN, lambda path: rename_profile(path, "x", "c"), "There is no [site.x] in FILE; the profiles there are"),
        (WRITTEN, lambda path: make_default(path, "x"), "There is no [site.x] in FILE; the profiles there are: a, b."),
        (WRITTEN, lambda path: set_key(path, ["default-site"], "x"), "FILE: default-site is 'x', and there is no such"),
        ("site = {a = {}}\n", lambda path: rename_profile(path, "a", "b"), "FILE is written in a way that cannot be"),
        ("roles = 3\n", lambda path: set_key(path, ["roles", "Tutor"], "9"), "FILE: roles is no table: write [roles]"),
        ("[", lambda path: set_key(path, ["roles", "Tutor"], "9"), "FILE is not TOML: "),
    ],
)  # fmt: skip
def test_what_cannot_be_changed_stays(
    tmp_path: Path, before: str, change: Callable[[Path], None], sentence: str
) -> None:
    """What would not be sound afterwards is refused with the place, and the file is as it was."""
    path = tmp_path / "config.toml"
    path.write_text(before, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(InputError) as refused:
        change(path)
    assert str(refused.value).startswith(sentence.replace("FILE", str(path)))
    assert path.read_text("utf-8") == before
