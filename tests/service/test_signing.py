"""Golden bytes: what verifiers in the field depend on. A change here is a new `typ` or version."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import rfc8785

from cameo_service.consent.canonical import draft_hash, request_document, request_from, request_hash
from cameo_service.enrollments.credentials import credential_claims
from cameo_service.permits.issuing import permit_claims
from cameo_service.permits.status_lists import LENGTH, list_claims
from cameo_service.signing import NotSignedHere, Signer, canonical_hash, typ_of
from cameo_service.templates.genuine import template_digest
from permissions.decision import Decision, Effect, GrantReference, PartyOutcome, Reason, ReasonCode
from permissions.obligations import Obligation, ObligationKind
from permissions.request import ConsentRequest, Likeness
from permissions.vocabulary import Action, AppearanceChange, Facet, Principal
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


LIKENESSES = (
    Likeness(
        cameo_id="cam_b",
        facets=frozenset({Facet.VOICE, Facet.FACE}),
        appearance_change=AppearanceChange.SUBTLE,
    ),
    Likeness(cameo_id="cam_a", facets=frozenset({Facet.FACE})),
)
REQUEST = ConsentRequest(
    requester=Principal("user:bob"),
    action=Action.REMIX,
    likenesses=LIKENESSES,
    purpose="entertainment.film",
    categories=frozenset(),
    territories=frozenset({"US-CA", "DE"}),
    remix_of=("use_2", "use_1"),
)


def test_the_request_hash_is_over_the_whole_question_in_one_order() -> None:
    turned = replace(
        REQUEST, likenesses=tuple(reversed(LIKENESSES)), remix_of=("use_1", "use_2", "use_1")
    )
    document: dict[str, Any] = {
        "action": "remix",
        "categories": [],
        "co_appearing": None,
        "draft": None,
        "likenesses": [
            {"appearance_change": None, "cameo_id": "cam_a", "facets": ["face"]},
            {"appearance_change": "subtle", "cameo_id": "cam_b", "facets": ["face", "voice"]},
        ],
        "purpose": "entertainment.film",
        "remix_of": ["use_1", "use_2"],
        "requester": "user:bob",
        "territories": ["DE", "US-CA"],
        "version": 2,
    }
    assert request_document(REQUEST) == request_document(turned) == document
    assert request_hash(REQUEST) == canonical_hash(document) == REQUEST_HASH
    assert rfc8785.dumps(document) == (
        b'{"action":"remix","categories":[],"co_appearing":null,"draft":null,"likenesses":['
        b'{"appearance_change":null,"cameo_id":"cam_a","facets":["face"]},'
        b'{"appearance_change":"subtle","cameo_id":"cam_b","facets":["face","voice"]}],'
        b'"purpose":"entertainment.film","remix_of":["use_1","use_2"],"requester":"user:bob",'
        b'"territories":["DE","US-CA"],"version":2}'
    )


REQUEST_HASH = "ea8bee1ff0bb57a0d5748991a11394dcfce63d63ff09b5518d159af01eaad3b5"


def test_a_question_comes_back_from_its_document() -> None:
    for request in (REQUEST, replace(REQUEST, categories=None, remix_of=())):
        for draft in (None, "use_9"):
            document = request_document(request, draft)
            found = request_from(document)
            assert request_document(*found) == document
            assert found.draft == draft


@pytest.mark.parametrize(
    "change",
    [
        {"version": 1},
        {"territories": ["US-CA", "DE"]},
        {"remix_of": None},
        {"likenesses": []} | {"extra": 1},
        {"requester": "bob"},
        {"action": "steal"},
        {"likenesses": [{"cameo_id": "cam_a"}]},
        {"likenesses": 7},
        {"purpose": []},
        {"draft": 7},
    ],
    ids=repr,
)
def test_what_is_not_the_canonical_document_is_not_read(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"consent request|canonical|principal|valid Action"):
        request_from({**request_document(REQUEST), **change})


def test_every_part_of_the_question_is_in_its_hash() -> None:
    likeness = replace(LIKENESSES[1], appearance_change=AppearanceChange.NONE)
    changed = [
        replace(REQUEST, requester=Principal("user:eve")),
        replace(REQUEST, action=Action.GENERATE),
        replace(REQUEST, likenesses=LIKENESSES[:1]),
        replace(REQUEST, likenesses=(LIKENESSES[0], likeness)),
        replace(REQUEST, purpose=None),
        replace(REQUEST, categories=None),
        replace(REQUEST, territories=None),
        replace(REQUEST, co_appearing=frozenset()),
        replace(REQUEST, remix_of=("use_1",)),
    ]
    hashes = {request_hash(each) for each in changed}
    assert len(hashes | {REQUEST_HASH, request_hash(REQUEST, "use_9")}) == len(changed) + 2
    assert request_hash(replace(REQUEST, reference="x")) == REQUEST_HASH


def test_a_draft_is_known_by_what_is_asked_and_what_it_consists_of() -> None:
    one, two = {"sha256": "1" * 64, "media_type": "x/y"}, {"sha256": "2" * 64, "media_type": "x/y"}
    use = samples.use(id="use_1", assets=(two, one))
    assert draft_hash(REQUEST, use) == canonical_hash(
        {
            "assets": ["1" * 64, "2" * 64],
            "request": request_document(REQUEST, "use_1"),
            "version": 1,
        }
    )
    assert draft_hash(REQUEST, use) == DRAFT_HASH
    others = [samples.use(id="use_2", assets=(two, one)), samples.use(id="use_1", assets=(two,))]
    assert DRAFT_HASH not in {draft_hash(REQUEST, each) for each in others}
    elsewhere = replace(REQUEST, territories=frozenset({"FR"}))
    assert draft_hash(elsewhere, use) != DRAFT_HASH


DRAFT_HASH = "de4f61b7425d1712984052f09d943836e7217bd56bc48087131093ad83b36a35"


def permit(draft: str | None = None) -> str:
    record = PermitRecord(
        id="per_1",
        requester="user:bob",
        audience="app:generator",
        action="remix",
        request=request_document(REQUEST, draft),
        request_hash=request_hash(REQUEST, draft),
        basis={},
        rests_on=("cameo:cam_a", "cameo:cam_b", "grant:gra_1"),
        status_index=65_541,
        revision=7,
        issued_by="ck_1",
        issued_at=MOMENT,
        expires_at=MOMENT.replace(minute=2),
        draft=draft,
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
        obligations=(
            Obligation(kind=ObligationKind.PREFERENCE, text="always with a hat"),
            Obligation(kind=ObligationKind.WATERMARK),
        ),
    )
    claims = permit_claims(record, decision, issuer="https://cameo.example")
    return Signer(FixedKeys()).sign(Purpose.PERMIT, claims)


def test_a_permit_has_these_bytes() -> None:
    assert permit() == (
        "eyJhbGciOiJFZERTQSIsImtpZCI6InM3bVM4Yy1FR2Fzd1N6dFlKdV9ueDhsdk5qUkxHbUpwQ29pa3g4"
        "Zjc3SFUiLCJ0eXAiOiJjYW1lby1wZXJtaXQrand0In0.eyJhY3Rpb24iOiJyZW1peCIsImF1ZCI6ImFw"
        "cDpnZW5lcmF0b3IiLCJjb250ZXh0Ijp7ImNhdGVnb3JpZXMiOltdLCJjb19hcHBlYXJpbmciOm51bGws"
        "InB1cnBvc2UiOiJlbnRlcnRhaW5tZW50LmZpbG0iLCJyZW1peF9vZiI6WyJ1c2VfMSIsInVzZV8yIl0s"
        "InRlcnJpdG9yaWVzIjpbIkRFIiwiVVMtQ0EiXX0sImV4cCI6MTc5NTM0ODkyMCwiZ3JhbnRzIjpbeyJp"
        "ZCI6ImdyYV8xIiwidmVyc2lvbiI6MX1dLCJpYXQiOjE3OTUzNDg4MDAsImlzcyI6Imh0dHBzOi8vY2Ft"
        "ZW8uZXhhbXBsZSIsImp0aSI6InBlcl8xIiwibGlrZW5lc3NlcyI6W3siYXBwZWFyYW5jZV9jaGFuZ2Ui"
        "Om51bGwsImNhbWVvX2lkIjoiY2FtX2EiLCJmYWNldHMiOlsiZmFjZSJdfSx7ImFwcGVhcmFuY2VfY2hh"
        "bmdlIjoic3VidGxlIiwiY2FtZW9faWQiOiJjYW1fYiIsImZhY2V0cyI6WyJmYWNlIiwidm9pY2UiXX1d"
        "LCJuYmYiOjE3OTUzNDg4MDAsIm9ibGlnYXRpb25zIjpbeyJraW5kIjoicHJlZmVyZW5jZSIsInRleHQi"
        "OiJhbHdheXMgd2l0aCBhIGhhdCJ9LHsia2luZCI6IndhdGVybWFyayIsInRleHQiOiIifV0sInJlcXVl"
        "c3RfaGFzaCI6ImVhOGJlZTFmZjBiYjU3YTBkNTc0ODk5MWExMTM5NGRjZmNlNjNkNjNmZjA5YjU1MThk"
        "MTU5YWYwMWVhYWQzYjUiLCJyZXZpc2lvbiI6Nywic3RhdHVzIjp7InN0YXR1c19saXN0Ijp7ImlkeCI6"
        "NSwidXJpIjoiaHR0cHM6Ly9jYW1lby5leGFtcGxlL3YxL3N0YXR1cy1saXN0cy8xIn19LCJzdWIiOiJ1"
        "c2VyOmJvYiJ9.szCkHEATWXIgsRbjNeTLZechVsJWRmYTyATMkp2bnOXE6m-7FxCgsnAhgs5AggWpbKF"
        "T4JVEzY_rEvGlz2wNCw"
    )
    header, payload, _ = permit("use_9").split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claims.pop("draft") == "use_9"
    assert header == permit().split(".")[0]
    assert claims["status"] == {
        "status_list": {"idx": 5, "uri": "https://cameo.example/v1/status-lists/1"}
    }


def test_a_status_list_has_these_bytes() -> None:
    claims = list_claims(range(1, LENGTH, 2), 3, issuer="https://cameo.example", now=MOMENT)
    assert Signer(FixedKeys()).sign(Purpose.STATUS_LIST, claims) == (
        "eyJhbGciOiJFZERTQSIsImtpZCI6Ik84a1FMMUx5Q25DTVpWSG9YdWRIZjA3dkF3YnBXTXB3a1o2UmRh"
        "dFRQNXMiLCJ0eXAiOiJzdGF0dXNsaXN0K2p3dCJ9.eyJleHAiOjE3OTUzNDkxMDAsImlhdCI6MTc5NTM"
        "0ODgwMCwiaXNzIjoiaHR0cHM6Ly9jYW1lby5leGFtcGxlIiwic3RhdHVzX2xpc3QiOnsiYml0cyI6MSw"
        "ibHN0IjoiZU5ydHdRRU5BQUFBd3FELVZaN1NIRzVBQVFBQUFBQUFBQUR2QnEzQ1FUdyJ9LCJzdWIiOiJ"
        "odHRwczovL2NhbWVvLmV4YW1wbGUvdjEvc3RhdHVzLWxpc3RzLzMiLCJ0dGwiOjE1fQ.aKePIWebOfRz"
        "U2QcLlO6VRITMqiWLFM9ysLkBi8pka1vJl0J8yhgL3ZbDDUUKkZkQqjB_k4We8zN2H0J7XMDDg"
    )


def test_what_one_key_signed_is_opened_for_that_purpose_only() -> None:
    signer = Signer(FixedKeys())
    for purpose in Purpose:
        token = signer.sign(purpose, {"jti": "1"})
        assert signer.open(purpose, token) == {"jti": "1"}
        for other in set(Purpose) - {purpose}:
            with pytest.raises(NotSignedHere):
                signer.open(other, token)


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
        "Y210NWciLCJ0eXAiOiJjYW1lby1pZGVudGl0eStqd3QifQ.eyJhc3N1cmFuY2UiOnsiYWNjb21tb2Rhd"
        "GlvbnMiOltdLCJjaGVja3MiOlt7Im5hbWUiOiJtZWRpYSIsIm91dGNvbWUiOiJwYXNzIn1dLCJsZXZlb"
        "CI6InJlZHVjZWQiLCJwYWNrIjoib3BlbiIsInJldmlld2VkX2J5X3BlcnNvbiI6ZmFsc2V9LCJjYW1lb"
        "yI6ImNhbV9hIiwiZW5yb2xsbWVudCI6ImVucl8xIiwiZXhwIjoxODI2ODg0ODAwLCJpYXQiOjE3OTUzN"
        "Dg4MDAsImlzcyI6Imh0dHBzOi8vY2FtZW8uZXhhbXBsZSIsImp0aSI6ImNyZWRfMSIsIm5iZiI6MTc5N"
        "TM0ODgwMCwic3RhdGVtZW50Ijp7ImFjY2VwdGVkX2F0IjoiMjAyNi0xMS0yMlQxMjowMDowMCswMDowM"
        "CIsImxvY2FsZSI6ImVuIiwic2hhMjU2IjoiMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM"
        "DAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMCIsInZlcnNpb24iOiIxIn0sInN1YiI6InVzZXI6Y"
        "W5uIiwidGVtcGxhdGVzIjpbeyJkaWdlc3QiOiIzOGZjMTE4ZmI2NmQ0OTNiZWUzY2YzNTE3OGRjMTg5M"
        "DM0OTM3Y2UxOGYzOWVhZTI5Zjg0NDY3NjUwM2MxNjNkIiwibW9kYWxpdHkiOiJmYWNlIiwibW9kZWwiO"
        "iJtIiwibW9kZWxfc2hhMjU2IjoiMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM"
        "DAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMCJ9XX0.e9kNScfpf3bt5CQL-KWHlDG8t2W-aQQNYpV0760_K"
        "wWwtyiNJ0CJUUpyIP9s0LwMjGDHqmheO9rsuaENVQUHDQ"
    )


def test_kinds_have_types_and_keys_of_their_own() -> None:
    assert len({typ_of(purpose) for purpose in Purpose}) == len(Purpose)


def test_the_template_digest_is_salt_and_little_endian_floats() -> None:
    assert (
        template_digest(TEMPLATE)
        == "38fc118fb66d493bee3cf35178dc189034937ce18f39eae29f844676503c163d"
    )
