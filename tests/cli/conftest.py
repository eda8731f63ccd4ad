"""Data directories for the command line."""

from pathlib import Path

import pytest

from verification.packs.shelf import Shelf


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def data_dir_with_models(data_dir: Path, open_pack: Path) -> Path:
    """A data directory that works with the shared copy of the `open` pack."""
    packs = data_dir / "packs"
    packs.mkdir(parents=True)
    (packs / open_pack.name).symlink_to(open_pack)
    Shelf(data_dir).activate(open_pack.name)
    return data_dir
