"""Form bodies as PHP reads them."""

from typing import Any

import pytest

from batchroles.sandbox.php import bytes_of, is_numeric, nest, split_form, to_int


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("a=1", {"a": "1"}),
        ("a", {"a": ""}),
        ("a=1&a=2", {"a": "2"}),
        ("a[0][b]=1&a[0][c]=2&a[1][b]=3", {"a": {0: {"b": "1", "c": "2"}, 1: {"b": "3"}}}),
        ("a%5B0%5D%5Bb%5D=x%26y", {"a": {0: {"b": "x&y"}}}),
        ("a[]=1&a[]=2&a[7]=3&a[]=4", {"a": {0: "1", 1: "2", 7: "3", 8: "4"}}),
        ("a[x]=1&a[05]=2&a[-3]=3", {"a": {"x": "1", "05": "2", -3: "3"}}),
        ("a[0]=1&a=2&a[1]=3", {"a": {1: "3"}}),
        ("a.b c=1", {"a_b_c": "1"}),
        ("a[b=1", {"a_b": "1"}),
        ("a[b]c=1", {"a": {"b": "1"}}),
        ("[a]=1&=2&&b=3", {"b": "3"}),
        ("a=x+y%20z%C3%BC", {"a": "x y zü"}),
        ("a=%FF", {"a": "\udcff"}),
    ],
)
def test_form_bodies_are_nested_as_php_nests_them(body: str, expected: dict[str, Any]) -> None:
    """Brackets make arrays, empty ones count on, the last of equal names wins."""
    assert nest(split_form(body, 1000)) == expected


def test_variables_beyond_the_limit_are_dropped() -> None:
    """Only as many variables as the limit says are read, and nothing tells that there were more."""
    assert nest(split_form("a=1&b=2&c=3", 2)) == {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("10", 10),
        (" 10", 10),
        ("10abc", 10),
        ("010", 10),
        ("1e3", 1000),
        ("10.9", 10),
        ("-5", -5),
        ("abc", 0),
        ("", 0),
        ("0x1A", 0),
        ("99999999999999999999", 2**63 - 1),
        ("-1e999", -(2**63)),
    ],
)
def test_texts_become_numbers_as_in_php(text: str, number: int) -> None:
    """A number is read as far as it goes, and stops at 64 bits."""
    assert to_int(text) == number


@pytest.mark.parametrize(
    ("text", "numeric"),
    [("10", True), (" 10 ", True), ("1e3", True), (".5", True), ("10x", False), ("", False)],
)
def test_numeric_texts_are_known_as_in_php(text: str, numeric: bool) -> None:
    """A text is numeric if it is a number from end to end, blanks around it allowed."""
    assert is_numeric(text) is numeric


@pytest.mark.parametrize(
    ("text", "size"), [("8M", 8 << 20), ("512K", 512 << 10), ("1G", 1 << 30), ("1000", 1000)]
)
def test_sizes_are_read_as_php_spells_them(text: str, size: int) -> None:
    """K, M and G are powers of 1,024; a bare number is bytes."""
    assert bytes_of(text) == size
