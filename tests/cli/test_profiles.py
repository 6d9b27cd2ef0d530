"""`batchroles config list`, `get`, `set` and the like; and what a site's own words for columns do."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from batchroles.loader.layouts.meanings import MEANINGS
from batchroles.sandbox import serve
from tests.cli.running import Ended, Shell
from tests.job.helpers import recorded_site, write_csv

PROFILES = """\
default-site = "campus"

[roles]
Lecturer = "editingteacher"

[site.campus]
url = "https://bot:pw@moodle.example.edu/"
token = "0123456789abcdef"
chunk-size = 100
on-removal = ["keep", "student=unenrol"]
chunksize = 3

[site.practice]
url = "http://127.0.0.1:8000"
"""


def said(shell: Shell, *words: str, stdin: str = "") -> Ended:
    """Run `batchroles config …` and give how it ended, the file's path written FILE."""
    ended = shell.run("config", *words, stdin=stdin)
    return replace(ended, err=ended.err.replace(str(shell.config), "FILE"))


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["list"], "* campus    https://<hidden>@moodle.example.edu/\n  practice  http://127.0.0.1:8000\n"),
        (["get", "chunk-size"], "100\n"),
        (["get", "on-removal"], "keep\nstudent=unenrol\n"),
        (["get", "token"], "<hidden>\n"),
        (["get", "url"], "https://<hidden>@moodle.example.edu/\n"),
        (["get", "url", "--site", "practice"], "http://127.0.0.1:8000\n"),
        (["get", "default-site"], "campus\n"),
        (["get", "roles.Lecturer"], "editingteacher\n"),
        (["get", "chunksize"], "3\n"),
    ],
)
def test_what_the_file_says_is_shown_without_secrets(shell: Shell, words: list[str], shown: str) -> None:
    """Profiles and keys are printed as they stand in the file, what is secret in them is not."""
    shell.configure(PROFILES)
    assert shell.run("config", *words) == Ended(0, shown, "")


@pytest.mark.parametrize(
    ("words", "stdin", "keys", "value", "where"),
    [
        (["chunk-size", "50"], "", ["site", "campus", "chunk-size"], 50, "[site.campus]"),
        (["rate", "2.5", "--site", "practice"], "", ["site", "practice", "rate"], 2.5, "[site.practice]"),
        (["verify", "yes"], "", ["site", "campus", "verify"], True, "[site.campus]"),
        (["max-errors", "2%"], "", ["site", "campus", "max-errors"], "2%", "[site.campus]"),
        (["scope", "role=student", "site"], "", ["site", "campus", "scope"], ["role=student", "site"], "[site.campus]"),
        (["columns.Kurs", "course"], "", ["columns", "Kurs"], "course", "[columns]"),
        (
            ["columns.Kurs", "course", "--site", "practice"], "",
            ["site", "practice", "columns", "Kurs"], "course", "[site.practice.columns]",
        ),
        (["token"], "fedcba\n", ["site", "campus", "token"], "fedcba", "[site.campus]"),
        (["ping-url"], "https://x.example.edu/secret\n", ["site", "campus", "ping-url"], "https://x.example.edu/secret",
         "[site.campus]"),
    ],
)  # fmt: skip
def test_a_key_is_set(
    shell: Shell, words: list[str], stdin: str, keys: list[str], value: object, where: str
) -> None:
    """A key gets its value as TOML has it, in the default profile's table, the named one's, or every site's."""
    shell.configure(PROFILES)
    ended = said(shell, "set", *words, stdin=stdin)
    assert ended == Ended(0, "", f"{words[0]} is set in {where} of FILE.\n")
    found = tomllib.loads(shell.config.read_text("utf-8"))
    for key in keys:
        found = found[key]
    assert found == value


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("set chunk_size 3", "There is no key chunk_size; did you mean chunk-size?"),
        ("set chunksize 3", "There is no key chunksize: batchroles config unset chunksize takes it out."),
        (
            "set workers 99",
            "workers in [site.campus] of FILE: 99 is not in the range 1<=x<=32; write a whole number from 1 to 32.",
        ),
        ("set verify maybe", "verify in [site.campus] of FILE: 'maybe' is not a valid boolean; write true or false."),
        (
            "set deadline noon",
            "deadline in [site.campus] of FILE: --deadline noon: write a time of day as 06:00",
        ),
        (
            "set max-age old --site practice",
            "max-age in [site.practice] of FILE: --max-age old: write days, hours, minutes or seconds as 2d, 2h, 90m,"
            " 1h30m or 45s",
        ),
        ("set columns.Kurs kurs", 'Kurs in [columns] of FILE is "kurs", which is no meaning for a column; did you mean'
         " course?"),
        ("set map Kurs=course Rolle=nonsense", 'map in [site.campus] of FILE: Rolle in --map is "nonsense", which is no'
         " meaning for a column: write " + ", ".join(list(MEANINGS)[:-1]) + " or ignore."),
        ("set db postgresql://me:SECRET@db.example.edu/x", "db in [site.campus] of FILE: --db holds a password, which"
         " every user of a machine can see: leave it out there, and set BATCHROLES_DB_PASSWORD or name a file that"
         " holds it with --db-password-file."),
        ("set db mysql://me@db.example.edu/x?passwd=SECRET", "db in [site.campus] of FILE: --db holds a password, which"
         " every user of a machine can see: leave it out there, and set BATCHROLES_DB_PASSWORD or name a file that"
         " holds it with --db-password-file."),
        ("set workers", "workers: write one value behind it, in quotes where it has blanks."),
        ("set workers 1 2", "workers: write one value behind it, in quotes where it has blanks."),
        (
            "set token 0123",
            "token: a secret is no argument, which others on this machine can see; leave it out, and it is asked for.",
        ),
        ("set default-site x", "FILE: default-site is 'x', and there is no such profile; there are: campus, practice."),
        ("set rate 1 --site x", "There is no [site.x] in FILE; the profiles there are: campus, practice."),
        ("get rate", "rate is not set in [site.campus] of FILE."),
        ("unset rate", "rate is not set in [site.campus] of FILE."),
        ("rename campus practice", "There is a [site.practice] in FILE already: choose another name."),
    ],
)  # fmt: skip
def test_what_cannot_be_set_is_refused(shell: Shell, words: str, sentence: str) -> None:
    """An unknown key or a wrong value is refused with its place and what to write; the file stays as it is."""
    shell.configure(PROFILES)
    assert said(shell, *words.split()) == Ended(2, "", f"batchroles: {sentence}\n")
    assert shell.config.read_text("utf-8") == PROFILES


@pytest.mark.parametrize(
    "words", [("columns.\udce9", "course"), ("roles.Tutor", "\udce9"), ("sheet", "\udce9")]
)
def test_what_is_no_text_is_refused(shell: Shell, words: tuple[str, str]) -> None:
    """Bytes of the command line that are no UTF-8 never come into the file, which would be broken by them."""
    shell.configure(PROFILES)
    ended = said(shell, "set", *words)
    assert (ended.code, "written in UTF-8" in ended.err, "Traceback" in ended.err) == (2, True, False)
    assert shell.config.read_text("utf-8") == PROFILES


def test_profiles_are_renamed_removed_and_made_the_default(shell: Shell) -> None:
    """A profile can be given another name, be removed, and be the one that is used where none is named."""
    shell.configure(PROFILES)
    assert said(shell, "rename", "campus", "main").err == "campus is called main now.\n"
    assert said(shell, "remove", "main", "--yes").err == (
        "main is gone.\nNo profile is the default one now: batchroles config default NAME makes one so.\n"
    )
    assert said(shell, "default", "practice").err == "practice is the default profile now.\n"
    assert said(shell, "list").out == "* practice  http://127.0.0.1:8000\n"
    asked = said(shell, "remove", "practice", stdin="n\n")
    assert (asked.code, "[site.practice]" in shell.config.read_text("utf-8")) == (130, True)
    assert said(shell, "remove", "practice", stdin="y\n").code == 0
    assert said(shell, "list").err == "There is no profile in FILE yet: batchroles login makes one.\n"


def test_a_key_that_is_none_can_be_taken_out(shell: Shell) -> None:
    """What keeps every command from reading a profile is taken out by a command, too."""
    shell.configure(PROFILES)
    assert shell.run("config").code == 2
    assert said(shell, "unset", "chunksize") == Ended(
        0, "", "chunksize is not set in [site.campus] of FILE any more.\n"
    )
    assert shell.run("config").code == 0


def test_a_mistyped_word_behind_config_is_answered_with_the_nearest(shell: Shell) -> None:
    """`config lst` is no flag and no file, but nearly `config list`; what resembles none lists them."""
    assert shell.run("config", "lst").err.endswith(
        "Error: There is no command 'config lst'; did you mean config list?\n"
    )
    assert shell.run("config", "zzz").err.endswith(
        "Error: There is no command 'config zzz'; there are config list, config get, config set, config unset, config"
        " default, config rename, config remove.\n"
    )


COLUMNS = """\
default-site = "a"

[columns]
Wohin = "course"
Ort = "course"

[site.a]
url = "https://moodle.example.edu"
map = ["Wer=username"]

[site.a.columns]
Als = "role"
"""


def test_a_sites_own_headers_count_where_a_file_has_them(shell: Shell) -> None:
    """What a profile says of columns is used in a file with such headers, and is nothing to one without them."""
    shell.configure(COLUMNS)
    write_csv(Path("own.csv"), ["Wer", "Als", "WOHIN"], [("anna", "student", "MATH101")])
    write_csv(Path("other.csv"), ["username", "role", "course"], [("anna", "student", "MATH101")])
    for file in ("own.csv", "other.csv"):
        ended = shell.run("check", file, "--offline")
        assert (ended.code, ended.out.splitlines()[0]) == (
            0,
            "  row 2: assign role student to user anna in course MATH101",
        )


def test_what_a_command_line_says_of_columns_has_to_be_in_the_file(shell: Shell) -> None:
    """--map names a column of this file, and counts more than what the site says of it."""
    shell.configure(COLUMNS)
    write_csv(Path("own.csv"), ["username", "role", "Wohin", "Ort"], [("anna", "student", "MATH101", "10")])
    ended = shell.run("check", "own.csv", "--offline", "--map", "Ort=ignore")
    assert (ended.code, '"username", "role" and "Wohin", one' in ended.err) == (0, True)
    ended = shell.run("check", "own.csv", "--offline", "--map", "Stg=course")
    assert (ended.code, '--map: the file has no column "Stg"' in ended.err) == (2, True)


def test_a_meaning_that_is_none_is_told_with_its_place(shell: Shell) -> None:
    """A word that no column can mean is refused where it stands, also for a file without that column."""
    shell.configure(COLUMNS.replace('"role"', '"als was"'))
    write_csv(Path("other.csv"), ["username", "role", "course"], [("anna", "student", "MATH101")])
    ended = shell.run("check", "other.csv", "--offline")
    assert (ended.code, ended.err.partition(" is ")[0]) == (
        2,
        f"batchroles: Als in [columns] of {shell.config}",
    )


def test_words_that_a_profile_translates_need_not_be_in_the_file(shell: Shell) -> None:
    """A [roles] word is nothing to a file without it, whatever it leads to; `config` shows both tables."""
    shell.configure(f'{COLUMNS}\n[roles]\nDozent = "no such role"\n')
    write_csv(Path("other.csv"), ["username", "role", "course"], [("anna", "student", "MATH101")])
    assert shell.run("check", "other.csv", "--offline").code == 0
    shown = shell.run("config").out
    assert "Wohin=course; Ort=course; Als=role; Wer=username  [columns] of" in shown


def test_a_run_is_read_again_as_it_was_planned(shell: Shell) -> None:
    """What a site calls its columns is kept with a run, which goes on also where no profile says it any more."""
    shell.configure('[columns]\nWer = "username"\nWohin = "course"\n')
    write_csv(Path("own.csv"), ["Wer", "role", "Wohin"], [("u21", "student", "C-ART-201")])
    with serve(recorded_site()) as practice:
        env = {"MOODLE_URL": practice.url, "MOODLE_TOKEN": practice.token}
        assert shell.run("plan", "own.csv", "--out", "run", env=env).code == 0
        shell.configure("")
        assert shell.run("apply", "run", "--yes", env=env).code == 0
    assert "1 done, 0 failed of 1" in shell.run("show", "run").out
