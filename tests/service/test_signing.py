"""Golden bytes: what verifiers in the field depend on. A change here is a new `typ` or version."""

from datetime import UTC, datetime

from cameo_service.consent import permit_claims, request_hash
from cameo_service.credentials import credential_claims, template_digest
from cameo_service.signing import Signer, canonical_hash, typ_of
from permissions.decision import Decision, Effect, GrantReference, PartyOutcome, Reason, ReasonCode
from permissions.request import ConsentRequest, Likeness
from permissions.vocabulary import Action, Facet, Principal
from storage.keys import Purpose
from storage.records import EnrollmentState, PermitRecord, TemplateRecord
from tests.service.fixed_keys import FixedKeys
from tests.storage import samples

MOMENT = datetime(2026, 11, 22, 12, tzinfo=UTC)


TEMPLATE = TemplateRecord(
    cameo_id="cam_1",
    modality="face",
    model="m",
    model_sha256="0" * 64,
    vector=(0.6, 0.8),
    salt=bytes(16),
    created_at=MOMENT,
)


REQUEST = ConsentRequest(
    requester=Principal("user:bob"),
    action=Action.GENERATE,
    likenesses=(
        Likeness(cameo_id="cam_b", facets=frozenset({Facet.VOICE, Facet.FACE})),
        Likeness(cameo_id="cam_a", facets=frozenset({Facet.FACE})),
    ),
)


def test_the_request_hash_does_not_depend_on_order() -> None:
    turned = ConsentRequest(
        requester=REQUEST.requester,
        action=REQUEST.action,
        likenesses=tuple(reversed(REQUEST.likenesses)),
    )
    assert (
        request_hash(REQUEST)
        == request_hash(turned)
        == canonical_hash(
            {
                "action": "generate",
                "likenesses": [
                    {"cameo": "cam_a", "facets": ["face"]},
                    {"cameo": "cam_b", "facets": ["face", "voice"]},
                ],
                "requester": "user:bob",
                "version": 1,
            }
        )
    )
    assert (
        request_hash(REQUEST) == "9edb169380f6a15b8a21617a075c626aee684af96435bd74cb0b27236055222a"
    )


def permit() -> str:
    record = PermitRecord(
        id="per_1",
        requester="user:bob",
        audience="app:generator",
        action="generate",
        request_hash=request_hash(REQUEST),
        rests_on=("cameo:cam_a", "cameo:cam_b", "grant:gra_1"),
        revision=7,
        issued_by="ck_1",
        issued_at=MOMENT,
        expires_at=MOMENT.replace(minute=2),
    )
    reason = Reason(code=ReasonCode.COVERED_BY_GRANT, step=6, message="a grant covers the request")
    decision = Decision(
        effect=Effect.PERMIT,
        parties=(
            PartyOutcome(
                cameo_id="cam_a",
                effect=Effect.PERMIT,
                reason=reason,
                grants=(GrantReference(id="gra_1", version=1),),
            ),
        ),
        reasons=(reason,),
        revision=7,
    )
    claims = permit_claims(record, REQUEST, decision, issuer="https://cameo.example")
    return Signer(FixedKeys()).sign(Purpose.PERMIT, claims)


def test_a_permit_has_these_bytes() -> None:
    assert permit() == (
        "eyJhbGciOiJFZERTQSIsImtpZCI6InM3bVM4Yy1FR2Fzd1N6dFlKdV9ueDhsdk5qUkxHbUpwQ29pa3g4"
        "Zjc3SFUiLCJ0eXAiOiJjYW1lby1wZXJtaXQrand0In0.eyJhY3Rpb24iOiJnZW5lcmF0ZSIsImF1ZCI6"
        "ImFwcDpnZW5lcmF0b3IiLCJleHAiOjE3OTUzNDg5MjAsImdyYW50cyI6W3siaWQiOiJncmFfMSIsInZl"
        "cnNpb24iOjF9XSwiaWF0IjoxNzk1MzQ4ODAwLCJpc3MiOiJodHRwczovL2NhbWVvLmV4YW1wbGUiLCJq"
        "dGkiOiJwZXJfMSIsImxpa2VuZXNzZXMiOlt7ImNhbWVvIjoiY2FtX2EiLCJmYWNldHMiOlsiZmFjZSJd"
        "fSx7ImNhbWVvIjoiY2FtX2IiLCJmYWNldHMiOlsiZmFjZSIsInZvaWNlIl19XSwibmJmIjoxNzk1MzQ4"
        "ODAwLCJyZXF1ZXN0X2hhc2giOiI5ZWRiMTY5MzgwZjZhMTViOGEyMTYxN2EwNzVjNjI2YWVlNjg0YWY5"
        "NjQzNWJkNzRjYjBiMjcyMzYwNTUyMjJhIiwicmV2aXNpb24iOjcsInN1YiI6InVzZXI6Ym9iIn0.Kkto"
        "iP8knKMq2lhOPH5HW9FQ3dath8ol9VMLRukkYOCdOaz6mSjBfWLcRnnZswIWEkQVvgDzY9tvLjKf8SgK"
        "Aw"
    )


def credential() -> str:
    report = {
        "verdict": "verified",
        "pack": "open",
        "checks": [{"name": "media", "outcome": "pass", "score": 0.5}],
    }
    statement = {
        "version": "1",
        "locale": "en",
        "text": "I agree",
        "sha256": "0" * 64,
        "accepted_at": MOMENT.isoformat(),
    }
    record = samples.enrollment(
        id="enr_1", report=report, statement=statement, state=EnrollmentState.PROCESSING
    )
    cameo = samples.cameo(id="cam_a", owner="user:ann")
    claims = credential_claims(
        record,
        cameo,
        [TEMPLATE],
        issuer="https://cameo.example",
        id="cred_1",
        now=MOMENT,
        expires_at=MOMENT.replace(year=2027),
    )
    return Signer(FixedKeys()).sign(Purpose.IDENTITY, claims)


def test_a_credential_has_these_bytes_and_no_score_among_them() -> None:
    assert credential() == (
        "eyJhbGciOiJFZERTQSIsImtpZCI6IkdVWHZQSXpJb3V4X2NYd2Q3aTBsSGNYTE1hSVhaNmtrOGRHT3c2"
        "Y210NWciLCJ0eXAiOiJjYW1lby1pZGVudGl0eStqd3QifQ.eyJhc3N1cmFuY2UiOnsiY2hlY2tzIjpbe"
        "yJuYW1lIjoibWVkaWEiLCJvdXRjb21lIjoicGFzcyJ9XSwicGFjayI6Im9wZW4iLCJyZXZpZXdlZF9ie"
        "V9wZXJzb24iOmZhbHNlfSwiY2FtZW8iOiJjYW1fYSIsImVucm9sbG1lbnQiOiJlbnJfMSIsImV4cCI6M"
        "TgyNjg4NDgwMCwiaWF0IjoxNzk1MzQ4ODAwLCJpc3MiOiJodHRwczovL2NhbWVvLmV4YW1wbGUiLCJqd"
        "GkiOiJjcmVkXzEiLCJuYmYiOjE3OTUzNDg4MDAsInN0YXRlbWVudCI6eyJhY2NlcHRlZF9hdCI6IjIwM"
        "jYtMTEtMjJUMTI6MDA6MDArMDA6MDAiLCJsb2NhbGUiOiJlbiIsInNoYTI1NiI6IjAwMDAwMDAwMDAwM"
        "DAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAiLCJ2ZXJza"
        "W9uIjoiMSJ9LCJzdWIiOiJ1c2VyOmFubiIsInRlbXBsYXRlcyI6W3siZGlnZXN0IjoiMzhmYzExOGZiN"
        "jZkNDkzYmVlM2NmMzUxNzhkYzE4OTAzNDkzN2NlMThmMzllYWUyOWY4NDQ2NzY1MDNjMTYzZCIsIm1vZ"
        "GFsaXR5IjoiZmFjZSIsIm1vZGVsIjoibSIsIm1vZGVsX3NoYTI1NiI6IjAwMDAwMDAwMDAwMDAwMDAwM"
        "DAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAifV19.Z3TDOmw4_byk"
        "3NkFhbbmR99Aw6HddMjy0620E51fsua0tP9aqFQTCtBFy7Oz9_nzGRgw8FSQC2eox7ChTBubCQ"
    )


def test_kinds_have_types_and_keys_of_their_own() -> None:
    assert len({typ_of(purpose) for purpose in Purpose}) == len(Purpose)


def test_the_template_digest_is_salt_and_little_endian_floats() -> None:
    assert (
        template_digest(TEMPLATE)
        == "38fc118fb66d493bee3cf35178dc189034937ce18f39eae29f844676503c163d"
    )
