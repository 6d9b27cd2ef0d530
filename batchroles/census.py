"""The commands about who holds what, for Python."""

from collections.abc import Sequence

import pandas as pd

from batchroles.arguments import must_be, must_be_progress, must_be_site, texts, words
from batchroles.client import Moodle
from batchroles.client.side_by_side import Progress, silent
from batchroles.job.census.exporting import export as exported
from batchroles.job.census.layout import Scope
from batchroles.models.references import RoleMap


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
