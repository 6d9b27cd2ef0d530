"""What a run says of the rows and of the calls that a site refused."""

from pathlib import Path

import pandas as pd

from batchroles.sandbox import make_site, serve
from tests.job.helpers import id_roster, moodle_at, planned, run_through, write_csv


def test_an_id_that_does_not_exist_is_not_found_without_a_probe_either(tmp_path: Path) -> None:
    """Where nothing was asked before, a place that is not there ends as not found, and a user as well."""
    rows = [(6, 5, "course:id=9000"), (6, 1, "module:9000"), (99999, 5, "course:id=2"), (6, 1, "module:1")]
    path = write_csv(tmp_path / "ids.csv", ["userid", "roleid", "context"], rows)
    with serve() as practice:
        moodle = moodle_at(practice)
        run_through(tmp_path / "run", planned(path, moodle), moodle)
    failed = pd.read_csv(tmp_path / "run" / "failed.csv", dtype=str)
    assert dict(zip(failed["_row"], failed["_code"], strict=True)) == {
        "2": "context-not-found",
        "3": "context-not-found",
        "4": "user-not-found",
        "5": "role-not-assignable",
    }


def test_a_smaller_max_input_vars_is_named_with_the_size_that_fits(tmp_path: Path) -> None:
    """Where PHP cuts a call, the note names its setting, and a --chunk-size that went through."""
    site = make_site(users=300, courses=2, categories=1)
    site["settings"]["php"]["max_input_vars"] = 300
    path = id_roster(tmp_path / "ids.csv", list(range(5, 205)), [2])
    with serve(site) as practice:
        moodle = moodle_at(practice)
        summary = run_through(tmp_path / "run", planned(path, moodle), moodle)
    [note] = [one for one in summary.notes if "smaller" in one]
    assert (
        "at most 50 rows: the site lost the end of a larger one, because PHP's max_input_vars is smaller"
        in note
    )
    assert "Next time: --chunk-size 50; or give the number" in note
