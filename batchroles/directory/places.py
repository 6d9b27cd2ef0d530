"""Which context is which place: no web service tells, but the report `batchroles contexts` links to each.

A context's path tells where it stands, its link which page is its own. A block has the link of the page it is on (case
`rr-default-setup`), which is that of the context above it: a link alone does not tell a course from a block in it. It
is told by what stands above and beneath; where it is not, that is said, too.
"""

import html
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from batchroles.models import Level
from batchroles.models.levels import SITE_HOME

Place = tuple[Level, int]
"""A context level and the instance id there; the instance of the system is 0."""
Path = tuple[int, ...]

SYSTEM: Place = (Level.SYSTEM, 0)
_SITE_HOME: Place = (Level.COURSE, SITE_HOME)
_HREF = re.compile(r'<a\b[^>]*\bhref="([^"]*)"')
_SHOWN = re.compile(r"<a\b[^>]*>(.*)</a>", re.DOTALL)
_LINKS = (
    (re.compile(r".*/course/view\.php\?id=([0-9]{1,18})"), Level.COURSE),
    (re.compile(r".*/course/index\.php\?categoryid=([0-9]{1,18})"), Level.COURSECAT),
    (re.compile(r".*/user/profile\.php\?id=([0-9]{1,18})"), Level.USER),
    (re.compile(r".*/mod/[a-z][a-z0-9_]*/view\.php\?id=([0-9]{1,18})"), Level.MODULE),
)
_HOME = re.compile(r"https?://[^?#]*/")


def place_linked(link: str, depth: int) -> Place | None:
    """Give the place of a link's page; None for a page that is none of a place.

    The system and the site home have the same page: the home page of the site.
    """
    found = _HREF.match(link)
    if found is None:
        return None
    for pattern, level in _LINKS:
        if page := pattern.fullmatch(found[1]):
            return level, int(page[1])
    if _HOME.fullmatch(found[1]):
        return SYSTEM if depth == 1 else _SITE_HOME
    return None


@dataclass(frozen=True)
class Places:
    """What is known of contexts by their ids."""

    own: Mapping[int, Place] = field(default_factory=dict)
    """Contexts whose place is certain."""
    blocks: frozenset[int] = frozenset()
    """Contexts that are certainly of a block; of which is not known."""
    either: Mapping[int, Place] = field(default_factory=dict)
    """Contexts that are of this place, or of a block on its page."""
    paths: Mapping[int, Path] = field(default_factory=dict)
    pages: Mapping[int, Place] = field(default_factory=dict)
    """The place whose page each context's link leads to: of a block that of the context above it."""
    names: Mapping[int, str] = field(default_factory=dict)
    """What each context's link shows, for people: `Course: Physics 101`, in the language of the token's user."""
    none_moves: bool = False
    """Whether every context that has no path is gone: Moodle takes a context's path away while it moves it."""

    @classmethod
    def of(cls, paths: Sequence[str], links: Sequence[str]) -> "Places":
        """Take the columns of a report."""
        rows = list(dict.fromkeys(zip(paths, links, strict=True)))
        found = [(tuple(map(int, path.split("/")[1:])), link) for path, link in rows if path]
        pages = {path: place for path, link in found if (place := place_linked(link, len(path)))}
        tree = _Tree(pages)
        own: dict[int, Place] = {}
        either: dict[int, Place] = {}
        blocks = set()
        for path, place in pages.items():
            if (is_own := tree.is_own(path, place)) is None:
                # Blocks of the system have the site home's page, too, so that several contexts may be that: none is.
                if place != _SITE_HOME:
                    either[path[-1]] = place
            elif is_own:
                own[path[-1]] = place
            else:
                blocks.add(path[-1])
        return cls(
            own,
            frozenset(blocks),
            either,
            paths={path[-1]: path for path in pages},
            pages={path[-1]: place for path, place in pages.items()},
            names={
                path[-1]: html.unescape(shown[1]) for path, link in found if (shown := _SHOWN.search(link))
            },
            none_moves=not any(link for path, link in rows if not path),
        )

    def settled(self, depths: Mapping[Place, int]) -> "Places":
        """Decide what is known of either kind for places whose depth in the tree of contexts is known."""
        own, either, blocks = dict(self.own), dict(self.either), set(self.blocks)
        for context, place in self.either.items():
            if place in depths:
                del either[context]
                if len(self.paths[context]) == depths[place]:
                    own[context] = place
                else:
                    blocks.add(context)
        return replace(self, own=own, blocks=frozenset(blocks), either=either)


class _Tree:
    """The tree that the paths make, and whether a context with a place's link is that place."""

    def __init__(self, pages: Mapping[Path, Place]) -> None:
        self._pages = pages
        self._inner: set[Path] = set()
        """Paths that others go on from: a block has nothing beneath it."""
        self._same: dict[Place, list[Path]] = defaultdict(list)
        self._beneath: dict[Path, set[Place]] = defaultdict(set)
        """Of each path, up to two of the categories and courses whose pages are linked beneath it."""
        self._children: dict[Path, set[Place]] = defaultdict(set)
        """Of each path, up to two of the pages that are linked right beneath it."""
        self._with_activities: set[Path] = set()
        for path, place in pages.items():
            self._same[place].append(path)
            if len(self._children[path[:-1]]) < 2:
                self._children[path[:-1]].add(place)
            if place[0] is Level.MODULE:
                self._with_activities.add(path[:-1])
            for end in range(1, len(path)):
                self._inner.add(path[:end])
                if place[0] in (Level.COURSE, Level.COURSECAT) and len(self._beneath[path[:end]]) < 2:
                    self._beneath[path[:end]].add(place)

    def is_own(self, path: Path, place: Place) -> bool | None:
        """Whether it is the place itself; if not it is a block on its page. None where that is not certain."""
        level = place[0]
        if level is Level.SYSTEM:
            return len(path) == 1
        if level is Level.USER:
            return len(path) == 2
        if path in self._inner:
            return True
        if place == _SITE_HOME:
            return False if len(path) > 2 else None
        # The place itself is above its blocks, and of two contexts side by side with one link both are blocks.
        return False if len(self._same[place]) > 1 else self._by_what_is_above(path, place)

    def _by_what_is_above(self, path: Path, place: Place) -> bool | None:
        """Tell by the context above: a block's is the place itself, and what is beneath that belongs to it."""
        above, level = path[:-1], place[0]
        if len(above) == 1:
            return True
        page = self._pages.get(above)
        if level is Level.COURSE:
            return self._course(above, page)
        if level is Level.MODULE:
            if page is not None:
                return page[0] is Level.COURSE
            return True if self._children[above] - {place} else None
        return None if page is None else page != place

    def _course(self, above: Path, page: Place | None) -> bool | None:
        if page is not None:
            return page[0] is Level.COURSECAT
        if above in self._with_activities:
            return False
        # A course has no other course beneath it, and no category: what has is a category.
        several = len(self._beneath[above]) > 1
        return True if several or any(one[0] is Level.COURSECAT for one in self._beneath[above]) else None
