"""Records to store, each with every field set to something."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from permissions.facts import CameoStatus
from storage.records import (
    ApiKeyRecord,
    CameoRecord,
    EnrollmentRecord,
    EnrollmentState,
    GrantRecord,
    IdempotencyRecord,
    JobRecord,
    JobState,
    PermitRecord,
    PolicyRecord,
    TemplateRecord,
)

NOW = datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def api_key(**changes: Any) -> ApiKeyRecord:
    sample = ApiKeyRecord(
        id="key_1",
        name="the platform",
        principal="app:platform",
        secret_hash="hash",
        scopes=("enroll", "check"),
        acts_for=("user:*",),
        created_at=NOW,
    )
    return replace(sample, **changes)


def enrollment(**changes: Any) -> EnrollmentRecord:
    sample = EnrollmentRecord(
        id="enr_1",
        version=1,
        principal="user:alice",
        created_by="key_1",
        state=EnrollmentState.REQUIRES_INPUT,
        statement={"version": "1", "locale": "de", "text": "Ja, ich möchte \U0001f600 \x00"},
        challenge={"turns": ["left", "right"], "digits": [1, 2], "wait": 0.1},
        challenge_issued_at=NOW,
        challenges_drawn=1,
        attempt=1,
        attempts_allowed=3,
        rejections=0,
        given_back=0,
        client_secret_hash="hash",
        client_secret_spent_at=NOW,
        session_hash="hash",
        recording_blob="recordings/enr_1",
        recording_mime="video/webm",
        report={"checks": []},
        last_error={"code": "no_face"},
        cameo_id="cam_1",
        created_at=NOW,
        updated_at=NOW,
        expires_at=NOW + MINUTE,
    )
    return replace(sample, **changes)


def cameo(**changes: Any) -> CameoRecord:
    sample = CameoRecord(
        id="cam_1",
        version=1,
        kind="person",
        owner="user:alice",
        status=CameoStatus.ACTIVE,
        enrollment_id="enr_1",
        credential="a.b.c",
        credential_expires_at=NOW + MINUTE,
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(sample, **changes)


def policy(**changes: Any) -> PolicyRecord:
    sample = PolicyRecord(
        cameo_id="cam_1",
        version=1,
        document={"audience": {"generate": "approved"}},
        created_by="user:alice",
        created_at=NOW,
    )
    return replace(sample, **changes)


def grant(**changes: Any) -> GrantRecord:
    sample = GrantRecord(
        id="gra_1",
        version=1,
        cameo_id="cam_1",
        grantor="user:alice",
        grantee="user:bob",
        terms={"actions": ["generate"]},
        signed="a.b.c",
        created_by="user:alice",
        created_at=NOW,
    )
    return replace(sample, **changes)


def permit(**changes: Any) -> PermitRecord:
    sample = PermitRecord(
        id="per_1",
        requester="user:bob",
        audience="app:generator",
        action="generate",
        request_hash="hash",
        rests_on=("grant:gra_1", "cameo:cam_1"),
        revision=7,
        issued_by="key_1",
        issued_at=NOW,
        expires_at=NOW + MINUTE,
    )
    return replace(sample, **changes)


def job(**changes: Any) -> JobRecord:
    sample = JobRecord(
        id="job_1",
        kind="verify",
        payload={"enrollment": "enr_1"},
        state=JobState.QUEUED,
        attempts=0,
        run_after=NOW,
        created_at=NOW,
    )
    return replace(sample, **changes)


def idempotency(**changes: Any) -> IdempotencyRecord:
    sample = IdempotencyRecord(caller="key_1", key="abc", fingerprint="hash", created_at=NOW)
    return replace(sample, **changes)


def template(**changes: Any) -> TemplateRecord:
    sample = TemplateRecord(
        cameo_id="cam_1",
        modality="face",
        model="dlib",
        model_sha256="00ff",
        vector=(0.1, -1.0, 3.4028234663852886e38, 5e-324),
        salt=b"sixteen bytes of",
        created_at=NOW,
    )
    return replace(sample, **changes)
