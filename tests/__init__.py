"""The tests, and where the recordings and data stand that are not part of the project."""

from pathlib import Path

SHARED = Path(__file__).parents[2] / "shared"
"""Beside the checkout, where it is there at all: a test that reads it is marked `shared`."""
