"""Pulling: what is verified, what is kept, and what every failure leaves behind."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.verification.packs.conftest import CONTENT, write_zip
from verification.packs import pulling
from verification.packs.documents import from_toml, to_toml
from verification.packs.errors import (
    AlteredFile,
    BrokenFile,
    MissingFile,
    PullFailed,
    TruncatedFile,
    UnlistedFile,
)
from verification.packs.integrity import verify_pack
from verification.packs.manifest import FILE_NAME, Pack, Role
from verification.packs.pulling import pull
from verification.packs.shelf import Shelf
from verification.sources import fetching
from verification.sources.contracts import Source, silent

ROOT = Path(__file__).parents[3]


def test_a_pack_is_pulled_whole_and_one_archive_serves_several_components(
    small_pack: Pack, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []
    real = fetching.fetch

    def counting(source: Source, **asked: object) -> None:
        fetched.append(source.origin)
        real(source, **asked)  # type: ignore[arg-type] # as it came

    monkeypatch.setattr(pulling, "fetch", counting)
    steps: list[tuple[str, int, int]] = []
    place = pull(small_pack, shelf, progress=lambda *step: steps.append(step))
    assert (place / "sub/rec.bin").read_bytes() == CONTENT["rec"]
    assert sorted(path.name for path in place.iterdir()) == [FILE_NAME, "sub"]
    assert len(fetched) == len(set(fetched)) == 2
    assert steps
    assert all(done <= total for _, done, total in steps)
    verify_pack(shelf.read("small"), place)
    pull(small_pack, shelf, progress=silent)
    assert len(fetched) == 2


def test_what_was_written_reads_back(small_pack: Pack) -> None:
    assert from_toml(to_toml(small_pack)) == small_pack


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def alter(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize(
    ("spoil", "error"),
    [(truncate, TruncatedFile), (alter, AlteredFile), (Path.unlink, MissingFile)],
    ids=["truncated", "altered", "missing"],
)
def test_a_spoiled_file_is_named_with_the_command_that_mends_it(
    small_pack: Pack,
    shelf: Shelf,
    spoil: "object",
    error: type[BrokenFile],
) -> None:
    place = pull(small_pack, shelf, progress=silent)
    spoil(place / "sub/rec.bin")  # type: ignore[operator] # one of the three above
    with pytest.raises(error) as raised:
        verify_pack(shelf.read("small"), place)
    assert "`sub/rec.bin`" in str(raised.value)
    assert "`cameo models pull small`" in str(raised.value)
    pull(small_pack, shelf, progress=silent)
    verify_pack(shelf.read("small"), place)


def test_a_file_that_nobody_listed_is_refused_and_goes_with_the_next_pull(
    small_pack: Pack, shelf: Shelf
) -> None:
    place = pull(small_pack, shelf, progress=silent)
    (place / "sub/extra.onnx").write_bytes(b"x")
    with pytest.raises(UnlistedFile, match=r"extra\.onnx"):
        verify_pack(shelf.read("small"), place)
    pull(small_pack, shelf, progress=silent)
    verify_pack(shelf.read("small"), place)


def test_only_what_is_spoiled_is_fetched_again(
    small_pack: Pack, shelf: Shelf, archive: Path
) -> None:
    place = pull(small_pack, shelf, progress=silent)
    (place / "sub/vad.bin").unlink()
    archive.unlink()
    pull(small_pack, shelf, progress=silent)
    verify_pack(shelf.read("small"), place)


def test_a_new_calibration_reaches_a_pack_whose_weights_are_here(
    small_pack: Pack, shelf: Shelf, archive: Path
) -> None:
    pull(small_pack, shelf, progress=silent)
    archive.unlink()
    old = small_pack.components[Role.RECOGNIZER].thresholds["match"]
    recalibrated = {"match": replace(old, value=old.value / 2)}
    pull(changed(small_pack, Role.RECOGNIZER, thresholds=recalibrated), shelf, progress=silent)
    now = shelf.read("small").components[Role.RECOGNIZER].thresholds["match"]
    assert now.value == old.value / 2


def changed(pack: Pack, role: Role, **values: object) -> Pack:
    part = replace(pack.components[role], **values)  # type: ignore[arg-type] # as asked
    return replace(pack, components={**pack.components, role: part})


def test_an_archive_without_the_member_is_refused(
    small_pack: Pack, shelf: Shelf, archive: Path
) -> None:
    wrong = changed(small_pack, Role.DETECTOR, source=f"file:{archive}!in/other.bin")
    with pytest.raises(PullFailed, match=r"has no member `in/other\.bin`"):
        pull(wrong, shelf, progress=silent)
    assert shelf.names() == []


def test_an_archive_that_changed_is_refused(small_pack: Pack, shelf: Shelf, archive: Path) -> None:
    write_zip(archive, {"in/det.bin": b"evil" * 300, "in/rec.bin": CONTENT["rec"]})
    with pytest.raises(PullFailed, match="another content than the one pinned"):
        pull(small_pack, shelf, progress=silent)
    assert shelf.names() == []


def test_a_member_that_changed_is_refused(small_pack: Pack, shelf: Shelf, archive: Path) -> None:
    evil = b"e" * len(CONTENT["det"])
    pin = write_zip(archive, {"in/det.bin": evil, "in/rec.bin": CONTENT["rec"]})
    repinned = replace(small_pack, archives={f"file:{archive}": pin})
    with pytest.raises(PullFailed, match="is not the file that was pinned"):
        pull(repinned, shelf, progress=silent)


def test_an_archive_that_is_not_pinned_is_refused(small_pack: Pack, shelf: Shelf) -> None:
    with pytest.raises(PullFailed, match="is not pinned"):
        pull(replace(small_pack, archives={}), shelf, progress=silent)


def test_a_failed_pull_leaves_the_old_pack(small_pack: Pack, shelf: Shelf, archive: Path) -> None:
    place = pull(small_pack, shelf, progress=silent)
    truncate(place / "sub/det.bin")
    archive.unlink()
    with pytest.raises(PullFailed):
        pull(small_pack, shelf, progress=silent)
    assert (place / "sub/rec.bin").read_bytes() == CONTENT["rec"]


def test_a_disk_that_refuses_is_a_clear_error(
    small_pack: Pack, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PullFailed, match="No space left"):
        pull(small_pack, shelf, progress=silent)


def test_a_pull_that_was_killed_is_simply_repeated(
    small_pack: Pack, shelf: Shelf, tmp_path: Path
) -> None:
    (tmp_path / "small.toml").write_text(to_toml(small_pack))
    marker = tmp_path / "half"
    script = textwrap.dedent(
        """
        import pathlib, sys, time
        from verification.packs import documents, pulling, shelf
        def stop(step, done, total):
            if step.endswith("vad.bin"):
                pathlib.Path(sys.argv[3]).touch()
                time.sleep(60)
        pack = documents.from_toml(pathlib.Path(sys.argv[1]).read_text())
        pulling.pull(pack, shelf.Shelf(pathlib.Path(sys.argv[2])), progress=stop)
        """
    )
    command = [
        *(sys.executable, "-c", script),
        *(str(tmp_path / "small.toml"), str(shelf.data_dir), str(marker)),
    ]
    process = subprocess.Popen(command, cwd=ROOT)  # noqa: S603 (our own interpreter)
    try:
        while not marker.exists():
            assert process.poll() is None
            time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert shelf.names() == []
    place = pull(small_pack, shelf, progress=silent)
    verify_pack(shelf.read("small"), place)
    assert list((shelf.root / ".pulling").iterdir()) == []
