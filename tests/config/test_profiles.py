"""The configuration file: what is read from it, and what is refused."""

import os
from pathlib import Path

import pytest

from batchroles.config import Profile, config_file, read_configuration
from batchroles.errors import InputError

posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")

WHOLE = """
default-site = "campus"

[roles]
Lecturer = "editingteacher"
Tutor = 9

[site.campus]
url = "https://moodle.example.edu"
token = "secret"
chunk-size = 100
role = ["a", "b"]

[site.campus.roles]
Tutor = "teacher"

[site.practice]
url = "http://127.0.0.1:8000"
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name a configuration file, which is not there yet."""
    path = tmp_path / "config.toml"
    monkeypatch.setenv("BATCHROLES_CONFIG", str(path))
    return path


def write(file: Path, text: str, mode: int = 0o600) -> None:
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)


def test_profiles_and_roles_are_read(file: Path) -> None:
    """A profile has its site's settings, and the words of its own roles before those for every site."""
    write(file, WHOLE)
    read = read_configuration()
    assert (read.default, list(read.profiles), read.nothing().roles) == (
        "campus",
        ["campus", "practice"],
        {"Lecturer": "editingteacher", "Tutor": "9"},
    )
    assert read.profile("campus") == Profile(
        "campus",
        file,
        {"url": "https://moodle.example.edu", "chunk-size": 100, "role": ["a", "b"]},
        {"Lecturer": "editingteacher", "Tutor": "teacher"},
        "secret",
    )


def test_the_token_is_in_no_repr(file: Path) -> None:
    """What is read can be printed without giving the token away."""
    write(file, WHOLE)
    assert "secret" not in repr(read_configuration())


def test_no_file_is_an_empty_configuration(file: Path) -> None:
    """Without a file there are no profiles and no words for roles."""
    read = read_configuration()
    assert (read.path, dict(read.profiles), dict(read.roles), read.default) == (file, {}, {}, None)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            '[site.a]\nurl = "https://x"\ntoken = abc\n',
            "{file} is not TOML: Invalid value (at line 3, column 9).",
        ),
        (
            'url = "https://x"\n',
            "{file}: unknown key url; write default-site, [roles], [columns], or settings below [site.NAME].",
        ),
        (
            "[site]\na = 3\n",
            "{file}: site.a is no table: write [site.a] on a line of its own, its settings below.",
        ),
        ("roles = 3\n", "{file}: roles is no table: write [roles] on a line of its own, its settings below."),
        ("[roles]\nTutor = true\n", "{file}: Tutor in [roles] is True: write a role's short name or its id."),
        (
            "[site.a.roles]\nTutor = ''\n",
            "{file}: Tutor in [site.a.roles] is '': write a role's short name or its id.",
        ),
        ("[site.a]\ntoken = 3\n", "{file}: token in [site.a] is not text: write it in quotes."),
        (
            'default-site = "b"\n[site.a]\n',
            "{file}: default-site is 'b', and there is no such profile; there are: a.",
        ),
    ],
)
def test_what_cannot_be_is_refused(file: Path, text: str, sentence: str) -> None:
    """A file that says what cannot be is refused with the place, the value and what to write."""
    write(file, text)
    with pytest.raises(InputError) as caught:
        read_configuration()
    assert str(caught.value) == sentence.format(file=file)


def test_an_unknown_profile_names_the_known_ones(file: Path) -> None:
    """A name that is no profile's is answered with those that are."""
    write(file, WHOLE)
    with pytest.raises(InputError) as caught:
        read_configuration().profile("campsu")
    assert (
        str(caught.value) == f"There is no [site.campsu] in {file}; the profiles there are: campus, practice."
    )


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_refused_when_others_can_read_it(file: Path, mode: int) -> None:
    """A file that group or others can get at is refused, with the command that mends it."""
    write(file, WHOLE, mode)
    with pytest.raises(InputError) as caught:
        read_configuration()
    assert str(caught.value) == (
        f"{file} may hold a token, and others on this machine can read it: chmod 600 {file}."
    )


def test_without_a_variable_it_is_in_the_users_own_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is config.toml in the folder that the system has for a user's settings."""
    monkeypatch.delenv("BATCHROLES_CONFIG", raising=False)
    assert config_file().parts[-2:] == ("batchroles", "config.toml")
