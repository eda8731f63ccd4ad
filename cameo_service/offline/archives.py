"""A person's archive verified offline: whole, signed, and every proof in it.

    with Path("export.zip").open("rb") as stream:
        found = verify_archive(stream, trusted)
    found.subject, found.receipts, found.entries

Without `trusted` the archive's own keys are taken: then it is shown to be whole and consistent in
itself, and not who made it.
"""

import base64
import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import IO, Any, TypeVar

from cameo_service.offline.errors import NotProven
from cameo_service.offline.log import verify_opening, verify_proof
from cameo_service.offline.receipts import Trusted, published, verify_receipt
from cameo_service.offline.tokens import claims_of

TYP = "cameo-export+jwt"
GRANT_TYP = "cameo-grant+jwt"
CREDENTIAL_TYP = "cameo-identity+jwt"
MANIFEST, SIGNATURE = "manifest.json", "manifest.jws"
MOST_FILES = 1_000_000
LARGEST_DOCUMENT = 256 * 1024 * 1024
_PIECE = 1 << 20
Found = TypeVar("Found")


class ArchiveNotProven(NotProven):
    """The archive does not hold. `path` names the file in it that is wrong."""

    def __init__(self, code: str, message: str, *, path: str) -> None:
        super().__init__(code, f"`{path}`: {message}")
        self.path = path


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


def verify_archive(stream: IO[bytes], trusted: Trusted | None = None) -> VerifiedArchive:
    """What the archive is. Raises `ArchiveNotProven`, naming the file that is wrong."""
    try:
        with zipfile.ZipFile(stream) as archive:
            return _verified(archive, trusted)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, ValueError) as error:
        if isinstance(error, NotProven):
            raise
        raise ArchiveNotProven(
            "archive_unreadable", f"not a whole ZIP archive: {error}", path="archive"
        ) from error


def _verified(archive: zipfile.ZipFile, trusted: Trusted | None) -> VerifiedArchive:
    # 1. What the ZIP lists is listed once.
    names = archive.namelist()
    if len(names) != len(set(names)) or len(names) > MOST_FILES:
        raise ArchiveNotProven("archive_malformed", "a name stands twice", path="archive")
    own_keys = trusted is None
    keys = trusted or _own_keys(archive)
    # 2. The service signed the manifest.
    manifest = _manifest(archive, keys)
    # 3. Every file is there with its bytes, and none that the manifest does not name.
    _require_files(archive, manifest)
    # 4. Every proof in it holds by itself.
    return VerifiedArchive(
        subject=manifest["subject"],
        issuer=manifest["issuer"],
        created_at=manifest["created_at"],
        files=len(manifest["files"]),
        receipts=_verify_receipts(archive, keys),
        entries=_verify_log(archive, keys),
        statements=_verify_statements(archive, keys),
        by_own_keys=own_keys,
    )


def _own_keys(archive: zipfile.ZipFile) -> Trusted:
    jwks = _json(archive, "keys/jwks.json")
    return _named("keys/jwks.json", lambda: published(jwks if isinstance(jwks, dict) else {}))


def _manifest(archive: zipfile.ZipFile, keys: Trusted) -> dict[str, Any]:
    content = _content(archive, MANIFEST)
    token = _content(archive, SIGNATURE).decode("ascii", "replace")
    claims = _named(SIGNATURE, lambda: claims_of(token, keys.keys, typ=TYP))
    if claims.get("manifest_sha256") != hashlib.sha256(content).hexdigest():
        raise ArchiveNotProven(
            "manifest_altered", "not the manifest that was signed", path=MANIFEST
        )
    manifest = _parsed(content, MANIFEST)
    if not isinstance(manifest, dict) or manifest.get("subject") != claims.get("sub"):
        raise ArchiveNotProven("manifest_altered", "about another person", path=MANIFEST)
    return manifest


def _require_files(archive: zipfile.ZipFile, manifest: Mapping[str, Any]) -> None:
    listed = {each["path"]: each for each in manifest["files"]}
    there = set(archive.namelist()) - {MANIFEST, SIGNATURE}
    for path in sorted(there - set(listed)):
        raise ArchiveNotProven("file_added", "not in the signed manifest", path=path)
    for path in sorted(set(listed) - there):
        raise ArchiveNotProven("file_missing", "named by the manifest and not there", path=path)
    for path, stated in listed.items():
        _require_bytes(archive, path, size=stated["bytes"], sha256=stated["sha256"])


def _require_bytes(archive: zipfile.ZipFile, path: str, *, size: int, sha256: str) -> None:
    digest, read = hashlib.sha256(), 0
    try:
        with archive.open(path) as file:
            # never more than was signed for: an archive may claim little and unfold to much
            while read <= size and (piece := file.read(min(_PIECE, size + 1 - read))):
                digest.update(piece)
                read += len(piece)
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, RuntimeError) as error:
        raise ArchiveNotProven("file_altered", f"cannot be read: {error}", path=path) from error
    if read != size or digest.hexdigest() != sha256:
        raise ArchiveNotProven(
            "file_altered", "its bytes are not those that were signed", path=path
        )


def _verify_receipts(archive: zipfile.ZipFile, keys: Trusted) -> int:
    """Receipts whose opening was erased stand without it; all others prove what they state."""
    count = 0
    for path in _paths(archive, "receipts/"):
        document = _json(archive, path)
        if isinstance(document, dict) and document.get("opening") is not None:
            _named(path, partial(verify_receipt, document, keys))
            count += 1
    return count


def _verify_log(archive: zipfile.ZipFile, keys: Trusted) -> int:
    count = 0
    for each in _items(archive, "log.json"):
        _named("log.json", partial(_verify_entry, each, keys))
        count += 1
    return count


def _verify_entry(each: Mapping[str, Any], keys: Trusted) -> None:
    entry = verify_proof(each["proof"], keys.log_keys, origin=keys.origin)
    if each["number"] != entry.index:
        raise NotProven("entry_differs", f"the proof is of entry `{entry.index}`")
    opening = each["opening"]
    if opening is not None:
        salt, event = (base64.b64decode(opening[name]) for name in ("salt", "event"))
        if verify_opening(entry, salt=salt, event=event) != each["event"]:
            raise NotProven("event_differs", f"entry `{entry.index}` commits to another event")


def _verify_statements(archive: zipfile.ZipFile, keys: Trusted) -> int:
    """The signed forms of grants, and the identity credentials."""
    count = 0
    for path in archive.namelist():
        if path == "grants/to-me.json" or path.endswith("/grants.json"):
            for each in _items(archive, path):
                _named(path, partial(claims_of, each["signed"], keys.keys, typ=GRANT_TYP))
                count += 1
    for cameo in _items(archive, "cameos.json"):
        token = cameo.get("credential")
        if token is not None:
            _named("cameos.json", partial(claims_of, token, keys.keys, typ=CREDENTIAL_TYP))
            count += 1
    return count


def _paths(archive: zipfile.ZipFile, folder: str) -> list[str]:
    return sorted(name for name in archive.namelist() if name.startswith(folder))


def _items(archive: zipfile.ZipFile, path: str) -> Iterator[dict[str, Any]]:
    items = _json(archive, path)
    if not isinstance(items, list) or not all(isinstance(each, dict) for each in items):
        raise ArchiveNotProven("archive_malformed", "not a list of objects", path=path)
    yield from items


def _named(path: str, verify: Callable[[], Found]) -> Found:
    """What `verify` gives; what it raises, with the file's name."""
    try:
        return verify()
    except NotProven as error:
        raise ArchiveNotProven(error.code, str(error), path=path) from error
    except (KeyError, TypeError, ValueError) as error:
        raise ArchiveNotProven("archive_malformed", str(error), path=path) from error


def _content(archive: zipfile.ZipFile, path: str) -> bytes:
    try:
        with archive.open(path) as file:
            content = file.read(LARGEST_DOCUMENT + 1)
    except KeyError:
        raise ArchiveNotProven("file_missing", "it is not there", path=path) from None
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, RuntimeError) as error:
        raise ArchiveNotProven("file_altered", f"cannot be read: {error}", path=path) from error
    if len(content) > LARGEST_DOCUMENT:
        raise ArchiveNotProven("archive_malformed", "too long to be read", path=path)
    return content


def _json(archive: zipfile.ZipFile, path: str) -> Any:  # noqa: ANN401 (any JSON)
    return _parsed(_content(archive, path), path)


def _parsed(content: bytes, path: str) -> Any:  # noqa: ANN401 (any JSON)
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ArchiveNotProven("archive_malformed", "not JSON", path=path) from error
