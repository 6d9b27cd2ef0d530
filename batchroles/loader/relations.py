"""Which part of an .xlsx is what: told by its relationships, as spreadsheet programs tell it, and not by names."""

from collections.abc import Iterator, Mapping
from posixpath import dirname, join, normpath
from xml.etree.ElementTree import Element

from batchroles.loader.content import damaged
from batchroles.loader.number_formats import Formats, formats_of
from batchroles.loader.package import Package

_WORKBOOK = "xl/workbook.xml"


def sheet_parts(package: Package) -> Mapping[str, str]:
    """Return the parts that hold the sheets, by their names. Raises InputError if calamine would read others."""
    main = [target for _, kind, target in _relations(package, "") if kind == "officeDocument"]
    book = package.xml(package.name_like(_WORKBOOK) or _WORKBOOK)
    if [name.casefold() for name in main] != [_WORKBOOK] or book is None:
        raise damaged(package.path)
    targets = {identity: target for identity, _, target in _relations(package, _WORKBOOK)}
    parts: dict[str, str] = {}
    for entry in book.iterfind("{*}sheets/{*}sheet"):
        identity = next((value for key, value in entry.items() if key.endswith("}id")), "")
        name = package.name_like(targets.get(identity, ""))
        if name is not None:
            parts.setdefault(entry.get("name", ""), name)
    return parts


def formats(package: Package) -> Formats:
    """Return the number formats; none is known where the part that tells them cannot be read."""
    names = [target for _, kind, target in _relations(package, _WORKBOOK) if kind == "styles"]
    if not names:
        return Formats({0: "General"})
    styles = package.xml(package.name_like(names[0]) or names[0]) if len(names) == 1 else None
    return Formats() if styles is None else formats_of(styles)


def _relations(package: Package, part: str) -> Iterator[tuple[str, str, str]]:
    """Yield identity, kind and target of what a part refers to; the part without a name is the package itself."""
    folder = dirname(part)
    name = f"{folder}/_rels/{part.removeprefix(folder + '/')}.rels".lstrip("/")
    root = package.xml(package.name_like(name) or name)
    entries: list[Element] = [] if root is None else root.findall("{*}Relationship")
    for entry in entries:
        if entry.get("TargetMode") != "External":
            target = normpath(join("/", folder, entry.get("Target", ""))).lstrip("/")
            yield entry.get("Id", ""), entry.get("Type", "").rpartition("/")[2], target
