"""Blobs, in a directory and on an S3 server, by one contract."""

import base64
import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storage.aws.blobs import PART_BYTES, SERVER_SIDE, S3Blobs, under_kms
from storage.contracts import Blobs
from storage.errors import MalformedName, NotFound, StoreUnavailable, Tampered, TooLarge
from storage.local.blobs import ABANDONED_AFTER, LocalBlobs
from tests.aws import S3_BUCKET
from tests.storage.machine import largest_file


@pytest.fixture(params=["local", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    if request.param == "local":
        return LocalBlobs(tmp_path / "blobs")
    return S3Blobs(request.getfixturevalue("s3"), bucket=S3_BUCKET, prefix="some/where/")


def fetched(blobs: Blobs, name: str) -> bytes:
    target = io.BytesIO()
    size = blobs.fetch(name, target)
    assert size == len(target.getvalue())
    return target.getvalue()


class Trickle(io.RawIOBase):
    """A source that gives a few bytes at a time, and then may fail as a network does."""

    def __init__(self, content: bytes, failure: Exception | None = None) -> None:
        self._content = io.BytesIO(content)
        self._failure = failure

    def read(self, size: int = -1) -> bytes:
        chunk = self._content.read(min(size, 70_001))
        if not chunk and self._failure:
            raise self._failure
        return chunk


@pytest.mark.parametrize("size", [0, 1, 1 << 20, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES + 7])
def test_a_blob_comes_back_as_it_went_in(blobs: Blobs, size: int) -> None:
    content = bytes(range(251)) * (size // 251 + 1)
    content = content[:size]
    assert blobs.put("a/blob", Trickle(content), limit=size) == size  # type: ignore[arg-type]  # reads as one
    assert fetched(blobs, "a/blob") == content


@pytest.mark.parametrize("limit", [0, 99, PART_BYTES - 1, PART_BYTES, 2 * PART_BYTES + 1])
def test_past_the_limit_nothing_is_kept(blobs: Blobs, limit: int) -> None:
    blobs.put("a/blob", io.BytesIO(b"before"), limit=6)
    with pytest.raises(TooLarge, match=f"`{limit}`"):
        blobs.put("a/blob", io.BytesIO(bytes(limit + 1)), limit=limit)
    assert blobs.list() == ["a/blob"]
    assert fetched(blobs, "a/blob") == b"before"


@pytest.mark.parametrize("size", [10, PART_BYTES + 1])
def test_a_source_that_breaks_off_keeps_nothing_and_its_own_error(blobs: Blobs, size: int) -> None:
    source = Trickle(bytes(size), ConnectionResetError("the client went away"))
    with pytest.raises(ConnectionResetError):
        blobs.put("blob", source, limit=size)  # type: ignore[arg-type]  # reads as one
    assert blobs.list() == []
    with pytest.raises(NotFound, match="`blob`"):
        blobs.fetch("blob", io.BytesIO())


def test_a_taken_name_is_replaced(blobs: Blobs) -> None:
    blobs.put("blob", io.BytesIO(b"first"), limit=9)
    blobs.put("blob", io.BytesIO(b"2nd"), limit=9)
    assert fetched(blobs, "blob") == b"2nd"


Alter = Callable[[str, Callable[[bytes], bytes]], None]


@pytest.fixture
def alter(request: pytest.FixtureRequest, blobs: Blobs, tmp_path: Path) -> Alter:
    """Change a blob's bytes where they lie, as a disk or an intruder would."""
    if isinstance(blobs, LocalBlobs):
        return lambda name, change: _alter_file(tmp_path / "blobs" / name, change)
    assert request.getfixturevalue("s3")
    return _alter_object


def _alter_file(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(path.read_bytes()))


def _alter_object(name: str, change: Callable[[bytes], bytes]) -> None:
    """In moto's own memory, past what S3 does to keep checksums true."""
    from moto.s3.models import s3_backends

    (account,) = s3_backends
    key = s3_backends[account]["aws"].buckets[S3_BUCKET].keys[f"some/where/{name}"]
    key.value = change(bytes(key.value))


@pytest.mark.parametrize("size", [1, 40, PART_BYTES + 70_000])
def test_a_blob_that_was_changed_is_named_and_refused(
    blobs: Blobs, alter: Alter, size: int
) -> None:
    changes: list[Callable[[bytes], bytes]] = [
        lambda was: was[:-1] + bytes([was[-1] ^ 1]),
        lambda was: bytes([was[0] ^ 0x80]) + was[1:],
        lambda was: was[:-1],
        lambda was: was + b"more",
        lambda was: was[:0],
    ]
    for change in changes:
        blobs.put("blob", io.BytesIO(bytes(size)), limit=size)
        assert fetched(blobs, "blob") == bytes(size)
        alter("blob", change)
        with pytest.raises(Tampered, match="`blob`"):
            blobs.fetch("blob", io.BytesIO())


def test_what_lies_there_without_a_checksum_is_refused(tmp_path: Path, s3: Any) -> None:
    local = LocalBlobs(tmp_path / "blobs")
    (tmp_path / "blobs/blob").write_bytes(b"put there by somebody, and long enough")
    s3.put_object(Bucket=S3_BUCKET, Key="blob", Body=b"the same")
    for blobs in (local, S3Blobs(s3, bucket=S3_BUCKET)):
        with pytest.raises(Tampered, match="`blob`"):
            blobs.fetch("blob", io.BytesIO())


@pytest.mark.parametrize("size", [10, PART_BYTES + 1])
def test_s3_is_told_how_to_encrypt(s3: Any, size: int) -> None:
    for encryption, expected in (
        (SERVER_SIDE, ("AES256", None)),
        (under_kms("alias/cameo"), ("aws:kms", "alias/cameo")),
    ):
        blobs = S3Blobs(s3, bucket=S3_BUCKET, encryption=encryption)
        blobs.put("blob", io.BytesIO(bytes(size)), limit=size)
        found = s3.head_object(Bucket=S3_BUCKET, Key="blob")
        assert (found.get("ServerSideEncryption"), found.get("SSEKMSKeyId")) == expected


@pytest.mark.parametrize("size", [10, 2 * PART_BYTES + 1])
def test_s3_is_told_the_checksum_of_everything_it_stores(s3: Any, size: int) -> None:
    """As it goes out, so that the store refuses what broke on its way."""
    sent: list[str] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        headers = {name.lower(): value for name, value in params["headers"].items()}
        if "x-amz-checksum-sha256" in headers:
            sent.append(str(headers["x-amz-checksum-sha256"]))

    s3.meta.events.register("before-call.s3", note)
    content = bytes(range(256)) * (size // 256 + 1)
    content = content[:size]
    S3Blobs(s3, bucket=S3_BUCKET).put("blob", io.BytesIO(content), limit=size)
    s3.meta.events.unregister("before-call.s3", note)
    parts = [content[at : at + PART_BYTES] for at in range(0, size, PART_BYTES)]
    digests = [hashlib.sha256(part).digest() for part in parts]
    assert sent == [base64.b64encode(digest).decode() for digest in digests]


def test_deleting_twice_is_fine(blobs: Blobs) -> None:
    blobs.put("blob", io.BytesIO(b"x"), limit=1)
    blobs.delete("blob")
    blobs.delete("blob")
    assert blobs.list() == []


def test_names_are_listed_by_prefix_in_order(blobs: Blobs) -> None:
    for name in ("b/2", "a", "b/10", "b-c", "b/1/x", "b"):
        blobs.put(name, io.BytesIO(b""), limit=0)
    assert blobs.list() == ["a", "b", "b-c", "b/1/x", "b/10", "b/2"]
    assert blobs.list("b/") == ["b/1/x", "b/10", "b/2"]
    assert blobs.list("b/1") == ["b/1/x", "b/10"]
    assert blobs.list("c") == []


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "../x", "a/../x", "a..b", "/a", "a/", "a//b", "a/./b", ".a", "A", "a b"),
        *("a\n", "a\x00", "ä", "a\\b", "a+b", "a%2fb", "x" * 201),
    ],
)
def test_a_malformed_name_is_refused(blobs: Blobs, name: str) -> None:
    for use in (
        lambda: blobs.put(name, io.BytesIO(b""), limit=0),
        lambda: blobs.fetch(name, io.BytesIO()),
        lambda: blobs.delete(name),
    ):
        with pytest.raises(MalformedName):
            use()


def test_the_longest_name_is_accepted(blobs: Blobs) -> None:
    name = "a/" * 99 + "bc"
    blobs.put(name, io.BytesIO(b"x"), limit=1)
    assert blobs.list() == [name]


def test_local_files_are_private_and_links_are_not_followed(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path / "blobs")
    blobs.put("mine", io.BytesIO(b"x"), limit=1)
    assert (tmp_path / "blobs").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "blobs/mine").stat().st_mode & 0o777 == 0o600
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "blobs/link").symlink_to(tmp_path / "secret")
    with pytest.raises(StoreUnavailable):
        blobs.fetch("link", io.BytesIO())
    assert blobs.list() == ["mine"]
    blobs.put("link", io.BytesIO(b"new"), limit=3)
    blobs.delete("link")
    assert (tmp_path / "secret").read_bytes() == b"secret"


def test_what_a_dead_process_left_is_swept_after_a_day(tmp_path: Path) -> None:
    left = tmp_path / "blobs/.incoming-0"
    LocalBlobs(tmp_path / "blobs")
    left.write_bytes(b"half")
    written = left.stat().st_mtime
    LocalBlobs(tmp_path / "blobs", clock=lambda: written + ABANDONED_AFTER)
    assert left.exists()
    LocalBlobs(tmp_path / "blobs", clock=lambda: written + ABANDONED_AFTER + 1)
    assert not left.exists()


def test_a_disk_that_takes_no_more_keeps_nothing(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path / "blobs")
    content = io.BytesIO(bytes(3 << 20))
    with largest_file(1 << 20), pytest.raises(StoreUnavailable, match="File too large"):
        blobs.put("blob", content, limit=3 << 20)
    assert list((tmp_path / "blobs").iterdir()) == []


def test_a_directory_that_is_gone_is_unavailable(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path / "blobs")
    (tmp_path / "blobs").rmdir()
    for use in (
        lambda: blobs.put("blob", io.BytesIO(b""), limit=0),
        lambda: blobs.delete("blob"),
        blobs.list,
    ):
        with pytest.raises(StoreUnavailable):
            use()
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable):
        LocalBlobs(tmp_path / "file")


def test_an_upload_past_the_limit_leaves_no_parts(s3: Any) -> None:
    blobs = S3Blobs(s3, bucket=S3_BUCKET)
    with pytest.raises(TooLarge):
        blobs.put("blob", io.BytesIO(bytes(PART_BYTES + 2)), limit=PART_BYTES + 1)
    assert s3.list_multipart_uploads(Bucket=S3_BUCKET).get("Uploads", []) == []


def test_an_object_store_that_is_not_there_is_unavailable(
    s3: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(StoreUnavailable, match="NoSuchBucket"):
        S3Blobs(s3, bucket="no-such-bucket").list()
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    nowhere = S3Blobs.connect(
        bucket=S3_BUCKET, region="us-east-1", endpoint_url="http://127.0.0.1:9"
    )
    with pytest.raises(StoreUnavailable, match="EndpointConnectionError"):
        nowhere.put("blob", io.BytesIO(b"x"), limit=1)
