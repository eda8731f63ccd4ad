"""Small packs made on the spot: real archives, real hashes, no weights."""

import hashlib
import io
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from verification.packs.catalogue import recipe
from verification.packs.manifest import ArchivePin, Component, Pack, PinnedFile, Role
from verification.packs.shelf import Shelf

CONTENT = {name: bytes([n]) * (1_000 + n) for n, name in enumerate(("det", "rec", "voice", "vad"))}


def pinned(path: str, content: bytes) -> PinnedFile:
    return PinnedFile(path=path, sha256=hashlib.sha256(content).hexdigest(), size=len(content))


def write_zip(path: Path, members: dict[str, bytes]) -> ArchivePin:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return archive_pin(path)


def write_tar(path: Path, members: dict[str, bytes]) -> ArchivePin:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return archive_pin(path)


def archive_pin(path: Path) -> ArchivePin:
    content = path.read_bytes()
    return ArchivePin(sha256=hashlib.sha256(content).hexdigest(), size=len(content))


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "data")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "weights.zip"


@pytest.fixture
def small_pack(tmp_path: Path, archive: Path) -> Pack:
    """A whole pack of three small files: two in a zip, one lying on its own."""
    pin = write_zip(archive, {"in/det.bin": CONTENT["det"], "in/rec.bin": CONTENT["rec"]})
    (tmp_path / "vad.bin").write_bytes(CONTENT["vad"])
    base = recipe("open").components
    parts = {
        Role.DETECTOR: _part(base[Role.DETECTOR], "det", f"file:{archive}!in/det.bin"),
        Role.RECOGNIZER: _part(base[Role.RECOGNIZER], "rec", f"file:{archive}!in/rec.bin"),
        Role.VOICE: replace(
            _part(base[Role.VOICE], "vad", ""), library="x", file=None, source=None
        ),
        Role.DIGITS: base[Role.DIGITS],
        Role.VOICE_ACTIVITY: _part(
            base[Role.VOICE_ACTIVITY], "vad", f"file:{tmp_path / 'vad.bin'}"
        ),
    }
    archives = {f"file:{archive}": pin}
    return Pack(name="small", title="for tests", components=parts, archives=archives)


def _part(component: Component, name: str, source: str) -> Component:
    return replace(
        component,
        library=None,
        convert_to=None,
        file=pinned(f"sub/{name}.bin", CONTENT[name]),
        source=source,
    )
