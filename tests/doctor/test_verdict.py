"""The exit code of an examination beside what a run then comes to, in every state that the practice site has."""

from pathlib import Path

import pytest

import batchroles
from batchroles.client.functions import CAPABILITIES
from batchroles.errors import BatchrolesError
from batchroles.sandbox import serve
from batchroles.sandbox.making.states import STATES
from tests.doctor.asking import SWIFT, examined
from tests.job.helpers import recorded_site, write_csv

STATES_OF_A_SITE = [*STATES, *(f"bot-{one.name}" for one in CAPABILITIES)]


def sent(url: str, token: str, folder: Path) -> bool:
    """Say whether a role that a set-up site lets the token assign in a course can be assigned there."""
    path = write_csv(folder / "one.csv", ["userid", "roleid", "courseid"], [("34", "5", "2")])
    try:
        with batchroles.Moodle(url, token, retry=SWIFT) as moodle:
            result = batchroles.apply(batchroles.plan(path, moodle), moodle, out=folder / "run")
    except BatchrolesError:
        return False
    return result.summary.exit_code == 0


@pytest.mark.parametrize("state", STATES_OF_A_SITE)
def test_the_verdict_foretells_what_a_run_comes_to(state: str, tmp_path: Path) -> None:
    """Roles can be assigned where the verdict is 0 or 1, and cannot where it is 4."""
    with serve(recorded_site(), state=state) as practice:
        verdict = examined(practice.url, practice.token).exit_code
        assert (verdict == 4) != sent(practice.url, practice.token, tmp_path), verdict
