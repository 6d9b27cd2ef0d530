"""Tests of the registrar's page."""
