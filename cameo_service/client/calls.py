"""Every request of the API, described once: both clients send what is described here.

>>> call = get_cameo("cam_1")
>>> call.method, call.path, call.repeatable
('GET', '/v1/cameos/cam_1', True)
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from cameo_service.client.documents import Document, items, maybe, part, text
from cameo_service.client.questions import ConsentRequest, Terms
from cameo_service.client.results import (
    Cameo,
    Decision,
    Enrollment,
    Grant,
    IssuedPermit,
    OpenedEnrollment,
    Policy,
    StartedEnrollment,
)

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[Result]):
    """One request, and how to read its answer.

    `repeatable` requests have the same effect sent twice. `token` replaces the client's key.
    `authenticated` is False where no key is sent at all. `timeout_s` replaces the client's.
    """

    method: str
    path: str
    read: Callable[[Document], Result]
    repeatable: bool
    status: int = 200
    body: Mapping[str, Any] | None = None
    recording: "Recording | None" = None
    headers: Mapping[str, str] = field(default_factory=dict)
    token: str | None = None
    authenticated: bool = True
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A file to upload. It is opened anew for every attempt."""

    path: Path
    mime: str


MIME_OF = {".webm": "video/webm", ".mp4": "video/mp4", ".mov": "video/quicktime"}
UPLOAD_TIMEOUT_S = 300.0


def start_enrollment(
    principal: str,
    *,
    statement: Mapping[str, str] | None = None,
    idempotency_key: str | None = None,
) -> Call[StartedEnrollment]:
    """Open an enrollment for `principal`; send the person to its `capture_url`.

    `statement` has `version`, `locale` and, for a text of the platform's own, `text`.
    """
    body: dict[str, Any] = {"principal": principal}
    if statement is not None:
        body["statement"] = dict(statement)
    return _creation("/v1/enrollments", body, StartedEnrollment.read, idempotency_key)


def open_enrollment(id: str, client_secret: str) -> Call[OpenedEnrollment]:
    """Spend the client secret of an enrollment's link: works once."""
    return Call(
        method="POST",
        path=f"/v1/enrollments/{_segment(id)}/open",
        body={"client_secret": client_secret},
        read=OpenedEnrollment.read,
        repeatable=False,
        authenticated=False,
    )


def get_enrollment(id: str, *, session_token: str | None = None) -> Call[Enrollment]:
    """Where an enrollment stands, asked with the key or with the person's session token."""
    return Call(
        method="GET",
        path=f"/v1/enrollments/{_segment(id)}",
        read=Enrollment.read,
        repeatable=True,
        token=session_token,
    )


def upload_recording(
    id: str, path: Path, *, session_token: str | None = None, mime: str | None = None
) -> Call[Enrollment]:
    """Upload the recording of the current challenge, the consent statement accepted.

    The media type is told by the file's ending unless `mime` is given.
    """
    return Call(
        method="POST",
        path=f"/v1/enrollments/{_segment(id)}/recording",
        recording=Recording(
            path=path, mime=mime or MIME_OF.get(path.suffix.lower(), "application/octet-stream")
        ),
        read=Enrollment.read,
        status=202,
        repeatable=False,
        token=session_token,
        timeout_s=UPLOAD_TIMEOUT_S,
    )


def draw_challenge(id: str, *, session_token: str | None = None) -> Call[Enrollment]:
    """Draw another challenge for the attempt at hand, when the one before is running out."""
    return Call(
        method="POST",
        path=f"/v1/enrollments/{_segment(id)}/challenge",
        read=Enrollment.read,
        repeatable=False,
        token=session_token,
    )


def cancel_enrollment(id: str, *, session_token: str | None = None) -> Call[Enrollment]:
    """End an enrollment before its verdict stands; what it holds is deleted."""
    return Call(
        method="POST",
        path=f"/v1/enrollments/{_segment(id)}/cancel",
        read=Enrollment.read,
        repeatable=True,
        token=session_token,
    )


def get_report(id: str) -> Call[Document | None]:
    """The verifier's whole report on the last recording, scores too: for reviewers."""
    return Call(
        method="GET",
        path=f"/v1/enrollments/{_segment(id)}/report",
        read=lambda document: maybe(document, "report", part),
        repeatable=True,
    )


def review_enrollment(id: str, *, approve: bool) -> Call[Enrollment]:
    """Approve or reject an enrollment that the checks left open."""
    return Call(
        method="POST",
        path=f"/v1/enrollments/{_segment(id)}/review",
        body={"decision": "approve" if approve else "reject"},
        read=Enrollment.read,
        repeatable=False,
    )


def get_cameo(id: str) -> Call[Cameo]:
    """A cameo, its identity credential and its policy."""
    return Call(method="GET", path=f"/v1/cameos/{_segment(id)}", read=Cameo.read, repeatable=True)


def set_policy(
    cameo_id: str, *, audience: Mapping[str, str], approved: tuple[str, ...] = ()
) -> Call[Policy]:
    """Replace the owner's standing rules. An action that is not named is for the owner alone."""
    return Call(
        method="PUT",
        path=f"/v1/cameos/{_segment(cameo_id)}/policy",
        body={"audience": dict(audience), "approved": list(approved)},
        read=Policy.read,
        # Sent again after a while, it could undo a narrower policy set in between.
        repeatable=False,
    )


def revoke_cameo(id: str) -> Call[Cameo]:
    """End a cameo: its templates are destroyed and nothing rests on it any more."""
    return Call(
        method="POST",
        path=f"/v1/cameos/{_segment(id)}/revoke",
        read=Cameo.read,
        repeatable=True,
    )


def make_grant(
    cameo_id: str, grantee: str, terms: Terms, *, idempotency_key: str | None = None
) -> Call[Grant]:
    """License a cameo to `grantee`, in its owner's name."""
    body = {"cameo_id": cameo_id, "grantee": grantee, "terms": terms.body()}
    return _creation("/v1/grants", body, Grant.read, idempotency_key)


def get_grant(id: str) -> Call[Grant]:
    """A grant, for those who act for either side."""
    return Call(method="GET", path=f"/v1/grants/{_segment(id)}", read=Grant.read, repeatable=True)


def revoke_grant(id: str, *, reason: str | None = None) -> Call[Grant]:
    """End a grant. When this returns, no decision says yes on its strength any more."""
    return Call(
        method="POST",
        path=f"/v1/grants/{_segment(id)}/revoke",
        body={"reason": reason},
        read=Grant.read,
        repeatable=True,
    )


def check(request: ConsentRequest) -> Call[Decision]:
    """May this requester do this, here and now? Changes nothing. Raises, or tells the answer."""
    return Call(
        method="POST",
        path="/v1/consent/check",
        body=request.body(),
        read=Decision.read,
        repeatable=True,
    )


def issue_permit(
    request: ConsentRequest, *, idempotency_key: str | None = None
) -> Call[IssuedPermit]:
    """The same question; a yes comes signed, for this caller alone. A no is `ConsentDenied`."""
    return _creation("/v1/permits", request.body(), IssuedPermit.read, idempotency_key)


def jwks() -> Call[Document]:
    """The public keys that verify every credential, grant and permit."""
    return Call(
        method="GET",
        path="/.well-known/jwks.json",
        read=_jwks,
        repeatable=True,
        authenticated=False,
    )


def health() -> Call[str]:
    """`ok` while the process is alive."""
    return Call(
        method="GET",
        path="/healthz",
        read=lambda document: text(document, "status"),
        repeatable=True,
        authenticated=False,
    )


def _jwks(document: Document) -> Document:
    items(document, "keys")
    return document


def _creation(
    path: str,
    body: Mapping[str, Any],
    read: Callable[[Document], Result],
    idempotency_key: str | None,
) -> Call[Result]:
    """A POST that creates: one key for all its attempts, so that it creates once."""
    return Call(
        method="POST",
        path=path,
        body=body,
        read=read,
        status=201,
        repeatable=True,
        headers={"Idempotency-Key": idempotency_key or str(uuid.uuid4())},
    )


def _segment(id: str) -> str:
    if id in {"", ".", ".."}:
        raise ValueError(f"`{id}` is not an id")
    return quote(id, safe="")
