"""Client addresses against the restriction of a token."""

import pytest

from batchroles.sandbox.access.tokens import is_in_subnets


@pytest.mark.parametrize(
    ("subnets", "expected"),
    [
        ("198.51.100.7", True),
        ("198.51.100.8", False),
        ("198.51.100.0/24", True),
        ("192.0.2.0/24", False),
        ("198.51.100.5-9", True),
        ("198.51.100.8-9", False),
        ("198.51.100.", True),
        ("198.51", True),
        ("198.5", False),
        ("192.0.2.1, 198.51.100.7", True),
        ("nonsense/24", False),
        ("", False),
    ],
)
def test_addresses_networks_ranges_and_beginnings(subnets: str, expected: bool) -> None:
    """A list may name addresses, networks, ranges of the last number, and beginnings of addresses."""
    assert is_in_subnets("198.51.100.7", subnets) is expected
