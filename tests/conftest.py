"""What all tests share: the address of a live Moodle, and that no shared test is skipped unnoticed in CI."""

import os
from collections.abc import Generator

import pytest
from hypothesis import settings

# Machines are noisy: no test is about time, so no example may fail for want of it.
settings.register_profile("batchroles", deadline=None)
settings.load_profile("batchroles")

NOTHING_SKIPPED = "BATCHROLES_NOTHING_SKIPPED"
LIVE_TOKEN = "BATCHROLES_LIVE_TOKEN"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the address of a live Moodle."""
    parser.addoption("--moodle-url", default="", help="a Moodle of your own for the live tests (-m live)")


@pytest.fixture(scope="session")
def moodle_url(pytestconfig: pytest.Config) -> str:
    """Give the address of the live Moodle, or skip the test."""
    url = str(pytestconfig.getoption("--moodle-url")).rstrip("/")
    if not url:
        pytest.skip("needs a Moodle of your own: --moodle-url URL, BATCHROLES_LIVE_TOKEN in the environment")
    return url


@pytest.fixture(autouse=True)
def own_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep tests away from the configuration file and the environment of whoever runs them."""
    nowhere = tmp_path_factory.getbasetemp() / "no-such-config.toml"
    for name in [name for name in os.environ if name.startswith(("BATCHROLES_", "MOODLE_"))]:
        if name not in (NOTHING_SKIPPED, LIVE_TOKEN):
            monkeypatch.delenv(name)
    monkeypatch.setenv("BATCHROLES_CONFIG", str(nowhere))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
    call: pytest.CallInfo[None],  # noqa: ARG001 - pytest's signature
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skipped shared test into a failure where the environment says that all are to run."""
    report = yield
    if report.skipped and os.environ.get(NOTHING_SKIPPED) and item.get_closest_marker("shared"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: the recordings and data have to stand beside the checkout"
    return report
