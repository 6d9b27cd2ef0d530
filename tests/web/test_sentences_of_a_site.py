"""What a whole job says of people, courses, roles and refusals, in the reader's language."""

import re

import pytest

from batchroles.job import Apply, Checks, Job, PlanFile, PlanUndo
from batchroles.loader.layouts import FormatOptions
from batchroles.models import Plan
from batchroles.sandbox import make_site, serve
from batchroles.web.texts import REFERENCE, Texts, languages
from tests.job.helpers import moodle_at, write_csv
from tests.web.test_sentences import ENGLISH, FLAG

_QUOTED = re.compile(r'"[^"]*"|„[^“]*“|\([a-z]+\)')


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Give all that is said while a file of usual mistakes is planned, sent and taken back on a practice site."""
    folder = tmp_path_factory.mktemp("said")
    site = make_site(users=40, courses=3, categories=2)
    people = [user for user in site["users"] if "." in user["username"]]
    names, courses = (
        [user["username"] for user in people],
        [course["shortname"] for course in site["courses"][1:]],
    )
    rows = [
        (names[0], "", "", "student", courses[0]),
        (names[1], "Nobody", "Else", "student", courses[0]),
        (names[2], "", "", "studnt", courses[0]),
        (names[3], "", "", "Kursleitung", courses[0]),
        (names[4][:-1] + "x", "", "", "student", courses[0]),
        ("no body", "", "", "student", courses[0]),
        (people[5]["email"], "", "", "student", courses[0]),
        (names[6], "", "", "student", courses[0].lower() + "1"),
        (names[7], "", "", "student", site["courses"][1]["fullname"]),
        (names[8], "", "", "student", ""),
        (names[9], "", "", "student", courses[1]),
        (names[9], "", "", "student", courses[1]),
        (names[10], people[10]["firstname"], people[10]["lastname"], "coursecreator", courses[1]),
    ]
    path = write_csv(folder / "list.csv", ["username", "first name", "last name", "role", "course"], rows)
    found = []
    with serve(site) as practice, moodle_at(practice) as moodle, Job(moodle) as job:
        checks = Checks(strict_names=False)
        account = job.done(
            PlanFile(path, understanding=FormatOptions(), checks=checks), folder / "run", Apply()
        )
        found += [*account.summary.notes, *_of(account.plan)]
        assert account.folder is not None
        undone = job.done(PlanUndo(account.folder), folder / "undo", Apply())
        found += [*undone.summary.notes, *_of(undone.plan)]
    return found


def _of(plan: Plan) -> list[str]:
    return [*plan.notes, *(text for one in plan.problems for text in (one.reason, one.fix))]


@pytest.mark.parametrize("language", [language for language in languages() if language != REFERENCE])
def test_nothing_a_job_says_is_left_in_english(said: list[str], language: str) -> None:
    """What a job says of mistakes, of what it did and of what it takes back is said in every language."""
    texts = Texts.of(language)
    told = [texts.said(sentence) for sentence in said]
    assert len(told) > 20
    assert [sentence for sentence in told if f'lang="{REFERENCE}"' in sentence] == []
    assert [text for one in told if ENGLISH.search(text := _QUOTED.sub("", one.unescape()))] == []


def test_nothing_a_job_says_names_a_flag(said: list[str]) -> None:
    """On the English page nothing of it names a flag or a command."""
    told = [Texts.of(REFERENCE).said(sentence).unescape() for sentence in said]
    assert [sentence for sentence in told if FLAG.search(sentence)] == []
