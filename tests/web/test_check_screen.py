"""What the check screen shows, what can be said and repaired there, and that only what was shown is sent."""

from pathlib import Path
from urllib.parse import urlencode

import pytest
from openpyxl import Workbook

from batchroles.guide import guide
from batchroles.sandbox.site.site import Site
from batchroles.sandbox.wire.practice import Practice
from batchroles.web.screens.guide import rendered
from batchroles.web.texts import Texts, languages
from tests.web.visiting import Visitor
from tests.web.walking import hidden, looked_at, press, settled, until

HEADER = "username,role,course"
WRONG = f"""{HEADER}
noah.adams0001,student,PHY110
olivia.adams0002,student,PHY110
liam.adams0003,student,CHE101
"""


def given(practice: Practice) -> int:
    return len(practice.state()["role_assignments"])


def test_people_are_shown_as_moodle_knows_them(visitor: Visitor) -> None:
    """People are told with Moodle's names beside the file's own; a name that differs is marked, and stands first."""
    rows = """username,fullname,role,course
noah.adams0001,Noah Adams,student,PHY101
olivia.adams0002,Peter Smith,student,PHY101
"""
    _, screen = looked_at(visitor, "names.csv", rows)
    assert "becomes <em>Student</em> in <em>Introduction to Physics (PHY101)</em>" in screen
    assert "1 row names somebody who is called otherwise in Moodle." in screen
    olivia, noah = (row for row in screen.split("<tr") if "becomes" in row)
    assert ("Noah Adams" in noah, "differs" in noah) == (True, False)
    assert ("Olivia Adams" in olivia, "Peter Smith" in olivia, "differs" in olivia) == (True, True, True)


def test_one_wrong_course_is_one_line_and_is_repaired_in_all_its_rows(
    visitor: Visitor, practice: Practice
) -> None:
    """A value that is wrong in two rows is told once; what is pressed counts for both, and the file itself stays."""
    place, screen = looked_at(visitor, "list.csv", WRONG)
    assert screen.count("The course or place is not in Moodle") == 1
    assert "in all 2 rows" in screen
    press(visitor, place, "repairs", screen, take="0:0")
    screen = settled(visitor, place)
    assert "Assign 3 roles" in screen
    assert "“PHY110” is read as “PHY101” in all rows" in screen
    copy = visitor.get(f"{place}/copy")
    assert copy.text == WRONG.replace("PHY110", "PHY101")
    assert "list-repaired.csv" in copy.headers["Content-Disposition"]
    before = given(practice)
    run = press(visitor, place, "send", screen)
    until(visitor, run, "Everything is done.")
    assert given(practice) == before + 3


def test_all_suggestions_are_taken_at_once(visitor: Visitor) -> None:
    """Where one thing alone may be meant, one press takes it for each; who was repaired stands first, and is marked."""
    wrong = ["olivia.adms0002,student,PHY101", "liam.adams0003,student,PHY110", "nobody,student,PHY101"]
    place, screen = looked_at(
        visitor, "list.csv", "\n".join([HEADER, "noah.adams0001,student,PHY101", *wrong]) + "\n"
    )
    assert ("2 different ones" in screen, "Take all 2 suggestions" in screen) == (True, True)
    assert press(visitor, place, "repairs", screen, take="all").endswith("#wrong")
    screen = settled(visitor, place)
    assert ("Assign 3 roles" in screen, "1 row cannot be sent" in screen) == (True, True)
    people = [row for row in screen.split("<tr") if "becomes" in row]
    assert ["repaired" in row for row in people] == [True, True, False]
    assert [name in row for name, row in zip(("Olivia", "Liam", "Noah"), people, strict=True)] == [True] * 3


def test_a_repair_for_one_row_leaves_the_others(visitor: Visitor) -> None:
    """What is typed for one row counts there alone, and can be put back."""
    place, screen = looked_at(visitor, "list.csv", WRONG)
    press(visitor, place, "repairs", screen, **{"new-0": "PHY101", "row-0": "3"})
    screen = settled(visitor, place)
    assert ("Assign 2 roles" in screen, "1 row cannot be sent" in screen) == (True, True)
    press(visitor, place, "repairs/0/put-back", screen)
    screen = settled(visitor, place)
    assert ("Assign 1 role" in screen, "2 rows cannot be sent" in screen) == (True, True)


def test_columns_are_said_once_for_all_files_with_these_headers(visitor: Visitor) -> None:
    """Where no column is known one is asked over the file's rows; the next file of this kind is read so by itself."""
    rows = "Wer,Was,Wo\nnoah.adams0001,student,PHY101\n"
    place, screen = looked_at(visitor, "own.csv", rows)
    assert ("Which column holds what?" in screen, "<td>noah.adams0001</td>" in screen) == (True, True)
    meant = [("Wer", "username"), ("Was", "role"), ("Wo", "course")]
    said = [("form_token", hidden(screen)["form_token"])]
    said += [pair for header, meaning in meant for pair in (("header", header), ("meaning", meaning))]
    answer = visitor.ask(
        "POST", f"{place}/reading", urlencode(said).encode(), Content_Type="application/x-www-form-urlencoded"
    )
    assert answer.status == 303
    assert "Assign 1 role" in settled(visitor, place)
    _, screen = looked_at(visitor, "own2.csv", rows.replace("PHY101", "CHE101"))
    assert "Assign 1 role" in screen
    assert "as you chose for a file with these headers before" in screen
    _, screen = looked_at(visitor, "other.csv", "Wer,Was\nnoah.adams0001,student\n")
    assert "Which column holds what?" in screen


def test_what_stands_in_a_header_is_mended_in_the_file(visitor: Visitor) -> None:
    """A wrong course at the head of a column is not said to be repaired here, where it cannot be."""
    _, screen = looked_at(visitor, "ticks.csv", "username,PHY101,NOPE1\nnoah.adams0001,student,student\n")
    assert "This stands in the header of the file" in screen
    assert ("Repair them here" in screen, "Look again with these repairs" in screen) == (False, False)


def test_what_nobody_looked_up_is_not_passed_over(visitor: Visitor) -> None:
    """Where enrolments were read of some courses only, it is said of how many people they were not."""
    rows = [f"ines.adams0010,student,{course}" for course in range(2, 42)]
    place, screen = looked_at(visitor, "list.csv", "\n".join(["username,role,courseid", *rows]) + "\n")
    assert "20 times somebody is not enrolled in the course of the row" in screen
    assert "Of 20 more it was not looked up." in screen
    press(visitor, place, "enrol", screen)
    assert "not looked up" not in settled(visitor, place)


@pytest.mark.parametrize("language", languages())
def test_links_to_the_help_lead_to_its_headings(language: str) -> None:
    """Each anchor that a language has for a screen's help is a heading of the guide in that language."""
    texts, contents = Texts.of(language), rendered(guide("page", language)).contents
    abouts = [key.removeprefix("help.about-") for key in texts.every if key.startswith("help.about-")]
    assert len(abouts) > 4
    assert [about for about in abouts if texts(f"help.{about}") not in contents] == []


def test_what_is_taken_away_wants_its_own_tick(visitor: Visitor, practice: Practice) -> None:
    """Removals stand apart; without the tick nothing at all is sent."""
    before = given(practice)
    place, screen = looked_at(visitor, "list.csv", "username,role,course\nnoah.adams0001,student,PHY101\n")
    until(visitor, press(visitor, place, "send", screen), "Everything is done.")
    rows = (
        f"{HEADER},action\nnoah.adams0001,student,PHY101,unassign\nolivia.adams0002,student,PHY101,assign\n"
    )
    place, screen = looked_at(visitor, "mixed.csv", rows)
    assert ("What is taken away" in screen, "Make 2 changes" in screen) == (True, True)
    refused = visitor.post(f"{place}/send", hidden(screen))
    assert (refused.status, "tick the box" in refused.text) == (400, True)
    assert given(practice) == before + 1
    until(visitor, press(visitor, place, "send", screen, agreed="yes"), "Everything is done.")
    assert given(practice) == before + 1


def test_nothing_is_sent_twice_whatever_is_pressed(visitor: Visitor, practice: Practice) -> None:
    """Sent again from another tab or by Back, what was sent leads to the same run, and can be changed no more."""
    place, screen = looked_at(visitor, "list.csv", WRONG)
    run = press(visitor, place, "send", screen)
    assert press(visitor, place, "send", screen) == run
    until(visitor, run, "Some rows could not be done")
    calls = practice.calls()["core_role_assign_roles"]
    assert press(visitor, place, "send", screen) == run
    assert visitor.get(place).headers["Location"] == run
    assert visitor.post(f"{place}/repairs", {**hidden(screen), "take": "0:0"}).status == 409
    assert practice.calls()["core_role_assign_roles"] == calls


def test_an_older_look_sends_nothing(visitor: Visitor, practice: Practice) -> None:
    """A tab that shows what was repaired since leads to how it stands now."""
    place, screen = looked_at(visitor, "list.csv", WRONG)
    before = given(practice)
    press(visitor, place, "repairs", screen, take="0:0")
    settled(visitor, place)
    assert press(visitor, place, "send", screen) == place
    assert given(practice) == before


def test_where_the_site_has_changed_it_is_looked_at_once_more(visitor: Visitor, practice: Practice) -> None:
    """What would be done is otherwise than it was shown: nothing is sent, the row is named, and then it can be sent."""
    rows = "username,role,course\nnoah.adams0001,student,PHY101\n"
    place, screen = looked_at(visitor, "first.csv", rows)
    until(visitor, press(visitor, place, "send", screen), "Everything is done.")
    place, screen = looked_at(visitor, "list.csv", f"{rows}olivia.adams0002,student,PHY101\n")
    assert "Assign 1 role" in screen

    def take_away(site: Site) -> None:
        del site.role_assignments.rows[max(site.role_assignments.rows)]

    practice.change(take_away)
    run = press(visitor, place, "send", screen)
    until(visitor, f"{run}/state", '"over":true')
    assert visitor.get(run).headers["Location"] == place
    screen = until(visitor, place, "Assign 2 roles")
    assert "nothing was sent" in screen
    assert "row 2: was “was so already” when you looked" in screen
    until(visitor, press(visitor, place, "send", screen), "Everything is done.")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("list.xlsx", b"%PDF-1.4", "is a PDF document"),
        ("list.xlsx", b"PK\x03\x04 cut off", "list.xlsx"),
        ("list.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "list.xls"),
        ("../../etc/passwd.csv", b"", "passwd.csv"),
        ("<b>x</b>.csv", b"\x89PNG", "is a picture"),
    ],
)
def test_what_is_no_spreadsheet_is_said_with_a_way_on(
    visitor: Visitor, name: str, content: bytes, said: str
) -> None:
    """A file that cannot be read is named as the person named it, with what to do, and can be deleted."""
    place, screen = looked_at(visitor, name, content)
    assert said in screen
    assert "This cannot be used as it is" in screen
    assert "/etc" not in screen
    # What a text file's letters are may be chosen; of a workbook nothing helps but another file.
    assert ("Give another file" in screen, "Read the file in another way" in screen) == (True, ".csv" in name)
    assert press(visitor, place, "forget", screen) == "/"
    assert visitor.get(place).status == 404


def test_a_site_that_does_not_answer_is_asked_again(visitor: Visitor, practice: Practice) -> None:
    """While the site is away, that is said; one press asks it again."""
    practice.change(lambda site: site.settings.__setitem__("maintenance_enabled", "1"))
    place, screen = looked_at(visitor, "list.csv", WRONG)
    assert "Moodle does not let this be looked up just now" in screen
    assert ("Nothing was sent, and nothing is lost." in screen, "Try again" in screen) == (True, True)
    practice.change(lambda site: site.settings.__setitem__("maintenance_enabled", "0"))
    press(visitor, place, "again", screen)
    assert "Assign 1 role" in settled(visitor, place)


def test_a_sheet_of_thousands_of_columns_is_shown_as_far_as_people_look(visitor: Visitor) -> None:
    """Of a file as wide as a sheet can be the first columns can be chosen, and that still fits into a form."""
    wide = [f"note {number}" for number in range(16_381)]
    place, screen = looked_at(visitor, "wide.csv", f"{HEADER},{','.join(wide)}\n{WRONG.splitlines()[3]}\n")
    assert ("Assign 1 role" in screen, "16,284 more columns" in screen) == (True, True)
    assert len(screen) < 1_000_000
    press(visitor, place, "reading", screen, role="student")
    assert "Assign 1 role" in settled(visitor, place)


def test_all_sheets_are_read_where_that_is_ticked(visitor: Visitor, tmp_path: Path) -> None:
    """One sheet is read unless somebody wants all; rows that are hidden are left out where that is said."""
    book = Workbook()
    for number, (sheet, name) in enumerate((("A", "noah.adams0001"), ("B", "olivia.adams0002"))):
        page = book.create_sheet(sheet, number)
        page.append(HEADER.split(","))
        page.append([name, "student", "PHY101"])
    book["A"].append(["liam.adams0003", "student", "PHY101"])
    book["A"].row_dimensions[3].hidden = True
    book.save(tmp_path / "two.xlsx")
    place, screen = looked_at(visitor, "two.xlsx", (tmp_path / "two.xlsx").read_bytes())
    assert "Assign 2 roles" in screen
    press(visitor, place, "reading", screen, all_sheets="on")
    screen = settled(visitor, place)
    assert "Assign 3 roles" in screen
    press(visitor, place, "reading", screen, all_sheets="on", visible_rows="on")
    assert "Assign 2 roles" in settled(visitor, place)
