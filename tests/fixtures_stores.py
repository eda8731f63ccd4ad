"""A database whose schema is at head, made once: tests begin with a copy of it."""

from pathlib import Path

import pytest

from storage.store import migrate


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "cameo.sqlite"
    migrate(f"sqlite:///{path}")
    return path
