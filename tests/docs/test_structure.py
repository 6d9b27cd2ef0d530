"""The README's own order, and what it says about the project's insides."""

import re
import tomllib

from tests.docs.readme import ROOT, everything, firsts, headings, section, text, without_fences

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def anchor(title: str) -> str:
    """Give the address that a heading has on a page."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def test_the_table_of_contents_is_the_sections() -> None:
    """The contents list every section below them, in their order."""
    titles = [one.title for one in headings() if one.level == 2 and one.title != "Contents"]
    assert section("Contents").split("\n* ") == [
        "",
        *[f"[{title}](#{anchor(title)})" for title in titles[:-1]],
        f"[{titles[-1]}](#{anchor(titles[-1])})\n\n",
    ]


def test_every_link_inside_the_page_leads_somewhere() -> None:
    """Every link to a heading leads to one."""
    anchors = {anchor(one.title) for one in headings()}
    assert set(re.findall(r"\]\(#([^)]+)\)", without_fences(text()))) <= anchors


def test_every_package_is_there_with_its_reason() -> None:
    """The packages and their reasons are those of pyproject.toml."""
    project = PYPROJECT["project"]
    extras = [name for names in project["optional-dependencies"].values() for name in names]
    wanted = [re.split(r"[<>=]", name)[0] for name in [*project["dependencies"], *extras]]
    assert firsts("Why each package", "package") == wanted


def test_every_room_is_described() -> None:
    """The rooms are the modules and packages there are."""
    inside = [path for path in (ROOT / "batchroles").iterdir() if not path.name.startswith("__")]
    rooms = {f"{path.name}/" for path in inside if (path / "__init__.py").is_file()}
    rooms |= {path.name for path in inside if path.suffix == ".py"}
    assert set(firsts("Rooms", "room")) == rooms


def test_the_rooms_stand_in_the_order_of_imports() -> None:
    """A room stands below everything that it may import, as the import contract has it."""
    layers = PYPROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    height = {
        room.strip().removeprefix("batchroles."): level
        for level, layer in enumerate(reversed(layers))
        for room in layer.split("|")
    }
    shown = [name.removesuffix("/").removesuffix(".py") for name in firsts("Rooms", "room")]
    levels = [height[name] for name in shown if name in height]
    assert levels == sorted(levels)
    assert {name for name in shown if name not in height} == {"sandbox"}


def test_every_make_target_is_described() -> None:
    """The table of targets is the Makefile's."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert targets is not None
    shown = [word.removeprefix("make").strip() for word in everything("Development", "target")]
    assert sorted(filter(None, shown)) == sorted(targets[1].split())


def test_the_current_version_is_in_the_changelog() -> None:
    """The changelog begins with the version of the package."""
    assert f"\n### {PYPROJECT['project']['version']}\n" in section("Changelog")
