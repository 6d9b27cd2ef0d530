"""What the check screen shows of a plan, in the person's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import g
from markupsafe import Markup

from batchroles.job.in_words import InWords
from batchroles.job.proposing import Counts, Group, Trouble
from batchroles.models import Code
from batchroles.models.changes import NO_DATE
from batchroles.models.table import Table
from batchroles.web.errands import LookedAt
from batchroles.web.proposals import Proposal
from batchroles.web.texts import tag

MEANINGS = (
    "user", "username", "email", "idnumber", "userid", "role", "roleid", "context", "course", "course idnumber",
    "courseid", "category", "category name", "action", "start", "end", "enrolperiod", "enrolstatus", "firstname",
    "lastname", "fullname", "ignore",
)  # fmt: skip
"""What people may say that a column holds: each meaning once, and none that only machines write."""
MOST_TROUBLES = 100
"""Troubles that are shown at once: whoever has repaired these is shown the next."""
MOST_ROWS = 100
"""Rows of a trouble that can be chosen one by one."""
MOST_GROUPS = 50
"""Roles and places of a kind that are shown; the rest is counted."""


@dataclass(frozen=True)
class Row:
    """One of the first people."""

    name: str
    account: str
    in_file: str
    differs: bool
    repaired: bool
    what: Markup
    enrolled: str
    place: str


def shown(looked: LookedAt) -> Mapping[str, Any]:
    """Give what the template shows of a plan that was made."""
    t, count, planned = g.texts, looked.counts, looked.planned
    failing, known = (
        [one for one in looked.troubles if one.fails],
        [one for one in looked.troubles if not one.fails],
    )
    mended = {row for row, _ in planned.origin.repairs.cells} if planned.origin.repairs else set()
    # Who may be wrong stands first: nobody looks through the rest of a long list.
    first = sorted((_row(one, one.row in mended) for one in looked.first), key=_doubt, reverse=True)
    listed = failing[:MOST_TROUBLES]
    return {
        "key": looked.key,
        "counts": count,
        "tiles": [(name, number) for name in _REST if (number := getattr(count, name))],
        "causes": causes_of(listed, planned.plan.table),
        "more": len(failing) - len(listed),
        "repairable": sum(one.repairable for one in listed),
        "suggested": sum(one.repairable and len(one.suggestions) == 1 for one in listed),
        "known": known,
        "first": first,
        "differing": sum(one.count for one in known if one.code is Code.NAME_DIFFERS),
        "names_in_file": any(one.in_file for one in first),
        "enrolment": any(one.enrolled for one in first),
        "groups": [
            (kind, groups[:MOST_GROUPS], max(0, len(groups) - MOST_GROUPS))
            for kind, groups in (("takes", count.taken), ("gives", count.given))
            if groups
        ],
        "button": t(f"check.send-{_kind(count)}", count=count.to_send),
        "left_alone": planned.plan.notes if planned.origin.undoes else [],
        "read_as": "" if planned.origin.undoes else planned.plan.read_as,
        "read": planned.plan.table.notes,
        "notes": [] if planned.origin.undoes else planned.plan.notes,
    }


def _doubt(one: Row) -> int:
    return 2 * one.differs + one.repaired


def causes_of(troubles: Sequence[Trouble], table: Table) -> Sequence[Mapping[str, Any]]:
    """Give troubles by cause: where many texts are wrong in the same way, what to do is said once."""
    found: dict[tuple[Code, str], list[Mapping[str, Any]]] = {}
    for number, one in enumerate(troubles):
        found.setdefault((one.code, one.fix), []).append(_trouble(number, one, table))
    return [{"code": code, "fix": fix, "troubles": some} for (code, fix), some in found.items()]


_REST = ("already", "repeats", "not_due", "withheld", "failing")
"""What becomes of lines that are not sent, in the order in which it is shown."""


def _kind(count: Counts) -> str:
    """Name what a button does: by its one change, where there is only one."""
    only = next(iter(count.by_change)) if len(count.by_change) == 1 else ""
    return only if only in ("assign", "unassign", "enrol") else "changes"


def _trouble(number: int, one: Trouble, table: Table) -> Mapping[str, Any]:
    rows = one.rows[:MOST_ROWS] if one.repairable and len(one.rows) > 1 else ()
    return {"number": number, "is": one, "rows": [(row, table.called(row)) for row in rows]}


def _row(one: InWords, repaired: bool) -> Row:
    t = g.texts
    enrolled = "" if one.enrolled is None else t("check.yes") if one.enrolled else t("check.no")
    return Row(
        one.person or one.user,
        one.username if one.person else "",
        one.file_name,
        bool(one.differs),
        repaired,
        what(one),
        enrolled,
        one.place,
    )


def what(one: InWords) -> Markup:
    """Say what becomes of a person: `becomes <em>student</em> in <em>Biology 101</em>`."""
    t = g.texts
    values = {"place": tag("em", t.place(one.where))}
    if one.role:
        values["role"] = tag("em", one.role)
    said = t.html(f"change.{_form(one.change.word, one.role)}", **values)
    dates = [
        t(f"change.{name}", day=datetime.fromtimestamp(moment, UTC).date())
        for name, moment in (("from", one.start), ("until", one.end))
        if moment != NO_DATE
    ]
    return Markup(", ").join([said, *dates])


def _form(change: str, role: str) -> str:
    """Name the text of a change: where it names a role, that is said with it."""
    return f"{change}-role" if role else change


def repaired(proposal: Proposal, table: Table | None) -> Sequence[str]:
    """Say what was repaired, each in a sentence."""
    t, said = g.texts, []
    for one in proposal.corrections:
        words = {name: one[name] or t("check.blank") for name in ("old", "new")}
        if one["rows"] is None:
            said.append(t("check.repaired-all", column=one["header"], **words))
        else:
            places = ", ".join(
                t.place(table.called(row) if table else f"row {row}") for row in one["rows"][:3]
            )
            said.append(
                t("check.repaired-rows", column=one["header"], count=len(one["rows"]), rows=places, **words)
            )
    return said


def differing(proposal: Proposal) -> Sequence[str]:
    """Say what had changed when it was to be sent, line by line."""
    t, said = g.texts, []
    for one in proposal.differences:
        if one["what"] == "status":
            now, before = (
                t.status(one[name]) if one[name] else t("check.to-send") for name in ("now", "before")
            )
            said.append(t("check.otherwise", place=t.place(one["place"]), before=before, now=now))
        else:
            said.append(t("check.otherwise-else", place=t.place(one["place"])))
    return list(dict.fromkeys(said))


def group_in_words(one: Group) -> str:
    """Say what is asked for: a role, or what becomes of an enrolment."""
    done = g.texts(f"change.group-{one.change}")
    return one.role if one.change in ("assign", "unassign") else f"{done}: {one.role}" if one.role else done
