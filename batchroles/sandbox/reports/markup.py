"""The pieces of HTML in answers of the report builder: what Moodle's templates write, in Bootstrap 4 and 5."""

import html
from collections.abc import Mapping
from typing import Any

from batchroles.sandbox.reports.cells import escaped
from batchroles.sandbox.reports.release import V51, has
from batchroles.sandbox.site.site import Site

BLANKS, INNER = " " * 19, " " * 8


def selection(site: Site, name: str, options: Mapping[str, str], values: Mapping[str, Any]) -> str:
    """Write one selection of a form, blanks and all (rf-get, rf-get-filtered); Moodle makes its id end at random."""
    kind = "form-select" if has(site, V51) else "custom-select"
    chosen = str(values.get(name, ""))
    lines = [
        f'{INNER}<option value="{html.escape(value)}" {"selected" if value == chosen else ""}  >{text}</option>\n'
        for value, text in options.items()
    ]
    head = f'<select class="{kind}\n{BLANKS}\n{BLANKS}"\n{INNER}name="{name}"\n{INNER}id="id_{name.replace(":", "")}"\n'
    return f"{head}{INNER}\n{INNER}\n{INNER} >\n{''.join(lines)}    </select>\n"


def help_icon(site: Site, title: str, text: str) -> str:
    """Write the question mark beside a title."""
    content = html.escape(f'<div class="no-overflow"><p>{text}</p>\n</div> ', quote=True)
    newer = has(site, V51)
    data = "data-bs-" if newer else "data-"
    lines = [
        f'<a class="btn btn-link p-0 me-2 icon-no-margin{" help-icon" if newer else ""}" role="button"',
        f'    {data}container="body" {data}toggle="popover"',
        *(['    data-bs-custom-class="help-popover"'] if newer else []),
        f'    {data}placement="right" {data}content="{content}"',
        f'    {data}html="true" tabindex="0"{"" if newer else " data-trigger=" + chr(34) + "focus" + chr(34)} '
        'aria-label="Help">',
        '  <i class="icon fa fa-circle-question text-info fa-fw "  '
        f'title="Help with {title}" role="img" aria-label="Help with {title}"></i>',
        "</a>",
    ]
    return "\n".join(lines)


def heading_editor(filterid: int, heading: str) -> str:
    """Write the heading of a filter as it is renamed in the editor."""
    rename = escaped(f"Rename filter '{heading}'")
    lines = [
        '<span class="inplaceeditable inplaceeditable-text" data-inplaceeditable="1" '
        f'data-component="core_reportbuilder" data-itemtype="filterheading" data-itemid="{filterid}"',
        f'    data-value="{escaped(heading)}" data-editlabel="" data-type="text" data-options="">',
        INNER,
        f'{INNER}<a href="#" class="quickeditlink aalink" data-inplaceeditablelink="1" title="{rename}">',
        f"            {heading}",
        '            <span class="quickediticon visibleifjs icon-size-3">',
        f'                <i class="icon fa fa-pen fa-fw "  title="{rename}" role="img" aria-label="{rename}"></i>',
        "            </span>",
        f"{INNER}</a>",
        "</span>",
    ]
    return "\n".join(lines)


def table(site: Site, reportid: int, source: str, size: int, total: int, *, editing: bool) -> str:
    """Write the frame of a report's table; the rows in it were cut from the recordings, and are left out here."""
    handler = "custom_report_table" if editing else "custom_report_table_view"
    paged = "[]" if editing else f'{{"pagesize":{{"name":"pagesize","jointype":2,"values":["{size}"]}}}}'
    shown = html.escape(f'{{"jointype":2,"filters":{paged}}}')
    newer = has(site, V51)
    outer = '<div class="table-responsive">' if newer else "<div>"
    classes = "table generaltable" if newer else "generaltable generalbox"
    hidden = "visually-hidden" if newer else "sr-only"
    alert = (
        '<div class="alert alert-info alert-block fade in mt-3 "  role="alert" data-aria-autofocus="true">\n'
        "    Nothing to display\n    \n</div>"
    )
    return (
        '<div class="table-dynamic position-relative" data-region="core_table/dynamic" '
        f'data-table-handler="{handler}" data-table-component="core_reportbuilder" '
        f'data-table-uniqueid="custom-report-table-{reportid}" data-table-filters="{shown}" data-table-sort-data="[]" '
        'data-table-first-initial="" data-table-last-initial="" data-table-page-number="1" data-table-page-size="30" '
        f'data-table-default-per-page="30" data-table-hidden-columns="[]" data-table-total-rows="{total}">'
        f'{outer}<table class="flexible table table-striped table-hover {classes} reportbuilder-table" '
        f'data-region="reportbuilder-table"><caption class="{hidden}">{source}</caption></table></div>'
        f"{'' if total else alert}</div>"
    )
