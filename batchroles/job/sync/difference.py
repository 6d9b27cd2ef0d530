"""A sync's plan is a difference: what the file wants today against what the sync owns. Nothing here asks a site."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from batchroles.models import Code, Lines, Problem, Status
from batchroles.models.changes import SUSPEND, UNASSIGN, UNENROL
from batchroles.models.levels import BY_CONTEXT_ID
from batchroles.models.lines import Mask
from batchroles.runs.ledger import SUBJECT, in_keys
from batchroles.text import count_of


def subjects(lines: Lines) -> pd.DataFrame:
    """Give who, what and where lines are about, as ledgers have it."""
    return pd.DataFrame(
        {name: lines.text(name) if name == "level" else lines.stored(name) for name in SUBJECT}
    )


def may_be_named_otherwise(owned: pd.DataFrame, lines: Lines) -> Mask:
    """Choose holdings that a line of the same user and role may mean, because one of the two names a context id.

    Nobody but Moodle knows which course, say, a context id belongs to.
    """
    by_id = [str(level) for level in BY_CONTEXT_ID]
    wanted = subjects(lines)
    bare = wanted["level"].isin(by_id).to_numpy()
    owned_bare = owned["level"].isin(by_id).to_numpy()
    pairs = pd.MultiIndex.from_frame(owned[["userid", "roleid"]])
    marked = np.zeros(len(owned), bool)
    for here, there in ((owned_bare, ~bare), (~owned_bare, bare)):
        others = pd.MultiIndex.from_frame(wanted.loc[there, ["userid", "roleid"]])
        marked |= here & pairs.isin(others)
    return marked


def removals(gone: pd.DataFrame, over: Mask, words: Sequence[str]) -> Lines:
    """Give a line without a row for each holding that is not wanted any more.

    `over`: whether by its dates; `words`: those of the changes that take each away.
    """
    why = np.where(over, "its dates are over", "not in the file any more")
    named = [
        f"{reason}: {user}, {role} in {place}"
        for reason, user, role, place in zip(why, gone["user"], gone["role"], gone["place"], strict=True)
    ]
    return Lines.of(
        {
            "row": np.zeros(len(gone), "int32"),
            "part": [""] * len(gone),
            "origin": _told_apart(named, gone),
            "change": list(words),
            **{name: gone[name].to_numpy() for name in SUBJECT},
        }
    )


def ways_to_remove(gone: pd.DataFrame, asked: Sequence[str], staying: pd.DataFrame) -> list[str]:
    """Give the word of the change that takes each holding away, as far as what is asked for may be done.

    An enrolment is ended or suspended only where this sync made it and nothing else of the person's in the course
    stays; else the role alone goes. Of several roles in a course one line ends the enrolment.
    """
    stays = {*zip(staying["userid"], staying["level"], staying["instanceid"], strict=True)}
    ended: set[tuple[int, str, int]] = set()
    words = []
    columns = (gone["userid"], gone["level"], gone["instanceid"], gone["enrolled"], asked)
    for user, level, instance, enrolled, word in zip(*columns, strict=True):
        place = (user, level, instance)
        whole = word in (str(UNENROL), str(SUSPEND)) and enrolled and place not in stays
        words.append(word if whole and place not in ended else str(UNASSIGN))
        if whole:
            ended.add(place)
    return words


def _told_apart(named: Sequence[str], gone: pd.DataFrame) -> list[str]:
    """Add ids where two holdings have the same words: a name may have passed from one to another."""
    twice = pd.Series(named, dtype="str").duplicated(keep=False).tolist()
    ids = zip(gone["userid"].tolist(), gone["roleid"].tolist(), gone["instanceid"].tolist(), strict=True)
    return [
        f"{name} (user id {user}, role id {role}, {level} id {instance})" if ambiguous else name
        for name, ambiguous, (user, role, instance), level in zip(
            named, twice, ids, gone["level"], strict=True
        )
    ]


def withheld(lines: Lines, announced: Mask, most: int, problems: list[Problem]) -> Lines:
    """Keep all removals back where there are more than `most`; `announced` ones neither count nor are kept back."""
    removing = lines.is_open & ~lines.gives & ~announced
    count = int(removing.sum())
    if count <= most:
        return lines
    problems.append(
        Problem(
            Code.WITHHELD,
            f"{count_of(count, 'role')} would be taken away, and --max-removals allows {most:,}: none was.",
            "Look at withheld.csv; if it is right, apply the run with --approve-removals and that number.",
        )
    )
    return lines.ruled(removing, Status.WITHHELD, len(problems) - 1)


def in_pairs(found: pd.DataFrame, about: pd.DataFrame) -> Mask:
    """Choose the holdings of a role in a place that some others name together, whoever has it."""
    names = ["roleid", "level", "instanceid"]
    return np.asarray(pd.MultiIndex.from_frame(found[names]).isin(pd.MultiIndex.from_frame(about[names])))


def not_wanted(owned: pd.DataFrame, lines: Lines) -> Mask:
    """Choose the holdings that no sound line of the file wants today."""
    wanted = lines.ended_as(Status.ALREADY, Status.DUPLICATE) | lines.is_open
    return ~in_keys(owned, subjects(lines.only(wanted)))
