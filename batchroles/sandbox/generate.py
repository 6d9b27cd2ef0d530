"""Sites made by rule: the packaged practice site, and one of any size."""

from typing import Any

from batchroles.sandbox.builder import Builder

FIRST = [
    "Amelia",
    "Noah",
    "Olivia",
    "Liam",
    "Sofia",
    "Ethan",
    "Zoë",
    "Lucas",
    "Mia",
    "Oscar",
    "Ines",
    "Jakub",
    "Aisha",
    "Mateo",
    "Freya",
    "Ravi",
    "Chloé",
    "Yusuf",
    "Hanna",
    "Diego",
    "Maya",
    "Björn",
    "Leila",
    "Tomas",
    "Grace",
    "Kwame",
    "Elena",
    "Finn",
    "Priya",
    "Marco",
]
LAST = [
    "Adams",
    "Baker",
    "Clarke",
    "Dubois",
    "Evans",
    "Fischer",
    "García",
    "Hughes",
    "Ivanova",
    "Jensen",
    "Khan",
    "López",
    "Müller",
    "Nguyen",
    "O'Brien",
    "Patel",
    "Quinn",
    "Rossi",
    "Schmidt",
    "Taylor",
    "Usman",
    "Varga",
    "Wilson",
    "Xu",
    "Young",
    "Zhang",
    "Ahmed",
    "Bianchi",
    "Costa",
    "Dvořák",
    "Eriksen",
    "Fraser",
    "Gupta",
    "Hansen",
    "Ito",
    "Jansen",
    "Kowalski",
    "Larsen",
    "Moreau",
    "Novak",
]

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

DEFAULT_SIZE = {"users": 2000, "courses": 60, "categories": 12}
TEACHERS, STUDENTS = 2, 12
"""How many of each are enrolled in every generated course to begin with."""


def default_site() -> dict[str, Any]:
    """Give the packaged practice site: a small university."""
    return make_site(**DEFAULT_SIZE)


def make_site(users: int, courses: int, categories: int) -> dict[str, Any]:
    """Give a site with this many users, courses and categories besides the accounts and the site home."""
    builder = Builder()
    people = [add_person(builder, number) for number in range(users)]
    places = _add_categories(builder, categories)
    made = [_add_course(builder, number, places) for number in range(courses)]
    _enrol(builder, people, made)
    return builder.raw


def add_person(builder: Builder, number: int) -> int:
    """Add the user with this number: names from the lists, user name, e-mail and ID number from the number."""
    first, last = FIRST[number % len(FIRST)], LAST[number // len(FIRST) % len(LAST)]
    username = f"{plain(first)}.{plain(last)}{number:04d}"
    return builder.user(username, first, last, f"{username}@example.edu", f"S{number + 100001:07d}")


def plain(name: str) -> str:
    """Make a name fit for a user name: lower case, no accents, letters only."""
    import unicodedata

    letters = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode("ascii")
    return "".join(letter for letter in letters if letter.isalpha())


def _add_categories(builder: Builder, wanted: int) -> list[tuple[int, str, str]]:
    """Add faculties and their departments, round after round; give those that hold courses: id, name, code."""
    places: list[tuple[int, str, str]] = []
    made = 0
    while made < max(wanted, 1):
        term = "" if not made else f" {made}"
        for faculty, (code, departments) in FACULTIES.items():
            parent = builder.category(f"{faculty}{term}", f"{code}{term.strip()}")
            made += 1
            places.append((parent, faculty, code))
            for department in departments[: max(0, wanted - made)]:
                number = builder.category(
                    f"{department}{term}", f"{code}-{department[:3].upper()}{term.strip()}", parent
                )
                places.append((number, department, department[:3].upper()))
                made += 1
            if made >= wanted:
                break
    return [place for place in places if len(places) < 4 or place[1] not in FACULTIES]


def _add_course(builder: Builder, number: int, places: list[tuple[int, str, str]]) -> int:
    categoryid, department, code = places[number % len(places)]
    turn = number // len(places)
    level = 101 + turn
    shortname = f"{code}{level}" if len(places) <= 9 else f"{code}{level}-{categoryid}"
    name = TOPICS[turn % len(TOPICS)].format(department)
    visible = 0 if number % 20 == 19 else 1
    courseid = builder.course(shortname, name, f"C{number + 1:05d}", categoryid, visible=visible)
    for modname, title in (("forum", "Announcements"), ("assign", "Coursework"), ("quiz", "Self-test")):
        builder.module(courseid, modname, title, f"{shortname}-{modname}")
    return courseid


def _enrol(builder: Builder, people: list[int], courses: list[int]) -> None:
    """Enrol a few teachers and students in every course, so that a client can learn roles from them."""
    roles = [builder.role("editingteacher"), builder.role("teacher")] + [builder.role("student")] * STUDENTS
    for position, courseid in enumerate(courses):
        chosen = (people[(position * 17 + number * 31) % len(people)] for number in range(len(roles)))
        for userid, roleid in dict(zip(chosen, roles, strict=False)).items() if people else ():
            builder.enrol(userid, courseid, roleid)
