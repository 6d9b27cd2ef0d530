"""Sites made by rule: the packaged practice site, and one of any size."""

import unicodedata
from collections.abc import Iterator
from typing import Any

from batchroles.sandbox.making.builder import Builder
from batchroles.sandbox.text import words

FIRST = words("""
    Amelia Noah Olivia Liam Sofia Ethan Zoë Lucas Mia Oscar Ines Jakub Aisha Mateo Freya Ravi Chloé Yusuf Hanna Diego
    Maya Björn Leila Tomas Grace Kwame Elena Finn Priya Marco
""")
LAST = words("""
    Adams Baker Clarke Dubois Evans Fischer García Hughes Ivanova Jensen Khan López Müller Nguyen O'Brien Patel Quinn
    Rossi Schmidt Taylor Usman Varga Wilson Xu Young Zhang Ahmed Bianchi Costa Dvořák Eriksen Fraser Gupta Hansen Ito
    Jansen Kowalski Larsen Moreau Novak
""")

FACULTIES = {
    "Science": ("SCI", ("Physics", "Biology", "Chemistry")),
    "Arts": ("ART", ("History", "Languages", "Music")),
    "Engineering": ("ENG", ("Civil Engineering", "Computing", "Electronics")),
}
TOPICS = (
    "Introduction to {}",
    "{} II",
    "Methods in {}",
    "{} Laboratory",
    "History of {}",
    "{} Project",
    "{} Seminar",
)
ACTIVITIES = (("forum", "Announcements"), ("assign", "Coursework"), ("quiz", "Self-test"))

STUDENTS = 12
"""How many students are enrolled in every generated course to begin with, besides two teachers."""

HIDDEN = 20
"""Every so many courses, one is hidden."""

Place = tuple[int, str, str]
"""A category that holds courses: its id, its name, and the code that its courses' short names begin with."""


def default_site() -> dict[str, Any]:
    """Give the packaged practice site: a small university."""
    return make_site(users=2000, courses=60, categories=12)


def make_site(users: int, courses: int, categories: int) -> dict[str, Any]:
    """Give a site with this many users, courses and categories besides the accounts and the site home.

    A role Parent, which nobody has, may be given at users, as an administrator sets it up: a new Moodle has none.
    """
    builder = Builder()
    people = [add_person(builder, number) for number in range(users)]
    places = _add_categories(builder, categories) if categories or courses else []
    made = [_add_course(builder, number, places) for number in range(courses)]
    _enrol(builder, people, made)
    builder.role_of_users("parent")
    return builder.raw


def add_person(builder: Builder, number: int) -> int:
    """Add the user with this number: names from the lists; user name, e-mail and ID number from the number."""
    first, last = FIRST[number % len(FIRST)], LAST[number // len(FIRST) % len(LAST)]
    username = f"{plain(first)}.{plain(last)}{number:04d}"
    return builder.user(username, first, last, f"{username}@example.edu", idnumber=f"S{number + 100001:07d}")


def plain(name: str) -> str:
    """Make a name fit for a user name: lower case, no accents, letters only."""
    letters = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode("ascii")
    return "".join(letter for letter in letters if letter.isalpha())


def _add_categories(builder: Builder, wanted: int) -> list[Place]:
    """Add faculties and their departments, round after round; give those that hold courses."""
    names = _category_names()
    places: list[Place] = []
    parent = 0
    for _ in range(max(wanted, 1)):
        name, code, is_faculty = next(names)
        added = builder.category(name, code, 0 if is_faculty else parent)
        parent = added if is_faculty else parent
        if not is_faculty or wanted <= 1:
            places.append((added, name, code.rpartition("-")[2]))
    return places or [(parent, name, code)]


def _category_names() -> Iterator[tuple[str, str, bool]]:
    """Give name, ID number and whether it is a faculty, without end."""
    turn = 0
    while True:
        mark = str(turn) if turn else ""
        for faculty, (code, departments) in FACULTIES.items():
            yield f"{faculty} {mark}".strip(), f"{code}{mark}", True
            for department in departments:
                yield f"{department} {mark}".strip(), f"{code}-{department[:3].upper()}{mark}", False
        turn += 1


def _add_course(builder: Builder, number: int, places: list[Place]) -> int:
    category, department, code = places[number % len(places)]
    turn = number // len(places)
    shortname = f"{code}{101 + turn}" if code[-1].isalpha() else f"{code}-{101 + turn}"
    name = TOPICS[turn % len(TOPICS)].format(department)
    courseid = builder.course(shortname, name, category, idnumber=f"C{number + 1:05d}")
    if number % HIDDEN == HIDDEN - 1:
        builder.hide(courseid)
    for modname, title in ACTIVITIES:
        builder.module(courseid, modname, title, idnumber=f"{shortname}-{modname}")
    return courseid


def _enrol(builder: Builder, people: list[int], courses: list[int]) -> None:
    """Enrol a few teachers and students in every course, so that a client can learn roles from them."""
    roles = [builder.role(name) for name in ("editingteacher", "teacher", *["student"] * STUDENTS)]
    for position, courseid in enumerate(courses if people else ()):
        chosen = dict.fromkeys(
            people[(position * 17 + turn * 31) % len(people)] for turn in range(len(roles))
        )
        for userid, roleid in zip(chosen, roles, strict=False):
            builder.enrol(userid, courseid, roleid)
