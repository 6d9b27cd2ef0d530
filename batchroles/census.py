"""The commands about who holds what, for Python."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from batchroles import job
from batchroles.arguments import must_be, must_be_progress, must_be_site, texts, words
from batchroles.client import Moodle
from batchroles.client.side_by_side import Progress, silent
from batchroles.job.census.comparing import compare as compared
from batchroles.job.census.difference import table
from batchroles.job.census.exporting import export as exported
from batchroles.job.census.layout import Scope
from batchroles.job.census.why import Why
from batchroles.job.census.why import why as told_why
from batchroles.library import Plan
from batchroles.models.references import RoleMap
from batchroles.runs import DEFAULT
from batchroles.sources import source_of


def export(
    moodle: Moodle,
    *,
    role: Sequence[str] = (),
    context: Sequence[str] = (),
    below: Sequence[str] = (),
    user: Sequence[str] = (),
    review: bool = False,
    role_map: RoleMap | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Read who holds which role where on the site; nothing is written there.

    One row a holding, columns of text, as in an exported file: what `plan` takes. `role`, `context`, `below` and
    `user` narrow it together: of several words in one any. `review` adds a column for decisions. How far it goes, and
    what was left out, stands as sentences in `frame.attrs["notes"]`.

    Raises InputError for words that do not lead to one thing, SiteRefusal where the site shows no holdings at all.
    """
    must_be_site(moodle)
    texts(role=role, context=context, below=below, user=user)
    must_be(bool, "True or False", review=review)
    words(str | int, "role_map", role_map)
    scope = Scope(tuple(role), tuple(context), tuple(below), tuple(user))
    must_be_progress(progress)
    made = exported(moodle.session(), scope, review=review, role_map=role_map, progress=progress or silent)
    made.rows.attrs["notes"] = list(made.notes)
    return made.rows


def review(
    file: str | Path,
    moodle: Moodle,
    *,
    max_removals: str | None = None,
    time_zone: str | None = None,
    role_map: RoleMap | None = None,
    progress: Progress | None = None,
) -> Plan:
    """Plan the decisions in an exported file; nothing is written on the site, and `apply` sends it.

    `max_removals`: `"20"` or `"10%"` of the file's rows; more are withheld. `time_zone`: the zone whose days decisions
    name, the site's own by default. Raises InputError for a file that is no export of this site with decisions, and
    else what `plan` raises.
    """
    must_be(str | Path, "a path", file=file)
    must_be_site(moodle)
    must_be(str | None, "text", max_removals=max_removals, time_zone=time_zone)
    words(str | int, "role_map", role_map)
    must_be_progress(progress)
    task = job.Review(source_of(file), max_removals, time_zone, role_map or {})
    with job.Job(moodle, job.Door(progress or silent)) as work:
        made = work.planned(task)
        return Plan(made, work.summary(made))


def why(
    user: str,
    moodle: Moodle,
    context: str | None = None,
    *,
    runs: Sequence[str | Path] = (DEFAULT,),
    state: str | Path | None = None,
    role_map: RoleMap | None = None,
    progress: Progress | None = None,
) -> Why:
    """Say of each role that a person has what gave it: a run, a sync, a plugin, or others; nothing is written anywhere.

    `user`: a user name, or `email=`, `idnumber=`, `id=` and a value; `context`: only in exactly this place. `runs`:
    folders with runs that are looked through; `state`: where it is kept what syncs own. Raises InputError for a person
    or a place that is not there, SiteRefusal where the site shows no holdings at all.
    """
    must_be(str, "text", user=user)
    must_be_site(moodle)
    must_be(str | None, "text", context=context)
    must_be(str | Path | None, "a folder", state=state)
    words(str | int, "role_map", role_map)
    must_be_progress(progress)
    return told_why(
        moodle.session(),
        user,
        context,
        runs=[Path(one) for one in runs],
        state=None if state is None else Path(state),
        role_map=role_map,
        progress=progress or silent,
    )


def compare(
    a: str | Path | Moodle,
    b: str | Path | Moodle,
    *,
    with_plugins: bool = False,
    same_site: bool = False,
    role_map: RoleMap | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Compare who holds what; `a` and `b` are each the path of an exported file or a site. Nothing is written.

    One row a difference, columns of text: `only in` says which of the two has it (`a` or `b`), the others are those of
    a list for `b`; `possible` says whether all names of a row of `a` are there on `b`, and whether one of `b` can be
    taken away. `frame.attrs` has `both`, the number of holdings of both, `missing`, the names that are not there on
    `b`, and `notes`. `with_plugins` is the flag `--all`.

    Raises InputError for a file that is no export, and for two sides that cannot be compared.
    """
    for name, side in {"a": a, "b": b}.items():
        must_be(str | Path | Moodle, "the path of an exported file, or a batchroles.Moodle", **{name: side})
    must_be(bool, "True or False", with_plugins=with_plugins, same_site=same_site)
    words(str | int, "role_map", role_map)
    must_be_progress(progress)
    found = compared(
        *(one.session() if isinstance(one, Moodle) else Path(one) for one in (a, b)),
        with_plugins=with_plugins,
        same_site=same_site,
        role_map=role_map,
        progress=progress or silent,
    )
    differences = table(found)
    differences.attrs |= {
        "both": found.both,
        "missing": [asdict(one) for one in found.missing],
        "notes": list(found.notes),
    }
    return differences
