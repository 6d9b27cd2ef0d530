"""Reports that are not what they should be: the sentence that says so, and the ordinary way, which finds the same."""

from collections.abc import Callable

import pytest

from batchroles.client.functions import LIST_REPORTS, OF_REPORTS, REPORT_PAGE, RETRIEVE_REPORT
from batchroles.models import Code, UserRef
from batchroles.sandbox.making.reports import with_functions
from batchroles.sandbox.site.site import Site
from batchroles.validator.names import Resolved
from tests.directory.conftest import client, site
from tests.directory.people import (
    EMAIL,
    EVERY,
    IDNUMBER,
    LINK,
    READ,
    USERNAME,
    Meddler,
    Raw,
    found,
    made,
    people,
)

pytestmark = pytest.mark.usefixtures("dear")


@pytest.fixture(scope="module")
def expected() -> dict[UserRef, Resolved]:
    """Give what look-ups alone find."""
    with site(reports=False) as (_, moodle):
        return found(moodle, people(*EVERY))[0]


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
            "has conditions that hide rows: click Reset all at Conditions in its editor",
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


def test_conditions_that_hide_nothing(expected: dict[UserRef, Resolved]) -> None:
    """A report with conditions that let everybody through is used."""
    some: Raw = {"conditions": ["user:suspended"], "conditiondata": {"user:suspended_operator": 0}}
    with site(made(LINK, USERNAME, EMAIL, IDNUMBER, **some), reports=False) as (_, moodle):
        ids, notes = found(moodle, people(*EVERY))
    assert ids == expected
    assert [note.startswith(READ) for note in notes] == [True]


def test_a_missing_column(expected: dict[UserRef, Resolved]) -> None:
    """Without a column of e-mail addresses people are found by the others in the report, by those with look-ups."""
    with site(made(LINK, USERNAME, IDNUMBER), reports=False) as (_, moodle):
        ids, notes = found(moodle, people(*EVERY))
    assert ids == expected
    assert [f" by {key}" in notes[0] for key in ("user name", "ID number", "e-mail")] == [True, True, False]
    assert "shows none of the values that are sought as e-mail address" in notes[1]


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


def unfiltered(of: Site) -> None:
    for row in list(of.custom_reports.user_filters.where("reportid", 1)):
        of.custom_reports.user_filters.remove(row)


@pytest.mark.parametrize("others", [set[UserRef](), {UserRef("username", "u03")}])
def test_a_filter_that_is_gone_after_reading(others: set[UserRef]) -> None:
    """Whom two accounts may be stays ambiguous where the filter that left one is reset before it is asked for."""
    with site(twins, reports=False) as (practice, moodle):
        # The report is opened, read and opened once more.
        moodle.observer = Meddler(practice, 3, unfiltered, again=False)
        ids, [note] = found(moodle, {UserRef("idnumber", "TWIN"), *others})
    problem = ids[UserRef("idnumber", "TWIN")]
    assert not isinstance(problem, int)
    assert problem.code is Code.USER_AMBIGUOUS
    assert "was filtered or changed while it was read" in note


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
