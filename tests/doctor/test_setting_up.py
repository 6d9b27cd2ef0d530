"""The steps for an administrator, and the lists in it, which are those that the code calls by."""

import ast
import re
from pathlib import Path

import pytest

import batchroles
from batchroles.client import functions
from batchroles.directory.wanted import KINDS
from batchroles.doctor import setting_up
from batchroles.doctor.setting_up import capabilities, helpful, needed
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
