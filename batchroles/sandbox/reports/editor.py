"""What a report's editor shows: the columns, filters and conditions that can be added, and those that are there."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from batchroles.sandbox.reports.columns import Column
from batchroles.sandbox.reports.definition import Definition, stored
from batchroles.sandbox.reports.filters import Filter
from batchroles.sandbox.reports.form import conditions_form
from batchroles.sandbox.reports.markup import heading_editor, help_icon
from batchroles.sandbox.reports.release import has
from batchroles.sandbox.site.report_tables import DESCENDING
from batchroles.sandbox.site.tables import Row

HELP = {
    "Sorting": (
        "You can set the initial sort order of columns in the report, which can then be changed by users by clicking "
        "on column names."
    ),
    "Filters": (
        "Report filters allow users viewing the report to further limit the data being displayed, by selecting their "
        "own values for each filter. Filter values are stored on a per-user basis."
    ),
    "Conditions": (
        "Report conditions allow you to limit which data is displayed when the report is viewed. Users viewing the "
        "report cannot override these condition values."
    ),
    "Card view": (
        "Card view allows you to define the layout of your report when viewed on narrow devices. Columns will collapse "
        "beyond the limit set here, with a toggle to expand the card to view all report data."
    ),
}


def sorting(definition: Definition) -> Row:
    """Show how a report is sorted, column by column; it tells the columns' ids."""
    columns = [one for one in definition.columns() if one.column.sortable]
    shown = [
        _sortable(one.row, one.column, one.heading)
        for one in sorted(columns, key=lambda one: int(one.row["sortorder"]))
    ]
    return {
        "hassortablecolumns": bool(shown),
        "sortablecolumns": shown,
        "helpicon": _help(definition, "Sorting"),
    }


def _sortable(row: Row, column: Column, heading: str) -> Row:
    descends = row["sortdirection"] == DESCENDING
    verb = "Disable" if row["sortenabled"] else "Enable"
    other = "ascending" if descends else "descending"
    icon = {"key": "t/sort_desc" if descends else "t/sort_asc", "component": "moodle"}
    return {
        "id": row["id"],
        "title": column.heading,
        "heading": heading,
        "sortdirection": row["sortdirection"],
        "sortenabled": bool(row["sortenabled"]),
        "sortorder": row["sortorder"],
        "sorticon": {**icon, "title": f"Change initial sorting for column '{heading}' to {other}"},
        "movetitle": f"Move sorting for column '{heading}'",
        "sortenabledtitle": f"{verb} initial sorting for column '{heading}'",
    }


def filters(definition: Definition) -> Row:
    """Show the filters of a report, and those that can be added."""
    active = [
        {
            "id": row["id"],
            "heading": filter_.label,
            "headingeditable": heading_editor(row["id"], filter_.label),
            "sortorder": row["filterorder"],
            "movetitle": f"Move filter '{filter_.label}'",
            "entityname": _entity_title(definition, name),
        }
        for row, name, filter_ in definition.offered()
    ]
    available = _available(definition, conditions=False)
    return {
        "hasavailablefilters": bool(available),
        "availablefilters": available,
        "hasactivefilters": bool(active),
        "activefilters": active,
        "helpicon": _help(definition, "Filters"),
    }


def conditions(definition: Definition) -> Row:
    """Show the conditions of a report, and those that can be added; no function sets their values (bb-cond-add)."""
    available = _available(definition, conditions=True)
    form = conditions_form(definition, stored(definition.report["conditiondata"]))
    return {
        "hasavailableconditions": bool(available),
        "availableconditions": available,
        "hasactiveconditions": bool(form),
        "activeconditionsform": form,
        "helpicon": _help(definition, "Conditions"),
    }


def sidebar(definition: Definition) -> Row:
    """Show every column that the source offers."""

    def item(identifier: str, column: Column) -> Row:
        about = {"name": column.heading, "identifier": identifier, "title": f"Add column '{column.heading}'"}
        return {**about, "action": "report-add-column"}

    cards = [
        {
            "name": title,
            "key": key,
            "items": [item(f"{key}:{name}", column) for name, column in columns.items()],
        }
        for key, title, columns in _entities(definition, lambda entity: entity.columns)
    ]
    return {"menucards": cards}


def card_view(definition: Definition) -> Row:
    """Show the card view's settings; of its form only the beginning is recorded."""
    wwwroot, reportid = definition.call.wwwroot, definition.report["id"]
    form = (
        f'\n<form data-random-ids="1" autocomplete="off" action="{wwwroot}/webservice/rest/server.php" method="post" '
        'accept-charset="utf-8" id="mform1" class="mform">\n\t<div style="display: none;">'
        f'<input name="reportid" type="hidden" value="{reportid}" id="id_reportid" />\n'
        '<input name="sesskey" type="hidden" value="" /></div>\n</form>'
    )
    return {"form": form, "helpicon": _help(definition, "Card view")}


def _available(definition: Definition, *, conditions: bool) -> list[Row]:
    taken = {name for _, name, _ in definition.offered(conditions=conditions)}
    groups = (
        (title, _choices(key, offered, taken))
        for key, title, offered in _entities(definition, lambda entity: entity.filters)
    )
    return [{"optiongroup": {"text": title, "values": values}} for title, values in groups if values]


def _choices(entity: str, offered: Mapping[str, Filter], taken: Collection[str]) -> list[Row]:
    names = {f"{entity}:{name}": filter_.label for name, filter_ in offered.items()}
    return [{"value": name, "visiblename": label} for name, label in names.items() if name not in taken]


def _entities(
    definition: Definition, part: Callable[[Any], Mapping[str, Any]]
) -> list[tuple[str, str, dict[str, Any]]]:
    """Give each entity's name, title and columns or filters, as far as this Moodle has them."""
    source, site = definition.source, definition.call.site
    return [
        (key, entity.title, {name: one for name, one in part(entity).items() if has(site, one.since)})
        for key, entity in (source.entities if source else {}).items()
    ]


def _entity_title(definition: Definition, identifier: str) -> str:
    source = definition.source
    return source.entities[identifier.partition(":")[0]].title if source else ""


def _help(definition: Definition, title: str) -> str:
    return help_icon(definition.call.site, title, HELP[title])
