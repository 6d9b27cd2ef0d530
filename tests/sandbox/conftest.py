"""Practice sites on the recorded site, one per Moodle version and named state, started when first needed."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from tests.sandbox.replay import read_site

Recorded = Callable[[str, str], Practice]


@pytest.fixture(scope="session")
def recorded() -> Iterator[Recorded]:
    """Give a function that gives the recorded site of a Moodle version in a state, as if just started."""
    started: dict[tuple[str, str], Practice] = {}
    with ExitStack() as stack:

        def in_state(moodle: str, name: str) -> Practice:
            if (moodle, name) not in started:
                started[moodle, name] = stack.enter_context(serve(read_site(moodle), state=name))
            started[moodle, name].reset()
            return started[moodle, name]

        yield in_state
