"""What a sync's file is complete for: some roles, some places and all that is inside them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pandas as pd

from batchroles.client import Moodle
from batchroles.directory.census import SiteRoles
from batchroles.directory.inside import Inside
from batchroles.directory.places import Place
from batchroles.errors import InputError
from batchroles.loader.layouts.cells import Fault
from batchroles.loader.layouts.contexts import read_context
from batchroles.models import ContextRef, Level, Problem, RoleRef
from batchroles.models.lines import Mask
from batchroles.models.references import RoleMap
from batchroles.runs.ledger import Ref
from batchroles.validator import look_up

_ROLES = "role="


@dataclass(frozen=True)
class Said:
    """What `--scope` says, in names."""

    roles: tuple[RoleRef, ...] = ()
    places: tuple[ContextRef, ...] = ()

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        """Read `role=student,teacher` and contexts as in a cell. Raises InputError for anything else."""
        roles: list[RoleRef] = []
        places: list[ContextRef] = []
        for text in texts:
            if text.startswith(_ROLES):
                words = [word.strip() for word in text.removeprefix(_ROLES).split(",")]
                if not all(words):
                    raise InputError(f"--scope {text}: write roles as role=student,teacher")
                roles += [RoleRef("word", word) for word in words]
                continue
            found = read_context(text)
            if not isinstance(found, ContextRef):
                fix = found.fix if isinstance(found, Fault) else ""
                raise InputError(f"--scope {text}: write role=ROLE,ROLE or a place. {fix}")
            places.append(found)
        return cls(tuple(roles), tuple(places))

    def __bool__(self) -> bool:
        return bool(self.roles or self.places)


@dataclass
class Scope:
    """The same in ids."""

    inside: Inside
    roles: Collection[int] | None = None
    """None for all."""
    places: Collection[Place] | None = None
    """None for everywhere."""
    _known: dict[Place, bool | None] = field(default_factory=dict)

    @classmethod
    def found(
        cls, said: Said, moodle: Moodle, role_map: RoleMap, site: SiteRoles, known: Mapping[Ref, int]
    ) -> tuple[Self, Mapping[Ref, int]]:
        """Look up the names that are not known; gives what they led to, too.

        Raises InputError for one that does not lead to one thing.
        """
        roles, places = ({*some} - {*known} for some in (said.roles, said.places))
        found: Mapping[object, object] = {}
        if roles or places:
            found = look_up(moodle, roles, places, role_map, site)
        for ref, result in found.items():
            if isinstance(result, Problem) and isinstance(ref, RoleRef | ContextRef):
                raise InputError(f"--scope {ref.value}: {result.reason} {result.fix}")
        fresh: dict[Ref, int] = {
            ref: result
            for ref, result in found.items()
            if isinstance(ref, RoleRef | ContextRef) and isinstance(result, int)
        }
        ids: dict[Ref, int] = {**known, **fresh}
        scope = cls(
            Inside(moodle),
            frozenset(ids[ref] for ref in said.roles) if said.roles else None,
            frozenset((ref.level, ids[ref]) for ref in said.places) if said.places else None,
        )
        return scope, fresh

    @property
    def limited(self) -> bool:
        """Whether it is less than everything."""
        return self.roles is not None or self.places is not None

    def has(self, subjects: pd.DataFrame, *, sure: bool) -> Mask:
        """Choose the subjects that are in it: for certain, or perhaps. Courses are asked about together."""
        roles = np.ones(len(subjects), bool)
        if self.roles is not None:
            roles = subjects["roleid"].isin(list(self.roles)).to_numpy()
        if self.places is None or not roles.any():
            return roles
        places = [
            (Level(level), int(instance))
            for level, instance in zip(subjects["level"], subjects["instanceid"], strict=True)
        ]
        self.inside.learn(
            {id_ for (level, id_), mine in zip(places, roles, strict=True) if mine and level is Level.COURSE}
        )
        inside = np.array([self._inside(place, sure) for place in places], bool)
        return np.asarray(roles & inside)

    def _inside(self, place: Place, sure: bool) -> bool:
        if place not in self._known:
            self._known[place] = self.inside.inside(place, self.places or ())
        known = self._known[place]
        return not sure if known is None else known
