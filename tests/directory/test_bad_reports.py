"""Reports that are not what they should be: the sentence that says so, and the ordinary way, which finds the same."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from batchroles.client import Moodle
from batchroles.client.functions import LIST_REPORTS, OF_REPORTS, REPORT_PAGE, RETRIEVE_REPORT, USERS_BY_FIELD
from batchroles.directory.register import USER_LINK, Register
from batchroles.directory.reports import Cell, Report, Sheet, UnbelievedError
from batchroles.models import Code, UserRef
from batchroles.models.references import UserKey
from batchroles.sandbox.making.reports import audience, report, with_functions
from batchroles.sandbox.reports import READING
from batchroles.sandbox.site.site import Site
from batchroles.sandbox.wire.practice import Practice
from batchroles.validator.names import Resolved
from batchroles.validator.users import UserFinder
from tests.directory.conftest import SITE, client, site

pytestmark = pytest.mark.usefixtures("dear")

LINK, USERNAME, EMAIL, IDNUMBER = "user:fullnamewithlink", "user:username", "user:email", "user:idnumber"
EVERY: list[UserKey] = ["username", "email", "idnumber"]
READ = 'Read from the report "batchroles users" ('
Raw = dict[str, Any]


def people(*keys: UserKey) -> set[UserRef]:
    """Give all people of the recorded site by these fields."""
    # A look-up finds deleted accounts, too, by what Moodle made of their names (case `ubf-deleted-by-email`).
    there = [one for one in SITE["users"] if not one["deleted"]]
    return {UserRef(by, str(one[by])) for one in there for by in keys if one.get(by)}


def found(moodle: Moodle, refs: Iterable[UserRef]) -> tuple[dict[UserRef, Resolved], list[str]]:
    """Look people up; give the notes too, without what they say of capital letters."""
    finder = UserFinder(moodle)
    return finder.find(refs), [note for note in finder.notes if "another spelling" not in note]


@pytest.fixture(scope="module")
def expected() -> dict[UserRef, Resolved]:
    """Give what look-ups alone find."""
    with site(reports=False) as (_, moodle):
        return found(moodle, people(*EVERY))[0]


def made(
    *columns: str, name: str = "batchroles users", source: str = "users", **more: Any
) -> Callable[[Raw], None]:
    """Make one report for the bot, in place of those of batchroles."""

    def change(raw: Raw) -> None:
        bot = next(one["id"] for one in raw["users"] if one["username"] == "wsbot")
        readers = [audience("manual", users=[bot])]
        if "filterdata" in more:
            more["userfilters"] = [{"userid": bot, "filterdata": more.pop("filterdata")}]
        raw["reports"] = [report(name, source, columns, **{"audiences": readers, **more})]
        raw.update(with_functions(raw, READING))

    return change


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
def test_columns_are_known_by_what_they_hold(
    columns: tuple[str, ...], expected: dict[UserRef, Resolved]
) -> None:
    """Columns in any order, under any heading, doubled and beside others, are told by comparing with look-ups."""
    with site(made(*columns), reports=False) as (_, moodle):
        ids, notes = found(moodle, people(*EVERY))
    assert ids == expected
    assert [note for note in notes if not note.startswith(READ)] == []
    assert all(f" by {key}" in notes[0] for key in ("user name", "e-mail address", "ID number"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (made(USERNAME, EMAIL, IDNUMBER), "has no column with the link to each person"),
        (
            made(LINK, USERNAME, EMAIL, IDNUMBER, name="People"),
            'but "People" (id 1) has its source: if it is meant',
        ),
        (
            made("course:shortname", source="courses"),
            "has the source core_course\\reportbuilder\\datasource\\courses",
        ),
        (made(), "has no columns"),
        (
            made(
                *(LINK, USERNAME, EMAIL, IDNUMBER),
                conditions=["user:suspended"],
                conditiondata={"user:suspended_operator": 2},
            ),
            "has conditions that hide rows: take them away",
        ),
        (
            made(
                *(LINK, USERNAME, EMAIL, IDNUMBER),
                filters=[USERNAME],
                filterdata={f"{USERNAME}_operator": 5, f"{USERNAME}_value": "u0"},
            ),
            "is filtered for the token's user: reset its filters on its page",
        ),
    ],
)
def test_reports_that_are_not_used(
    change: Callable[[Raw], None], sentence: str, expected: dict[UserRef, Resolved]
) -> None:
    """A report of another name or source, without links or columns, with a condition or a filter is not used."""
    with site(change, reports=False) as (_, moodle):
        ids, notes = found(moodle, people(*EVERY))
    assert ids == expected
    assert [note for note in notes if sentence in note] == notes
    assert notes[0].endswith("Names were looked up without it.")


def test_a_missing_column(expected: dict[UserRef, Resolved]) -> None:
    """Without a column of e-mail addresses people are found by the others in the report, by those with look-ups."""
    with site(made(LINK, USERNAME, IDNUMBER), reports=False) as (_, moodle):
        ids, notes = found(moodle, people(*EVERY))
    assert ids == expected
    assert [f" by {key}" in notes[0] for key in ("user name", "ID number", "e-mail")] == [True, True, False]
    assert "shows none of the values that are sought as e-mail address" in notes[1]


class Meddler:
    """An observer in whose presence something happens to the site, right after some answer about a report."""

    def __init__(
        self, practice: Practice, after: int, change: Callable[[Site], None], *, again: bool
    ) -> None:
        self._practice, self._after, self._change, self._again = practice, after, change, again
        self._seen = 0

    def answered(self, function: str, seconds: float) -> None:  # noqa: ARG002 - an observer's
        """Count the answers about reports, and let it happen."""
        if function == RETRIEVE_REPORT:
            self._seen += 1
            if self._seen == self._after or (self._again and self._seen > self._after):
                self._practice.change(self._change)

    def retrying(self, function: str, reason: str, pause: float) -> None:
        """Say nothing."""


def deleted(of: Site) -> None:
    of.custom_reports.reports.remove(of.custom_reports.reports.rows[1])


def switched_off(of: Site) -> None:
    of.settings["enablecustomreports"] = "0"


def shut_out(of: Site) -> None:
    for row in list(of.custom_reports.audiences.where("reportid", 1)):
        of.custom_reports.audiences.remove(row)


def moved(of: Site) -> None:
    for row in of.custom_reports.columns.where("reportid", 1):
        of.custom_reports.columns.update(row, columnorder=-int(row["columnorder"]))


def filtered(of: Site) -> None:
    values = f'{{"{USERNAME}_operator":5,"{USERNAME}_value":"u0"}}'
    of.custom_reports.user_filters.add({"reportid": 1, "userid": 3, "filterdata": values})


@pytest.mark.parametrize("after", [1, 2])
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (deleted, "it was deleted (invalidrecord"),
        (switched_off, "custom reports were switched off (errorreportview)"),
        (shut_out, "the token's user is in none of its audiences any more"),
        (moved, "had other columns when reading it ended than when it began: it is left alone"),
        (filtered, "is filtered for the token's user"),
    ],
)
def test_changed_between_two_calls(
    change: Callable[[Site], None], sentence: str, after: int, expected: dict[UserRef, Resolved]
) -> None:
    """What happens to a report between two calls is noticed, whichever they are, and ends nothing."""
    making = made(LINK, USERNAME, EMAIL, IDNUMBER, filters=[USERNAME])
    with site(making, reports=False) as (practice, moodle):
        again = change is moved
        moodle.observer = Meddler(practice, after, change, again=again)
        ids, notes = found(moodle, people(*EVERY))
    assert ids == expected
    if change is filtered and after == 2:
        # Set and left so: the report that is read once more is smaller, and lacks people.
        assert len(notes) == 1
    assert sentence in notes[0]


def twins(raw: Raw) -> None:
    """Give two people one ID number, and let a filter of the bot hide the second one of them."""
    made(
        LINK,
        USERNAME,
        IDNUMBER,
        filters=[USERNAME],
        filterdata={f"{USERNAME}_operator": 4, f"{USERNAME}_value": "u02"},
    )(raw)
    for one in raw["users"]:
        if one["username"] in ("u01", "u02"):
            one["idnumber"] = "TWIN"


def test_a_filter_never_hides_that_an_id_number_is_anothers_too() -> None:
    """Whom two accounts may be stays ambiguous where a filter leaves one of them; without the function that tells of
    filters ID numbers are not sought in the report at all, user names are.
    """
    refs = {UserRef("idnumber", "TWIN"), UserRef("username", "u03")}

    def untold(raw: Raw) -> None:
        twins(raw)
        for service in raw["services"]:
            service["functions"] = [name for name in service.get("functions", ()) if name != REPORT_PAGE]

    for change, sentence in (
        (twins, "is filtered for"),
        (untold, "is not known: core_reportbuilder_reports_get is missing"),
    ):
        with site(change, reports=False) as (_, moodle):
            ids, notes = found(moodle, refs)
        assert isinstance(ids[UserRef("username", "u03")], int)
        problem = ids[UserRef("idnumber", "TWIN")]
        assert not isinstance(problem, int)
        assert problem.code is Code.USER_AMBIGUOUS
        assert any(sentence in note for note in notes)
        assert any(note.startswith(READ) for note in notes) is (change is untold)


def test_a_filter_that_leaves_people_out() -> None:
    """A person whom a look-up finds and a filtered report lacks is named."""
    making = made(
        LINK, USERNAME, filters=[USERNAME], filterdata={f"{USERNAME}_operator": 5, f"{USERNAME}_value": "u0"}
    )
    with site(making, reports=False) as (practice, moodle):
        ids, [note] = found(moodle, people("username"))
        with client(practice, reports=False) as bare:
            assert ids == found(bare, people("username"))[0]
    assert 'lacks the user name "' in note
    assert "which a look-up finds: it has a condition, or a filter that the token's user has set" in note


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


def test_people_whom_the_token_may_not_see() -> None:
    """Somebody whom the report shows and a look-up does not is named, and is not found through the report."""
    with site(state="bot-moodle/user:viewdetails") as (practice, moodle):
        ids, notes = found(moodle, people("username"))
        with client(practice, reports=False) as bare:
            assert ids == found(bare, people("username"))[0]
    assert "which a look-up does not find: it may show more than this token may see" in notes[0]


def test_nothing_is_said_of_reports_that_nobody_expects() -> None:
    """A site without the functions, or without our reports, is asked for no more than before, and nothing is said."""
    with site(reports=False) as (_, moodle):
        assert found(moodle, people("username"))[1] == []
        assert LIST_REPORTS not in moodle.calls
    with site(lambda raw: raw.update(with_functions(raw, OF_REPORTS)), reports=False) as (_, moodle):
        assert found(moodle, people("username"))[1] == []
        assert moodle.calls[LIST_REPORTS] == 1
        assert RETRIEVE_REPORT not in moodle.calls


def test_why_there_are_none_where_reports_are_expected() -> None:
    """Whoever expects reports is told why there are none."""
    with site(reports=False) as (practice, _), client(practice, reports=True) as moodle:
        [note] = found(moodle, [UserRef("username", "u01")])[1]
    assert note.startswith(
        f"{LIST_REPORTS} is not there: it is not in the token's service, or Moodle is too old."
    )


def test_left_alone() -> None:
    """A client that is to leave reports alone does so."""
    with site() as (practice, _), client(practice, reports=False) as moodle:
        assert found(moodle, people(*EVERY))[1] == []
        assert not {LIST_REPORTS, RETRIEVE_REPORT} & set(moodle.calls)
