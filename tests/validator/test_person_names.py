"""Names as offices write them beside names as Moodle has them: who may be the same person, and who is another."""

import pytest

from batchroles.models import PersonName
from batchroles.validator.person_names import Fit, compare

SAME = [
    ("Ana", "Silva", "Ana Silva"),
    ("ANA", "SILVA", "Ana Silva"),
    ("Ana", "Silva", "Silva, Ana"),
    ("Ana", "Silva", "Ana Maria Pereira Silva"),
    ("Ana Maria", "Silva", "Ana Silva"),
    ("Ana Maria", "Silva Pereira", "Maria Silva"),
    ("José", "García López", "Jose Garcia"),
    ("Jürgen", "Müller", "Juergen Mueller"),
    ("Jürgen", "Müller", "Jurgen Muller"),
    ("Björn", "Weiß", "Bjoern Weiss"),
    ("Åsa", "Sjögren", "Aasa Sjogren"),
    ("Søren", "Kjær", "Soeren Kjaer"),
    ("Đorđe", "Đorđević", "Djordje Djordjevic"),
    ("Łukasz", "Żółć", "Lukasz Zolc"),
    ("Zoltán", "Kovács-Nagy", "Kovács Zoltán"),
    ("Jean-Luc", "Picard", "Jean Luc Picard"),
    ("Jean-Luc", "Picard", "Jeanluc Picard"),
    ("Seán", "O'Brien", "Sean OBrien"),
    ("Seán", "O’Brien", "Sean O Brien"),  # noqa: RUF001 - the apostrophe of a word processor
    ("Fiona", "MacDonald", "Fiona Mac Donald"),
    ("Jan", "van der Berg", "Jan Vanderberg"),
    ("Jan", "Berg", "Jan van der Berg"),
    ("Omar", "Al-Hassan", "Omar Alhassan"),
    ("Dr. Anna", "Huber", "Anna Huber"),
    ("Anna", "Huber, PhD", "Prof. Dr. Anna Huber"),
    ("John F.", "Kennedy", "John Fitzgerald Kennedy"),
    ("J.", "Kennedy", "John Kennedy"),
    ("Anna", "H.", "Anna Huber"),
    ("İpek", "Y\u0131ld\u0131z", "Ipek Yildiz"),
    ("Mary", "Smith-Jones", "Mary Jones"),
    ("小明", "王", "王小明"),
    ("Иван", "Петров", "Петров Иван"),
    ("Suharto", "Suharto", "Suharto Suharto"),
    ("Anna", "", "Anna Huber"),
    ("", "Huber", "Anna Huber"),
    ("Dominic", "Ing", "Dominic Ing"),
]
OTHERS = [
    ("Ana", "Silva", "Andrea Silver"),
    ("Ana", "Silva", "Joana Silva"),
    ("Ana", "Silva", "Ana Costa"),
    ("Ana Maria", "Silva", "Ana Maria Costa"),
    ("Ana", "de la Cruz", "Ana de la Torre"),
    ("Jan", "van der Berg", "Jan van der Meer"),
    ("Anna", "Huber", "Anton Huber"),
    ("Anna", "Huber", "Anna Hubner"),
    ("Dr. Anna", "Huber", "Dr. Otto Berg"),
    ("王", "小明", "李小红"),
    ("A.", "Huber", "Bernd Huber"),
    ("Anna", "H.", "Anna Berg"),
    ("Anna", "Huber", "Anna H. Berg"),
    ("Anna Maria", "Huber", "Anna Maria H. Berg"),
    ("A.", "H.", "Bernd Huber"),
]


@pytest.mark.parametrize(("first", "last", "moodle"), SAME)
def test_the_same_person(first: str, last: str, moodle: str) -> None:
    """A name that an office, a keyboard or a custom writes otherwise fits, in parts, whole, and the other way round."""
    whole = f"{first} {last}".strip()
    assert compare(PersonName(first, last), moodle) is Fit.FITS
    assert compare(PersonName(full=whole), moodle) is Fit.FITS
    assert compare(PersonName(full=moodle), whole) in (Fit.FITS, Fit.UNTOLD)
    if first and last:
        assert compare(PersonName(full=f"{last}, {first}"), moodle) is Fit.FITS
        assert compare(PersonName(full=moodle), whole) is Fit.FITS


@pytest.mark.parametrize(("first", "last", "moodle"), OTHERS)
def test_another_person(first: str, last: str, moodle: str) -> None:
    """Whoever shares only the first name or only the last one, or something near, is another person, both ways."""
    whole = f"{first} {last}"
    assert compare(PersonName(first, last), moodle) is Fit.DIFFERS
    assert compare(PersonName(full=whole), moodle) is Fit.DIFFERS
    assert compare(PersonName(full=moodle), whole) is Fit.DIFFERS


@pytest.mark.parametrize("moodle", ["", "Ana", "Анна Сильва", "-"])
def test_what_cannot_be_compared(moodle: str) -> None:
    """Of a site that shows no last name, no name, or one in another alphabet, nothing is claimed."""
    assert compare(PersonName("Ana", "Silva"), moodle) is Fit.UNTOLD
    assert compare(PersonName(full="Silva, Ana"), moodle) is Fit.UNTOLD


@pytest.mark.parametrize("name", [PersonName("A.", "H."), PersonName(full="A"), PersonName(full="H., A.")])
def test_initials(name: PersonName) -> None:
    """Initials alone that fit say neither that it is the person nor that it is another one."""
    assert compare(name, "Anna Maria Huber") is Fit.UNTOLD
