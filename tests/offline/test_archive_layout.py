"""An archive lies in its bytes as the service writes it: what some program would read otherwise is
refused, though every file that is listed has the bytes that were signed."""

import io
import itertools
import struct
import zipfile
import zlib
from datetime import datetime

import pytest

from cameo_service.exports.writing import ArchiveWriter
from cameo_service.offline import archive_layout
from cameo_service.offline.archive_files import ArchiveFiles
from cameo_service.offline.archives import ArchiveNotProven, verify_archive
from tests.offline.archives import Maker
from tests.offline.raw import DEFLATED, STORED, RawFile, raw

LOG, SIGNATURE = "log.json", "manifest.jws"


@pytest.fixture
def maker() -> Maker:
    return Maker()


def files_of(maker: Maker) -> list[RawFile]:
    return [
        RawFile(name=name, content=content) for name, content in maker.signed(maker.files()).items()
    ]


def in_64_bits(file: RawFile, *, size: int | None = None) -> bytes:
    size = len(file.content) if size is None else size
    return struct.pack("<2H2Q", 1, 16, size, len(file.packed))


def refused(maker: Maker, archive: io.BytesIO) -> str:
    codes = set()
    for trusted in (maker.trusted, None):
        with pytest.raises(ArchiveNotProven) as refusal:
            verify_archive(archive, trusted)
        codes.add(refusal.value.code)
    (code,) = codes
    return code


def test_what_is_in_order_is_proven_stored_and_deflated(maker: Maker) -> None:
    files = files_of(maker)
    assert verify_archive(raw(files), maker.trusted).files == 3
    for file in files:
        file.extra = in_64_bits(file)
        file.local = {"packed": 0xFFFFFFFF, "size": 0xFFFFFFFF}
    assert verify_archive(raw(files), maker.trusted).files == 3
    larger = maker.files() | {f"{size}.txt": b"x" * size for size in (1 << 20, 1 << 21, 5_000_000)}
    files = [RawFile(name=name, content=each) for name, each in maker.signed(larger).items()]
    assert verify_archive(raw(files), maker.trusted).files == 6
    stored = [RawFile(name=each.name, content=each.content, method=STORED) for each in files]
    assert verify_archive(raw(stored), maker.trusted).files == 6


@pytest.mark.parametrize("behind", [b"\0", b"x" * 3_000_000])
def test_nothing_hides_behind_the_end_of_what_is_packed(maker: Maker, behind: bytes) -> None:
    for name in (LOG, SIGNATURE, "manifest.json", "keys/jwks.json"):
        files = files_of(maker)
        next(file for file in files if file.name == name).behind = behind
        assert refused(maker, raw(files)) == "archive_malformed"


def test_a_whole_file_does_not_hide_there(maker: Maker) -> None:
    """A program that reads header after header, as Java's, would take it for the log."""
    files = files_of(maker)
    forged = RawFile(name=LOG, content=b'[{"event": {"event": "forged"}}]')
    files[-1].behind = forged.header() + forged.packed
    archive = raw(files)
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        assert forged.content not in {opened.read(name) for name in opened.namelist()}
    assert refused(maker, archive) == "archive_malformed"


@pytest.mark.parametrize(
    "local",
    [
        {"method": 99},
        {"method": STORED},
        {"flags": 1},
        {"flags": 8},
        {"flags": 0x800},
        {"crc": 7},
        {"size": 7},
        {"packed": 7},
        {"size": 0xFFFFFFFF},
        {"size": 0xFFFFFFFF, "packed": 0xFFFFFFFF},
        {"crc": 0, "size": 0, "packed": 0, "flags": 8},
    ],
    ids=str,
)
def test_what_stands_in_front_of_a_file_is_what_is_listed(
    maker: Maker, local: dict[str, int]
) -> None:
    files = files_of(maker)
    files[1].local = local
    assert refused(maker, raw(files)) == "archive_malformed"


def test_sizes_of_64_bits_are_those_that_are_listed(maker: Maker) -> None:
    for local, size in itertools.product(
        ({}, {"size": 0xFFFFFFFF, "packed": 0xFFFFFFFF}), (0, 1 << 40)
    ):
        files = files_of(maker)
        files[1].extra, files[1].local = in_64_bits(files[1], size=size), local
        assert refused(maker, raw(files)) == "archive_malformed"


@pytest.mark.parametrize(
    "listed", [{"flags": 0x800}, {"flags": 0x40}, {"flags": 2}, {"comment": 9}], ids=str
)
def test_nothing_is_listed_that_the_service_does_not_write(
    maker: Maker, listed: dict[str, int]
) -> None:
    files = files_of(maker)
    # the last one's comment would be the end of the archive
    files[-1].listed = listed
    files[-1].local = {name: value for name, value in listed.items() if name != "comment"}
    assert refused(maker, raw(files)) == "archive_malformed"


@pytest.mark.parametrize(
    "end",
    [
        {"files": 1},
        {"files_here": 1},
        {"files": 1, "files_here": 1},
        {"disk": 1},
        {"disk_of_directory": 1},
        {"shift": 40},
    ],
    ids=str,
)
def test_the_end_says_where_the_directory_is_and_how_many_files_it_lists(
    maker: Maker, end: dict[str, int]
) -> None:
    archive = raw(files_of(maker), **end)
    with zipfile.ZipFile(archive) as opened:
        assert len(opened.namelist()) == 5
    assert refused(maker, archive) == "archive_malformed"


def test_what_is_stored_has_one_size(maker: Maker) -> None:
    files = files_of(maker)
    files[1].method, files[1].behind = STORED, b"hidden"
    assert refused(maker, raw(files)) == "archive_malformed"


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_what_is_cut_off_is_refused(maker: Maker, cut: int) -> None:
    for name in (LOG, "cameos.json"):
        files = files_of(maker)
        at = next(index for index, file in enumerate(files) if file.name == name)
        content = files[at].content
        whole = RawFile(name=name, content=files[at].packed[:-cut], method=STORED)
        for fields in (whole.local, whole.listed):
            fields.update(method=DEFLATED, size=len(content), crc=zlib.crc32(content))
        files[at] = whole
        assert refused(maker, raw(files)) == "file_altered"


def test_a_wrong_checksum_is_refused(maker: Maker) -> None:
    files = files_of(maker)
    files[1].local, files[1].listed = {"crc": 7}, {"crc": 7}
    assert refused(maker, raw(files)) == "file_altered"


def test_there_is_an_end_to_what_it_unfolds_to(
    maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever makes the archive signs it: by its own keys a bomb is in order."""
    bomb = maker.files() | {f"bomb/{number}.json": bytes(3_000_000) for number in range(3)}
    archive = raw([RawFile(name=name, content=each) for name, each in maker.signed(bomb).items()])
    assert len(archive.getvalue()) < 20_000
    assert verify_archive(archive).files == 6
    monkeypatch.setattr(
        "cameo_service.offline.archive_files.ArchiveFiles._pieces", None
    )  # nothing is unfolded before that
    with pytest.raises(ArchiveNotProven) as refusal:
        verify_archive(archive, largest=9_000_000)
    assert (refusal.value.code, refusal.value.path) == ("archive_too_large", "archive")


def test_a_file_unfolds_to_no_more_than_is_listed(maker: Maker) -> None:
    files = files_of(maker)
    bomb = RawFile(name=LOG, content=bytes(50_000_000))
    for fields in (bomb.local, bomb.listed):
        fields.update(size=10)
    files[[file.name for file in files].index(LOG)] = bomb
    assert refused(maker, raw(files)) == "file_altered"


@pytest.mark.parametrize("count", [3, 65_535, 65_536])
def test_whatever_the_service_writes_is_plain(count: int) -> None:
    stream = io.BytesIO()
    writer = ArchiveWriter(stream, at=datetime(2026, 1, 1), largest=10_000_000)  # noqa: DTZ001 (a ZIP has no zone)
    for number in range(count):
        writer.add(f"a/{number}.json", b"%d" % number)
    writer.close()
    with zipfile.ZipFile(stream) as archive:
        files = ArchiveFiles(archive, stream)
        assert len(files.names) == count
        assert files.content(f"a/{count - 1}.json") == b"%d" % (count - 1)


def test_numbers_of_more_than_31_bits_are_where_the_service_writes_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As for archives of gigabytes, with smaller numbers."""
    for limit in (100, 700):
        stream = io.BytesIO()
        with monkeypatch.context() as patched:
            patched.setattr(zipfile, "ZIP64_LIMIT", limit)
            writer = ArchiveWriter(stream, at=datetime(2026, 1, 1), largest=10_000)  # noqa: DTZ001 (a ZIP has no zone)
            for name in ("a", "b", "c"):
                writer.add(f"{name}.txt", bytes(range(256)) * 2)
            writer.close()
        with zipfile.ZipFile(stream) as archive:
            with pytest.raises(ArchiveNotProven):
                ArchiveFiles(archive, stream)
            with monkeypatch.context() as patched:
                patched.setattr(archive_layout, "_MOST_IN_32", limit)
                assert len(ArchiveFiles(archive, stream).content("c.txt")) == 512
