from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchroles.client.form import body, encode, pairs, rows_text
from batchroles.models import ENROL, REACTIVATE, SUSPEND, UNASSIGN, UNENROL, Change, Level
from batchroles.models.changes import CallRow, changes

rows = st.lists(
    st.tuples(
        st.integers(1, 2**63 - 1),
        st.integers(1, 99),
        st.sampled_from([str(level) for level in Level]),
        st.integers(0, 2**63 - 1),
    )
)


def test_nested_values() -> None:
    """Lists and dictionaries become the names under which PHP reads them."""
    params = {
        "field": "email",
        "values": ["a+b@c.de", 7],
        "criteria": [{"key": "id", "value": "ü & é"}],
        "subs": False,
        "all": True,
        "nothing": None,
        "empty": [],
    }
    assert list(pairs(params)) == [
        ("field", "email"),
        ("values[0]", "a+b@c.de"),
        ("values[1]", "7"),
        ("criteria[0][key]", "id"),
        ("criteria[0][value]", "ü & é"),
        ("subs", "0"),
        ("all", "1"),
    ]


def test_other_kinds_of_values() -> None:
    """A value that has no form name is refused by name."""
    with pytest.raises(TypeError, match=r"^field: a set cannot be sent$"):
        list(pairs({"field": {1}}))


@given(st.dictionaries(st.text(min_size=1), st.text(st.characters(exclude_categories=["Cs"]))))
def test_every_text_arrives(params: dict[str, str]) -> None:
    """Whatever text is sent, a server reads the very same text."""
    sent = body("t", encode(pairs({"p": params})), "f", "json")
    expected = [(f"p[{name}]".encode(errors="replace").decode(), text) for name, text in params.items()]
    assert parse_qsl(sent.decode(), keep_blank_values=True) == [
        ("wstoken", "t"),
        *expected,
        ("wsfunction", "f"),
        ("moodlewsrestformat", "json"),
    ]


@given(st.sampled_from([one for one in changes() if not one.of_enrolment]), rows)
def test_rows_of_a_change(change: Change, some: list[CallRow]) -> None:
    """The rows of a change are written as nested values would be: user, role, and the place as the change names it."""
    written = [
        {"userid": user, "roleid": role, **dict(zip(names, (level, instance)[-len(names) :], strict=True))}
        for user, role, level, instance in some
        for names in [change.places[Level(level)]]
    ]
    assert rows_text(change, some) == encode(pairs({change.list_name: written}))


@pytest.mark.parametrize(
    ("change", "row"),
    [
        (ENROL, {"userid": 10, "roleid": 5, "courseid": 2, "timeend": 1900000000}),
        (UNENROL, {"userid": 10, "courseid": 2}),
        (SUSPEND, {"userid": 10, "roleid": 5, "courseid": 2, "timeend": 1900000000, "suspend": "1"}),
        (REACTIVATE, {"userid": 10, "roleid": 5, "courseid": 2, "timeend": 1900000000, "suspend": "0"}),
    ],
)
def test_rows_about_enrolments(change: Change, row: dict[str, object]) -> None:
    """Unenrolling sends no role (a 5.1 would refuse it); dates that a row has not are not sent; suspending says so."""
    dates = [(0, 1900000000)] if change.takes_dates else []
    assert rows_text(change, [(10, 5, "course", 2)], dates) == encode(pairs({"enrolments": [row]}))
    assert change.variables(Level.COURSE) >= len(row)


def test_function_and_format_come_last() -> None:
    """A body has the token first, then the rows, then the function and the format, which are lost first."""
    content = rows_text(UNASSIGN, [(10, 5, "course", 2), (11, 5, "context", 67)])
    assert body("T&1", content, "core_role_unassign_roles", "xml") == (
        b"wstoken=T%261"
        b"&unassignments%5B0%5D%5Buserid%5D=10&unassignments%5B0%5D%5Broleid%5D=5"
        b"&unassignments%5B0%5D%5Bcontextlevel%5D=course&unassignments%5B0%5D%5Binstanceid%5D=2"
        b"&unassignments%5B1%5D%5Buserid%5D=11&unassignments%5B1%5D%5Broleid%5D=5"
        b"&unassignments%5B1%5D%5Bcontextid%5D=67"
        b"&wsfunction=core_role_unassign_roles&moodlewsrestformat=xml"
    )
