"""The pack that made a template, found on the shelf by the hash in the template."""

import shutil
from pathlib import Path

import pytest

from tests.fixtures_packs import link
from verification.packs.manifest import FILE_NAME, Role
from verification.packs.others import OtherPacks
from verification.packs.shelf import Shelf


@pytest.fixture
def shelf(tmp_path: Path, open_pack: Path) -> Shelf:
    shelf = Shelf(tmp_path)
    shelf.root.mkdir()
    shutil.copytree(open_pack, shelf.directory("open"), copy_function=link)
    return shelf


def test_a_pack_is_found_by_the_hash_of_its_component_and_loaded_once(shelf: Shelf) -> None:
    others = OtherPacks(shelf)
    part = shelf.read("open").components[Role.VOICE]
    assert part.file is not None
    found = others(Role.VOICE, part.file.sha256)
    assert found is not None
    assert found.voice.sha256 == part.file.sha256
    assert others(Role.VOICE, part.file.sha256) is found
    assert others.name_of(Role.RECOGNIZER, part.file.sha256) is None
    assert others(Role.VOICE, "0" * 64) is None


def test_a_pack_that_cannot_be_read_is_none(shelf: Shelf) -> None:
    part = shelf.read("open").components[Role.VOICE]
    assert part.file is not None
    (shelf.directory("open") / FILE_NAME).unlink()
    (shelf.directory("open") / FILE_NAME).write_text("nonsense =")
    assert OtherPacks(shelf)(Role.VOICE, part.file.sha256) is None
