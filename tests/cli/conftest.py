"""Data directories for the command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import DATABASE
from tests.kinds import Kind
from verification.packs.shelf import Shelf


@pytest.fixture
def data_dir(tmp_path: Path, databases: Kind, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory that is not there yet. The commands make their own database in it; one on a
    server is its operator's to make, and named to them."""
    place = tmp_path / "data"
    if databases.name == "sqlite":
        yield place
        return
    with databases.settings(place) as settings:
        monkeypatch.setenv(DATABASE, settings.resolved_database_url)
        yield place


@pytest.fixture
def data_dir_with_models(data_dir: Path, open_pack: Path) -> Path:
    """A data directory that works with the shared copy of the `open` pack."""
    packs = data_dir / "packs"
    packs.mkdir(parents=True)
    (packs / open_pack.name).symlink_to(open_pack)
    Shelf(data_dir).activate(open_pack.name)
    return data_dir
