"""`batchroles config`, and where the value of a setting comes from."""

import json
from pathlib import Path

import pytest

from tests.cli.running import Ended, Shell

PROFILE = """
default-site = "campus"

[roles]
Lecturer = "editingteacher"

[site.campus]
url = "https://moodle.example.edu/"
token = "0123456789abcdef"
chunk-size = 100
workers = 2
probe = false
map = ["Login=username"]

[site.campus.roles]
Tutor = 9

[site.practice]
url = "http://127.0.0.1:8000"
token = "fedcba9876543210"
"""


def settings(ended: Ended) -> dict[str, tuple[str, str]]:
    """Give value and origin of each setting that is not at its default."""
    shown = json.loads(ended.out)["settings"]
    return {one["setting"]: (one["value"], one["origin"]) for one in shown if one["origin"] != "default"}


def test_flag_before_environment_before_profile_before_default(shell: Shell) -> None:
    """Each setting is taken from the first of four places, and says which one that was."""
    shell.configure(PROFILE)
    campus = f"[site.campus] in {shell.config}"
    ended = shell.run(
        "config",
        "--json",
        "--chunk-size",
        "50",
        env={"BATCHROLES_CHUNK_SIZE": "70", "BATCHROLES_WORKERS": "7"},
    )
    assert settings(ended) == {
        "chunk-size": ("50", "the command line"),
        "json": ("true", "the command line"),
        "workers": ("7", "the environment variable BATCHROLES_WORKERS"),
        "probe": ("false", f"probe in {campus}"),
        "map": ("Login=username", f"map in {campus}"),
        "role-map": ("Lecturer=editingteacher; Tutor=9", f"[roles] of {shell.config}"),
        "site": ("campus", f"default-site in {shell.config}"),
        "url": ("https://moodle.example.edu/", f"url in {campus}"),
        "token": ("<hidden>", campus),
    }


def test_every_setting_is_shown(shell: Shell) -> None:
    """Without a file, flag or variable everything is at its default, and the token is not looked for."""
    assert shell.run("config") == Ended(0, DEFAULTS.replace("FILE", str(shell.config)), "")


DEFAULTS = """\
configuration file: FILE (there is none yet)
sheet             -         default
all-sheets        false     default
visible-rows      false     default
encoding          -         default
delimiter         -         default
format            -         default
match-user-by     username  default
role              -         default
context           -         default
map               -         default
split-courses     -         default
enrol             false     default
date-format       -         default
time-zone         -         default
role-map          -         default
sql-file          -         default
db                -         default
db-password-file  -         default
site              -         default
url               -         default
token-file        -         default
token-command     -         default
rest-format       json      default
workers           4         default
max-input-vars    1000      default
timeout           300.0     default
retry-for         600.0     default
settle-pause      30.0      default
insecure-http     false     default
ca-cert           -         default
client-cert       -         default
reports           -         default
probe             true      default
check-existing    true      default
strict-names      false     default
max-removals      -         default
min-rows          -         default
max-age           -         default
cache-ttl         1d        default
adopt             false     default
on-removal        -         default
scope             -         default
remove-unowned    false     default
drift             false     default
heal              false     default
chunk-size        200       default
max-errors        -         default
rate              -         default
deadline          -         default
max-duration      -         default
verify            false     default
only-new          false     default
if-locked         wait      default
yes               false     default
out               -         default
json              false     default
quiet             false     default
log-file          -         default
log-format        text      default
metrics-file      -         default
ping-url          -         default
token             -         looked for once a site is named
"""


@pytest.mark.parametrize(
    ("words", "env", "site"),
    [
        ((), {}, "https://moodle.example.edu/"),
        (("--site", "practice"), {}, "http://127.0.0.1:8000"),
        ((), {"BATCHROLES_SITE": "practice"}, "http://127.0.0.1:8000"),
        (("--site", "practice", "--url", "https://x.example.edu"), {}, "https://x.example.edu"),
        (("--url", "https://x.example.edu"), {}, "https://x.example.edu"),
        ((), {"MOODLE_URL": "https://x.example.edu"}, "https://x.example.edu"),
        ((), {"BATCHROLES_URL": "https://x.example.edu"}, "https://x.example.edu"),
    ],
)
def test_the_address(shell: Shell, words: tuple[str, ...], env: dict[str, str], site: str) -> None:
    """The address is that of the profile named, of the default one, or the one given in its place."""
    shell.configure(PROFILE)
    assert settings(shell.run("config", "--json", *words, env=env))["url"][0] == site


def test_another_address_takes_nothing_from_the_default_profile(shell: Shell) -> None:
    """Where another site is named, the default profile's settings and token stay out of it; words for roles count."""
    shell.configure(PROFILE)
    found = settings(shell.run("config", "--json", "--url", "https://x.example.edu"))
    assert found.pop("token") == (
        "-",
        "No token for https://x.example.edu: batchroles login keeps one; or set MOODLE_TOKEN, or name a file that"
        " holds it with --token-file, or a command that prints it with --token-command.",
    )
    assert found == {
        "json": ("true", "the command line"),
        "url": ("https://x.example.edu", "the command line"),
        "role-map": ("Lecturer=editingteacher", f"[roles] of {shell.config}"),
    }


def test_a_profiles_token_goes_to_its_own_site_only(shell: Shell) -> None:
    """A profile that is named together with another address keeps its token to itself."""
    shell.configure(PROFILE)
    found = settings(shell.run("config", "--json", "--site", "campus", "--url", "https://x.example.edu"))
    assert (found["chunk-size"][0], found["token"][0]) == ("100", "-")


@pytest.mark.parametrize(
    ("key", "origin"), [("token-file", "--token-file give"), ("token-command", "--token-command give …")]
)
def test_nor_does_what_a_profile_names_give_its_token_to_another_site(
    shell: Shell, key: str, origin: str
) -> None:
    """A file or a command that a profile names for its token is not asked for another address either."""
    Path("give").write_text("0123456789abcdef", encoding="utf-8")
    Path("give").chmod(0o600)
    shell.configure(f'[site.a]\nurl = "https://a.example.edu"\n{key} = "give"\n')
    own = settings(shell.run("config", "--json", "--site", "a"))
    other = settings(shell.run("config", "--json", "--site", "a", "--url", "https://b.example.edu"))
    assert own["token"] == ("<hidden>", origin)
    assert other["token"][1].startswith("No token for https://b.example.edu")


def test_words_for_roles_add_up(shell: Shell) -> None:
    """--role-map adds to the [roles] tables, and counts more where a word is in both."""
    shell.configure(PROFILE)
    found = settings(shell.run("config", "--json", "--role-map", "Tutor=teacher"))
    assert found["role-map"] == (
        "Lecturer=editingteacher; Tutor=9; Tutor=teacher",
        f"[roles] of {shell.config}, and the command line",
    )


def test_several_values_in_one_variable(shell: Shell) -> None:
    """A variable for a flag that may be given often holds its values with semicolons between them."""
    env = {"BATCHROLES_ROLE_MAP": "Non-editing teacher=teacher;Tutor=9"}
    assert settings(shell.run("config", "--json", env=env))["role-map"] == (
        "Non-editing teacher=teacher; Tutor=9",
        "the environment variable BATCHROLES_ROLE_MAP",
    )


@pytest.mark.parametrize(
    ("words", "env", "profile", "said"),
    [
        (
            ("--workers", "0"), {}, "",
            "'--workers': 0 is not in the range 1<=x<=32 (write a whole number from 1 to 32).",
        ),
        (
            (), {"BATCHROLES_WORKERS": "many"}, "",
            "'--workers': 'many' is not a valid integer range (set by the environment variable BATCHROLES_WORKERS;"
            " write a whole number from 1 to 32).",
        ),
        (
            (), {}, "workers = 99",
            "'--workers': 99 is not in the range 1<=x<=32 (set by workers in [site.a] in FILE; write a whole number"
            " from 1 to 32).",
        ),
        (
            (), {}, "workers = true",
            "'--workers': 'true' is not a valid integer range (set by workers in [site.a] in FILE; write a whole"
            " number from 1 to 32).",
        ),
        (
            (), {"BATCHROLES_RATE": "0"}, "",
            "'--rate': 0.0 is not in the range 0<x<=1000000000 (set by the environment variable BATCHROLES_RATE;"
            " write a number over 0 to 1000000000).",
        ),
        (
            (), {}, 'rest-format = "soap"',
            "'--rest-format': 'soap' is not one of 'json', 'xml' (set by rest-format in [site.a] in FILE).",
        ),
        (
            (), {"BATCHROLES_VERIFY": "maybe"}, "",
            "'--verify': 'maybe' is not a valid boolean (set by the environment variable BATCHROLES_VERIFY; write true"
            " or false).",
        ),
        (
            (), {}, 'map = ["Login"]',
            "'--map': 'Login': write it as LEFT=RIGHT (set by map in [site.a] in FILE).",
        ),
        (
            (), {"BATCHROLES_MAX_INPUT_VARS": "5"}, "",
            "'--max-input-vars': 5 is not in the range 10<=x<=100000 (set by the environment variable"
            " BATCHROLES_MAX_INPUT_VARS; write a whole number from 10 to 100000).",
        ),
    ],
)  # fmt: skip
def test_a_wrong_value_names_setting_origin_and_what_would_do(
    shell: Shell, words: tuple[str, ...], env: dict[str, str], profile: str, said: str
) -> None:
    """A value that cannot be used is told with its setting, where it was set, and what would do; exit code 2."""
    shell.configure(f'default-site = "a"\n[site.a]\n{profile}\n')
    ended = shell.run("config", *words, env=env)
    assert (ended.code, ended.out) == (2, "")
    last = ended.err.splitlines()[-1]
    assert last == f"Error: Invalid value for {said}".replace("FILE", str(shell.config))


@pytest.mark.parametrize(
    ("words", "env", "profile", "said"),
    [
        (
            ("config",), {}, "chunk_size = 3",
            "[site.a] in FILE has an unknown key, chunk_size; did you mean chunk-size?",
        ),
        (
            ("config",), {}, "workers = [1, 2]",
            "workers in [site.a] in FILE is [1, 2]: write one value, text in quotes.",
        ),
        (
            ("config",), {}, "deadline = 06:00:00",
            "deadline in [site.a] in FILE is 06:00:00: write one value, text in quotes.",
        ),
        (
            ("assign", "x.csv"), {"BATCHROLES_DEADLINE": "noon"}, "",
            "--deadline noon: write a time of day as 06:00. --deadline is set by the environment variable"
            " BATCHROLES_DEADLINE.",
        ),
        (
            ("assign", "x.csv"), {}, 'max-duration = "long"',
            "--max-duration long: write days, hours, minutes or seconds as 2d, 2h, 90m, 1h30m or 45s. --max-duration"
            " is set by max-duration in [site.a] in FILE.",
        ),
        (("config", "--site", "b"), {}, "", "There is no [site.b] in FILE; the profiles there are: a."),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_used_is_one_sentence(
    shell: Shell, words: tuple[str, ...], env: dict[str, str], profile: str, said: str
) -> None:
    """What only a command can judge is told with its origin too; exit code 2, and nothing is sent."""
    shell.configure(f'default-site = "a"\n[site.a]\nurl = "http://127.0.0.1:1"\ntoken = "abc"\n{profile}\n')
    ended = shell.run(*words, env=env)
    assert ended == Ended(2, "", f"batchroles: {said}\n".replace("FILE", str(shell.config)))


def test_a_key_nobody_knows_lists_those_there_are(shell: Shell) -> None:
    """A key that resembles none is answered with all of them."""
    shell.configure("[site.a]\nzzz = 3\n")
    ended = shell.run("config", "--site", "a")
    assert (
        "the keys are the flags without their dashes: admin-token-file, adopt, all-sheets, also-unknown,"
        in ended.err
    )


def test_a_profile_serves_every_command(shell: Shell) -> None:
    """A key of one command is no error in another that does not have it."""
    shell.configure('default-site = "a"\n[site.a]\nwith-courses = true\noffline = true\n')
    assert shell.run("config").code == 0
    assert shell.run("template", "x.xlsx").err.startswith("Usage: batchroles template")


def test_help_needs_no_sound_file(shell: Shell) -> None:
    """A broken configuration file is no obstacle to help."""
    shell.configure("[")
    assert (shell.run("assign", "--help").code, shell.run("config").code) == (0, 2)


@pytest.mark.parametrize(
    ("words", "env", "setting", "shown"),
    [
        (("--url", "https://bot:s3@cret@x.example.edu/m"), {}, "url", "https://<hidden>@x.example.edu/m"),
        ((), {"MOODLE_URL": "bot:s3cret@x.example.edu"}, "url", "<hidden>@x.example.edu"),
        (("--url", "https://x.example.edu/?wstoken=s3cret"), {}, "url", "https://x.example.edu/?<hidden>"),
        (("--token-command", "curl -u bot:password https://vault"), {}, "token-command", "curl …"),
        (("--sheet", "https://bot:s3cret@x.example.edu"), {}, "sheet", "https://<hidden>@x.example.edu"),
    ],
)
def test_what_may_hold_a_password_is_not_shown(
    shell: Shell, words: tuple[str, ...], env: dict[str, str], setting: str, shown: str
) -> None:
    """User information and query of an address, and what a token's command is told, are hidden in both forms."""
    ended = shell.run("config", "--json", *words, env=env)
    if ended.code == 0:
        assert settings(ended)[setting][0] == shown
    for said in (ended, shell.run("config", *words, env=env)):
        assert "cret" not in (said.out + said.err)
