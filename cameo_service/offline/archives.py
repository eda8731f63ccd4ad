"""A person's archive verified offline: whole, signed, and every proof in it.

    with Path("export.zip").open("rb") as stream:
        found = verify_archive(stream, trusted)
    found.subject, found.receipts, found.entries

Without `trusted` the archive's own keys are taken: then it is shown to be whole and consistent in
itself, and not who made it.
"""

import base64
import hashlib
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import IO, Any, TypeVar

from cameo_service.offline.archive_files import UNREADABLE, ArchiveFiles, document_in
from cameo_service.offline.archive_layout import LARGEST, ArchiveNotProven
from cameo_service.offline.erasures import TYP as ERASURE_TYP
from cameo_service.offline.erasures import verify_erasure
from cameo_service.offline.errors import NotProven
from cameo_service.offline.log import (
    LoggedEntry,
    verify_opening,
    verify_proof,
    withdrawn_log_keys,
)
from cameo_service.offline.receipts import KINDS, Trusted, published, verify_receipt
from cameo_service.offline.receipts import TYP as RECEIPT_TYP
from cameo_service.offline.tokens import claims_of, signed_statement

TYP = "cameo-export+jwt"
GRANT_TYP = "cameo-grant+jwt"
CREDENTIAL_TYP = "cameo-identity+jwt"
MANIFEST, SIGNATURE, KEYS = "manifest.json", "manifest.jws", "keys/jwks.json"
LARGEST_UNSIGNED = 1024 * 1024
"""Bytes that are read of a file before anything is known of who made it."""
_MEMBERS = {"subject", "issuer", "created_at", "files"}
Found = TypeVar("Found")
__all__ = ["ArchiveNotProven", "VerifiedArchive", "verify_archive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedArchive:
    """What an archive was shown to be: `files`, `receipts`, log `entries` and signed `statements`
    (grants and credentials) are counts of what was verified in it.
    """

    subject: str
    issuer: str
    created_at: str
    files: int
    receipts: int
    entries: int
    statements: int
    by_own_keys: bool


def verify_archive(
    stream: IO[bytes], trusted: Trusted | None = None, *, largest: int = LARGEST
) -> VerifiedArchive:
    """What the archive is. Raises `ArchiveNotProven`, naming the file that is wrong.

    `largest`: the bytes that it may unfold to; `archive_too_large`, where there are more.
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            # 1. Every reader finds the same files in it.
            return _verified(ArchiveFiles(archive, stream, largest=largest), trusted)
    except UNREADABLE as error:
        if isinstance(error, NotProven):
            raise
        raise ArchiveNotProven(
            "archive_unreadable", f"not a whole ZIP archive: {error}", path="archive"
        ) from error


def _verified(archive: ArchiveFiles, trusted: Trusted | None) -> VerifiedArchive:
    keys = trusted or _own_keys(archive)
    # 2. The service signed the manifest.
    manifest = _manifest(archive, keys)
    # 3. Every file is there with its bytes, and none that the manifest does not name.
    _named(MANIFEST, partial(_require_files, archive, manifest))
    # 4. Every proof in it holds by itself, and all are of one log and one person.
    contents = _Contents(archive, keys, subject=manifest["subject"])
    return VerifiedArchive(
        subject=manifest["subject"],
        issuer=manifest["issuer"],
        created_at=manifest["created_at"],
        files=len(manifest["files"]),
        receipts=contents.verify_receipts(),
        entries=contents.verify_log(),
        statements=contents.verify_statements(),
        by_own_keys=trusted is None,
    )


def _own_keys(archive: ArchiveFiles) -> Trusted:
    jwks = archive.document(KEYS, most=LARGEST_UNSIGNED)
    return _named(KEYS, lambda: published(jwks if isinstance(jwks, dict) else {}))


def _manifest(archive: ArchiveFiles, keys: Trusted) -> dict[str, Any]:
    token = archive.content(SIGNATURE, most=LARGEST_UNSIGNED).decode("ascii", "replace")
    claims = _named(SIGNATURE, lambda: claims_of(token, keys.keys, typ=TYP))
    content = archive.content(MANIFEST)
    if claims.get("manifest_sha256") != hashlib.sha256(content).hexdigest():
        raise ArchiveNotProven(
            "manifest_altered", "not the manifest that was signed", path=MANIFEST
        )
    manifest = document_in(content, MANIFEST)
    if not isinstance(manifest, dict) or not set(manifest) >= _MEMBERS:
        raise ArchiveNotProven("archive_malformed", "not a manifest", path=MANIFEST)
    if manifest.get("subject") != claims.get("sub"):
        raise ArchiveNotProven("manifest_altered", "about another person", path=MANIFEST)
    return manifest


def _require_files(archive: ArchiveFiles, manifest: Mapping[str, Any]) -> None:
    listed = {each["path"]: each for each in manifest["files"]}
    there = set(archive.names) - {MANIFEST, SIGNATURE}
    for path in sorted(there - set(listed)):
        raise ArchiveNotProven("file_added", "not in the signed manifest", path=path)
    for path in sorted(set(listed) - there):
        raise ArchiveNotProven("file_missing", "named by the manifest and not there", path=path)
    for path, stated in listed.items():
        archive.require_bytes(path, size=stated["bytes"], sha256=stated["sha256"])


class _Contents:
    """What lies in an archive whose bytes are as they were signed."""

    def __init__(self, archive: ArchiveFiles, keys: Trusted, *, subject: str) -> None:
        self._archive = archive
        self._keys = keys
        self._subject = subject
        self._origin = keys.origin
        self._roots: dict[int, bytes] = {}

    def verify_receipts(self) -> int:
        """How many are proven. One whose opening was erased is signed and logged, no more: by a
        key that was withdrawn since, that shows nothing."""
        count = 0
        for path in sorted(each for each in self._archive.names if each.startswith("receipts/")):
            count += _named(path, partial(self._receipt, self._archive.document(path)))
        return count

    def _receipt(self, document: Mapping[str, Any]) -> int:
        if document["opening"] is None:
            # not counted as proven, so a key that was withdrawn since does not spoil the rest
            claims = signed_statement(
                document["statement"], self._keys.keys, typ=RECEIPT_TYP
            ).claims
            entry = self._entry(document["proof"])
            if entry.kind not in KINDS:
                raise NotProven("entry_differs", f"entry `{entry.index}` is of no receipt")
        else:
            found = verify_receipt(document, self._keys)
            claims = found.claims
            self._require_one_log(found.entry)
        if claims.get("aud") != self._subject:
            raise NotProven("of_another_person", "the receipt is made out to somebody else")
        return int(document["opening"] is not None)

    def verify_log(self) -> int:
        """How many entries there are."""
        numbers = set[int]()
        for each in self._items("log.json"):
            number = _named("log.json", partial(self._logged, each))
            if number in numbers:
                raise ArchiveNotProven(
                    "archive_malformed", f"entry `{number}` stands twice", path="log.json"
                )
            numbers.add(number)
        return len(numbers)

    def _logged(self, each: Mapping[str, Any]) -> int:
        entry = self._entry(each["proof"])
        if each["number"] != entry.index:
            raise NotProven("entry_differs", f"the proof is of entry `{entry.index}`")
        opening, event = each["opening"], None
        if opening is not None:
            salt, content = (base64.b64decode(opening[name]) for name in ("salt", "event"))
            event = verify_opening(entry, salt=salt, event=content)
        if (each["event"], each["withheld"]) != (event, opening is None):
            raise NotProven("event_differs", f"entry `{entry.index}` commits to another event")
        return entry.index

    def _entry(self, proof: Mapping[str, Any]) -> LoggedEntry:
        entry = verify_proof(
            proof,
            self._keys.log_keys,
            origin=self._origin,
            withdrawn=withdrawn_log_keys(self._keys.keys),
        )
        self._require_one_log(entry)
        return entry

    def _require_one_log(self, entry: LoggedEntry) -> None:
        """Two trees of one size with two roots are two histories, both signed."""
        head = entry.checkpoint
        self._origin = self._origin or head.origin
        if head.origin != self._origin:
            raise NotProven("origin_differs", f"the checkpoint is of the log `{head.origin}`")
        if self._roots.setdefault(head.size, head.root) != head.root:
            raise NotProven("log_forked", f"the log has two trees of `{head.size}` entries")

    def verify_statements(self) -> int:
        """How many grants in signed form, identity credentials and certificates of erasure."""
        count = 0
        for path in self._archive.names:
            if path.endswith("/erasure.json"):
                count += _named(path, partial(self._erasure, self._archive.document(path)))
            if path == "grants/to-me.json" or path.endswith("/grants.json"):
                for each in self._items(path):
                    _named(path, partial(self._claims, each, "signed", GRANT_TYP))
                    count += 1
        for cameo in self._items("cameos.json"):
            count += _named("cameos.json", partial(self._cameo, cameo))
        return count

    def _cameo(self, cameo: Mapping[str, Any]) -> int:
        if cameo["owner"] != self._subject:
            raise NotProven("of_another_person", f"cameo `{cameo['id']}` is somebody else's")
        if cameo.get("credential") is None:
            return 0
        self._claims(cameo, "credential", CREDENTIAL_TYP)
        return 1

    def _erasure(self, document: Mapping[str, Any]) -> int:
        """How many certificates there are: none while the erasure goes on."""
        certificate, proof, keys = document["certificate"], document["proof"], self._keys
        if certificate is None:
            return 0
        if proof is None:
            # the log's next checkpoint will have it
            claims_of(certificate, keys.keys, typ=ERASURE_TYP)
        else:
            verify_erasure(
                certificate, proof, keys=keys.keys, log_keys=keys.log_keys, origin=self._origin
            )
        return 1

    def _claims(self, document: Mapping[str, Any], member: str, typ: str) -> dict[str, Any]:
        return claims_of(document[member], self._keys.keys, typ=typ)

    def _items(self, path: str) -> Iterator[dict[str, Any]]:
        items = self._archive.document(path)
        if not isinstance(items, list) or not all(isinstance(each, dict) for each in items):
            raise ArchiveNotProven("archive_malformed", "not a list of objects", path=path)
        yield from items


def _named(path: str, verify: Callable[[], Found]) -> Found:
    """What `verify` gives; what it raises, with the file's name."""
    try:
        return verify()
    except ArchiveNotProven:
        raise
    except NotProven as error:
        raise ArchiveNotProven(error.code, str(error), path=path) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ArchiveNotProven("archive_malformed", str(error), path=path) from error
