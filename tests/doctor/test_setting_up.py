"""The steps for an administrator, and the lists in it, which are those that the code calls by."""

import ast
import re
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring

import batchroles
from batchroles.client import functions
from batchroles.directory.wanted import KINDS
from batchroles.doctor import setting_up, write_role_file
from batchroles.doctor.setting_up import capabilities, helpful, needed
from batchroles.errors import InputError
from batchroles.models.changes import changes

PACKAGE = Path(batchroles.__file__).parent
TASKS = ("check", "assign", "unassign")


def used_names() -> set[str]:
    """Give the constants of the list of functions that the package's code names."""
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "functions"
            ):
                found.add(node.attr)
            if isinstance(node, ast.ImportFrom) and node.module == "batchroles.client.functions":
                found |= {alias.name for alias in node.names}
    return found


def test_the_list_holds_what_is_called_and_nothing_else() -> None:
    """Every function that the code names is in the list for administrators, and every one in the list is named."""
    called = [getattr(functions, name) for name in used_names()] + [change.function for change in changes()]
    names = {
        value
        for value in called
        if isinstance(value, str) and value not in (functions.NO_FUNCTION, functions.REGISTRY_TABLE)
    }
    assert names == {one.name for one in (*functions.FUNCTIONS, *functions.FILLING)}


def test_every_permission_is_explained_once() -> None:
    """The permissions that the functions ask for, and the protocol's, are those that the list explains."""
    asked = {name for one in functions.FUNCTIONS for name in one.capabilities}
    assert sorted(one.name for one in functions.CAPABILITIES) == sorted({"webservice/rest:use", *asked})


@pytest.mark.parametrize("task", TASKS)
def test_the_steps_list_every_function_and_permission(task: str) -> None:
    """What a task needs and what helps are in the steps, apart, with the addresses of the site's own pages."""
    text = setting_up("https://moodle.example.edu", task)
    wanted, rest = text.split("Needed:")[1].split("Helpful, and used where they are there:")
    rest, optional = rest.split("11. Optional", 1)
    assert re.findall(r"^ {5}(\w+_\w+) ", wanted, re.MULTILINE) == [one.name for one in needed(task)]
    assert re.findall(r"^ {5}(\w+_\w+) ", rest, re.MULTILINE) == [one.name for one in helpful(task)]
    assert re.findall(r"^ {5}(\w+_\w+) ", optional, re.MULTILINE) == [one.name for one in functions.FILLING]
    listed = re.findall(r"^ {5}(\w+/\w+:\w+) ", text, re.MULTILINE)
    assert sorted(listed) == sorted(one.name for one in capabilities(task))
    assert len(re.findall(r"^\d+\. .*\n {3}.+: https://moodle\.example\.edu/\S+$", text, re.MULTILINE)) == 14


@pytest.mark.parametrize(
    ("task", "names"),
    [
        ("check", {"core_role_assign_roles"}),
        ("assign", {"core_role_assign_roles"}),
        ("unassign", {"core_role_assign_roles", "core_role_unassign_roles"}),
    ],
)
def test_what_each_task_writes_with(task: str, names: set[str]) -> None:
    """Only taking roles away needs the function for that; the dry run needs the one that assigns."""
    assert {one.name for one in needed(task) if functions.writes(one.name)} == names


def test_the_steps_make_every_report() -> None:
    """Each report is described whole: its name, source, columns, sorting, filter and unique rows."""
    text = setting_up("https://moodle.example.edu", "assign")
    for kind in KINDS:
        part = text.split(f"   {kind.name}: {kind.purpose}\n")[1].split("\n\n")[0]
        says = dict(re.split(r"  +", line.strip(), maxsplit=1) for line in part.splitlines())
        newer = " (Moodle 4.4 and newer)" if kind.source_name == "Roles" else ""
        assert says["Report source"] == kind.source_name + newer
        names = [
            name for group in says["Columns"].split("; ") for name in group.partition(": ")[2].split(", ")
        ]
        assert names == [column.name for column in kind.columns]
        assert says["Sorting"].split(", ") == [column.name for column in kind.columns if column.sorted]
        assert says.get("Filters", "") == ", ".join(f"{one.group}: {one.name}" for one in kind.filters)
        assert ("Unique rows" in says) is kind.unique


def test_the_steps_say_what_readers_see() -> None:
    """The default setup is kept out, and both ways to let the user read reports are given with what they open."""
    text = " ".join(setting_up("https://moodle.example.edu", "assign").split())
    assert "untick Include default setup" in text
    assert "shows everything that the report holds, whatever its readers may see elsewhere" in text
    assert "an audience of that one user" in text
    assert "Manually added users" in text
    assert "allow moodle/reportbuilder:viewall" in text
    assert "opens every custom report of the site" in text


PARTS = (
    "shortname", "name", "description", "archetype", "contextlevels", "allowassign", "allowoverride", "allowswitch",
    "permissions",
)  # fmt: skip
LISTS = {
    "contextlevels": ["level"],
    "allowassign": ["shortname"],
    "allowoverride": ["shortname"],
    "allowswitch": ["shortname"],
    "permissions": ["inherit", "allow", "prevent", "prohibit"],
}
"""What Moodle's admin/roles/role_schema.xml allows: these parts, each once at most and in this order, and in those that
are lists any number of these, sorted so; everything else is a text. Nothing has attributes."""


@pytest.mark.parametrize("task", ["check", "assign", "unassign", "enrol", "unenrol"])
def test_the_role_file_has_what_the_steps_name(task: str, tmp_path: Path) -> None:
    """It fits Moodle's schema, allows what step 4 asks for and nothing else, and stays if it is there already."""
    path = tmp_path / "role.xml"
    write_role_file(path, task, ["student", "my_role-2"])
    with pytest.raises(InputError, match="exists; choose another name"):
        write_role_file(path, task)
    role = fromstring(path.read_bytes())
    assert (role.tag, [part.tag for part in role]) == ("role", list(PARTS))
    assert not any(one.attrib for one in role.iter())
    for part in role:
        kinds = LISTS.get(part.tag, [])
        places = [kinds.index(one.tag) for one in part]
        assert places == sorted(places)
        assert not any(len(one) for one in part)
    assert [role.findtext(name) for name in PARTS[:4]] == [
        "batchroles", "batchroles", "For the web service user of batchroles.", "",
    ]  # fmt: skip
    texts = {part.tag: [(one.tag, one.text) for one in part] for part in role if part.tag in LISTS}
    step = (
        setting_up("https://moodle.example.edu", task).split("and nothing else:")[1].split("Leave these")[0]
    )
    assert texts == {
        "contextlevels": [("level", "system")],
        "allowassign": [("shortname", "student"), ("shortname", "my_role-2")],
        "allowoverride": [],
        "allowswitch": [],
        "permissions": [("allow", name) for name in re.findall(r"^ {5}(\S+) ", step, re.MULTILINE)],
    }


@pytest.mark.parametrize(
    ("roles", "said", "steps"),
    [
        (
            [], "click Continue, look through what is shown, and click Create this role.",
            ["4. Import the role with the permissions that are needed", "5. Say which roles it may assign"],
        ),
        (
            ["student"],
            "click Continue, look through what is shown, and click Create this role. It may assign: student, as far as"
            " the site has them.",
            [
                "4. Import the role with the permissions that are needed",
                "5. Give the user the role in the whole system",
            ],
        ),
    ],
)  # fmt: skip
def test_the_steps_with_a_role_file(roles: list[str], said: str, steps: list[str]) -> None:
    """Step 4 is an upload; the step about roles that it may assign is left out where the file says that."""
    text = setting_up("https://moodle.example.edu", "assign", "role.xml", roles)
    assert "No role; at Use role preset upload role.xml;\n" in text
    assert f"   {said}\n" in text
    assert re.findall(r"^[45]\. .*", text, re.MULTILINE) == steps


def test_a_role_that_can_have_no_such_short_name(tmp_path: Path) -> None:
    """A shown name in the place of a short name is refused, and no file is written."""
    with pytest.raises(InputError) as refused:
        write_role_file(tmp_path / "role.xml", "assign", ["Non-editing teacher"])
    assert str(refused.value) == (
        '--may-assign "Non-editing teacher" is no short name of a role: those are small letters, digits, - and _, and'
        " stand on the page Define roles."
    )
    assert not list(tmp_path.iterdir())
