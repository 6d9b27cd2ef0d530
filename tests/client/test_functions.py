import re
from pathlib import Path

import batchroles.client
from batchroles.client import functions

PACKAGE = Path(batchroles.client.__file__).parents[1]
ROOMS = ("client", "resolver")
NAME = re.compile(r"\b(?:core|enrol|local|tool)_[a-z]+_[a-z_]+[a-z]\b")


def test_named_in_one_place() -> None:
    """Look-ups and calls name Moodle's functions nowhere but in the list that an administrator gets."""
    named = {
        str(path.relative_to(PACKAGE)): found
        for room in ROOMS
        for path in (PACKAGE / room).rglob("*.py")
        if path.name != "functions.py"
        for found in NAME.findall(_without_texts(path.read_text(encoding="utf-8")))
    }
    assert named == {}


def _without_texts(source: str) -> str:
    """Drop docstrings and comments, in which functions may well be named."""
    return re.sub(r'"""[\s\S]*?"""|#.*', "", source)


def test_every_function_is_listed_once() -> None:
    """The lists for an administrator hold every function that can be called, each once."""
    constants = {
        value for value in vars(functions).values() if isinstance(value, str) and NAME.fullmatch(value)
    }
    for listed in (functions.FUNCTIONS, functions.FILLING):
        assert len({one.name for one in listed}) == len(listed)
    assert {one.name for one in (*functions.FUNCTIONS, *functions.FILLING)} == constants


def test_changes_are_known() -> None:
    """A lost answer matters of the functions that change roles and enrolments, and of three that change reports."""
    assert {one.name for one in functions.FUNCTIONS if functions.writes(one.name)} == {
        "core_role_assign_roles",
        "core_role_unassign_roles",
        "enrol_manual_enrol_users",
        "enrol_manual_unenrol_users",
    }
    assert {one.name for one in functions.FILLING if functions.writes(one.name)} == {
        "core_reportbuilder_columns_add",
        "core_reportbuilder_filters_add",
        "core_reportbuilder_columns_sort_toggle",
    }
