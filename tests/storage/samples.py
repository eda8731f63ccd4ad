"""Records to store, each with every field set to something."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from permissions.facts import CameoStatus
from permissions.vocabulary import Standing
from storage.records import (
    AccessRequestRecord,
    AccessState,
    ApiKeyRecord,
    ApprovalRecord,
    BlockRecord,
    CameoRecord,
    CharacterRecord,
    DeploymentRecord,
    EnrollmentRecord,
    EnrollmentState,
    GrantRecord,
    IdempotencyRecord,
    InquiryRecord,
    JobRecord,
    JobState,
    MandateRecord,
    NoticeRecord,
    PermitRecord,
    PolicyRecord,
    PrincipalRecord,
    ProtectedFaceRecord,
    ProtectedState,
    RecallState,
    ScanRecord,
    ScanState,
    TemplateRecord,
    UseRecord,
    UseState,
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
        renews="cam_0",
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
        enrolled=("face", "voice"),
        assurance="standard",
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
        parent="gra_0",
    )
    return replace(sample, **changes)


def permit(**changes: Any) -> PermitRecord:
    sample = PermitRecord(
        id="per_1",
        requester="user:bob",
        audience="app:generator",
        action="generate",
        request={"action": "generate"},
        request_hash="hash",
        basis={"grants": ["gra_1"]},
        rests_on=("grant:gra_1", "cameo:cam_1"),
        status_index=0,
        revision=7,
        issued_by="key_1",
        issued_at=NOW,
        expires_at=NOW + MINUTE,
        draft="use_1",
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


def character(**changes: Any) -> CharacterRecord:
    sample = CharacterRecord(
        id="cam_7",
        version=1,
        owner="org:studio",
        handle="captain-salt",
        name="Captain Salt",
        description="An old sailor in a yellow coat",
        references=({"url": "https://studio.example/salt.png"},),
        rights_statement="The studio drew him",
        territories={"only": ["DE"]},
        underlying=({"cameo_id": "cam_1", "facets": ["face"]},),
        created_by="key_1",
        created_at=NOW,
        updated_at=NOW,
        decided_by="user:reviewer",
        decided_at=NOW,
        note="seen",
    )
    return replace(sample, **changes)


def principal(**changes: Any) -> PrincipalRecord:
    sample = PrincipalRecord(
        id="user:alice",
        version=1,
        standing=Standing.SUSPENDED,
        standing_reason="stolen account",
        age_band="13_15",
        birth_date=date(2011, 2, 28),
        vouched_until=NOW + MINUTE,
        deceased_at=NOW,
        updated_by="key_1",
        updated_at=NOW,
    )
    return replace(sample, **changes)


def mandate(**changes: Any) -> MandateRecord:
    sample = MandateRecord(
        id="man_1",
        version=1,
        kind="guardian",
        represented="user:alice",
        representative="user:mum",
        scope={"actions": ["tag"]},
        evidence="file 7",
        created_by="key_1",
        created_at=NOW,
        revoked_at=NOW,
        revoked_by="key_2",
        revocation_reason="of age",
    )
    return replace(sample, **changes)


def block(**changes: Any) -> BlockRecord:
    sample = BlockRecord(
        owner="user:alice", blocked="user:mallory", created_by="key_1", created_at=NOW
    )
    return replace(sample, **changes)


def deployment(**changes: Any) -> DeploymentRecord:
    sample = DeploymentRecord(
        version=1, document={"closed": ["weapons"]}, created_by="key_1", created_at=NOW
    )
    return replace(sample, **changes)


def use(**changes: Any) -> UseRecord:
    sample = UseRecord(
        id="use_1",
        version=1,
        permit_id="per_1",
        requester="user:bob",
        holder="app:generator",
        action="generate",
        state=UseState.REMOVED,
        likenesses=({"cameo_id": "cam_1", "facets": ["face"], "appearance_change": False},),
        remix_of=("use_0",),
        grants=("gra_1",),
        basis={"grants": ["gra_1"]},
        rests_on=("cameo:cam_1", "grant:gra_1"),
        assets=({"sha256": "00ff", "media_type": "video/mp4"},),
        location="https://platform.example/v/1",
        recall=RecallState.DONE,
        recall_document={"reason": "grant revoked"},
        created_at=NOW,
        updated_at=NOW,
        published_at=NOW,
        removed_at=NOW + MINUTE,
    )
    return replace(sample, **changes)


def access_request(**changes: Any) -> AccessRequestRecord:
    sample = AccessRequestRecord(
        id="acr_1",
        version=1,
        requester="user:bob",
        created_by="key_1",
        state=AccessState.PENDING,
        request={"action": "generate"},
        reference="hash",
        message="for the birthday",
        asks=({"cameo_id": "cam_1", "asked": ["user:alice"]},),
        asked=("user:alice", "deployment"),
        created_at=NOW,
        updated_at=NOW,
        expires_at=NOW + MINUTE,
    )
    return replace(sample, **changes)


def approval(**changes: Any) -> ApprovalRecord:
    sample = ApprovalRecord(
        id="app_1",
        version=1,
        cameo_id="cam_1",
        approver="user:alice",
        requester="user:bob",
        action="generate",
        facets=("face", "voice"),
        reference="hash",
        not_after=NOW + MINUTE,
        created_by="key_1",
        created_at=NOW,
        access_request_id="acr_1",
    )
    return replace(sample, **changes)


def inquiry(**changes: Any) -> InquiryRecord:
    sample = InquiryRecord(
        cameo_id="cam_1",
        day=date(2026, 3, 4),
        requester="user:bob",
        caller="app:generator",
        action="generate",
        permitted=3,
        refused=1,
        last_at=NOW,
    )
    return replace(sample, **changes)


def protected_face(**changes: Any) -> ProtectedFaceRecord:
    sample = ProtectedFaceRecord(
        id="pro_1",
        version=1,
        label="Ann, as the press shows her",
        principal="user:ann",
        added_by="org:agency",
        created_by="ck_1",
        reason="asked for by the agency",
        state=ProtectedState.PENDING,
        stills=({"blob": "protected/pro_1/0", "media_type": "image/jpeg"},),
        model="dlib",
        error="no_face",
        created_at=NOW,
        updated_at=NOW + MINUTE,
    )
    return replace(sample, **changes)


def notice(**changes: Any) -> NoticeRecord:
    sample = NoticeRecord(
        id="not_1",
        principal="user:ann",
        kind="face_matched",
        body={"cameo_id": "cam_1"},
        created_at=NOW,
    )
    return replace(sample, **changes)


def scan(**changes: Any) -> ScanRecord:
    sample = ScanRecord(
        id="sca_1",
        version=1,
        created_by="ck_1",
        caller="app:generator",
        requester="user:bob",
        permit_id="per_1",
        question={"requester": "user:bob"},
        uploads=({"blob": "scans/sca_1/0", "media_type": "image/png"},),
        state=ScanState.DONE,
        result={"decision": "allow", "faces": []},
        error="media_corrupt",
        created_at=NOW,
        updated_at=NOW + MINUTE,
    )
    return replace(sample, **changes)
