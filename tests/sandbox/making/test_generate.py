"""Generated sites: their sizes, that they come again the same, and those made from a roster."""

from pathlib import Path
from typing import Any

import pytest
import requests

from batchroles.client import Moodle
from batchroles.client.functions import ASSIGN
from batchroles.errors import CallRefused
from batchroles.sandbox import default_site, make_site, serve
from batchroles.sandbox.making.roster import LAST_YEAR, roster_site
from batchroles.sandbox.making.roster_file import UnreadableRoster
from batchroles.sandbox.making.site_file import check_site
from batchroles.validator import known_roles

HEADERLESS = "Without a header, only flat files and lists of e-mail addresses can be read."
ACCOUNTS = ("guest", "admin", "wsbot", "wsweak")


def sizes(raw: dict[str, Any]) -> tuple[int, int, int]:
    """Give how many users, courses and categories a site has besides the accounts and the site home."""
    return len(raw["users"]) - len(ACCOUNTS), len(raw["courses"]) - 1, len(raw["categories"])


def test_packaged_site_is_a_small_university() -> None:
    """The packaged site has 2,000 users, 60 courses and 12 categories, and is the same every time."""
    site = default_site()
    assert sizes(site) == (2000, 60, 12)
    assert site == default_site()
    assert [row["name"] for row in site["categories"]][:5] == [
        "Science",
        "Physics",
        "Biology",
        "Chemistry",
        "Arts",
    ]
    assert [row["shortname"] for row in site["courses"]][:4] == ["practice", "PHY101", "BIO101", "CHE101"]
    assert [row["username"] for row in site["users"]][:6] == [*ACCOUNTS, "amelia.adams0000", "noah.adams0001"]


@pytest.mark.parametrize("wanted", [(0, 0, 0), (1, 0, 0), (0, 3, 1), (5, 1, 40), (300, 45, 2), (40, 30, 13)])
def test_sites_of_any_size(wanted: tuple[int, int, int]) -> None:
    """A generated site has as much of everything as was asked for, and is sound."""
    raw = make_site(*wanted)
    check_site(raw)
    users, courses, categories = wanted
    assert sizes(raw) == (users, courses, max(categories, 1) if courses else categories)


def test_a_parent_may_be_assigned_at_users_alone() -> None:
    """The bot of the packaged site may give the role Parent in a user's context, and nobody may in a course."""
    with serve(reports=True) as practice, Moodle(practice.url, practice.token) as moodle:
        (parent,) = (role.id for role in known_roles(moodle).roles if role.name == "Parent")
        entry = {"roleid": parent, "userid": 5, "instanceid": 6}
        moodle.call(ASSIGN, {"assignments": [{**entry, "contextlevel": "user"}]})
        assert [row["roleid"] for row in practice.site.role_assignments.where("userid", 5)][-1] == parent
        with pytest.raises(CallRefused):
            moodle.call(ASSIGN, {"assignments": [{**entry, "contextlevel": "course"}]})


def named(raw: dict[str, Any], part: str, *fields: str) -> list[tuple[Any, ...]]:
    """Give some fields of what a roster added to a part of the site."""
    start = {"users": len(ACCOUNTS), "courses": 1, "categories": 1, "roles": 14, "modules": 0}[part]
    added = [row for row in raw[part][start:] if row.get("shortname") != LAST_YEAR]
    return [tuple(row[field] for field in fields) for row in added]


def test_somebody_has_every_role_of_a_roster(tmp_path: Path) -> None:
    """A site of a roster has no plugin that lists roles, as most have none: clients learn them from enrolled people."""
    path = tmp_path / "roster.csv"
    path.write_text("username,role,course\nann,tutor,A\nann,Course creator,B\nann,7,A\n", encoding="utf-8")
    with serve(roster_site(path)) as practice, Moodle(practice.url, practice.token) as moodle:
        roles = {role.shortname for role in known_roles(moodle).roles}
    assert roles == {"student", "tutor", "coursecreator", "user"}


def test_roster_names_exist(tmp_path: Path) -> None:
    """Every user, course, category, activity and role that a roster names is in the site made from it, once."""
    path = tmp_path / "roster.csv"
    lines = [
        "User name;E-mail;Student number;Role;Context",
        "ann;ann@uni.example;S1;Teacher;course:BIO 1",
        "Bob;;;tutor;course:idnumber=X7",
        "ann;ann@uni.example;S1;student;course:id=42",
        ";cy@uni.example;;student;category:SCI",
        ";;007;student;category:name=Science / Physics",
        "ann;;;manager;category:id=9",
        "ann;;;student;module:31",
        "ANN;;S1;student;user:dora",
        "bob;bob@uni.example;B7;student;user:ann",
        "admin;;;student;system",
        "ann;;;student;system",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    raw = roster_site(path)
    check_site(raw)
    assert named(raw, "users", "username", "email", "idnumber") == [
        ("ann", "ann@uni.example", "S1"),
        ("bob", "bob@uni.example", "B7"),
        ("user000003", "cy@uni.example", ""),
        ("user000004", "user000004@example.edu", "007"),
        ("dora", "dora@example.edu", ""),
    ]
    assert [row[1:] for row in named(raw, "courses", "id", "shortname", "idnumber")] == [
        ("BIO 1", ""),
        ("C-X7", "X7"),
        ("C-42", ""),
        ("ROSTER", ""),
    ]
    assert 42 in {row["id"] for row in raw["courses"]}
    assert named(raw, "categories", "name", "idnumber") == [
        ("SCI", "SCI"),
        ("Science", None),
        ("Physics", None),
        ("Category 9", None),
    ]
    assert named(raw, "modules", "cmid", "name") == [(31, "Forum 31")]
    assert named(raw, "roles", "shortname") == [("tutor",)]


def test_roster_with_columns_for_places(tmp_path: Path) -> None:
    """Places may also stand in columns of their own, or as level with instance id or reference."""
    path = tmp_path / "roster.csv"
    path.write_text(
        "userid,roleid,course,course idnumber,courseid,category,category name,categoryid,cmid,"
        "contextlevel,instanceid,reference\n"
        "77,5,A,B,8,C,D,9,31,course,12,\n"
        "77,55,A,,,,,,,coursecat,,E\n"
        "3,5,,,1,,,,,system,,\n",
        encoding="utf-8",
    )
    raw = roster_site(path)
    check_site(raw)
    assert named(raw, "users", "id") == [(77,)]
    assert named(raw, "courses", "shortname") == [("A",), ("C-B",), ("C-8",), ("ROSTER",), ("C-12",)]
    assert named(raw, "categories", "name") == [("C",), ("D",), ("Category 9",), ("E",)]
    assert named(raw, "roles", "id") == [(55,)]


def made_from(path: Path, text: str) -> dict[str, list[tuple[Any, ...]]]:
    """Give what a roster of this text adds to the site."""
    path.write_text(text, encoding="utf-8")
    raw = roster_site(path)
    check_site(raw)
    made = {
        "users": named(raw, "users", "username", "email", "idnumber"),
        "courses": named(raw, "courses", "shortname", "idnumber"),
        "categories": named(raw, "categories", "name", "idnumber"),
        "roles": named(raw, "roles", "shortname"),
    }
    return {part: rows for part, rows in made.items() if rows}


@pytest.mark.parametrize(
    ("text", "made"),
    [
        (
            "username,course1,role1,course2,role2,category1,categoryrole1,sysrole1,course,type1,cohort1\n"
            "ann,A,tutor,B,5,SCI,dean,-boss,,1,G\n",
            {
                "users": [("ann", "ann@example.edu", "")],
                "courses": [("A", ""), ("B", "")],
                "categories": [("SCI", "SCI")],
                "roles": [("tutor",), ("dean",), ("boss",)],
            },
        ),
        (
            "action,email,context,instance,role\n"
            "create,ann@x.example,course,A,tutor\n"
            "add,ann@x.example,coursecat,Science / Physics,dean\n"
            "add,ann@x.example,user,Bob,mentor\n"
            "add,ann@x.example,course:B,ignored,mentor\n"
            "delete,ann@x.example,system,,boss\n",
            {
                "users": [("user000001", "ann@x.example", ""), ("bob", "bob@example.edu", "")],
                "courses": [("A", ""), ("B", "")],
                "categories": [("Science", None), ("Physics", None)],
                "roles": [("tutor",), ("dean",), ("boss",)],
            },
        ),
        (
            "add, tutor, 0042, C-1\ndel, tutor, 0043, C-1, 1700000000, 0\n",
            {
                "users": [
                    ("user000001", "user000001@example.edu", "0042"),
                    ("user000002", "user000002@example.edu", "0043"),
                ],
                "courses": [("C-C-1", "C-1")],
                "roles": [("tutor",)],
            },
        ),
        (
            "# Group A\nann@x.example\n!bob@x.example\n\n# Group B\nann@x.example\n",
            {"users": [("user000001", "ann@x.example", ""), ("user000002", "bob@x.example", "")]},
        ),
        ("ann@x.example\n", {"users": [("user000001", "ann@x.example", "")]}),
    ],
    ids=["upload users", "datahub", "flat file", "bulk enrolment", "addresses alone"],
)
def test_rosters_of_other_formats(tmp_path: Path, text: str, made: dict[str, list[tuple[Any, ...]]]) -> None:
    """Files of the other formats are read too, with and without a header."""
    assert made_from(tmp_path / "roster.csv", text) == made


@pytest.mark.parametrize(
    ("header", "place", "shown"), [("category", "SCI", ["ROSTER", "SCI"]), ("category name", "Science", [])]
)
def test_bot_sees_the_id_numbers_by_which_a_roster_names_categories(
    tmp_path: Path, header: str, place: str, shown: list[str]
) -> None:
    """The bot is shown ID numbers of categories if the roster names categories by them, and only then."""
    path = tmp_path / "roster.csv"
    path.write_text(f"username,role,{header}\nann,manager,{place}\n", encoding="utf-8")
    with serve(roster_site(path)) as practice:
        fields = {
            "wstoken": practice.token,
            "wsfunction": "core_course_get_categories",
            "moodlewsrestformat": "json",
        }
        answer = requests.post(f"{practice.url}/webservice/rest/server.php", data=fields, timeout=10)
    assert [row["idnumber"] for row in answer.json() if row.get("idnumber")] == shown


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_rosters_of_every_encoding_and_delimiter(tmp_path: Path, encoding: str, delimiter: str) -> None:
    """Encoding and delimiter are found by looking."""
    path = tmp_path / "roster.csv"
    rows = [("idnumber", "role", "course"), ("Müller-1", "student", "Einführung")]
    path.write_text("\n".join(delimiter.join(row) for row in rows), encoding=encoding)
    raw = roster_site(path)
    assert named(raw, "users", "idnumber") + named(raw, "courses", "shortname") == [
        ("Müller-1",),
        ("Einführung",),
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "roster.csv cannot be read: No such file or directory"),
        ("", f"roster.csv: no column names a user; its headers are ''. {HEADERLESS}"),
        (
            "name,course\nx,y\n",
            f"roster.csv: no column names a user; its headers are 'name,course'. {HEADERLESS}",
        ),
        ("add,student\n", f"roster.csv: no column names a user; its headers are 'add,student'. {HEADERLESS}"),
    ],
)
def test_unreadable_rosters(tmp_path: Path, content: str | None, sentence: str) -> None:
    """A file that is no roster is refused in one sentence."""
    path = tmp_path / "roster.csv"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(UnreadableRoster) as caught:
        roster_site(path)
    assert str(caught.value) == sentence
