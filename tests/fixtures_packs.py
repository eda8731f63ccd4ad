"""The real `open` pack, pulled once and shared by every test process and every run.

It lies in `CAMEO_TEST_CACHE` (by default `~/.cache/cameo-tests`), under the same lock and the same
verification as in production.
"""

import os
import shutil
from pathlib import Path

import pytest

from verification.packs.catalogue import recipe
from verification.packs.loading import Models, load_models
from verification.packs.pulling import pull
from verification.packs.shelf import Shelf
from verification.sources.contracts import silent

ROOT = Path(__file__).parent.parent


def open_pack_dir() -> Path:
    """The directory of the `open` pack, complete and verified."""
    cache = Path(os.environ.get("CAMEO_TEST_CACHE", "~/.cache/cameo-tests")).expanduser()
    return pull(recipe("open"), Shelf(cache), progress=silent)


def link(source: str, target: str) -> None:
    """A file of the pack at another place, without a copy where both are on one disk."""
    try:
        Path(target).hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)


def shared_dir() -> Path:
    """Where evaluation data and weights lie that never enter the repository."""
    return Path(os.environ.get("CAMEO_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="session")
def open_pack() -> Path:
    return open_pack_dir()


@pytest.fixture(scope="session")
def open_models(open_pack: Path) -> Models:
    return load_models(open_pack)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared folder; a test that needs it is skipped where it is absent."""
    folder = shared_dir()
    if not folder.is_dir():
        pytest.skip(f"no evaluation data at {folder}")
    return folder
