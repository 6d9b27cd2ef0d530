"""The registrar's page while ten runs go on in its one process: do they all end, and how long does another wait?"""

import csv
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from statistics import median
from threading import Event

import requests

from tests.bench.lines import Line
from tests.bench.rosters import HEADER, Roster
from tests.bench.site_process import Site, practice_site

RUNS, ROWS = 10, 4_000
ROSTER = Roster(RUNS * ROWS, 10_000, 200)
MOST = 0.5
"""Seconds in which a page is to answer."""
LOOK, PAUSE = 0.3, 0.05
_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
_LOOKED = re.compile(r'name="looked" value="([^"]+)"')


class Browser:
    """Speaks to the page as a browser does whose tabs share their cookies."""

    def __init__(self, address: str) -> None:
        """`address`: the one with the key."""
        self.base = address.partition("/?")[0]
        self._session = requests.Session()
        # As of a form's own page: browsers say it by themselves.
        self._session.headers.update(
            {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Origin": self.base}
        )
        self._session.get(address, timeout=30)
        found = _TOKEN.search(self.get("/"))
        assert found is not None, "the page let nobody in"
        self._token = found[1]

    def get(self, path: str) -> str:
        """Open a page."""
        return self._session.get(self.base + path, timeout=60).text

    def post(self, path: str, form: dict[str, str], file: Path | None = None) -> str:
        """Send a form; gives the path that it leads to."""
        files = {"file": file.open("rb")} if file else None
        answer = self._session.post(
            self.base + path,
            {"form_token": self._token, **form},
            files=files,
            timeout=60,
            allow_redirects=False,
        )
        return answer.headers["Location"]

    def wait(self, path: str) -> None:
        """Wait until what goes on there is over."""
        while '"over":true' not in self.get(f"{path}/state"):
            time.sleep(LOOK)

    def send(self, file: Path) -> bool:
        """Give a file, look at it, send it; whether everything was done."""
        proposal = self.post("/upload", {}, file)
        self.wait(proposal)
        looked = _LOOKED.search(self.get(proposal))
        assert looked is not None, "there is nothing to send"
        run = self.post(f"{proposal}/send", {"looked": looked[1]})
        self.wait(run)
        return "Everything is done." in self.get(run)


def bench(folder: Path) -> list[Line]:
    """Send ten files of 4,000 rows at once, and ask for the first screen all the while."""
    files = _files(folder)
    names = ROSTER.write_names(folder / "names.csv")
    with (
        practice_site(names) as site,
        _page(site, folder) as address,
        ThreadPoolExecutor(RUNS + 1) as threads,
    ):
        browser, over = Browser(address), Event()
        waits = threads.submit(_asked_all_the_while, browser, over)
        began = time.perf_counter()
        done = sum(threads.map(browser.send, files))
        seconds = time.perf_counter() - began
        over.set()
        longest, usual = max(waits.result()), median(waits.result())
    return [
        Line(
            f"the page, {RUNS} runs of {ROWS:,} rows at once, and somebody who opens its first screen",
            f"{done} runs done in {seconds:.0f} s; the screen in {usual * 1000:.0f} ms, at most"
            f" {longest * 1000:.0f} ms",
            f"all done; at most {MOST * 1000:.0f} ms",
            done == RUNS and longest <= MOST,
            {"seconds": seconds, "median": usual, "longest": longest},
        )
    ]


def _asked_all_the_while(browser: Browser, over: Event) -> list[float]:
    waits = []
    while not over.is_set():
        began = time.perf_counter()
        browser.get("/")
        waits.append(time.perf_counter() - began)
        time.sleep(PAUSE)
    return waits


def _files(folder: Path) -> list[Path]:
    """Write the roster into ten files, each of people of its own."""
    lines, files = ROSTER.lines(), []
    for number in range(RUNS):
        files.append(folder / f"part{number}.csv")
        with files[-1].open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEADER, *islice(lines, ROWS)])
    return files


@contextmanager
def _page(site: Site, folder: Path) -> Iterator[str]:
    """Serve the page in a process of its own; gives the address that lets in."""
    command = [sys.executable, "-m", "batchroles", "web", "--no-browser", "--folder", str(folder / "web")]
    place = os.environ | {"MOODLE_URL": site.url, "MOODLE_TOKEN": site.token}
    with subprocess.Popen(
        command, env=place, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
