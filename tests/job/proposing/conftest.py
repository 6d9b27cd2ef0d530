"""One site for all that is looked at before it is sent: most of it changes nothing."""

from collections.abc import Iterator

import pytest

from batchroles.client import Moodle
from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from tests.job.helpers import moodle_at, recorded_site


@pytest.fixture(scope="package")
def site() -> Iterator[Practice]:
    with serve(recorded_site()) as practice:
        yield practice


@pytest.fixture
def practice(site: Practice) -> Practice:
    site.reset()
    return site


@pytest.fixture
def moodle(practice: Practice) -> Moodle:
    return moodle_at(practice)
