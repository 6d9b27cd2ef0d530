"""Practice sites on the recorded site, one per named state, started when first needed."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from tests.sandbox.replay import read_site

Recorded = Callable[[str], Practice]


@pytest.fixture(scope="session")
def recorded() -> Iterator[Recorded]:
    """Give a function that gives the recorded site in a state, as if just started."""
    started: dict[str, Practice] = {}
    with ExitStack() as stack:

        def in_state(name: str) -> Practice:
            if name not in started:
                started[name] = stack.enter_context(serve(read_site(), state=name))
            started[name].reset()
            return started[name]

        yield in_state
