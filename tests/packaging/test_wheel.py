"""The wheel, installed into an environment of its own, works with all commands from anywhere."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from batchroles import guide
from batchroles.cli.commands import COMMANDS

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
WINDOWS = os.name == "nt"


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel in it, and a folder to work in that is no checkout."""

    python: Path
    elsewhere: Path
    wheel: Path

    def run(self, *words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run the installed program."""
        return subprocess.run(
            [str(self.program), *words],
            cwd=self.elsewhere,
            env={**self.environment(), **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    @property
    def program(self) -> Path:
        """The program that the wheel installs."""
        return self.python.with_name("batchroles.exe" if WINDOWS else "batchroles")

    def environment(self) -> dict[str, str]:
        """Give the environment of a person who has set nothing."""
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP") if name in os.environ}
        return {**kept, "HOME": str(self.elsewhere), "BATCHROLES_CONFIG": str(self.elsewhere / "config.toml")}

    @contextmanager
    def sandbox(self) -> Iterator[dict[str, str]]:
        """Run the practice site that the wheel brings; gives the variables that its first lines set."""
        process = subprocess.Popen(
            [str(self.program), "sandbox"],
            cwd=self.elsewhere,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        with process:
            assert process.stdout is not None
            lines = [process.stdout.readline().strip().removeprefix("export ") for _ in range(2)]
            try:
                yield dict(line.split("=", 1) for line in lines)
            finally:
                process.terminate()


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Build the wheel from a copy of the sources and install it, without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    shutil.copytree(ROOT / "batchroles", source / "batchroles", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy2(ROOT / name, source / name)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    building = ["wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir"]
    subprocess.run([*pip, *building, str(folder / "dist"), str(source)], check=True)
    [wheel] = (folder / "dist").glob("*.whl")
    python = _environment(folder / "env")
    subprocess.run(
        [
            *pip,
            "--python",
            str(python),
            "install",
            "--ignore-installed",
            "--no-deps",
            "--no-index",
            str(wheel),
        ],
        check=True,
    )
    (folder / "elsewhere").mkdir()
    return Installed(python, folder / "elsewhere", wheel)


def _environment(folder: Path) -> Path:
    """Make a virtual environment that sees the packages batchroles needs, but no checkout; give its Python."""
    venv.create(folder, with_pip=False)
    places = sysconfig.get_paths(vars={"base": str(folder), "platbase": str(folder)})
    # A folder named in a .pth file is searched, but its own .pth files, the checkout's among them, are not read.
    needed = Path(places["purelib"]) / "needed.pth"
    needed.write_text(sysconfig.get_paths()["purelib"], encoding="utf-8")
    return folder / ("Scripts/python.exe" if WINDOWS else "bin/python")


def test_it_is_the_wheel_that_runs(installed: Installed) -> None:
    """What is imported is the installed package, not the checkout."""
    asked = "import batchroles; print(batchroles.__file__)"
    done = subprocess.run(
        [str(installed.python), "-c", asked],
        cwd=installed.elsewhere,
        env=installed.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip()).is_relative_to(installed.python.parents[1])


def test_the_wheel_fits_every_machine(installed: Installed) -> None:
    """The wheel is pure Python: no compiler is needed, whatever the machine."""
    assert installed.wheel.name.endswith("-py3-none-any.whl")


def test_everything_that_is_no_module_is_in_it(installed: Installed) -> None:
    """Data files, pages and the mark of types are in the wheel as they are in the package."""
    package = ROOT / "batchroles"
    beside = {
        path.relative_to(ROOT).as_posix()
        for path in package.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    with zipfile.ZipFile(installed.wheel) as wheel:
        assert beside <= set(wheel.namelist())


def test_every_command_helps(installed: Installed) -> None:
    """The program and every command print their help."""
    for words in ((), *((name,) for name in COMMANDS)):
        done = installed.run(*words, "--help")
        assert (done.returncode, done.stderr, done.stdout.startswith("Usage: batchroles")) == (0, "", True)


def test_every_guide_is_shown(installed: Installed) -> None:
    """The guides are installed with the program."""
    assert len(installed.run("guide").stdout.splitlines()) == len(guide.NAMES)
    for name in guide.NAMES:
        done = installed.run("guide", name)
        page = (ROOT / "batchroles" / "guide" / f"{name}.md").read_text(encoding="utf-8")
        assert (done.returncode, done.stderr, done.stdout) == (0, "", page)


def test_the_practice_site_and_a_first_row(installed: Installed) -> None:
    """With the wheel alone: practice site, doctor, template, and a role that is assigned."""
    (installed.elsewhere / "rows.csv").write_text(
        "username,role,course\namelia.adams0000,student,PHY101\n", encoding="utf-8"
    )
    with installed.sandbox() as env:
        done = {
            " ".join(words): installed.run(*words, env=env)
            for words in (
                ("doctor",),
                ("setup",),
                ("config",),
                ("roles",),
                ("template", "out.xlsx", "--with-courses"),
                ("check", "rows.csv"),
                ("assign", "rows.csv", "--yes", "--out", "run"),
                ("undo", "run", "--yes"),
                ("runs",),
            )
        }
    assert {name: one.returncode for name, one in done.items()} == dict.fromkeys(done, 0)
    assert "1 done, 0 failed of 1" in done["assign rows.csv --yes --out run"].stdout
