"""Faces: uploads that are scanned for them, protected ones, notices of what was found.

>>> get_scan("sca_1").path
'/v1/scans/sca_1'
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cameo_service.client.calls.call import Call, Listing, Recording, get, post, reads, said
from cameo_service.client.results.recognition import PrincipalNotice, ProtectedFace, Scan

SCANS, PROTECTED, NOTICES = "/v1/scans", "/v1/protected-faces", "/v1/notices"
MIME_OF = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".webm": "video/webm",
    ".mp4": "video/mp4",
}
UPLOAD_TIMEOUT_S = 300.0


def scan(
    *paths: Path,
    permit: str | None = None,
    question: Mapping[str, Any] | None = None,
    wait_s: float = 0.0,
) -> Call[Scan]:
    """Look for enrolled and protected faces in stills or clips, and whether each has consent.

    `permit` is a permit or its id, `question` the fields of the consent question without
    likenesses. Only a `decision` of `allow` allows anything; it is None until the scan is `done`.
    """
    asked = None if question is None else json.dumps(question)
    return Call(
        method="POST",
        path=SCANS,
        query={"wait_s": f"{wait_s:g}"},
        files=_files(paths),
        fields=said(permit=permit, question=asked),
        read=reads(Scan),
        statuses=(200, 202),
        repeatable=False,
        timeout_s=UPLOAD_TIMEOUT_S,
    )


def get_scan(id: str) -> Call[Scan]:
    """Where a scan stands, and its answer."""
    return get(SCANS, id, read=reads(Scan))


def protect_face(
    *paths: Path,
    label: str,
    reason: str,
    principal: str | None = None,
    acting_as: str | None = None,
) -> Call[ProtectedFace]:
    """Protect the face in these stills of one person, who need not be enrolled."""
    return Call(
        method="POST",
        path=PROTECTED,
        files=_files(paths),
        fields=said(label=label, reason=reason, principal=principal, acting_as=acting_as),
        read=reads(ProtectedFace),
        statuses=(202,),
        repeatable=False,
        timeout_s=UPLOAD_TIMEOUT_S,
    )


def list_protected_faces(*, principal: str | None = None) -> Listing[ProtectedFace]:
    """The protected faces of a principal; without one, those of nobody in particular."""
    return Listing(path=PROTECTED, kind=ProtectedFace, query=said(principal=principal))


def get_protected_face(id: str) -> Call[ProtectedFace]:
    """Where the protection of a face stands."""
    return get(PROTECTED, id, read=reads(ProtectedFace))


def remove_protected_face(id: str) -> Call[ProtectedFace]:
    """End the protection; what is known of the face is destroyed."""
    return post(PROTECTED, id, "remove", read=reads(ProtectedFace), repeatable=True)


def list_notices(principal: str, *, unread: bool = False) -> Listing[PrincipalNotice]:
    """What a principal is told, the latest first."""
    query = {"principal": principal, "unread": "true" if unread else "false"}
    return Listing(path=NOTICES, kind=PrincipalNotice, query=query)


def read_notice(id: str) -> Call[PrincipalNotice]:
    """Note that a notice was read. Reading again keeps the first time."""
    return post(NOTICES, id, "read", read=reads(PrincipalNotice), repeatable=True)


def _files(paths: tuple[Path, ...]) -> tuple[Recording, ...]:
    return tuple(
        Recording(path=path, mime=MIME_OF.get(path.suffix.lower(), "application/octet-stream"))
        for path in paths
    )
