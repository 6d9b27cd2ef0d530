"""Role words that are the names which Moodle shows for its standard roles in other languages."""

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest

from batchroles.client import Moodle
from batchroles.directory.roles import STANDARD_NAMES
from batchroles.loader.layouts import read
from batchroles.models import Code, Problem, RoleRef
from batchroles.models.languages import words
from batchroles.models.references import RoleKey, RoleMap
from batchroles.sandbox import serve
from batchroles.validator import KnownRole
from batchroles.validator.names import Resolved
from batchroles.validator.resolving import resolve
from batchroles.validator.role_learning import Courses
from batchroles.validator.role_words import RoleList, Spoken, match
from batchroles.validator.roles import RoleFinder
from tests.job.helpers import moodle_at
from tests.validator.conftest import SITE, Site

STANDARD = [KnownRole(n, short, name, "test") for n, (short, name) in enumerate(STANDARD_NAMES.items(), 1)]
GERMAN, SPANISH = frozenset({"de"}), frozenset({"es"})


def meant(word: str, known: RoleList, by: RoleKey = "word") -> Resolved:
    return match(RoleRef(by, word), known, word)


def known(
    *roles: KnownRole, site: str = "en", file: frozenset[str] = frozenset(), complete: bool = True
) -> RoleList:
    return RoleList([*STANDARD, *roles], complete, spoken=Spoken(site, file))


def test_names_are_of_standard_roles() -> None:
    """Every name in the file of words is that of a role which every Moodle has."""
    assert {short for said in words().roles.values() for short in said} == set(STANDARD_NAMES)


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("Trainer/in", "editingteacher"),
        ("TRAINERIN", "editingteacher"),
        ("Trainer/in ohne Bearbeitungsrecht", "teacher"),
        ("Teilnehmer*in", "student"),
        ("Teilnehmer", "student"),
        ("student", "student"),
        ("Manager/in", "manager"),
    ],
)
def test_a_name_in_the_language_of_the_file(word: str, role: str) -> None:
    """It is that role, however it is spelt."""
    assert meant(word, known(file=GERMAN)) == [*STANDARD_NAMES].index(role) + 1


def test_a_name_in_another_language() -> None:
    """It is asked about, with the answer: a name in one language is a word for something else in another."""
    assert meant("Administrator", known(file=GERMAN)) == Problem(
        Code.ROLE_UNKNOWN,
        'Role "Administrator" is not known. It is what Moodle calls the role "manager" in Romanian or Swedish, but'
        " whether that is meant is not certain.",
        'If it is, give --role-map "Administrator=manager".',
        value="Administrator",
    )


@pytest.mark.parametrize(
    "own",
    [
        KnownRole(20, "tutor", "Profesor", "test"),
        KnownRole(20, "profesor", "Tutor", "test"),
        KnownRole(20, "PROFESOR", "", "test"),
    ],
)
def test_the_words_of_the_site_win(own: KnownRole) -> None:
    """A role of the site's own with that name or short name is what is meant, whatever the language."""
    assert meant("Profesor", known(own, site="es", file=SPANISH)) == 20


def test_a_name_that_only_accents_tell_apart() -> None:
    """Where the site has a role that is called so but for accents, the word is none of Moodle's."""
    own = KnownRole(20, "auditor", "Etudiant", "test")
    assert isinstance(meant("Étudiant", known(own, site="fr")), Problem)


def test_a_renamed_standard_role() -> None:
    """Where the site calls the role otherwise, nothing is shown by Moodle's name there."""
    renamed = [KnownRole(5, "student", "Studierende", "test")]
    assert isinstance(meant("Teilnehmer/in", RoleList(renamed, True, spoken=Spoken("de"))), Problem)
    shown = [KnownRole(5, "student", "Teilnehmer/in", "test")]
    assert meant("Estudiante", RoleList(shown, True, spoken=Spoken("de", SPANISH))) == 5


def test_where_not_all_roles_are_known() -> None:
    """A name in the site's own language is what its pages show; another may be that of a role that is not known."""
    assert meant("Profesor", known(site="es", complete=False)) == 3
    assert isinstance(meant("Profesor", known(site="de", file=SPANISH, complete=False)), Problem)
    assert meant("Teilnehmer/in", known(site="de", complete=False)) == 5
    assert isinstance(meant("Teilnehmer", known(site="de", complete=False)), Problem)


def test_a_column_of_short_names() -> None:
    """What is to be a short name is no name."""
    assert isinstance(meant("Profesor", known(site="es"), by="shortname"), Problem)


def find(
    moodle: Moodle, *sought: str, languages: frozenset[str] = frozenset(), role_map: RoleMap | None = None
) -> tuple[list[Resolved], dict[str, str]]:
    finder = RoleFinder(moodle, role_map or {}, languages=languages)
    found = finder.find({RoleRef("word", word) for word in sought}, Courses([2, 5, 11]))
    return [found[RoleRef("word", word)] for word in sought], finder.translated


def test_from_the_file_to_the_role(sites: Site, tmp_path: Path) -> None:
    """The language of a file's headers counts for its roles, and what was understood is noted."""
    file = tmp_path / "liste.csv"
    rows = ["Benutzername;Rolle;Kurs", "wsweak;Teilnehmer/in;C-PHY-101", "wsweak;Trainer/in;C-PHY-101"]
    file.write_text("\n".join(rows), encoding="utf-8")
    found = resolve(read(file), sites())
    assert found.lines.roleid.tolist() == [5, 3]
    assert (
        '"Teilnehmer/in" is read as the role student, "Trainer/in" as editingteacher: Moodle shows them by these names.'
        in found.notes
    )


def test_on_a_site_that_lists_its_roles(sites: Site) -> None:
    """Names in the language of the file's headers are understood, and said; the role map goes before them."""
    moodle = sites()
    found, translated = find(moodle, "Estudiante", "student", languages=SPANISH)
    assert (found, translated) == ([5, 5], {"Estudiante": "student"})
    assert find(moodle, "Estudiante", languages=SPANISH, role_map={"estudiante": "registrar"}) == ([9], {})
    assert isinstance(find(moodle, "Estudiante")[0][0], Problem)


@pytest.fixture(scope="module")
def spanish() -> Iterator[Moodle]:
    """Give a client of the recorded site in Spanish as they speak it in Mexico, which does not list its roles."""
    site = copy.deepcopy(SITE)
    site["settings"]["moodle"]["lang"] = "es_mx"
    for service in site["services"]:
        names = service.get("functions") or []
        service["functions"] = [name for name in names if name != "local_wsgetroles_get_roles"]
    with serve(site) as practice:
        yield moodle_at(practice)


def test_on_a_site_in_that_language(spanish: Moodle) -> None:
    """Its names are understood from what enrolled users show, and no longer looked for than others."""
    before = spanish.calls.copy()
    assert find(spanish, "Estudiante", "Profesor") == (
        [5, 3],
        {"Estudiante": "student", "Profesor": "editingteacher"},
    )
    assert sum((spanish.calls - before).values()) <= 2
    (problem,), _ = find(spanish, "Teilnehmer/in", languages=GERMAN)
    assert isinstance(problem, Problem)
    assert 'give --role-map "Teilnehmer/in=student"' in problem.fix
