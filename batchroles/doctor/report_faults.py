"""What of a report is not as it should be, with the page and the click that mend it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from batchroles.directory.reports import Report, hiding_conditions
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
                "At Conditions on the right click Reset all (Include default setup has brought them, mostly). Where"
                " none are left, add one first: those that were taken away have left their values.",
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
