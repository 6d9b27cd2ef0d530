"""A practice site, a client that does not wait long, and files to apply."""

import csv
import json
import urllib.request
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl

from batchroles.client import Moodle, Retry
from batchroles.job import Apply, Checks, Origin, Planned, Run, Talk, apply, make_plan
from batchroles.loader import ReadingOptions
from batchroles.loader.layouts import FormatOptions
from batchroles.models import ASSIGN, Change
from batchroles.reporter import Summary
from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from batchroles.sender import Guards, Halt
from tests.sandbox.replay import read_site

__all__ = ["Origin", "Talk"]

PATIENCE = Retry(attempts=6, total=20, base=0.01, longest=0.05, settle_pause=0.02)
"""A retry policy for a site that answers at once or not at all."""


def recorded_site() -> dict[str, Any]:
    """Give the small, odd site of the recordings, a Moodle 5.1."""
    return read_site()


def moodle_at(practice: Practice, retry: Retry = PATIENCE, workers: int = 4) -> Moodle:
    return Moodle(practice.url, practice.token, retry=retry, workers=workers)


def book(path: Path, **sheets: Sequence[Sequence[object]]) -> Path:
    """Write a workbook of these sheets."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for title, rows in sheets.items():
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    workbook.save(path)
    return path


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def id_roster(path: Path, users: Iterable[int], courses: Sequence[int], role: int = 5) -> Path:
    """Write a file of ids, which needs no look-ups: every user in every course."""
    rows = [(user, role, course) for course in courses for user in users]
    return write_csv(path, ["userid", "roleid", "courseid"], rows)


def planned(
    path: Path,
    moodle: Moodle,
    change: Change = ASSIGN,
    *,
    probe: bool = False,
    existing: bool = False,
    **understanding: Any,
) -> Planned:
    return make_plan(
        path,
        moodle,
        ReadingOptions(),
        FormatOptions(change=change, **understanding),
        Checks(probe=probe, existing=existing),
    )


def of_reading(plan: Planned) -> list[str]:
    """Give a plan's notes but for the one that says who is not enrolled."""
    return [note for note in plan.plan.notes if "--enrol" not in note]


def nameless(plan: Planned, site: str | None = None) -> Planned:
    """Give a plan as a service without site info makes it, for this address or the same one."""
    origin = replace(plan.origin, identity={}, faces={}, site=site or plan.origin.site)
    return replace(plan, origin=origin)


def planned_calmly(path: Path, practice: Practice, **kinds: Any) -> Planned:
    """Plan at a calm copy of a site whose faults would get in the way; the faults are for the sending."""
    with serve(practice.raw) as calm:
        return nameless(planned(path, moodle_at(calm), **kinds), practice.url)


def saved(folder: Path, plan: Planned) -> Run:
    folder.mkdir(parents=True, exist_ok=True)
    return Run.save(folder, plan)


def run_through(
    folder: Path,
    plan: Planned,
    moodle: Moodle,
    *,
    halt: Halt | None = None,
    verify: bool = False,
    max_errors: str | None = None,
    chunk_size: int = 200,
) -> Summary:
    """Save a plan and apply it."""
    with saved(folder, plan) as run:
        how = Apply(Guards(chunk_size=chunk_size), max_errors=max_errors, verify=verify)
        return apply(run, moodle, how, halt)


def go_on(folder: Path, moodle: Moodle) -> Summary:
    """Open a run in a new process's place and apply what is left."""
    with Run.open(folder) as run:
        return apply(run, moodle)


def statuses(folder: Path) -> list[tuple[int, str, str]]:
    """Give (row, status, code) of every row that is done or has failed from the two result files, by row."""
    found = []
    for name in ("success.csv", "failed.csv"):
        with (folder / name).open(newline="", encoding="utf-8-sig") as file:
            found += [(int(row["_row"]), row["_status"], row["_code"]) for row in csv.DictReader(file)]
    return sorted(found)


def holdings(practice: Practice) -> set[tuple[int, int, int, str]]:
    """Give (user id, role id, context id, component) of every assignment; each must stand once."""
    rows = practice.state()["role_assignments"]
    found = [(row["userid"], row["roleid"], row["contextid"], row["component"]) for row in rows]
    assert len(found) == len(set(found)), "an assignment stands twice"
    return set(found)


def one_row_a_call(practice: Practice, rows: Iterable[tuple[int, int, str, int]]) -> list[str]:
    """Do what a simple loop does: one request a row. Gives the error code of each row, empty if it was done."""
    answers = []
    for user, role, level, instance in rows:
        form = "&".join(
            [
                f"wstoken={practice.token}",
                "wsfunction=core_role_assign_roles",
                "moodlewsrestformat=json",
                f"assignments[0][userid]={user}",
                f"assignments[0][roleid]={role}",
                f"assignments[0][contextlevel]={level}",
                f"assignments[0][instanceid]={instance}",
            ]
        )
        request = urllib.request.Request(f"{practice.url}/webservice/rest/server.php", form.encode())  # noqa: S310 - http
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - http
            said = json.load(answer)
        answers.append(said["errorcode"] if said else "")
    return answers
