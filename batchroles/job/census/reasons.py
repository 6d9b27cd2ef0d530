"""Why somebody has a role, told: in JSON for programs, in sentences for people."""

from datetime import UTC
from typing import Any

from batchroles.job.census import layout
from batchroles.job.census.history import Deed, Did
from batchroles.job.census.why import Held, Why
from batchroles.text import count_of


def as_dict(told: Why) -> dict[str, Any]:
    """Give it as JSON has it."""
    return {
        "user": {
            "id": told.person.id,
            "username": told.person.username or None,
            "name": told.person.fullname or None,
        },
        "complete": told.complete,
        "runs": told.runs,
        "holdings": [_held_as_dict(one) for one in told.holdings],
        "gone": [
            {
                "role": one.role,
                "context": one.context,
                "given": _deed_as_dict(one.given),
                "taken": _deed_as_dict(one.taken),
            }
            for one in told.gone
        ],
        "notes": list(told.notes),
    }


def _held_as_dict(one: Held) -> dict[str, Any]:
    plugin = layout.giver(one.given_by)
    return {
        "role": one.role,
        "context": one.context,
        "place": one.place or None,
        "given_by": one.given_by,
        "plugin": (plugin[0] or None) if plugin else None,
        "item": (plugin[1] or None) if plugin else None,
        "since": one.since or None,
        "origin": one.origin,
        "run": _deed_as_dict(one.run),
        "taken": _deed_as_dict(one.taken),
        "sync": one.owned.sync if one.owned else None,
        "standing": one.owned.standing if one.owned else None,
    }


def _deed_as_dict(one: Deed | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "run": one.run,
        "folder": str(one.folder),
        "file": one.file,
        "row": one.row or None,
        "place": one.place,
        "action": one.change,
        "did": str(one.did),
        "when": one.moment.astimezone(UTC).isoformat(timespec="seconds"),
        "sync": one.sync or None,
        "undoes": one.undoes or None,
    }


def in_sentences(told: Why) -> list[str]:
    """Give it line by line, for people."""
    person = told.person
    name = " ".join(filter(None, [person.fullname, f"({person.username or f'id {person.id}'})"]))
    said = [f"{name} has {count_of(len(told.holdings), 'role')}{':' if told.holdings else '.'}"]
    for one in told.holdings:
        where = f"{one.context} ({one.place})" if one.place and one.place != one.context else one.context
        said.append(f"  {one.role} in {where}{f', since {one.since}' if one.since else ''}")
        said += [f"      {sentence}" for sentence in _because(one)]
    for lost in told.gone:
        said.append(f"  no longer {lost.role} in {lost.context}")
        before = [f"given {_by(lost.given)}"] if lost.given else []
        said += [f"      {sentence}" for sentence in [*before, f"taken away {_by(lost.taken)}"]]
    return said


def _because(one: Held) -> list[str]:
    match one.origin:
        case "plugin":
            return [f"given by {one.given_by}"]
        case "run" if one.run is not None:
            said = [f"given {_by(one.run)}"]
            if one.run.did is Did.SENT:
                said.append("which had not looked whether it was there before")
            if one.run.did is Did.ASKED:
                said.append("to which no answer came: batchroles apply settles it")
            return said + ([f"owned by the sync {one.owned.sync}"] if one.owned else [])
        case "sync" if one.owned is not None:
            return [f"given by the sync {one.owned.sync}, since {one.owned.since}; its run is not at hand"]
    hand = " (given by hand)" if one.given_by == layout.BY_HAND else ""
    said = ["not by batchroles" + hand if one.origin == "other" else "what gave it cannot be told"]
    if one.run is not None:
        said.append(f"given before {_by(one.run)}, and anew by others")
    if one.taken is not None:
        said.append(f"taken away before {_by(one.taken)}")
    return said


def _by(deed: Deed) -> str:
    """Name a run with file, row and time."""
    sync = f" of the sync {deed.sync}" if deed.sync else ""
    undo = f", which takes back {deed.undoes}" if deed.undoes else ""
    place = f"{deed.place} of {deed.file}" if deed.row else deed.place
    when = deed.moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"by the run {deed.run}{sync}{undo} ({place}), {when}"
