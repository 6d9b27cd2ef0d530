"""The script that turns a user name and a password into a token."""

from batchroles.sandbox.site import Site
from batchroles.sandbox.web import Answer, Request


def serve_login(site: Site, request: Request) -> Answer:
    """Answer one request to `login/token.php`."""
    raise NotImplementedError
