"""Which context is which place, told by paths and links alone: never wrong, and certain where that is possible."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchroles.directory.columns import Column
from batchroles.directory.holdings import Census, Holdings
from batchroles.directory.places import Path, Place, Places
from batchroles.models import Level
from batchroles.models.lines import LEVEL_CODES, NOT_READ

SITE = "https://moodle.test"
SITE_HOME: Place = (Level.COURSE, 1)
Tree = dict[Path, tuple[Place, str]]
"""Every context of a site: its place, and the link that Moodle shows for it."""


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Make a site's contexts: categories in categories, courses, activities, people, and blocks on all their pages."""
    tree: Tree = {(1,): ((Level.SYSTEM, 0), f"{SITE}/")}
    numbers: dict[Level, int] = {}

    def add(above: Path, level: Level, link: str) -> Path:
        path = (*above, len(tree) + 1)
        numbers[level] = numbers.get(level, 1) + 1
        tree[path] = ((level, numbers[level]), link.format(numbers[level]))
        return path

    tree[1, 2] = ((Level.COURSE, 1), f"{SITE}/")
    for _ in range(draw(st.integers(0, 12))):
        paths = list(tree)
        above = paths[draw(st.integers(0, len(paths) - 1))]
        level = tree[above][0][0]
        kinds = {
            Level.SYSTEM: [Level.COURSECAT, Level.USER],
            Level.COURSECAT: [Level.COURSECAT, Level.COURSE, Level.COURSE],
            Level.COURSE: [Level.MODULE],
        }.get(level, [])
        kind = draw(st.sampled_from([*kinds, Level.BLOCK]))
        if level is Level.BLOCK:
            continue
        links = {
            Level.COURSECAT: f"{SITE}/course/index.php?categoryid={{}}",
            Level.COURSE: f"{SITE}/course/view.php?id={{}}",
            Level.USER: f"{SITE}/user/profile.php?id={{}}",
            Level.MODULE: f"{SITE}/mod/page/view.php?id={{}}",
            Level.BLOCK: tree[above][1],
        }
        add(above, kind, links[kind])
    return tree


def shown(tree: Tree, paths: Sequence[Path]) -> Places:
    """Give what a report tells that has these contexts."""
    texts = ["/" + "/".join(map(str, path)) for path in paths]
    return Places.of(texts, [f'<a href="{tree[path][1]}">Some: thing</a>' for path in paths])


@given(trees(), st.data())
def test_what_is_claimed_of_a_context_is_so(tree: Tree, data: st.DataObject) -> None:
    """Of whatever contexts a report has, each is called a place, a block, or either, and never what it is not."""
    paths = data.draw(st.lists(st.sampled_from(list(tree)), unique=True))
    places = shown(tree, paths)
    for path in paths:
        context, (level, instance) = path[-1], tree[path][0]
        if context in places.own:
            assert places.own[context] == (level, instance)
        elif context in places.blocks:
            assert level is Level.BLOCK
        elif (level, instance) != SITE_HOME:
            assert level is Level.BLOCK or places.either[context] == (level, instance)


@given(trees(), st.data())
def test_depths_put_an_end_to_doubt(tree: Tree, data: st.DataObject) -> None:
    """Where functions tell how deep places stand nothing is left in doubt, and nothing is wrong.

    What is right below the system may be the site home or a block: nothing is said of it.
    """
    paths = data.draw(st.lists(st.sampled_from(list(tree)), unique=True))
    depths = {place: len(path) for path, (place, _) in tree.items()}
    places = shown(tree, paths).settled(depths)
    assert not places.either
    for path in paths:
        place, link = tree[path]
        if len(path) != 2 or link != f"{SITE}/":
            assert (path[-1] in places.blocks) == (place[0] is Level.BLOCK)
            assert places.own.get(path[-1], place) == place


@given(trees(), st.booleans(), st.data())
def test_what_is_claimed_of_a_line_is_so(tree: Tree, linked: bool, data: st.DataObject) -> None:
    """Of any user, role and place it is said how often the user has it there, or that it is not certain: never wrong.

    That holds with and without the report that links contexts.
    """
    paths = list(tree)
    held = data.draw(
        st.lists(st.tuples(st.sampled_from(paths), st.integers(1, 2), st.sampled_from("xy"), st.booleans()))
    )
    places = shown(tree, list(dict.fromkeys(path for path, *_ in held))) if linked else Places()
    holdings = Holdings(census(held), places)
    asked = [(place, user, role) for place, _ in tree.values() for user in (1, 2, 3) for role in (7, 8)]
    found = holdings.find(
        np.array([LEVEL_CODES[level] for (level, _), _, _ in asked], "int8"),
        np.array([instance for (_, instance), _, _ in asked], "int64"),
        np.array([user for _, user, _ in asked], "int64"),
        np.array([role for _, _, role in asked], "int64"),
        {7: "x", 8: "y"},
    )
    places_of = {path: place for path, (place, _) in tree.items()}
    for (place, user, role), count, by_hand in zip(asked, found.held, found.by_hand, strict=True):
        there = [
            plugin
            for path, holder, name, plugin in held
            if (places_of[path], holder, name) == (place, user, {7: "x", 8: "y"}[role])
        ]
        if count != NOT_READ:
            assert (count, by_hand) == (len(there), there.count(False))
        elif linked:
            # Only a doubt that is there leaves something open.
            assert places.either or places.blocks or len({path for path, *_ in held if len(path) == 2})


def census(held: Sequence[tuple[Path, int, str, bool]]) -> Census:
    """Make a census of holdings: path, user id, short name, whether a plugin gives it."""
    roles, plugins = Column.of([name for _, _, name, _ in held]), Column.of(["", "enrol_cohort"])
    return Census(
        context=np.array([path[-1] for path, *_ in held], "int64"),
        depth=np.array([len(path) for path, *_ in held], "int64"),
        user=np.array([user for _, user, _, _ in held], "int64"),
        role=roles.codes,
        plugin=np.array([int(plugin) for *_, plugin in held], "int64"),
        item=np.zeros(len(held), "int64"),
        shortnames=roles.texts,
        plugins=plugins.texts,
    )


@pytest.mark.parametrize(
    ("rows", "own", "blocks", "either"),
    [
        # A course and a block in it; two blocks of a course in which nobody has a role.
        ([("/1/3/5", "course/view.php?id=2"), ("/1/3/5/9", "course/view.php?id=2")], [5], [9], []),
        ([("/1/3/5/8", "course/view.php?id=2"), ("/1/3/5/9", "course/view.php?id=2")], [], [8, 9], []),
        # Alone either; beside another course its own, below an activity's course a block.
        ([("/1/3/5", "course/view.php?id=2")], [], [], [5]),
        ([("/1/3/5", "course/view.php?id=2"), ("/1/3/6", "course/view.php?id=4")], [5, 6], [], []),
        ([("/1/3/5", "course/view.php?id=2"), ("/1/3/6", "mod/page/view.php?id=4")], [6], [5], []),
        # The site home and a block of the whole site have the same page.
        ([("/1", ""), ("/1/2", ""), ("/1/7", "")], [1], [], []),
        ([("/1/2", ""), ("/1/2/7", "")], [2], [7], []),
        # Nothing is known of a page of another kind.
        ([("/1/3/5", "local/thing/index.php?id=2")], [], [], []),
    ],
)
def test_places(rows: list[tuple[str, str]], own: list[int], blocks: list[int], either: list[int]) -> None:
    """A block is told from the place whose page it is on by what stands above, beside and beneath."""
    places = Places.of([path for path, _ in rows], [f'<a href="{SITE}/{link}">x</a>' for _, link in rows])
    assert (sorted(places.own), sorted(places.blocks), sorted(places.either)) == (own, blocks, either)
