"""Golden bytes of grants: what verifiers in the field depend on. A change is a new version."""

from dataclasses import replace
from datetime import UTC, datetime

from cameo_service.documents import terms_document
from cameo_service.grants.offers import grant_claims
from cameo_service.signing import Signer
from permissions.obligations import Obligation, ObligationKind
from permissions.scope import Scope
from permissions.terms import Terms
from permissions.vocabulary import Action, AppearanceChange, Facet, OnRevocation
from storage.keys import Purpose
from storage.records import GrantRecord
from tests.service.fixed_keys import FixedKeys

MOMENT = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLAIN = Terms.without_limits(
    actions=frozenset({Action.GENERATE}),
    facets=frozenset({Facet.VOICE, Facet.FACE}),
    not_after=MOMENT,
)
FULL = Terms(
    actions=frozenset({Action.PUBLISH, Action.GENERATE}),
    facets=frozenset({Facet.FACE}),
    not_before=MOMENT,
    not_after=MOMENT.replace(year=2027),
    purposes=Scope(included=frozenset({"entertainment", "art"})),
    categories=Scope(included=frozenset({"*"}), excluded=frozenset({"politics"})),
    territories=Scope(included=frozenset({"*"}), excluded=frozenset({"US-CA", "FR"})),
    co_appearance=Scope(),
    appearance_change=AppearanceChange.SUBTLE,
    count=3,
    remix_depth=1,
    sublicence_depth=2,
    approval_before_publishing=True,
    obligations=(Obligation(kind=ObligationKind.CREDIT, text="Ann"),),
    intended_use="Ann as a shopkeeper in one series",
    on_revocation=OnRevocation.RECALL_DRAFTS,
    compensation="contract 7",
)
GRANT = GrantRecord(
    id="gra_1",
    version=1,
    cameo_id="cam_a",
    grantor="user:ann",
    grantee="user:bob",
    terms=terms_document(PLAIN),
    signed="",
    created_by="ck_1",
    created_at=MOMENT,
)
SUBLICENCE = replace(
    GRANT,
    id="gra_2",
    grantor="user:bob",
    grantee="org:studio",
    terms=terms_document(FULL),
    parent="gra_1",
)


def signed(record: GrantRecord) -> str:
    claims = grant_claims(record, issuer="https://cameo.example")
    return Signer(FixedKeys()).sign(Purpose.GRANT, claims)


def test_a_grant_has_these_bytes() -> None:
    assert signed(GRANT) == (
        "eyJhbGciOiJFZERTQSIsImtpZCI6Im8tczlLYUxhNHZaTGNrZlFmZDNkUWplQjIwXzNFZUpFbU1FMTkw"
        "OTV1YUEiLCJ0eXAiOiJjYW1lby1ncmFudCtqd3QifQ.eyJjYW1lbyI6ImNhbV9hIiwiZ3JhbnRvciI6I"
        "nVzZXI6YW5uIiwiaWF0IjoxNzk1MzQ4ODAwLCJpc3MiOiJodHRwczovL2NhbWVvLmV4YW1wbGUiLCJqd"
        "GkiOiJncmFfMSIsInBhcmVudCI6bnVsbCwic3ViIjoidXNlcjpib2IiLCJ0ZXJtcyI6eyJhY3Rpb25zI"
        "jpbImdlbmVyYXRlIl0sImFwcGVhcmFuY2VfY2hhbmdlIjoiY29tcGxldGUiLCJhcHByb3ZhbF9iZWZvc"
        "mVfcHVibGlzaGluZyI6ZmFsc2UsImNhdGVnb3JpZXMiOnsiZXhjbHVkZWQiOltdLCJpbmNsdWRlZCI6W"
        "yIqIl19LCJjb19hcHBlYXJhbmNlIjp7ImV4Y2x1ZGVkIjpbXSwiaW5jbHVkZWQiOlsiKiJdfSwiY29tc"
        "GVuc2F0aW9uIjoiIiwiY291bnQiOm51bGwsImZhY2V0cyI6WyJmYWNlIiwidm9pY2UiXSwiaW50ZW5kZ"
        "WRfdXNlIjoiIiwibm90X2FmdGVyIjoiMjAyNi0xMS0yMlQxMjowMDowMCswMDowMCIsIm5vdF9iZWZvc"
        "mUiOm51bGwsIm9ibGlnYXRpb25zIjpbXSwib25fcmV2b2NhdGlvbiI6ImFza19yZW1vdmFsIiwicHVyc"
        "G9zZXMiOnsiZXhjbHVkZWQiOltdLCJpbmNsdWRlZCI6WyIqIl19LCJyZW1peF9kZXB0aCI6MCwic3Vib"
        "GljZW5jZV9kZXB0aCI6MCwidGVycml0b3JpZXMiOnsiZXhjbHVkZWQiOltdLCJpbmNsdWRlZCI6WyIqI"
        "l19LCJ2ZXJzaW9uIjoxfSwidmVyc2lvbiI6MX0.9wXQJVE7R2NE_HvFv6i_rM8oq_kxIpypPRxgFRkzH"
        "OPWIBx_iTxVsc2rTIclumaXSdUtamVvHSKeFdQ2drWcBA"
    )


def test_a_sublicence_has_these_bytes() -> None:
    assert signed(SUBLICENCE) == (
        "eyJhbGciOiJFZERTQSIsImtpZCI6Im8tczlLYUxhNHZaTGNrZlFmZDNkUWplQjIwXzNFZUpFbU1FMTkw"
        "OTV1YUEiLCJ0eXAiOiJjYW1lby1ncmFudCtqd3QifQ.eyJjYW1lbyI6ImNhbV9hIiwiZ3JhbnRvciI6I"
        "nVzZXI6Ym9iIiwiaWF0IjoxNzk1MzQ4ODAwLCJpc3MiOiJodHRwczovL2NhbWVvLmV4YW1wbGUiLCJqd"
        "GkiOiJncmFfMiIsInBhcmVudCI6ImdyYV8xIiwic3ViIjoib3JnOnN0dWRpbyIsInRlcm1zIjp7ImFjd"
        "GlvbnMiOlsiZ2VuZXJhdGUiLCJwdWJsaXNoIl0sImFwcGVhcmFuY2VfY2hhbmdlIjoic3VidGxlIiwiY"
        "XBwcm92YWxfYmVmb3JlX3B1Ymxpc2hpbmciOnRydWUsImNhdGVnb3JpZXMiOnsiZXhjbHVkZWQiOlsic"
        "G9saXRpY3MiXSwiaW5jbHVkZWQiOlsiKiJdfSwiY29fYXBwZWFyYW5jZSI6eyJleGNsdWRlZCI6W10sI"
        "mluY2x1ZGVkIjpbXX0sImNvbXBlbnNhdGlvbiI6ImNvbnRyYWN0IDciLCJjb3VudCI6MywiZmFjZXRzI"
        "jpbImZhY2UiXSwiaW50ZW5kZWRfdXNlIjoiQW5uIGFzIGEgc2hvcGtlZXBlciBpbiBvbmUgc2VyaWVzI"
        "iwibm90X2FmdGVyIjoiMjAyNy0xMS0yMlQxMjowMDowMCswMDowMCIsIm5vdF9iZWZvcmUiOiIyMDI2L"
        "TExLTIyVDEyOjAwOjAwKzAwOjAwIiwib2JsaWdhdGlvbnMiOlt7ImtpbmQiOiJjcmVkaXQiLCJ0ZXh0I"
        "joiQW5uIn1dLCJvbl9yZXZvY2F0aW9uIjoicmVjYWxsX2RyYWZ0cyIsInB1cnBvc2VzIjp7ImV4Y2x1Z"
        "GVkIjpbXSwiaW5jbHVkZWQiOlsiYXJ0IiwiZW50ZXJ0YWlubWVudCJdfSwicmVtaXhfZGVwdGgiOjEsI"
        "nN1YmxpY2VuY2VfZGVwdGgiOjIsInRlcnJpdG9yaWVzIjp7ImV4Y2x1ZGVkIjpbIkZSIiwiVVMtQ0EiX"
        "SwiaW5jbHVkZWQiOlsiKiJdfSwidmVyc2lvbiI6MX0sInZlcnNpb24iOjF9.j78-ZpnuYm-fEa7nddVM"
        "Pm-K0fKRpxy0lO9uoJBFunxYvMdJtDenvjtFjH-JDuSGgKiz360Ovxg90-RIVLpFAA"
    )
