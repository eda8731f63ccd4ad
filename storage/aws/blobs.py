"""Blobs in an S3 bucket, or in a store that speaks S3.

    blobs = S3Blobs.connect(bucket="cameo", endpoint_url="http://minio:9000")
    blobs.put("recordings/enr_1", upload, limit=100_000_000)

A blob larger than one part goes up in parts, and is aborted past the limit. A process that is
killed meanwhile leaves parts that no name shows: give the bucket a lifecycle rule that aborts
incomplete uploads.

Every request that stores bytes says their SHA-256 and how they are to be encrypted. What comes back
is hashed again, and compared with the checksum that the store keeps.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

from storage.blobs import CHUNK_BYTES, require_name, require_prefix
from storage.errors import NotFound, StoreUnavailable, Tampered, TooLarge

PART_BYTES = 8 << 20
"""Size of a part. S3 asks for at least 5 MiB in every one but the last, and 10,000 at most.

The checksum of a blob in parts is over those of its parts: with another size, what was stored in
parts before can be read no more.
"""

SERVER_SIDE = {"ServerSideEncryption": "AES256"}
"""Encrypted by S3 under a key of its own."""
NOT_ASKED_FOR: dict[str, str] = {}
"""For a store that encrypts by itself, or is told by no request to."""

MISSING = ("NoSuchKey", "404", "NotFound")


def under_kms(key: str) -> dict[str, str]:
    """Encrypted by S3 under this key of AWS KMS: its id, its ARN, or an alias."""
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}


class S3Blobs:
    """`Blobs` under a prefix of a bucket. `client` is boto3's for S3."""

    def __init__(
        self,
        client: Any,  # noqa: ANN401 (boto3 makes its classes at run time)
        *,
        bucket: str,
        prefix: str = "",
        encryption: Mapping[str, str] = SERVER_SIDE,
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix
        self._encryption = dict(encryption)

    @classmethod
    def connect(
        cls,
        *,
        bucket: str,
        prefix: str = "",
        region: str | None = None,
        endpoint_url: str | None = None,
        encryption: Mapping[str, str] = SERVER_SIDE,
    ) -> "S3Blobs":
        """Blobs in this bucket, with boto3's own search for credentials."""
        import boto3

        client = boto3.client("s3", region_name=region, endpoint_url=endpoint_url)
        return cls(client, bucket=bucket, prefix=prefix, encryption=encryption)

    def put(self, name: str, source: BinaryIO, *, limit: int) -> int:
        """Store what `source` holds, atomically and durably, and return its size in bytes."""
        require_name(name)
        first = _part_of(source, limit=limit)
        if len(first) < PART_BYTES:
            with _wrapping_errors(name):
                self._client.put_object(
                    **self._at(name), **self._encryption, **_summed(first), Body=first
                )
            return len(first)
        with self._upload(name) as upload:
            return upload.send(first, source, limit=limit)

    def fetch(self, name: str, target: BinaryIO) -> int:
        """Write the blob into `target` and return its size. Raises `NotFound`, `Tampered`."""
        require_name(name)
        with _wrapping_errors(name):
            found = self._client.get_object(**self._at(name), ChecksumMode="ENABLED")
        body, stored, size = found["Body"], found.get("ChecksumSHA256"), 0
        digest = StoredDigest(in_parts="-" in (stored or ""))
        try:
            while chunk := _read(body, name):
                digest.update(chunk)
                target.write(chunk)
                size += len(chunk)
        finally:
            body.close()
        if stored is None or digest.text() != stored:
            raise Tampered(f"blob `{name}` is not what was stored")
        return size

    def delete(self, name: str) -> None:
        """Delete the blob. Nothing happens where there is none."""
        require_name(name)
        with _wrapping_errors(name):
            self._client.delete_object(**self._at(name))

    def list(self, prefix: str = "") -> list[str]:
        """Every name with this prefix, in order."""
        require_prefix(prefix)
        with _wrapping_errors(prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix + prefix
            )
            keys = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
        return sorted(key.removeprefix(self._prefix) for key in keys)

    @contextmanager
    def _upload(self, name: str) -> Iterator["Upload"]:
        at = self._at(name)
        with _wrapping_errors(name):
            upload = Upload(
                self._client,
                at | {"UploadId": self._begun(at)},
            )
        try:
            yield upload
            upload.complete()
        except BaseException:
            upload.abort()
            raise

    def _begun(self, at: dict[str, str]) -> str:
        begun = self._client.create_multipart_upload(
            **at, **self._encryption, ChecksumAlgorithm="SHA256"
        )
        return str(begun["UploadId"])

    def _at(self, name: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + name}


class Upload:
    """A blob on its way up in parts: nothing of it shows until `complete`."""

    def __init__(self, client: Any, at: dict[str, str]) -> None:  # noqa: ANN401 (boto3 makes its classes at run time)
        self._client = client
        self._at = at
        self._parts: list[dict[str, Any]] = []

    def send(self, first: bytes, source: BinaryIO, *, limit: int) -> int:
        """Send `first` and then the rest of `source`; return the size of all."""
        size, part = 0, first
        while part:
            number = len(self._parts) + 1
            with _wrapping_errors(self._at["Key"]):
                summed = _summed(part)
                sent = self._client.upload_part(**self._at, **summed, PartNumber=number, Body=part)
            checksum = summed["ChecksumSHA256"]
            self._parts.append(
                {"PartNumber": number, "ETag": sent["ETag"], "ChecksumSHA256": checksum}
            )
            size += len(part)
            part = _part_of(source, limit=limit, before=size)
        return size

    def complete(self) -> None:
        """Make the blob appear."""
        with _wrapping_errors(self._at["Key"]):
            self._client.complete_multipart_upload(
                **self._at, MultipartUpload={"Parts": self._parts}
            )

    def abort(self) -> None:
        """Let go of the parts."""
        with _wrapping_errors(self._at["Key"]):
            self._client.abort_multipart_upload(**self._at)


class StoredDigest:
    """The checksum of bytes as S3 states it: their SHA-256, or that over the ones of their parts.

    >>> digest = StoredDigest(in_parts=False)
    >>> digest.update(b"")
    >>> digest.text()
    '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
    """

    def __init__(self, *, in_parts: bool) -> None:
        self._in_parts = in_parts
        self._part, self._size = hashlib.sha256(), 0
        self._parts: list[bytes] = []

    def update(self, chunk: bytes) -> None:
        """Take the next bytes."""
        while self._in_parts and self._size + len(chunk) > PART_BYTES:
            room = PART_BYTES - self._size
            self._part.update(chunk[:room])
            self._parts.append(self._part.digest())
            self._part, self._size, chunk = hashlib.sha256(), 0, chunk[room:]
        self._part.update(chunk)
        self._size += len(chunk)

    def text(self) -> str:
        """As S3 writes it, with the number of parts behind it where there are parts."""
        if not self._in_parts:
            return _base64(self._part.digest())
        digests = [*self._parts, self._part.digest()]
        return f"{_base64(hashlib.sha256(b''.join(digests)).digest())}-{len(digests)}"


def _summed(body: bytes) -> dict[str, str]:
    checksum = _base64(hashlib.sha256(body).digest())
    return {"ChecksumAlgorithm": "SHA256", "ChecksumSHA256": checksum}


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _part_of(source: BinaryIO, *, limit: int, before: int = 0) -> bytes:
    """The next part, empty at the end. Raises `TooLarge` once `before` and it pass `limit`."""
    part = bytearray()
    while len(part) < PART_BYTES and (chunk := source.read(PART_BYTES - len(part))):
        part += chunk
        if before + len(part) > limit:
            raise TooLarge(f"there are more than `{limit}` bytes")
    return bytes(part)


def _read(body: Any, name: str) -> bytes:  # noqa: ANN401 (boto3 makes its classes at run time)
    with _wrapping_errors(name):
        chunk: bytes = body.read(CHUNK_BYTES)
        return chunk


@contextmanager
def _wrapping_errors(name: str) -> Iterator[None]:
    """Errors of S3 in this package's words, without its addresses or account."""
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        FlexibleChecksumError,
    )
    from urllib3.exceptions import HTTPError

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown")
        if code in MISSING:
            raise NotFound(f"there is no blob `{name}`") from error
        raise StoreUnavailable(f"the object store refused: `{code}`") from error
    except FlexibleChecksumError as error:
        raise Tampered(f"blob `{name}` is not what was stored") from error
    except (BotoCoreError, HTTPError) as error:
        raise StoreUnavailable(f"the object store failed: {type(error).__name__}") from error
