"""A year of a real registrar's daily lists, calm and with faults and kills: the site has what plain pandas expects.

The tests take two or three of the 22 presentations; `python -m tests.bench year` takes all of them.
"""

import os
import random
import signal
import time
from collections.abc import Collection
from pathlib import Path

import pytest

from batchroles.client.functions import SITE_INFO
from batchroles.errors import TemporaryFailure
from batchroles.models import ASSIGN, UNASSIGN
from batchroles.sandbox import serve
from tests import forked
from tests.job.year import DAYS, NAME, Registrar, Year

COURSES = ("AAA_2013J", "AAA_2014J", "GGG_2014J")
EVERY_REMOVAL = "100%"
"""Of so few people a night may take away more than one in twenty."""
FAULTS = ["503:0.02", "drop-before:0.02", "drop-after:0.02", "half-answer:0.02"]
WRITES = (ASSIGN.function, UNASSIGN.function)
KILLS = 14
"""Each after a number of calls and not of seconds, so that the machine's speed is no matter."""


def compared(year: Year, day: int) -> None:
    """Hold the site and the ledger beside what pandas says."""
    assert year.holders() == year.expected(day)
    assert year.owned() == year.given(day)


@pytest.mark.shared
def test_the_site_follows_a_year_of_lists(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """List after list the site is what pandas says, by the fewest writes; others' roles stay; a repeat is one call."""
    registrar = Registrar(COURSES)
    with serve(registrar.site(tmp_path)) as practice:
        year = Year(practice, tmp_path, registrar)
        for day in DAYS[::2]:
            year.morning(day)
            assert year.night(day, max_removals=EVERY_REMOVAL).summary.exit_code == 0
            if day % 10 == 0:
                compared(year, day)
                again = year.sync(max_removals=EVERY_REMOVAL).summary
                assert (again.calls, set(again.tally.statuses)) == ({SITE_INFO: 1}, {"already"})
    with capsys.disabled():
        print(f"\na share of the year: {year.count}")
    assert (year.count.rows, year.count.calls) == (year.count.least_rows, year.count.least_calls)
    assert not {seat for _, seat in year.leavers} & registrar.wanted(DAYS[-1])


@pytest.mark.shared
@pytest.mark.long
def test_faults_and_kills_change_nothing_of_a_year(tmp_path: Path) -> None:
    """With lost calls and answers, and syncs killed on random days and run again, site and ledger end the same."""
    chance, registrar = random.Random(7), Registrar(COURSES[:2])
    days = DAYS[::4]
    stormy = {days[0], *chance.sample(days, KILLS)}
    with serve(registrar.site(tmp_path), faults=FAULTS, seed=7) as practice:
        year = Year(practice, tmp_path, registrar)
        died = 0
        for day in days:
            year.morning(day)
            if day in stormy:
                # Now while it finds out, now while it sends: a short night has few rows.
                watched, most = chance.choice([((), 12), (WRITES, 4), (WRITES, 4)])
                died += killed(year, watched, chance.randint(1, most))
            tried_until_done(year)
            if day % 20 == 0:
                compared(year, day)
        compared(year, days[-1])
    assert died


def tried_until_done(year: Year) -> None:
    """Run the sync of a day again until one goes through, as cron would."""
    for _ in range(10):
        try:
            if year.sync(max_removals=EVERY_REMOVAL).summary.exit_code == 0:
                return
        except TemporaryFailure:
            continue
    raise AssertionError("of ten syncs none went through")


def killed(year: Year, watched: Collection[str], calls: int) -> bool:
    """Run the sync in a process of its own and kill it once it has made so many calls; whether it was killed by that.

    `watched`: the functions whose calls count; none: those of all.
    """
    words = ["sync", str(year.file), "--name", NAME]
    words += ["--state", str(year.state), "--out", str(year.next_run()), "--max-removals", EVERY_REMOVAL]
    words += ["--chunk-size", "1", "--rate", "300", "--settle-pause", "0.1", "--retry-for", "8"]
    environment = {"MOODLE_URL": year.practice.url, "MOODLE_TOKEN": year.practice.token}
    # The lock of the site is where the syncs of this process have it.
    environment |= {"XDG_STATE_HOME": os.environ["XDG_STATE_HOME"]}
    begun = made(year, watched)
    child = forked.start(words, year.folder, environment)
    while made(year, watched) < begun + calls and child.poll() is None:
        time.sleep(0.01)
    child.kill()
    return child.wait() == -signal.SIGKILL


def made(year: Year, watched: Collection[str]) -> int:
    """Count the calls that the site has had."""
    return sum(count for name, count in year.practice.calls().items() if not watched or name in watched)
