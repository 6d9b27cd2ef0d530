"""Statuses, codes, columns, layouts, states and faults: in the guides exactly as they are."""

import json
import re
import tomllib

from batchroles.loader.layouts.cells import Fault, read_change
from batchroles.loader.layouts.contexts import read_context
from batchroles.loader.layouts.meanings import MEANINGS
from batchroles.loader.layouts.recognise import FORMATS
from batchroles.models import Code, Status
from batchroles.models.changes import changes
from batchroles.sandbox.making.states import STATES
from batchroles.sandbox.wire.faults import COUNTED, RANDOM
from tests.docs.pages import CONTRIBUTING, GUIDES, code
from tests.sandbox.replay import RECORDINGS, read_cases
from tests.sandbox.test_live import SAFE


def test_every_status_is_explained() -> None:
    """The table of statuses holds every status, and the file that it belongs to."""
    rows = {code(row["status"])[0]: row["file"] for row in GUIDES["results"].table("status")}
    assert list(rows) == list(Status)
    done = {
        status: file == "`success.csv`"
        for status, file in rows.items()
        if file.startswith("`") and status != Status.WITHHELD
    }
    assert done == {
        str(status): status.done for status in Status if status not in (Status.DUPLICATE, Status.WITHHELD)
    }


def test_every_problem_code_is_explained() -> None:
    """The table of problem codes holds every code, in their order."""
    assert GUIDES["results"].firsts("code") == list(Code)


def test_every_header_is_listed() -> None:
    """The table of columns holds every header that has a meaning."""
    assert sorted(GUIDES["files"].everything("header")) == sorted(MEANINGS)


def test_every_action_word_is_listed() -> None:
    """The words for actions in the table of columns are the ones that are read, each on its side of the semicolon."""
    row = next(row for row in GUIDES["files"].table("header") if "`action`" in row["header"])
    *words, _ = row["meaning"].split(";")
    assert [{read_change(word) for word in code(part)} for part in words] == [{one} for one in changes()]
    assert sum(len(code(part)) for part in words) == sum(len(one.asked_by) for one in changes())


def test_the_forms_of_a_context_can_be_read() -> None:
    """Every form of a context in the guide is one."""
    forms = GUIDES["files"].everything("context")
    assert [form for form in forms if isinstance(read_context(form), Fault)] == []
    assert len(forms) == 15


def test_every_layout_is_listed() -> None:
    """The table of layouts holds every format."""
    assert GUIDES["files"].firsts("`--format`") == list(FORMATS)


def test_every_key_of_the_summary_is_listed() -> None:
    """The keys of `summary.json` that are listed are those of the example, which is compared with a live one."""
    example = re.search(r"^\{$.*?^\}$", GUIDES["sync"].text(), re.MULTILINE | re.DOTALL)
    listed = re.search(
        r"^`summary\.json`, and stdout.*?\n\n", GUIDES["results"].text(), re.MULTILINE | re.DOTALL
    )
    assert example is not None
    assert listed is not None
    keys = list(json.loads(example[0]))
    words = code(listed[0].replace("\n", " "))
    assert (
        list(dict.fromkeys(word for word in words if re.fullmatch(r"[a-z_]+", word) and word in keys)) == keys
    )
    assert not {word for word in words if re.fullmatch(r"[a-z]+(_[a-z]+)?", word)} - set(keys)


def test_states_and_faults_of_the_practice_site_are_listed() -> None:
    """Every state and every fault of the practice site is named."""
    told = GUIDES["practice-site"].text()
    states = re.search(r"\*\*States\*\*.*?Besides", told, re.DOTALL)
    faults = re.search(r"\*\*Faults\*\*.*?\.\s", told, re.DOTALL)
    assert states is not None
    assert faults is not None
    assert code(states[0].partition(":")[2]) == list(STATES)
    assert code(faults[0].partition("):")[2]) == [*RANDOM, *COUNTED]


def test_the_count_of_recorded_cases_is_true() -> None:
    """The guide says how many recorded cases match, of how many, and how many a live site can be asked."""
    every = len(read_cases())
    missed = len(tomllib.loads((RECORDINGS / "not_matched.toml").read_text(encoding="utf-8")))
    told = GUIDES["practice-site"].text().replace("\n", " ")
    assert f"**{every - missed} of {every} recorded requests** on either" in told
    assert f"the other {missed} stand with their reasons" in told
    assert f"{len(SAFE)} of them need no particular data" in CONTRIBUTING.section("Tests").replace("\n", " ")
