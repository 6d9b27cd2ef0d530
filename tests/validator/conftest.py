import copy
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any

import pytest

from batchroles.client import Moodle, Retry
from batchroles.client.reading import RestFormat
from batchroles.sandbox import serve
from tests.sandbox.replay import read_site

SITE = read_site()
SWIFT = Retry(attempts=3, base=0.001, longest=0.001)

Site = Callable[..., Moodle]


@pytest.fixture(scope="session")
def addresses() -> Iterator[Callable[[str, frozenset[str]], str]]:
    """Give the address of the recorded site in a state, without some functions in its service."""
    with ExitStack() as stack:

        @cache
        def address(state: str, without: frozenset[str]) -> str:
            return stack.enter_context(serve(_site(without), state=state)).url

        yield address


@pytest.fixture
def sites(addresses: Callable[[str, frozenset[str]], str]) -> Iterator[Site]:
    """Give a client of the recorded site: in a state, with a token, without some functions in its service."""
    # Each is closed when its test ends: the practice site bears a hundred connections, as a small web server does.
    with ExitStack() as stack:

        def client(
            *,
            state: str = "default",
            token: str = "TOKEN_BOT",  # noqa: S107 - a name in the recorded site
            without: frozenset[str] = frozenset(),
            rest_format: RestFormat = "json",
            max_input_vars: int = 1000,
            workers: int = 2,
        ) -> Moodle:
            moodle = Moodle(
                addresses(state, without),
                token,
                rest_format=rest_format,
                retry=SWIFT,
                max_input_vars=max_input_vars,
                workers=workers,
            )
            return stack.enter_context(moodle)

        yield client


def _site(without: frozenset[str]) -> dict[str, Any]:
    """Give the recorded site, its service bereft of some functions."""
    site: dict[str, Any] = copy.deepcopy(SITE)
    for service in site["services"]:
        if service.get("functions"):
            service["functions"] = [name for name in service["functions"] if name not in without]
    return site


@pytest.fixture(params=["json", "xml"])
def moodle(request: pytest.FixtureRequest, sites: Site) -> Moodle:
    """Give a client of the recorded site as it is, in both formats."""
    return sites(rest_format=request.param)
