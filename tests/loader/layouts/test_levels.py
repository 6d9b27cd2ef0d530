from collections.abc import Callable

import pytest

from batchroles.loader.layouts.contexts import read_context
from batchroles.loader.layouts.meanings import MEANINGS
from batchroles.models import ContextRef, Level
from batchroles.models.levels import TOLD


@pytest.mark.parametrize("level", Level)
def test_every_level_is_told_of_and_its_examples_can_be_written(level: Level) -> None:
    """What people are told to write for a level is read as that level, by one of its keys."""
    assert level in TOLD
    for example in level.facts.examples:
        text = example.replace("CMID", "7").replace(":ID", ":7")
        found = read_context(text)
        assert isinstance(found, ContextRef)
        assert found.level is level
        assert found.by in (level.facts.keys or ("",))


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize(
    "keys",
    [
        lambda level: level.facts.headers.values(),
        lambda level: [level.facts.reference],
        lambda level: [level.facts.datahub],
    ],
    ids=["headers", "reference", "datahub"],
)
def test_no_column_names_an_instance_by_what_its_level_has_not(
    level: Level, keys: Callable[[Level], list[str | None]]
) -> None:
    """Headers, `reference` columns and Datahub files go by keys that a level has, and each header is understood."""
    if level.facts.keys:
        assert {key for key in keys(level) if key is not None} <= set(level.facts.keys)
    assert set(level.facts.headers) <= set(MEANINGS)
