"""A practice Moodle: the web service of a site that exists only in memory, to try batchroles on.

with serve() as practice:
    ...  # practice.url, practice.token, practice.state(), practice.calls(), practice.reset()
"""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchroles.sandbox.practice import Practice

__all__ = ["default_site", "serve"]


def serve(
    site: dict[str, Any] | None = None, *, state: str = "default", port: int = 0
) -> "AbstractContextManager[Practice]":
    """Serve a site (the content of a site file; the packaged one by default) on 127.0.0.1, in this process."""
    from batchroles.sandbox.server import serve as serve_site

    return serve_site(site, state=state, port=port)


def default_site() -> dict[str, Any]:
    """Give the packaged practice site as a new dict: about 2,000 users, 60 courses and 12 categories."""
    from batchroles.sandbox.generate import default_site as make

    return make()
