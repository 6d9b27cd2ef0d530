"""Whatever is wrong with a report on roles is one sentence, and what is not known for certain is not claimed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from batchroles.client.functions import (
    LIST_REPORTS,
    REPORT_PAGE,
    RESET_FILTERS,
    RETRIEVE_REPORT,
    SET_FILTERS,
)
from batchroles.models import UNASSIGN
from batchroles.models.lines import NOT_READ
from batchroles.sandbox.wire.practice import Practice
from tests.job.helpers import holdings, moodle_at, of_reading, run_through, statuses
from tests.job.newer import CATEGORY, COURSE, MANAGER, STUDENT, TEACHER, drop, newer, report
from tests.job.test_census import plan_of, taken_back

ROWS = [
    (10, STUDENT, COURSE),
    (30, STUDENT, COURSE),
    (27, MANAGER, CATEGORY),
    (30, MANAGER, CATEGORY),
]
KNOWN, BY_FUNCTIONS = [1, 0, 1, 0], [1, 0, NOT_READ, NOT_READ]

Spoil = Callable[[Practice], None]


class When:
    """An observer that does something once, as soon as a function was answered for the n-th time."""

    def __init__(self, function: str, then: Callable[[], None], nth: int = 1) -> None:
        self._function, self._then, self._left = function, then, nth

    @property
    def done(self) -> bool:
        """Whether it was done."""
        return self._left <= 0

    def answered(self, function: str, seconds: float) -> None:  # noqa: ARG002 - an observer's signature
        """Count, and do it when it is time."""
        if function == self._function:
            self._left -= 1
            if self._left == 0:
                self._then()

    def retrying(self, function: str, reason: str, pause: float) -> None:
        """Do nothing: some of these faults are tried again."""


def change(practice: Practice, which: str, /, **fields: Any) -> None:
    practice.site.custom_reports.reports.update(report(practice, which), **fields)


def without_column(name: str) -> Spoil:
    def spoil(practice: Practice) -> None:
        table = practice.site.custom_reports.columns
        for row in table.where("reportid", report(practice, "batchroles roles")["id"]):
            if row["uniqueidentifier"] == name:
                table.remove(row)

    return spoil


def aggregated(name: str) -> Spoil:
    """Let a report show all people of one place and role in one row."""

    def spoil(practice: Practice) -> None:
        number = report(practice, "batchroles roles")["id"]
        for other in ("user:username", "role_assignment:timemodified", "role_assignment:itemid"):
            without_column(other)(practice)
        table = practice.site.custom_reports.columns
        for row in table.where("reportid", number):
            if row["uniqueidentifier"] == name:
                table.update(row, aggregation="groupconcat")

    return spoil


def filtered(practice: Practice, role: int = STUDENT) -> None:
    """Filter the report as somebody does who uses the same account."""
    values = {"role:name_operator": 1, "role:name_value": str(role)}
    asked = {"reportid": report(practice, "batchroles roles")["id"], "values": json.dumps(values)}
    moodle_at(practice).ask(SET_FILTERS, asked)


def unfiltered(practice: Practice) -> None:
    moodle_at(practice).ask(RESET_FILTERS, {"reportid": report(practice, "batchroles roles")["id"]})


def with_condition(practice: Practice) -> None:
    """Let the report show students alone, to everybody."""
    tables, number = practice.site.custom_reports, report(practice, "batchroles roles")["id"]
    tables.filters.add(
        {"reportid": number, "uniqueidentifier": "role:name", "iscondition": 1, "filterorder": 1}
    )
    values = {"role:name_operator": 1, "role:name_value": str(STUDENT)}
    change(practice, "batchroles roles", conditiondata=json.dumps(values))


def hidden_from_all(practice: Practice) -> None:
    table = practice.site.custom_reports.audiences
    for row in table.where("reportid", report(practice, "batchroles roles")["id"]):
        table.remove(row)


def left_over(practice: Practice, user: int, role: int) -> None:
    """Leave an assignment behind whose context is gone."""
    first = next(iter(practice.site.role_assignments.rows.values()))
    row = {**first, "userid": user, "roleid": role, "contextid": 99999}
    practice.site.role_assignments.add({name: value for name, value in row.items() if name != "id"})


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda site: change(site, "batchroles roles", uniquerows=1), "shows rows that are alike once"),
        (
            lambda site: change(site, "batchroles roles", conditiondata='{"a":1}'),
            "has conditions that hide rows",
        ),
        (lambda site: change(site, "batchroles contexts", name="BATCHROLES roles"), "rename all but one"),
        (without_column("context:path"), "is not used: it has no column for the context's Path"),
        (without_column("role:shortname"), "is not used: it has no column for the role's Short name"),
        (
            without_column("user:fullnamewithlink"),
            "it has no column for the user (Full name with link, not aggregated)",
        ),
        (without_column("role_assignment:component"), "is not used: it has no column for the Plugin"),
        (aggregated("user:fullnamewithlink"), "no column for the user (Full name with link, not aggregated)"),
        (filtered, "is filtered for the token's user"),
    ],
)
def test_a_report_that_is_not_fit(tmp_path: Path, spoil: Spoil, said: str) -> None:
    """It is left alone, with one sentence; roles in courses are read as ever, and nothing is claimed of the others."""
    with newer() as practice:
        spoil(practice)
        plan = plan_of(tmp_path, moodle_at(practice), ROWS)
    assert plan.plan.lines.held.tolist() == BY_FUNCTIONS
    assert [said in note for note in of_reading(plan)[:-1]] == [True]


def test_a_report_whose_filters_nobody_can_see(tmp_path: Path) -> None:
    """Without the function that tells of filters the report is not believed."""
    with newer(REPORT_PAGE) as practice:
        plan = plan_of(tmp_path, moodle_at(practice), ROWS).plan
    assert plan.lines.held.tolist() == BY_FUNCTIONS
    assert f"{REPORT_PAGE} is missing in the token's service" in plan.notes[0]


@pytest.mark.parametrize(
    ("function", "nth", "then", "said"),
    [
        (LIST_REPORTS, 1, lambda site: drop(site, "batchroles roles"), "it was deleted"),
        (RETRIEVE_REPORT, 2, lambda site: drop(site, "batchroles roles"), "it was deleted"),
        (RETRIEVE_REPORT, 1, hidden_from_all, "in none of its audiences any more"),
        (RETRIEVE_REPORT, 2, without_column("user:username"), ""),
        (RETRIEVE_REPORT, 1, filtered, "is filtered for the token's user"),
        (REPORT_PAGE, 1, filtered, "is filtered for the token's user"),
        (RETRIEVE_REPORT, 2, filtered, "is filtered for the token's user"),
        (REPORT_PAGE, 2, filtered, "is filtered for the token's user"),
        (RETRIEVE_REPORT, 3, filtered, ""),
    ],
)
def test_a_report_that_changes_while_it_is_read(
    tmp_path: Path, function: str, nth: int, then: Spoil, said: str
) -> None:
    """A report that is deleted, hidden, filtered or edited meanwhile is not believed, or is read again.

    What is done to it after its rows were counted again spoils nothing.
    """
    with newer() as practice:
        moodle = moodle_at(practice, workers=1)
        moodle.observer = When(function, lambda: then(practice), nth)
        plan = plan_of(tmp_path, moodle, ROWS).plan
    assert plan.lines.held.tolist() == (BY_FUNCTIONS if said else KNOWN)
    assert sum(said in note for note in plan.notes if said) == bool(said)


def test_a_filter_that_comes_and_goes_while_a_report_is_read(tmp_path: Path) -> None:
    """A filter that another client sets after the first look at filters and resets before the last is noticed."""
    with newer() as practice:
        moodle = moodle_at(practice, workers=1)
        comes = When(REPORT_PAGE, lambda: filtered(practice))
        # Its total changed, so it is read again: first row and rows are filtered then, and the page is not.
        goes = When(RETRIEVE_REPORT, lambda: unfiltered(practice), 3)

        class Both:
            """Tells one of them of every answer, and the other one as soon as the first has had its turn."""

            def answered(self, function: str, seconds: float) -> None:
                if comes.done:
                    goes.answered(function, seconds)
                comes.answered(function, seconds)

            def retrying(self, function: str, reason: str, pause: float) -> None:
                """Do nothing."""

        moodle.observer = Both()
        plan = plan_of(tmp_path, moodle, ROWS).plan
        assert goes.done
    assert plan.lines.held.tolist() == BY_FUNCTIONS
    assert (
        sum("when it ended: it is left alone while somebody changes it" in note for note in plan.notes) == 1
    )


@pytest.mark.parametrize(
    ("nth", "said"),
    [(1, "it is left alone"), (2, "it is left alone"), (3, "has conditions that hide rows")],
)
def test_a_condition_that_comes_meanwhile(tmp_path: Path, nth: int, said: str) -> None:
    """What a condition hides that is set while a plan is made is not taken for a role that nobody has."""
    with newer() as practice:
        moodle = moodle_at(practice, workers=1)
        moodle.observer = When(RETRIEVE_REPORT, lambda: with_condition(practice), nth)
        plan = plan_of(tmp_path, moodle, ROWS[2:], UNASSIGN).plan
    assert plan.lines.held.tolist() == [NOT_READ, NOT_READ]
    assert said in plan.notes[0]


def test_a_condition_that_comes_while_a_role_is_sought(tmp_path: Path) -> None:
    """A role whose rows a condition hides while its short name is sought is no role that nobody has."""
    with newer() as practice:
        moodle = moodle_at(practice)
        moodle.observer = When(SET_FILTERS, lambda: with_condition(practice))
        plan = plan_of(tmp_path, moodle, ROWS[2:], UNASSIGN).plan
    assert plan.lines.held.tolist() == [NOT_READ, NOT_READ]
    assert "has conditions that hide rows" in plan.notes[0]


def test_a_report_that_disagrees_with_a_course(tmp_path: Path) -> None:
    """A report that does not show a role which a course showed is not believed."""
    with newer() as practice:
        moodle, table = moodle_at(practice, workers=1), practice.site.role_assignments
        students = [row for row in table.rows.values() if row["roleid"] == STUDENT]
        for row in students:
            table.remove(row)

        def put_back() -> None:
            for row in students:
                table.add({name: value for name, value in row.items() if name != "id"})

        moodle.observer = When(RETRIEVE_REPORT, put_back, 3)
        plan = plan_of(tmp_path, moodle, ROWS)
    assert plan.plan.lines.held.tolist() == BY_FUNCTIONS
    (note,) = of_reading(plan)[:-1]
    assert "it does not show that the user with the id" in note


def test_a_report_that_disagrees_with_a_course_that_no_row_names(tmp_path: Path) -> None:
    """Where no row is in a course the report is compared with courses all the same."""
    with newer() as practice:
        moodle, table = moodle_at(practice, workers=1), practice.site.role_assignments
        rows = [row for row in table.rows.values() if row["userid"] == 10]
        for row in rows:
            table.remove(row)

        def put_back() -> None:
            for row in rows:
                table.add({name: value for name, value in row.items() if name != "id"})

        moodle.observer = When(RETRIEVE_REPORT, put_back, 4)
        plan = plan_of(tmp_path, moodle, ROWS[2:]).plan
    assert plan.lines.held.tolist() == [NOT_READ, NOT_READ]
    assert "it does not show that the user with the id 10" in plan.notes[0]


def test_a_report_on_contexts_that_fails(tmp_path: Path) -> None:
    """On a Moodle 4.5 one left-over assignment fails the report with links; the other one is used without it."""
    with newer(version="4.5") as practice:
        left_over(practice, 31, MANAGER)
        rows = [(user, MANAGER, CATEGORY) for user in (30, 27, 31)]
        plan = plan_of(tmp_path, moodle_at(practice), rows).plan
    assert plan.lines.held.tolist() == [0, NOT_READ, NOT_READ]
    assert sum('The report "batchroles contexts" is refused' in note for note in plan.notes) == 1


def test_a_left_over_assignment_is_of_no_place(tmp_path: Path) -> None:
    """On a Moodle 5.1 an assignment whose context is gone hinders nothing."""
    with newer() as practice:
        left_over(practice, 27, MANAGER)
        plan = plan_of(
            tmp_path, moodle_at(practice), [(27, MANAGER, "category:id=5"), (27, MANAGER, CATEGORY)]
        ).plan
    assert plan.lines.held.tolist() == [0, 1]


@pytest.mark.parametrize("spoil", [lambda site: drop(site, "batchroles roles"), filtered, hidden_from_all])
def test_a_report_that_is_gone_after_sending(tmp_path: Path, spoil: Spoil) -> None:
    """What was done stays done and is not verified, but for courses; undo takes all of it back all the same."""
    rows = [(30, STUDENT, COURSE), (30, MANAGER, CATEGORY), (30, TEACHER, "module:1")]
    with newer() as practice:
        moodle, before = moodle_at(practice), holdings(practice)
        plan = plan_of(tmp_path, moodle, rows)
        spoil(practice)
        run_through(tmp_path / "run", plan, moodle, verify=True)
        run_through(tmp_path / "undo", taken_back(tmp_path / "run", moodle), moodle, verify=True)
        assert holdings(practice) == before
    for name, word in (("run", "assigned"), ("undo", "unassigned")):
        codes = ["", "not-verified", "not-verified"]
        assert statuses(tmp_path / name) == [(row, word, code) for row, code in enumerate(codes, 2)]


def test_a_filter_that_nobody_can_take_back(tmp_path: Path) -> None:
    """Where a filter cannot be set and taken back, none is set; what cannot be known so is said."""
    with newer(RESET_FILTERS) as practice:
        moodle = moodle_at(practice)
        plan = plan_of(tmp_path, moodle, ROWS, UNASSIGN).plan
        assert SET_FILTERS not in moodle.calls
    assert plan.lines.held.tolist() == BY_FUNCTIONS
    assert "which short name the role has" in plan.notes[-1]


@pytest.mark.parametrize(("rows", "held"), [(20, KNOWN), (15, BY_FUNCTIONS)])
def test_a_report_that_takes_too_long(tmp_path: Path, rows: int, held: list[int]) -> None:
    """Where the whole report times out its pages are read, and where they do, too, it is done without."""
    with newer(faults=[f"report-timeout:{rows}"]) as practice:
        moodle = moodle_at(practice)
        plan = plan_of(tmp_path, moodle, ROWS).plan
    assert plan.lines.held.tolist() == held
    failed = [note for note in plan.notes if note.startswith('The report "batchroles roles" did not come')]
    assert len(failed) == (held == BY_FUNCTIONS)
