"""Site files: what is wrong is refused with its place inside the file."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from batchroles.sandbox import default_site, make_site
from batchroles.sandbox.checks import BadSiteFile, check_site, read_site_file
from tests.sandbox.replay import read_site

SITE = make_site(users=10, courses=5, categories=2)
Raw = dict[str, Any]


def put(*path: Any) -> Callable[[Raw], None]:
    """Give the change that puts a value (the last of `path`) at a place in a site file."""

    def change(raw: Raw) -> None:
        *parts, last, value = path
        inner: Any = raw
        for part in parts:
            inner = inner[part]
        inner[last] = value

    return change


def drop(*path: Any) -> Callable[[Raw], None]:
    """Give the change that removes what is at a place in a site file."""

    def change(raw: Raw) -> None:
        *parts, last = path
        inner: Any = raw
        for part in parts:
            inner = inner[part]
        del inner[last]

    return change


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (put("courses", 3, "categoryid", 99), "courses[3].categoryid: no category 99"),
        (put("courses", 3, "categoryid", "2"), 'courses[3].categoryid: must be a whole number, not "2"'),
        (
            put("courses", 3, "shortname", "practice"),
            "courses[3].shortname: practice is already that of courses[0]",
        ),
        (put("courses", 3, "colour", "red"), "courses[3].colour: there is no such field"),
        (drop("courses", 3, "shortname"), "courses[3].shortname: is missing"),
        (put("courses", 3, "C1"), "courses[3]: must be an object"),
        (put("courses", {}), "courses: must be a list"),
        (put("users", 4, "id", 3), "users[4].id: 3 is already that of users[2]"),
        (put("users", 4, "username", None), "users[4].username: must be a text, not null"),
        (put("users", 4, "suspended", True), "users[4].suspended: must be a whole number, not true"),
        (put("categories", 1, "parent", 7), "categories[1].parent: no category 7"),
        (put("tokens", 0, "userid", 4711), "tokens[0].userid: no user 4711"),
        (put("tokens", 0, "service", "mobile"), "tokens[0].service: no service mobile"),
        (put("tokens", []), "tokens: at least one is needed"),
        (put("role_assignments", 0, "roleid", 77), "role_assignments[0].roleid: no role 77"),
        (put("role_assignments", 0, "contextid", 98765), "role_assignments[0].contextid: no context 98765"),
        (put("user_enrolments", 0, "enrolid", 500), "user_enrolments[0].enrolid: no enrolment instance 500"),
        (put("modules", 0, "course", 500), "modules[0].course: no course 500"),
        (put("roles", 2, "contextlevels", 50), "roles[2].contextlevels: must be a list, not 50"),
        (drop("settings", "php"), "settings.php: is missing"),
        (drop("settings", "moodle", "debug"), "settings.moodle.debug: is missing"),
        (
            put("courses", 2, "contextpath", "/1/999/20"),
            "courses[2].contextpath: /1/999/20 does not lead to context 23",
        ),
        (
            lambda raw: raw["role_assignments"].append({**raw["role_assignments"][0], "id": 9999}),
            f"role_assignments[{len(SITE['role_assignments'])}]: says the same as role_assignments[0]",
        ),
        (drop("site"), "site: must be an object"),
        (put("course", []), "course: there is no such part of a site file"),
    ],
)
def test_wrong_site_files(change: Callable[[Raw], None], sentence: str) -> None:
    """A wrong field, a dangling id and a duplicate are refused with the path inside the file."""
    raw = deepcopy(SITE)
    change(raw)
    with pytest.raises(BadSiteFile) as caught:
        check_site(raw)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("raw", [SITE, default_site(), read_site()], ids=["made", "packaged", "recorded"])
def test_sound_site_files(raw: Raw) -> None:
    """Generated sites and the recorded one pass."""
    check_site(raw)


def test_site_file_is_read(tmp_path: Path) -> None:
    """A site file gives back the site it was written from."""
    path = tmp_path / "site.json"
    path.write_text(json.dumps(SITE), encoding="utf-8")
    assert read_site_file(path) == SITE


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "{path} cannot be read: No such file or directory"),
        (
            "{",
            "{path} is no JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
        ("[]", "{path}: a site file is one JSON object"),
        ("{}", "{path}: site: must be an object"),
    ],
)
def test_unreadable_site_files(tmp_path: Path, content: str | None, sentence: str) -> None:
    """What is no site file at all is refused in one sentence with the file's name."""
    path = tmp_path / "site.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(BadSiteFile) as caught:
        read_site_file(path)
    assert str(caught.value) == sentence.format(path=path)
