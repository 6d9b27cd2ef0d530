"""The columns of a report on people, told by what they hold."""

import pytest

from batchroles.client.functions import USERS_BY_FIELD
from batchroles.directory.register import USER_LINK, Register
from batchroles.directory.reports import Cell, Report, Sheet, UnbelievedError
from batchroles.models import UserRef
from batchroles.models.references import UserKey
from tests.directory.conftest import client, site
from tests.directory.people import EMAIL, EVERY, IDNUMBER, LINK, READ, USERNAME, Raw, found, made, people

pytestmark = pytest.mark.usefixtures("dear")


@pytest.mark.parametrize(
    "columns",
    [
        (IDNUMBER, LINK, USERNAME, "user:suspended", EMAIL),
        (f"{EMAIL}=Benutzername", f"{USERNAME}=E-Mail & Post", f"{IDNUMBER}=login", LINK),
        (
            "user:city",
            "user:lastname",
            LINK,
            EMAIL,
            "user:fullnamewithpicturelink",
            IDNUMBER,
            USERNAME,
            USERNAME,
        ),
    ],
)
def test_columns_are_known_by_what_they_hold(columns: tuple[str, ...]) -> None:
    """Columns in any order, under any heading, doubled and beside others, are told by comparing with look-ups."""
    with site(made(*columns), reports=False) as (practice, moodle):
        ids, notes = found(moodle, people(*EVERY))
        with client(practice, reports=False) as bare:
            assert ids == found(bare, people(*EVERY))[0]
    assert [note for note in notes if not note.startswith(READ)] == []
    assert all(f" by {key}" in notes[0] for key in ("user name", "e-mail address", "ID number"))


def crossed(raw: Raw) -> None:
    """Give people their user names for ID numbers, but two of them each other's."""
    for one in raw["users"]:
        if not one["deleted"]:
            one["idnumber"] = one["username"]
    first, second = (one for one in raw["users"] if one["username"] in ("u06", "u07"))
    first["idnumber"], second["idnumber"] = "u07", "u06"


@pytest.mark.parametrize(
    "columns", [(LINK, USERNAME), (LINK, IDNUMBER), (LINK, USERNAME, IDNUMBER), (LINK, IDNUMBER, USERNAME)]
)
@pytest.mark.parametrize("by", ["username", "idnumber"])
def test_columns_that_look_alike(columns: tuple[str, ...], by: UserKey) -> None:
    """Where user names and ID numbers are the same for nearly all, nobody is taken for another one."""

    def change(raw: Raw) -> None:
        crossed(raw)
        made(*columns)(raw)

    refs = {UserRef(by, f"u{number:02}") for number in range(1, 20)}
    with site(change, reports=False) as (practice, moodle):
        ids, _ = found(moodle, refs)
        with client(practice, reports=False) as bare:
            assert ids == found(bare, refs)[0]
    assert ids[UserRef(by, "u06")] != ids[UserRef(by, "u07")]


def test_more_people_decide() -> None:
    """A column of user names that are the ID numbers of those looked up, too, is told by others, who have none."""

    def change(raw: Raw) -> None:
        for one in raw["users"]:
            one["idnumber"] = one["username"] if one["username"].startswith("u") else ""
        made(LINK, USERNAME)(raw)

    with site(change, reports=False) as (_, moodle):
        ids, [note] = found(moodle, {UserRef("username", f"u{number:02}") for number in range(1, 20)})
        assert moodle.calls[USERS_BY_FIELD] == 2
    assert all(isinstance(one, int) for one in ids.values())
    assert note.startswith(READ)


@pytest.mark.parametrize("ids", [(2, 3, 3), ()])
def test_rows_that_are_one_persons(ids: tuple[int, ...]) -> None:
    """A report with two rows for one person, or with none at all, is not believed."""
    rows: list[list[Cell]] = [[f'<a href="https://x/user/profile.php?id={one}">A</a>', "u01"] for one in ids]
    sheet = Sheet(Report(1, "batchroles users", ""), ("Name", "Username"), rows, 3, 0.1)
    with pytest.raises(
        UnbelievedError, match="several rows for one person" if ids else "has no column with the link"
    ):
        Register(sheet, USER_LINK, ("username",), "person")


def test_columns_that_differ_where_nobody_looked() -> None:
    """Of two columns that agree with all look-ups but not with each other none is taken."""

    def change(raw: Raw) -> None:
        some = sorted(
            (one for one in raw["users"] if one["idnumber"].startswith("00000") and not one["deleted"]),
            key=lambda one: str(one["idnumber"]),
        )[:19]
        numbers = [one["idnumber"] for one in some]
        for one, city, other in zip(some, [*numbers[1:], numbers[0]], numbers, strict=True):
            one["city"], one["institution"] = city, other
        some[2]["institution"], some[3]["institution"] = numbers[3], numbers[2]
        sought.extend(numbers)
        made(LINK, "user:city", "user:institution", IDNUMBER)(raw)

    sought: list[str] = []
    with site(change, reports=False) as (practice, moodle):
        refs = [UserRef("idnumber", number) for number in sought]
        ids, notes = found(moodle, refs)
        with client(practice, reports=False) as bare:
            assert ids == found(bare, refs)[0]
    assert "does not tell the ID number from the rest" in notes[0]


def test_names_that_hold_links() -> None:
    """A name that holds a link to somebody else, or text in several languages, leads nowhere."""

    def change(raw: Raw) -> None:
        for one in raw["users"]:
            one["lastname"] = '<a href="https://x.example/user/profile.php?id=2">A</a>'
            one["firstname"] = (
                '<span lang="de" class="multilang">X</span><span lang="en" class="multilang">Y</span>'
            )

    with site(change) as (practice, moodle):
        ids, notes = found(moodle, people("username"))
        with client(practice, reports=False) as bare:
            assert ids == found(bare, people("username"))[0]
    assert notes[0].startswith(READ)

    def without_links(raw: Raw) -> None:
        change(raw)
        made("user:fullname", USERNAME)(raw)

    with site(without_links, reports=False) as (_, moodle):
        assert "has no column with the link to each person" in found(moodle, people("username"))[1][0]


@pytest.mark.parametrize("columns", [(LINK, USERNAME, IDNUMBER), (LINK, IDNUMBER, USERNAME)])
def test_a_value_that_only_another_column_shows(columns: tuple[str, ...]) -> None:
    """Where all but one have their user names for ID numbers, the one's user name is nobody's ID number."""

    def change(raw: Raw) -> None:
        for one in raw["users"]:
            one["idnumber"] = "" if one["username"] == "u13" else one["username"]
        made(*columns)(raw)

    refs = {UserRef("idnumber", f"u{number:02}") for number in range(1, 20)}
    with site(change, reports=False) as (practice, moodle):
        ids, [note] = found(moodle, refs)
        with client(practice, reports=False) as bare:
            assert ids == found(bare, refs)[0]
    assert not isinstance(ids[UserRef("idnumber", "u13")], int)
    assert note.startswith(READ)


def test_links_that_are_aggregated() -> None:
    """A report that joins the links of two people who have one ID number in one row leads to neither of them."""

    def change(raw: Raw) -> None:
        for number, one in enumerate(one for one in raw["users"] if not one["deleted"]):
            # The first is the guest, whom no report on users has.
            one["idnumber"] = "N3" if number == 2 else f"N{number}"
        made(LINK, IDNUMBER)(raw)
        raw["reports"][0]["columns"][0]["aggregation"] = "groupconcat"

    refs = {UserRef("idnumber", f"N{number}") for number in range(1, 20)}
    with site(change, reports=False) as (_, moodle):
        ids, notes = found(moodle, refs)
    assert not isinstance(ids[UserRef("idnumber", "N3")], int)
    assert "has no column with the link to each person: add the one that has it, not aggregated" in notes[0]
