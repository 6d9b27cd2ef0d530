"""What all tests share: the address of a live Moodle, and what happens where the shared recordings are missing."""

import os
import signal

import pytest
from hypothesis import settings

from tests import SHARED

# Machines are noisy: no test is about time, so no example may fail for want of it.
settings.register_profile("batchroles", deadline=None)
settings.load_profile("batchroles")

# A shell that starts `make test &` has it ignore Ctrl-C, and nohup a lost terminal; every command that the tests start
# would do so, too, because whoever is born with a signal ignored leaves it so.
for name, usual in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
    number = getattr(signal, name, None)
    if number is not None and signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, usual)

NOTHING_SKIPPED = "BATCHROLES_NOTHING_SKIPPED"
BUT_SHARED = "but-shared"
"""Its value where what wants the shared recordings and data may be skipped, and nothing for want of a program."""
LIVE_TOKEN = "BATCHROLES_LIVE_TOKEN"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the address of a live Moodle."""
    parser.addoption("--moodle-url", default="", help="a Moodle of your own for the live tests (-m live)")


def pytest_xdist_auto_num_workers() -> int:
    """Have more workers than cores: about half of the time a test waits, for a process, a site's answer or a disk."""
    return -(-(os.cpu_count() or 1) * 3 // 2)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that at the end no worker has many seconds to go while the others have nothing."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


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
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.getbasetemp() / "state"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a shared test where there is nothing shared; fail it where the environment says that all are to run."""
    if item.get_closest_marker("shared") and not SHARED.is_dir():
        missing = "the shared recordings and data do not stand beside this checkout"
        if os.environ.get(NOTHING_SKIPPED, BUT_SHARED) != BUT_SHARED:
            pytest.fail(missing)
        pytest.skip(missing)
