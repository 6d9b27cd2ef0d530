"""Reports on people as tests make them, and people looked up."""

from collections.abc import Callable, Iterable
from typing import Any

from batchroles.client import Moodle
from batchroles.client.functions import RETRIEVE_REPORT
from batchroles.models import UserRef
from batchroles.models.references import UserKey
from batchroles.sandbox.making.reports import audience, report, with_functions
from batchroles.sandbox.reports import READING
from batchroles.sandbox.site.site import Site
from batchroles.sandbox.wire.practice import Practice
from batchroles.validator.names import Resolved
from batchroles.validator.users import UserFinder
from tests.directory.conftest import SITE

LINK, USERNAME, EMAIL, IDNUMBER = "user:fullnamewithlink", "user:username", "user:email", "user:idnumber"
EVERY: list[UserKey] = ["username", "email", "idnumber"]
READ = 'Read from the report "batchroles users" ('
Raw = dict[str, Any]


def people(*keys: UserKey) -> set[UserRef]:
    """Give all people of the recorded site by these fields."""
    # A look-up finds deleted accounts, too, by what Moodle made of their names (case `ubf-deleted-by-email`).
    there = [one for one in SITE["users"] if not one["deleted"]]
    return {UserRef(by, str(one[by])) for one in there for by in keys if one.get(by)}


def found(moodle: Moodle, refs: Iterable[UserRef]) -> tuple[dict[UserRef, Resolved], list[str]]:
    """Look people up; give the notes too, without what they say of capital letters."""
    finder = UserFinder(moodle)
    return finder.find(refs), [note for note in finder.notes if "another spelling" not in note]


def made(
    *columns: str, name: str = "batchroles users", source: str = "users", **more: Any
) -> Callable[[Raw], None]:
    """Make one report for the bot, in place of those of batchroles."""

    def change(raw: Raw) -> None:
        bot = next(one["id"] for one in raw["users"] if one["username"] == "wsbot")
        readers = [audience("manual", users=[bot])]
        if "filterdata" in more:
            more["userfilters"] = [{"userid": bot, "filterdata": more.pop("filterdata")}]
        raw["reports"] = [report(name, source, columns, **{"audiences": readers, **more})]
        raw.update(with_functions(raw, READING))

    return change


class Meddler:
    """An observer in whose presence something happens to the site, right after some answer about a report."""

    def __init__(
        self, practice: Practice, after: int, change: Callable[[Site], None], *, again: bool
    ) -> None:
        self._practice, self._after, self._change, self._again = practice, after, change, again
        self._seen = 0

    def answered(self, function: str, seconds: float) -> None:  # noqa: ARG002 - an observer's
        """Count the answers about reports, and let it happen."""
        if function == RETRIEVE_REPORT:
            self._seen += 1
            if self._seen == self._after or (self._again and self._seen > self._after):
                self._practice.change(self._change)

    def retrying(self, function: str, reason: str, pause: float) -> None:
        """Say nothing."""
