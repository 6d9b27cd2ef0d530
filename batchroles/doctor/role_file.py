"""The role of the token's user as a file that Moodle imports, so that nobody ticks its permissions one by one.

Made after Moodle's source (`admin/roles/role_schema.xml` and `admin/roles/classes/preset.php`): no recording shows one
that was imported.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from batchroles.doctor.setting_up import NAME, needed_capabilities
from batchroles.errors import InputError
from batchroles.reporter.writing import beside

_SHORTNAME = re.compile(r"[a-z0-9_-]+")
"""What Moodle keeps of a role's short name (`PARAM_ALPHANUMEXT`, in small letters)."""


def write_role_file(path: Path, task: str, may_assign: Sequence[str] = ()) -> None:
    """Write the role for a task; `may_assign`: the short names of the roles that it may assign.

    Raises InputError where the file exists or cannot be written, or where a short name can be none.
    """
    for name in may_assign:
        if not _SHORTNAME.fullmatch(name):
            raise InputError(
                f'--may-assign "{name}" is no short name of a role: those are small letters, digits, - and _, and stand'
                " on the page Define roles."
            )
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise InputError(f"{path} is no place for a file; name a file in a folder that exists.")
    if path.exists():
        raise InputError(f"{path} exists; choose another name.")
    with beside(path, InputError) as draft:
        draft.write_text(role_xml(task, may_assign), encoding="utf-8", newline="\n")


def role_xml(task: str, may_assign: Sequence[str] = ()) -> str:
    """Return the role as XML, its parts in the order in which Moodle's schema wants them."""
    role = Element("role")
    SubElement(role, "shortname").text = NAME
    SubElement(role, "name").text = NAME
    SubElement(role, "description").text = "For the web service user of batchroles."
    # Empty, but there: else that of the role or archetype chosen beside the file would stay.
    SubElement(role, "archetype").text = ""
    SubElement(SubElement(role, "contextlevels"), "level").text = "system"
    allowed = SubElement(role, "allowassign")
    for name in may_assign:
        SubElement(allowed, "shortname").text = name
    SubElement(role, "allowoverride")
    SubElement(role, "allowswitch")
    permissions = SubElement(role, "permissions")
    for one in needed_capabilities(task):
        SubElement(permissions, "allow").text = one.name
    indent(role)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(role, encoding="unicode")}\n'
