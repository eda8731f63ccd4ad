"""Which pack a data directory works with, and packs made of directories."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.fixtures_packs import open_pack_dir
from verification.packs import choice, pulling
from verification.packs.adding import add_directory
from verification.packs.catalogue import recipe
from verification.packs.choice import ensure_pack
from verification.packs.errors import (
    LicenceNotAccepted,
    MalformedPack,
    MissingFile,
    NoActivePack,
    PackError,
    PackExists,
    PullFailed,
    UnknownPack,
)
from verification.packs.loading import load_models
from verification.packs.manifest import Pack, Role
from verification.packs.pulling import pull
from verification.packs.recognizing import INSIGHTFACE
from verification.packs.shelf import Shelf
from verification.sources.contracts import silent


@pytest.fixture
def offers(small_pack: Pack, monkeypatch: pytest.MonkeyPatch) -> dict[str, Pack]:
    """Small packs under the built-in names; the preferred one is restricted, as in truth."""
    restricted = replace(small_pack.components[Role.RECOGNIZER], commercial=False)
    parts = {**small_pack.components, Role.RECOGNIZER: restricted}
    packs = {
        "open": replace(small_pack, name="open"),
        "insightface": replace(small_pack, name="insightface", components=parts),
    }
    monkeypatch.setattr(choice, "recipe", packs.__getitem__)
    return packs


def ensure(shelf: Shelf, wanted: str | None = None, *, accept: bool = False) -> str:
    found = ensure_pack(
        shelf.data_dir, choice=wanted, accept_non_commercial=accept, progress=silent
    )
    assert shelf.active_directory() == found
    return found.name


@pytest.mark.usefixtures("offers")
def test_the_first_choice_is_open_unless_the_licence_is_accepted(
    shelf: Shelf, tmp_path: Path
) -> None:
    assert ensure(shelf) == "open"
    assert ensure(Shelf(tmp_path / "other"), accept=True) == "insightface"


@pytest.mark.usefixtures("offers")
def test_the_choice_never_changes_by_itself(shelf: Shelf) -> None:
    assert ensure(shelf) == "open"
    assert ensure(shelf, accept=True) == "open"
    with pytest.raises(PackError, match="works with `open`"):
        ensure(shelf, "insightface", accept=True)
    assert shelf.active() == "open"


@pytest.mark.usefixtures("offers")
def test_a_restricted_pack_needs_acceptance(shelf: Shelf) -> None:
    with pytest.raises(LicenceNotAccepted, match="--accept-non-commercial"):
        ensure(shelf, "insightface")
    assert shelf.active() is None


def test_an_unreachable_preference_falls_back_and_says_so(
    shelf: Shelf, offers: dict[str, Pack]
) -> None:
    offers["insightface"] = replace(offers["insightface"], archives={})
    said: list[str] = []
    ensure_pack(
        shelf.data_dir,
        choice=None,
        accept_non_commercial=True,
        progress=lambda step, *_: said.append(step),
    )
    assert shelf.active() == "open"
    assert any("taking `open`" in step for step in said)
    with pytest.raises(PullFailed):
        ensure_pack(
            shelf.data_dir / "x",
            choice="insightface",
            accept_non_commercial=True,
            progress=silent,
        )


def test_an_incomplete_pack_cannot_become_active(shelf: Shelf, small_pack: Pack) -> None:
    place = pull(small_pack, shelf, progress=silent)
    (place / "sub/det.bin").unlink()
    with pytest.raises(MissingFile):
        shelf.activate("small")
    with pytest.raises(UnknownPack):
        shelf.activate("absent")
    with pytest.raises(NoActivePack):
        shelf.active_directory()


@pytest.mark.parametrize("text", ["", "{}", '{"pack": 7}', '{"pack": "../x"}', "[]", "\x00"])
def test_a_spoiled_record_of_the_choice_is_an_error(shelf: Shelf, text: str) -> None:
    shelf.root.mkdir(parents=True)
    (shelf.root / "active.json").write_text(text)
    with pytest.raises(MalformedPack):
        shelf.active()


def test_a_pack_is_verified_before_anything_is_loaded(shelf: Shelf, small_pack: Pack) -> None:
    place = pull(small_pack, shelf, progress=silent)
    (place / "sub/rec.bin").unlink()
    with pytest.raises(MissingFile):
        load_models(place)
    with pytest.raises(UnknownPack):
        load_models(shelf.root / "absent")


@pytest.fixture
def stocked(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """A shelf that takes the open pack's files from the test cache, not from the index."""
    cached = open_pack_dir()
    ready = recipe("open")
    parts = {
        role: replace(part, source=f"file:{cached / part.file.path}") if part.file else part
        for role, part in ready.components.items()
    }
    monkeypatch.setattr(
        "verification.packs.adding.recipe", lambda _: replace(ready, components=parts)
    )
    assert pulling.pull is pull
    return shelf


def add(
    directory: Path,
    shelf: Shelf,
    *,
    name: str = "mini",
    base: str | None = None,
    licence: str | None = None,
) -> Path:
    return add_directory(
        directory, shelf, name=name, base=base, licence=licence, commercial=True, progress=silent
    )


def test_a_directory_of_insightface_models_becomes_a_whole_pack(
    stocked: Shelf, shared: Path
) -> None:
    folder = shared / "models" / "insightface-mini"
    if not folder.is_dir():
        pytest.skip(f"no InsightFace weights at {folder}")
    place = add(folder, stocked)
    pack = stocked.read("mini")
    assert pack.components[Role.RECOGNIZER].licence == INSIGHTFACE
    assert not pack.components[Role.RECOGNIZER].commercial
    assert pack.components[Role.RECOGNIZER].dimension == 512
    assert Role.LANDMARKS not in pack.components
    stocked.activate("mini")
    models = load_models(place)
    from skimage.data import astronaut

    portrait = np.asarray(astronaut(), np.uint8)  # type: ignore[no-untyped-call] # no types
    face = models.faces.detect(portrait)[0]
    assert face.landmarks is None
    assert models.hashes[Role.RECOGNIZER] == models.faces.sha256
    with pytest.raises(PackExists):
        add(folder, stocked)
    with pytest.raises(PackExists):
        add(folder, stocked, name="open")


def test_a_directory_without_a_detector_is_refused(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    with pytest.raises(MalformedPack, match="no `detector`"):
        add(tmp_path / "models", shelf)
    with pytest.raises(UnknownPack):
        add(tmp_path / "models", shelf, name="../up")
    assert shelf.names() == []
