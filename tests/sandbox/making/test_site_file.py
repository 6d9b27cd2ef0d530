"""Site files: what is wrong is refused with its place inside the file."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from batchroles.sandbox import default_site, make_site, serve
from batchroles.sandbox.making.field_types import BadSiteFile
from batchroles.sandbox.making.site_file import check_site, read_site_file
from tests.sandbox.replay import read_site

SITE = make_site(users=10, courses=5, categories=2)
Raw = dict[str, Any]

STANDARD = "role_capabilities_standard_roles_selected"
BLOCK = {"id": 1, "blockname": "html", "parentcontextid": 1, "pagetypepattern": "*", "contextid": 9000}
REPORT = {"name": "x", "source": "core_user\\reportbuilder\\datasource\\users"}
LEVEL_LIST = "a list of context levels (10, 30, 40, 50, 70, 80)"
NUMBER = "a whole number in quotes"
NUMBERS = "whole numbers with commas between, in quotes"
SIZE = 'a size in quotes, such as "8M"'


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
        (put("roles", 2, "contextlevels", 50), f"roles[2].contextlevels: must be {LEVEL_LIST}, not 50"),
        (
            put("roles", 2, "contextlevels", [50, 51]),
            f"roles[2].contextlevels: must be {LEVEL_LIST}, not [50, 51]",
        ),
        (drop("settings", "php"), "settings.php: is missing"),
        (drop("settings", "moodle", "debug"), "settings.moodle.debug: is missing"),
        (
            put("courses", 2, "contextpath", "/1/999/20"),
            "courses[2].contextpath: must be /1/17/18/23, not /1/999/20",
        ),
        (put("categories", 1, "path", "/2"), "categories[1].path: must be /1/2, not /2"),
        (put("categories", 1, "parent", 2), "categories[1].contextpath: must be /1/17/18/18, not /1/17/18"),
        (put("categories", 1, "contextid", 1), "categories[1].contextid: 1 is already that of the system"),
        (put("courses", 2, "contextid", 6), "courses[2].contextid: 6 is already that of users[3]"),
        (
            lambda raw: raw["blocks"].append({**BLOCK, "contextid": 1}),
            "blocks[0].contextid: 1 is already that of the system",
        ),
        (
            lambda raw: raw["blocks"].append({**BLOCK, "parentcontextid": 9000}),
            "blocks[0].parentcontextid: no context that holds blocks 9000",
        ),
        (put("sections", 0, "sequence", "a,b"), f'sections[0].sequence: must be {NUMBERS}, not "a,b"'),
        (put("modules", 0, "section", 999), "modules[0].section: no section 999"),
        (put("enrol_instances", 0, "roleid", 77), "enrol_instances[0].roleid: no role 77"),
        (put("tokens", 0, "contextid", 9000), "tokens[0].contextid: no context 9000"),
        (put("services", 0, "users", 1, 3), "services[0].users[1]: must be an object"),
        (put("services", 0, "users", 1, "userid", 99), "services[0].users[1].userid: no user 99"),
        (put("services", 0, "functions", [1]), "services[0].functions: must be a list of texts, not [1]"),
        (put("reports", {}), "reports: must be a list"),
        (put("reports", [{"name": "x"}]), "reports[0].source: is missing"),
        (put("reports", [{**REPORT, "colour": 1}]), "reports[0].colour: there is no such field"),
        (put("reports", [REPORT, {**REPORT, "id": 1}]), "reports[1].id: 1 is already that of another report"),
        (put("reports", [{**REPORT, "usercreated": 99}]), "reports[0].usercreated: no user 99"),
        (put("reports", [{**REPORT, "columns": ["user:email"]}]), "reports[0].columns[0]: must be an object"),
        (
            put("reports", [{**REPORT, "userfilters": [{"userid": 99, "filterdata": {}}]}]),
            "reports[0].userfilters[0].userid: no user 99",
        ),
        (
            put(
                "reports", [{**REPORT, "columns": [{"uniqueidentifier": "user:email", "aggregation": "max"}]}]
            ),
            "reports[0].columns[0].aggregation: there is only groupconcat, not max",
        ),
        (
            put("role_allow_assign", "x", []),
            'role_allow_assign, the name x: must be a whole number in quotes, not "x"',
        ),
        (put("role_allow_assign", "99", []), "role_allow_assign: no role 99"),
        (put("role_allow_assign", "1", 3, 99), "role_allow_assign.1[3]: no role 99"),
        (put("role_allow_assign", "1", 4), "role_allow_assign.1: must be a list of whole numbers, not 4"),
        (put(STANDARD, "99", {}), f"{STANDARD}: no role 99"),
        (put(STANDARD, "3", []), f"{STANDARD}.3: must be an object, not []"),
        (
            put(STANDARD, "3", "moodle/role:assign", "yes"),
            f'{STANDARD}.3.moodle/role:assign: must be a whole number, not "yes"',
        ),
        (put("site", "siteid", 99), "site.siteid: no course 99"),
        (put("site", "guest_userid", 99), "site.guest_userid: no user 99"),
        (put("site", "admin_userids", [2, 99]), "site.admin_userids[1]: no user 99"),
        (put("site", "defaultuserroleid", 99), "site.defaultuserroleid: no role 99"),
        (put("site", "passwords", {}), "site.passwords.every other user (manual accounts): is missing"),
        (put("settings", "moodle", "debug", "abc"), f'settings.moodle.debug: must be {NUMBER}, not "abc"'),
        (put("settings", "moodle", "debug", None), f"settings.moodle.debug: must be {NUMBER}, not null"),
        (put("settings", "moodle", "lang", 1), "settings.moodle.lang: must be a text, not 1"),
        (
            put("settings", "moodle", "coursecontact", "x"),
            f'settings.moodle.coursecontact: must be {NUMBERS}, not "x"',
        ),
        (
            put("settings", "php", "max_input_vars", "abc"),
            'settings.php.max_input_vars: must be a whole number, not "abc"',
        ),
        (
            put("settings", "php", "post_max_size", "big"),
            f'settings.php.post_max_size: must be {SIZE}, not "big"',
        ),
        (put("settings", "server", {"max_body": 5}), f"settings.server.max_body: must be {SIZE}, not 5"),
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


def test_served_sites_are_checked() -> None:
    """A site that is given as a dict is checked before it is served."""
    with pytest.raises(BadSiteFile, match=r"^site: must be an object$"), serve({}):
        pass


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


@pytest.mark.parametrize(
    ("part", "value", "sentence"),
    [
        (
            "source",
            "core\\nosuch",
            "reports[0].source: no source core\\nosuch; there are core_user\\reportbuilder\\",
        ),
        (
            "columns",
            [{"uniqueidentifier": "user:nick"}],
            "reports[0].columns[0].uniqueidentifier: no column user:nick",
        ),
        ("filters", ["user:id"], "reports[0].filters[0]: no filter user:id; there are user:fullname, "),
        ("conditions", ["id"], "reports[0].conditions[0]: no filter id; there are user:fullname, "),
    ],
)
def test_reports_of_what_is_not_there_are_refused_with_what_there_is(
    part: str, value: Any, sentence: str
) -> None:
    """An unknown source, column or filter is refused, and those that exist are named."""
    with pytest.raises(BadSiteFile) as raised:
        check_site({**SITE, "reports": [{**REPORT, part: value}]})
    assert str(raised.value).startswith(sentence)
