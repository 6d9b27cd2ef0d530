"""Who is at the page: a person of the site, with a client of their own and a folder that nobody else sees."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from batchroles.client import Moodle
from batchroles.runs import Runs
from batchroles.web.office import Office
from batchroles.web.proposals import Proposals


@dataclass(frozen=True)
class Person:
    """Somebody whom Moodle knows."""

    id: int
    """The user id on the site."""
    name: str
    moodle: Moodle
    """Speaks to the site with this person's own token."""
    folder: Path

    @classmethod
    def arriving(cls, office: Office, token: str) -> Self:
        """Ask the site who has a token. Raises what `Moodle.call` raises."""
        moodle = office.connect(token)
        try:
            info = moodle.site_info()
        except BaseException:
            moodle.close()
            raise
        person = cls(int(info["userid"]), str(info.get("fullname") or info["username"]), moodle, Path())
        folder = office.folder / _folder_name(office.site, person.id)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cls(person.id, person.name, moodle, folder)

    @property
    def proposals(self) -> Proposals:
        """What this person is about to send, and has sent."""
        return Proposals(self.folder / "proposals")

    @property
    def runs(self) -> Runs:
        """This person's runs."""
        return Runs(self.folder / "runs")


def _folder_name(site: str, userid: int) -> str:
    """Name a person's folder: ids mean other people on another site."""
    return f"{hashlib.sha256(site.encode()).hexdigest()[:8]}-{userid}"
