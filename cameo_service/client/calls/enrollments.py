"""Enrollments: started, opened, recorded, reviewed.

>>> get_enrollment("enr_1").path
'/v1/enrollments/enr_1'
"""

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from cameo_service.client.calls.call import (
    Call,
    Listing,
    Recording,
    creation,
    get,
    joined,
    post,
    reads,
    said,
)
from cameo_service.client.documents import Document, read
from cameo_service.client.forms.people import Minor
from cameo_service.client.forms.sending import sent
from cameo_service.client.results.enrollments import (
    Enrollment,
    EnrollmentReport,
    OpenedEnrollment,
    StartedEnrollment,
)

PATH = "/v1/enrollments"
MIME_OF = {".webm": "video/webm", ".mp4": "video/mp4", ".mov": "video/quicktime"}
UPLOAD_TIMEOUT_S = 300.0


def start_enrollment(
    principal: str,
    *,
    statement: Mapping[str, str] | None = None,
    minor: Minor | None = None,
    accommodations: Collection[str] = (),
    renews: str | None = None,
    idempotency_key: str | None = None,
) -> Call[StartedEnrollment]:
    """Open an enrollment for `principal`; send the person to its `capture_url`.

    `statement` has `version`, `locale` and, for a text of the platform's own, `text`. `minor` is
    reported with it, as by `report_person`. `accommodations` are what the person cannot do:
    `head_still`, `no_speech`, `heard_prompts`; they may choose others on the page. `renews` names
    the principal's own cameo, which the recording is to renew: then face and voice must be those
    of before.
    """
    body = said(
        principal=principal,
        statement=statement,
        minor=sent(minor),
        accommodations=sorted(accommodations) or None,
        renews=renews,
    )
    return creation(PATH, body=body, read=reads(StartedEnrollment), idempotency_key=idempotency_key)


def open_enrollment(id: str, client_secret: str) -> Call[OpenedEnrollment]:
    """Spend the client secret of an enrollment's link: works once."""
    return Call(
        method="POST",
        path=joined(PATH, id, "open"),
        body={"client_secret": client_secret},
        read=reads(OpenedEnrollment),
        repeatable=False,
        authenticated=False,
    )


def get_enrollment(id: str, *, session_token: str | None = None) -> Call[Enrollment]:
    """Where an enrollment stands, asked with the key or with the person's session token."""
    return get(PATH, id, read=reads(Enrollment), token=session_token)


def list_enrollments_awaiting_review() -> Listing[Enrollment]:
    """Enrollments that wait for a reviewer, of the principals the key may act for."""
    return Listing(path=PATH, kind=Enrollment)


def upload_recording(
    id: str,
    path: Path,
    *,
    session_token: str | None = None,
    mime: str | None = None,
    shown_ms: Sequence[float | None] | None = None,
) -> Call[Enrollment]:
    """Upload the recording of the current challenge, the consent statement accepted.

    The media type is told by the file's ending unless `mime` is given. `shown_ms` says when each
    step's prompt was really shown, in milliseconds from the recorder's start and None for never:
    a recording whose prompts came too late is refused as `prompts_not_shown`, at no cost.
    """
    timeline = json.dumps({"shown_ms": list(shown_ms)}) if shown_ms is not None else None
    return Call(
        method="POST",
        path=joined(PATH, id, "recording"),
        recording=Recording(
            path=path,
            mime=mime or MIME_OF.get(path.suffix.lower(), "application/octet-stream"),
            timeline=timeline,
        ),
        read=reads(Enrollment),
        statuses=(202,),
        repeatable=False,
        token=session_token,
        timeout_s=UPLOAD_TIMEOUT_S,
    )


def draw_challenge(
    id: str, *, accommodations: Collection[str] | None = None, session_token: str | None = None
) -> Call[Enrollment]:
    """Draw another challenge for the attempt at hand, when the one before is running out.

    `accommodations` say what the person cannot do; None keeps what was said before.
    """
    return post(
        PATH,
        id,
        "challenge",
        body=said(accommodations=None if accommodations is None else sorted(accommodations)),
        read=reads(Enrollment),
        repeatable=False,
        token=session_token,
    )


def cancel_enrollment(id: str, *, session_token: str | None = None) -> Call[Enrollment]:
    """End an enrollment before its verdict stands; what it holds is deleted."""
    return post(PATH, id, "cancel", read=reads(Enrollment), repeatable=True, token=session_token)


def get_report(id: str) -> Call[Document | None]:
    """The verifier's whole report on the last recording, scores too: for reviewers."""
    return get(PATH, id, "report", read=lambda document: read(EnrollmentReport, document).report)


def review_enrollment(id: str, *, approve: bool) -> Call[Enrollment]:
    """Approve or reject an enrollment that the checks left open."""
    body = {"decision": "approve" if approve else "reject"}
    return post(PATH, id, "review", body=body, read=reads(Enrollment), repeatable=False)
