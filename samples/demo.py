"""What `make demo` does: start a practice Moodle, put a registrar's workbook into it, and show the results.

The workbook holds 504 rows with a dozen mistakes made on purpose, so the run itself ends with exit code 1, "finished;
some rows failed". The demo ends with 0 when exactly that happened. The results stay in `batchroles-runs`, to be opened.
"""

import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import TextIOWrapper
from itertools import islice
from pathlib import Path

ROSTER = Path(__file__).with_name("roster.xlsx")
BATCHROLES = [sys.executable, "-m", "batchroles"]
FINISHED_WITH_FAILURES = 1
FAILED_ROWS = 14
HEAD, WIDTH = 4, 160
"""Lines of the failed file that are shown, and how much of each."""


def main() -> int:
    """Run the demo; gives its exit code."""
    with practice_site() as place:
        out = Path("batchroles-runs") / f"{datetime.now().astimezone():%Y%m%d-%H%M%S}-demo"
        say(f"batchroles assign samples/{ROSTER.name} --yes --out {out}")
        command = [*BATCHROLES, "assign", str(ROSTER), "--yes", "--out", str(out)]
        code = subprocess.run(command, env=place, check=False).returncode  # noqa: S603 - the words above
        if code != FINISHED_WITH_FAILURES:
            say(f"Exit code {code}, where {FINISHED_WITH_FAILURES} was to be expected.")
            return 1
        say(f"Exit code {code}: finished; some rows failed. They are in failed.csv, which begins:")
        show_head(out / "failed.csv")
        say(f"Open {out / 'results.xlsx'} to see every row. The practice Moodle is stopped now.")
    say(
        "batchroles stays, to be called as below: for this run once more, and for a practice Moodle of your own."
    )
    print(f"{called()} show {out}\n{called()} sandbox")
    return int(failed_rows(out / "failed.csv") != FAILED_ROWS)


@contextmanager
def practice_site() -> Iterator[dict[str, str]]:
    """Start a practice Moodle as a user would; gives the environment that names it, as its two first lines say."""
    say("batchroles sandbox")
    with subprocess.Popen([*BATCHROLES, "sandbox"], stdout=subprocess.PIPE, encoding="utf-8") as site:  # noqa: S603 - fixed words
        try:
            yield os.environ | dict(_exported(line) for line in islice(site.stdout or (), 2))
        finally:
            site.terminate()


def _exported(line: str) -> tuple[str, str]:
    print(line, end="", flush=True)
    name, _, value = line.removeprefix("export ").strip().partition("=")
    return name, value


def called() -> str:
    """Give how batchroles is called from here: its script beside this Python, else by way of Python."""
    script = Path(sys.executable).with_name("batchroles.exe" if os.name == "nt" else "batchroles")
    program = script.with_suffix("") if script.is_file() else Path(sys.executable)
    if program.is_relative_to(Path.cwd()):
        program = program.relative_to(Path.cwd())
    word = f'"{program}"' if " " in str(program) else str(program)
    return word if script.is_file() else f"{word} -m batchroles"


def say(sentence: str) -> None:
    """Say what happens next."""
    print(f"\n==> {sentence}", flush=True)


def show_head(path: Path) -> None:
    """Show the first lines of a file, each cut to the width of a terminal."""
    with path.open(encoding="utf-8-sig") as lines:
        for line in islice(lines, HEAD):
            text = line.rstrip("\n")
            print(text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…")


def failed_rows(path: Path) -> int:
    """Count the rows of a failed file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return len(list(csv.DictReader(file)))


if __name__ == "__main__":
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a Windows console may not know every letter of a name
    sys.exit(main())
