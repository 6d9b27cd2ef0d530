"""One web-service call under way: the site, who calls, and how texts are wanted."""

from dataclasses import dataclass

from batchroles.sandbox.access import Actor
from batchroles.sandbox.render import escape
from batchroles.sandbox.site import Site
from batchroles.sandbox.tables import Row


@dataclass
class Call:
    """What a function needs beside its parameters."""

    site: Site
    actor: Actor
    wwwroot: str
    service: Row
    raw: bool = False
    """Whether the caller asked for plain texts (`moodlewssettingraw=1`)."""
    display: bool = False
    """Whether the site shows debug information."""

    def name(self, text: str | None) -> str:
        """Give a name as answers carry it: HTML-escaped (quotes stay), unless plain texts were asked for."""
        if not text or self.raw:
            return text or ""
        return escape(text).replace("&quot;", '"')

    def image(self, file: str) -> str:
        """Give the address of one of the theme's user pictures."""
        settings = self.site.settings
        return f"{self.wwwroot}/theme/image.php/{settings['theme']}/core/{settings['themerev']}/u/{file}"
