"""Golden bytes: what verifiers in the field depend on. A change here is a new `typ` or version."""

from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cameo_service.consent import permit_claims, request_hash
from cameo_service.credentials import credential_claims, template_digest
from cameo_service.documents import terms_document
from cameo_service.grants import grant_claims
from cameo_service.signing import Signer, canonical_hash, typ_of
from permissions.decision import Decision, Effect, GrantReference, PartyOutcome, Reason, ReasonCode
from permissions.request import ConsentRequest, Likeness
from permissions.terms import Terms
from permissions.vocabulary import Action, Facet, Principal
from storage.keys import PublicKey, Purpose, SigningKey
from storage.records import EnrollmentState, GrantRecord, PermitRecord, TemplateRecord
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


class FixedKeys:
    """Keys whose seed is the purpose, so that every run signs the same bytes."""

    def signing_key(self, purpose: Purpose) -> SigningKey:
        seed = purpose.encode().ljust(32, b".")
        return SigningKey.of(purpose, Ed25519PrivateKey.from_private_bytes(seed))

    def public_keys(self) -> list[PublicKey]:
        return [self.signing_key(purpose).public for purpose in Purpose]


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


def grant() -> str:
    record = GrantRecord(
        id="gra_1",
        version=1,
        cameo_id="cam_a",
        grantor="user:ann",
        grantee="user:bob",
        terms=terms_document(
            Terms.without_limits(
                actions=frozenset({Action.GENERATE}),
                facets=frozenset({Facet.VOICE, Facet.FACE}),
                not_after=MOMENT,
            )
        ),
        signed="",
        created_by="ck_1",
        created_at=MOMENT,
    )
    claims = grant_claims(record, issuer="https://cameo.example")
    return Signer(FixedKeys()).sign(Purpose.GRANT, claims)


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


def test_a_grant_has_these_bytes() -> None:
    assert grant() == (
        "eyJhbGciOiJFZERTQSIsImtpZCI6Im8tczlLYUxhNHZaTGNrZlFmZDNkUWplQjIwXzNFZUpFbU1FMTkw"
        "OTV1YUEiLCJ0eXAiOiJjYW1lby1ncmFudCtqd3QifQ.eyJjYW1lbyI6ImNhbV9hIiwiZ3JhbnRvciI6I"
        "nVzZXI6YW5uIiwiaWF0IjoxNzk1MzQ4ODAwLCJpc3MiOiJodHRwczovL2NhbWVvLmV4YW1wbGUiLCJqd"
        "GkiOiJncmFfMSIsInN1YiI6InVzZXI6Ym9iIiwidGVybXMiOnsiYWN0aW9ucyI6WyJnZW5lcmF0ZSJdL"
        "CJmYWNldHMiOlsiZmFjZSIsInZvaWNlIl0sIm5vdF9hZnRlciI6IjIwMjYtMTEtMjJUMTI6MDA6MDArM"
        "DA6MDAiLCJub3RfYmVmb3JlIjpudWxsfSwidmVyc2lvbiI6MX0.UMjqedu8upVuGEj_rEJq49y8_AM5N"
        "7MFn1LSAOb8uornrAaS3cYZ5iIoM4onk-R_sLN7UQEJUzlSjdVQ2_0LCQ"
    )


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
