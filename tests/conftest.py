"""Fixtures that every suite may use."""

pytest_plugins = ["tests.fixtures_packs", "tests.fixtures_stores"]
