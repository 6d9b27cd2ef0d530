"""What the terminal says of small files whose names the practice site does not have, word for word.

Each file in the folder `hints` is a test, with what a check of it prints beside it.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from tests.cli.running import Shell
from tests.job.helpers import recorded_site

FILES = Path(__file__).parent / "hints"


@pytest.fixture(scope="module")
def practice() -> Iterator[Practice]:
    """Serve the recorded site, with one more user whose ID number has letters."""
    site = recorded_site()
    next(user for user in site["users"] if user["username"] == "u20")["idnumber"] = "AB-17"
    with serve(site, plugin=True) as practice:
        yield practice


@pytest.mark.parametrize("name", sorted(path.stem for path in FILES.glob("*.csv")))
def test_a_hint(shell: Shell, practice: Practice, name: str) -> None:
    """Each wrong value, or column, is told once with its rows and what may be meant, which is never used instead."""
    env = {"MOODLE_URL": practice.url, "MOODLE_TOKEN": practice.token}
    ended = shell.run("check", str(FILES / f"{name}.csv"), env=env)
    assert (ended.out, ended.code) == ((FILES / f"{name}.txt").read_text("utf-8"), 1)


def test_what_a_hint_costs(shell: Shell, practice: Practice) -> None:
    """A course that is not found costs three calls, however many rows name it: all courses, counted before, and users.

    One call each finds the twenty users and looks for the course, and one tells whom a role is already given to.
    """
    env = {"MOODLE_URL": practice.url, "MOODLE_TOKEN": practice.token}
    before = practice.calls()
    shell.run("check", str(FILES / "one-wrong-course.csv"), env=env)
    calls = {name: count - before.get(name, 0) for name, count in practice.calls().items()}
    assert {name: count for name, count in calls.items() if count} == {
        "core_webservice_get_site_info": 1,
        "core_course_get_courses_by_field": 1,
        "core_course_get_categories": 1,
        "core_course_get_courses": 1,
        "core_user_get_users_by_field": 3,
        "local_wsgetroles_get_roles": 1,
    }


def test_what_no_account_can_be_called_has_no_other_spellings(
    shell: Shell, practice: Practice, tmp_path: Path
) -> None:
    """A text longer than any name is not asked for in hundreds of spellings, each as long."""
    env = {"MOODLE_URL": practice.url, "MOODLE_TOKEN": practice.token}
    asked = []
    for name in ("nobody", "n" * 32_767):
        before = practice.calls()["core_user_get_users_by_field"]
        path = tmp_path / "list.csv"
        path.write_text(f"username,role,course\n{name},student,C-ART-201\n")
        assert shell.run("check", str(path), env=env).code == 1
        asked.append(practice.calls()["core_user_get_users_by_field"] - before)
    short, long = asked
    assert long == short - 1
