"""Suggestions that look the same as what stands in the file."""

import pytest

from batchroles.validator.names import did_you_mean


@pytest.mark.parametrize(
    ("name", "near", "end"),
    [
        ("Stundent", "student", '; did you mean "student"?'),
        (
            "\u0421-PHY-101",
            "C-PHY-101",
            '; did you mean "C-PHY-101"? It looks the same, but character 1 of the file\'s is CYRILLIC CAPITAL LETTER'
            " ES.",
        ),
        (
            "C\u2011PHY",
            "C-PHY",
            '; did you mean "C-PHY"? It looks the same, but character 2 of the file\'s is NON-BREAKING HYPHEN.',
        ),
        (
            "Zoe\u0308",
            "Zo\xeb",
            '; did you mean "Zo\xeb"? It looks the same, but character 4 of the file\'s is COMBINING DIAERESIS.',
        ),
        ("MAT", None, "."),
    ],
)
def test_suggestions(name: str, near: str | None, end: str) -> None:
    """A suggestion that looks the same as the file's text says which character differs."""
    assert did_you_mean(name, near) == end
