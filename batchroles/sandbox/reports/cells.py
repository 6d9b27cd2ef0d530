"""How values become text in cells: escaped or not, cut to one language, dates in the reader's time zone."""

import html
import re
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from batchroles.sandbox.access.actor import Call
from batchroles.sandbox.site.site import Site
from batchroles.sandbox.site.tables import Row
from batchroles.sandbox.text import strip_tags, words

DAYS = words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
MONTHS = words("January February March April May June July August September October November December")
SERVER = "99"
"""The time zone of a user who has none of their own."""

_SPECIAL = re.compile("[&<>\"']")
_MULTILANG = re.compile(
    r'(<span(?:\s+lang="[a-zA-Z0-9_-]+"|\s+class="multilang"){2}\s*>.*?</span>\s*)+', re.DOTALL
)
_PART = re.compile(r'<span[^>]*lang="([a-zA-Z0-9_-]+)"[^>]*>(.*?)</span>', re.DOTALL)
_BARE_AMPERSAND = re.compile(r"&(?!(?:[a-zA-Z]+|#[0-9]+|#x[0-9a-fA-F]+);)")


def escaped(value: object) -> str:
    """Escape as Moodle's `s()`: both kinds of quotes too, entities that are numbers stay (rb-users-columns-changed)."""
    if value is None:
        return ""
    text = str(value)
    if not _SPECIAL.search(text):
        return text
    text = html.escape(text).replace("&#x27;", "&#039;")
    return re.sub(r"&amp;(#(?:[0-9]+|x[0-9a-f]+);)", r"&\1", text, flags=re.IGNORECASE)


def name(site: Site, text: str, *, escape: bool = True) -> str:
    """Show a name as Moodle's `format_string` does: filtered and without tags; `&` becomes `&amp;`, quotes stay.

    Whether the filter for texts in several languages works on names (`filterall`) and tags are taken away
    (`formatstringstriptags`) are settings; without the filter all languages stand side by side (rr-multilang-off).
    """
    settings = site.settings
    if escape:
        text = _BARE_AMPERSAND.sub("&amp;", text)
    if settings.get("filterall") == "1":
        text = _MULTILANG.sub(lambda found: _in_language(found[0], settings["lang"]), text)
    if settings.get("formatstringstriptags", "1") == "1":
        text = strip_tags(text)
        text = text.replace("<", "&lt;").replace(">", "&gt;") if escape else text
    return text


def _in_language(parts: str, language: str) -> str:
    found = dict(_PART.findall(parts))
    return str(found.get(language, next(iter(found.values()))))


def link(address: str, text: str) -> str:
    """Write a link; the text is taken as it is."""
    return f'<a href="{address}">{text}</a>'


def yes_or_no(value: object) -> str:
    """Show a truth value."""
    return "" if value is None else ("Yes" if value else "No")


def profile(wwwroot: str, user: Row) -> str:
    """Give the address of a user's profile."""
    return f"{wwwroot}/user/profile.php?id={user['id']}"


def clock(call: Call) -> Callable[[int | None], str]:
    """Give what shows a Unix time to the caller; 0 and None are shown as nothing."""
    zone, known = zone_of(call), dict[int | None, str]({0: "", None: ""})

    def shown(moment: int | None) -> str:
        text = known.get(moment)
        if text is None:
            assert moment is not None  # noqa: S101 - None is known from the beginning
            text = known[moment] = _date(datetime.fromtimestamp(moment, zone))
        return text

    return shown


def zone_of(call: Call) -> ZoneInfo:
    """Give the time zone for a caller: the one asked for, the user's own, the site's."""
    wanted = (call.timezone, call.actor.user["timezone"], call.site.settings.get("timezone", ""))
    for zone in wanted:
        if zone and zone != SERVER:
            try:
                return ZoneInfo(zone)
            except (ZoneInfoNotFoundError, ValueError):
                continue
    return ZoneInfo("UTC")


def _date(when: datetime) -> str:
    """Write a moment as the English language pack does, whatever the machine's own language."""
    hour, half = when.hour % 12 or 12, "AM" if when.hour < 12 else "PM"
    day = f"{DAYS[when.weekday()]}, {when.day} {MONTHS[when.month - 1]} {when.year}"
    return f"{day}, {hour}:{when.minute:02d} {half}"
