"""What of a report is not as it should be, with the page and the click that mend it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from batchroles.directory.reports import Report
from batchroles.directory.wanted import Kind
from batchroles.doctor import pages
from batchroles.doctor.pages import Page

ON = (True, 1, "1")
"""What is switched on: in JSON a truth value or a number, in XML a text."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a report."""

    sentence: str
    page: Page
    click: str

    def on(self, site: str) -> str:
        """Say it in one line."""
        return f"{self.sentence} {self.page.on(site)}: {self.click}"


def setting_faults(kind: Kind, report: Report, details: Mapping[str, Any]) -> list[Fault]:
    """Look for settings that hide or repeat rows; `details` are those that Moodle gives with every report."""
    faults = []
    if hiding := hiding_conditions(details.get("conditiondata")):
        faults.append(
            Fault(
                f"Its conditions hide rows ({', '.join(hiding)}).",
                pages.report(report.id),
                "Take them away at Conditions on the right (Include default setup has brought them, mostly).",
            )
        )
    if (details.get("uniquerows") in ON) != kind.unique:
        verb = "tick" if kind.unique else "untick"
        faults.append(
            Fault(
                "It repeats rows." if kind.unique else "It shows rows that are alike only once.",
                pages.REPORTS,
                f"Open the menu of the report, click Edit report details, {verb} Show unique rows, click Save.",
            )
        )
    return faults


def hiding_conditions(kept: object) -> list[str]:
    """Give the identifiers of the conditions that hide rows.

    A report keeps them as JSON, with an operator each; 0 lets everything through. `[]` comes with the default setup
    (case `rb-courses-defaults`).
    """
    try:
        values = json.loads(str(kept or "{}"))
    except ValueError:
        return ["unreadable"]
    if not isinstance(values, dict):
        return []
    operators = {str(key): value for key, value in values.items() if str(key).endswith("_operator")}
    return [key.removesuffix("_operator") for key, value in operators.items() if str(value) != "0"]
