"""A practice Moodle: the web service of a site that exists only in memory, to try batchroles on.

with serve() as practice:
    ...  # practice.url, practice.token, practice.state(), practice.calls(), practice.reset()
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchroles.sandbox.wire.practice import Practice

__all__ = ["default_site", "make_site", "serve"]


def serve(
    site: dict[str, Any] | None = None,
    *,
    state: str = "default",
    port: int = 0,
    faults: Sequence[str] = (),
    seed: int = 0,
    php_workers: int = 0,
    plugin: bool = False,
    reports: bool = False,
    moodle: str | None = None,
) -> "AbstractContextManager[Practice]":
    """Serve a site on 127.0.0.1, in this process, for as long as the `with` block lasts.

    * `site`: the content of a site file, the packaged practice site by default. It is checked (in less than a
      tenth of a second at that size), and not changed. BadSiteFile, a ValueError: something in it is wrong.
    * `state`: a named state of the site (`debug-on`, `maintenance`, `bot-moodle/role:assign` …).
    * `port`: 0 takes any free port. OSError: the port is in use.
    * `faults`: misbehaviour as the command line spells it (`503:0.2`, `drop-after:0.1`), the same again for one `seed`.
    * `php_workers`: above 0, calls take as long as on the measured Moodle 4.3, so many at once, the rest queueing, and
      wait for each other's users, or clash, as there.
    * `plugin`: add local_wsgetroles, which lists all roles; most sites do not have it.
    * `reports`: add the custom reports that batchroles reads, for the bot alone; most sites do not have them.
    * `moodle`: the version to be, `4.3` or `5.1`; by default the one that the site file names, which is 5.1 for sites
      that are made here. UnknownRelease, a ValueError: another one.
    """
    from batchroles.sandbox.making.site_file import check_site
    from batchroles.sandbox.wire.server import serve as serve_site

    if site is not None:
        check_site(site)
    return serve_site(
        site,
        state=state,
        port=port,
        faults=faults,
        seed=seed,
        php_workers=php_workers,
        plugin=plugin,
        reports=reports,
        moodle=moodle,
    )


def default_site() -> dict[str, Any]:
    """Give the packaged practice site as a new dict: 2,000 users, 60 courses, 12 categories and the accounts."""
    from batchroles.sandbox.making.generate import default_site as make

    return make()


def make_site(users: int, courses: int, categories: int) -> dict[str, Any]:
    """Give a site of any size as a new dict."""
    from batchroles.sandbox.making.generate import make_site as make

    return make(users, courses, categories)
