"""How the pages hang together, and what they say about the project's insides."""

import re
import tomllib

import pytest

from batchroles import guide
from tests.docs.pages import CHANGELOG, CONTRIBUTING, GUIDES, PAGES, README, ROOT, Page

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_readme_is_a_front_page() -> None:
    """The README has at most 250 lines, and its pictures."""
    assert len(README.text().splitlines()) <= 250
    assert len([link for link in README.links() if link.endswith(".png")]) >= 3


def test_every_guide_is_named_in_the_readme() -> None:
    """The README lists every guide in the order of `batchroles guide`, with the same sentence, then the other pages."""
    shown = {row["guide"]: row["what is in it"] for row in README.table("guide")}
    listed = {f"[{name}](batchroles/guide/{name}.md)": guide.subject(name) for name in guide.NAMES}
    assert list(shown.items())[: len(listed)] == list(listed.items())
    assert set(README.links()) >= {str(page) for page in PAGES[1:]}


def test_every_guide_there_is_can_be_shown() -> None:
    """The guides that `batchroles guide` knows are the files there are."""
    assert sorted(guide.NAMES) == sorted(GUIDES)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_leads_somewhere(page: Page) -> None:
    """Every link to a heading, to another page or to a picture leads to one that there is."""
    anchors = {other.path: {one.anchor for one in other.headings()} for other in PAGES}
    for link in page.links():
        name, _, anchor = link.partition("#")
        leads_to = (page.path.parent / name).resolve() if name else page.path
        assert leads_to.is_file(), link
        assert not anchor or anchor in anchors[leads_to], link


@pytest.mark.parametrize("page", GUIDES.values(), ids=GUIDES)
def test_a_guide_links_guides_only(page: Page) -> None:
    """A guide is installed without what stands around it in the project: it leads to guides and their pictures only."""
    pictures = (f"pictures/{path.name}" for path in guide.PICTURES.iterdir())
    led = {link.partition("#")[0] for link in page.links()}
    assert led <= {"", *(f"{name}.md" for name in GUIDES), *pictures}


def test_every_package_is_there_with_its_reason() -> None:
    """The packages and their reasons are those of pyproject.toml."""
    project = PYPROJECT["project"]
    extras = [name for names in project["optional-dependencies"].values() for name in names]
    wanted = [re.split(r"[<>=]", name)[0] for name in [*project["dependencies"], *extras]]
    assert CONTRIBUTING.firsts("package") == wanted


def test_every_room_is_described() -> None:
    """The rooms are the modules and packages there are."""
    inside = [path for path in (ROOT / "batchroles").iterdir() if not path.name.startswith("__")]
    rooms = {f"{path.name}/" for path in inside if (path / "__init__.py").is_file()}
    rooms |= {path.name for path in inside if path.suffix == ".py"}
    assert set(CONTRIBUTING.firsts("room")) == rooms


def test_the_rooms_stand_in_the_order_of_imports() -> None:
    """A room stands below everything that it may import, as the import contract has it."""
    layers = PYPROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    height = {
        room.strip().removeprefix("batchroles."): level
        for level, layer in enumerate(reversed(layers))
        for room in layer.split("|")
    }
    shown = [name.removesuffix("/").removesuffix(".py") for name in CONTRIBUTING.firsts("room")]
    levels = [height[name] for name in shown if name in height]
    assert levels == sorted(levels)
    assert {name for name in shown if name not in height} == {"sandbox"}


def test_every_make_target_is_described() -> None:
    """The table of targets is the Makefile's."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert targets is not None
    shown = [word.removeprefix("make").strip() for word in CONTRIBUTING.everything("target")]
    assert sorted(filter(None, shown)) == sorted(targets[1].split())


def test_the_current_version_is_in_the_changelog() -> None:
    """The changelog begins with the version of the package."""
    assert f"\n### {PYPROJECT['project']['version']}\n" in CHANGELOG.text()


def test_every_file_that_is_named_exists() -> None:
    """Every file and folder that the page for contributors names in code is there, in the package or the project."""
    named = re.findall(r"`([\w.]+(?:/[\w.]+)*/?)`", CONTRIBUTING.text())
    files = {name for name in named if "/" in name.rstrip("/") or name.endswith(".py")}
    folders = {name for name in named if name.endswith("/")} - files
    package = ROOT / "batchroles"
    assert {name for name in files if not any((top / name).exists() for top in (package, ROOT))} == set()
    assert {name for name in folders if not any(package.rglob(name))} == set()
    assert len(files) > 40


def test_no_python_file_is_longer_than_said() -> None:
    """No file of the package has more lines than the page for contributors says."""
    most = re.search(r"Files have at most (\d+) lines", CONTRIBUTING.text())
    assert most is not None
    every = list((ROOT / "batchroles").rglob("*.py"))
    longer = [path for path in every if len(path.read_text(encoding="utf-8").splitlines()) > int(most[1])]
    assert longer == []
