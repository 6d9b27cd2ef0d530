"""The usual way to a site, under the name of what it is."""

from batchroles.client.transport import HttpTransport

__all__ = ["HttpTransport"]
