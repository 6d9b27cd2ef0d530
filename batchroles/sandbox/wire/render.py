"""Answers as Moodle's REST server writes them: JSON or XML."""

import json
from typing import Any

from batchroles.sandbox.errors import MissingRecord, MoodleError
from batchroles.sandbox.functions.shapes import Many, Shape, Value
from batchroles.sandbox.site.release import Release
from batchroles.sandbox.text import escape, is_valid

XML_HEAD = '<?xml version="1.0" encoding="UTF-8" ?>\n'


def to_json(value: Any) -> str:
    """Write as PHP's `json_encode` does: no spaces, ASCII only, slashes escaped; nothing at all for invalid text.

    Bytes that are no UTF-8 stand in texts as lone surrogates, also in a site file.
    """
    text = json.dumps(value, separators=(",", ":")).replace("/", "\\/")
    if "\\ud" in text and not is_valid(json.dumps(value, ensure_ascii=False)):
        return ""
    return text


def result_text(value: Any, shape: Shape | None, *, as_json: bool) -> str:
    """Write a function's result."""
    if as_json:
        return to_json(value)
    return f"{XML_HEAD}<RESPONSE>\n{_xml(value, shape)}</RESPONSE>\n"


def _xml(value: Any, shape: Shape | None) -> str:
    if shape is None:
        return ""
    if isinstance(shape, Value):
        return _xml_value(value)
    if isinstance(shape, Many):
        return "<MULTIPLE>\n" + "".join(_xml(item, shape.content) for item in value or []) + "</MULTIPLE>\n"
    keys = value or {}
    parts = [f'<KEY name="{key}">{_xml(keys.get(key), inner)}</KEY>\n' for key, inner in shape.keys.items()]
    return "<SINGLE>\n" + "".join(parts) + "</SINGLE>\n"


def _xml_value(value: Any) -> str:
    if value is None:
        return '<VALUE null="null"/>\n'
    text = str(int(value)) if isinstance(value, bool) else str(value)
    return f"<VALUE>{escape(text) if is_valid(text) else ''}</VALUE>\n"


def error_fields(error: MoodleError, release: Release, *, debug: bool, display: bool) -> dict[str, str]:
    """Give an exception's fields as a Moodle version tells them, in order; debug mode adds the reason."""
    if isinstance(error, MissingRecord) and not (release.names_tables or debug):
        error = MissingRecord("", error.debuginfo)
    space = "core\\exception\\" if error.exception in release.namespaced else ""
    fields = {"exception": f"{space}{error.exception}"}
    if error.errorcode is not None:
        fields["errorcode"] = error.errorcode
    fields["message"] = error.text(display=display)
    if debug and error.debuginfo:
        fields["debuginfo"] = error.debuginfo
    return fields


def error_text(fields: dict[str, str], *, as_json: bool) -> str:
    """Write an exception."""
    if as_json:
        return to_json(fields)
    names = [name for name in ("errorcode", "message", "debuginfo") if name in fields]
    lines = [f"<{name.upper()}>{escape(fields[name])}</{name.upper()}>\n" for name in names]
    return f'{XML_HEAD}<EXCEPTION class="{fields["exception"]}">\n{"".join(lines)}</EXCEPTION>\n'
