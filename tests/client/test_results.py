"""What the client reads is what the service answers: the same members, and the same defaults."""

from collections.abc import Iterator
from dataclasses import MISSING, fields
from typing import Any

import pytest

from cameo_service.app import create_app
from cameo_service.client import Policy, Terms, forms, results
from cameo_service.client.documents import MalformedDocument, read
from cameo_service.client.results.pages import page_of
from cameo_service.documents import terms_document, terms_from
from cameo_service.routes.schemas.policies import PolicyIn
from cameo_service.routes.schemas.terms import TermsIn
from cameo_service.settings import Settings
from cameo_service.wiring import build

ANSWERS: list[tuple[type[Any], str]] = [
    (results.Statement, "StatementOut"),
    (results.LastError, "LastError"),
    (results.Enrollment, "EnrollmentOut"),
    (results.StartedEnrollment, "EnrollmentCreated"),
    (results.OpenedEnrollment, "EnrollmentOpened"),
    (results.EnrollmentReport, "ReportOut"),
    (results.PolicyVersion, "PolicyOut"),
    (results.CameoStatus, "HeldCameoOut"),
    (results.Erasure, "ErasureOut"),
    (results.ErasureNotice, "ErasureNoticeOut"),
    (results.PackageHolder, "PackageHolderOut"),
    (results.RetentionSchedule, "RetentionOut"),
    (results.RetentionRule, "RetentionRuleOut"),
    (results.Inquiry, "InquiryOut"),
    (results.SealedPackage, "PackageOut"),
    (results.Disclosure, "DisclosureOut"),
    (results.DisclosedContent, "DisclosedContentOut"),
    (results.Notice, "NoticeOut"),
    (results.PrincipalNotice, "PrincipalNoticeOut"),
    (results.Webhook, "WebhookOut"),
    (results.WebhookWithSecret, "WebhookWithSecretOut"),
    (results.WebhookDelivery, "DeliveryOut"),
    (results.ReplayedDeliveries, "ReplayedOut"),
    (results.ProtectedFace, "ProtectedFaceOut"),
    (results.Scan, "ScanOut"),
    (results.ScannedFace, "ScannedFaceOut"),
    (results.Recognized, "RecognizedOut"),
    (results.Box, "BoxOut"),
    (results.Grant, "GrantOut"),
    (results.RevokedGrant, "GrantRevoked"),
    (results.GrantVersion, "GrantVersionOut"),
    (results.GrantReference, "GrantReferenceOut"),
    (results.Reason, "ReasonOut"),
    (results.ApprovalNeeded, "ApprovalNeededOut"),
    (results.Party, "PartyOut"),
    (results.Decision, "DecisionOut"),
    (forms.Obligation, "ObligationOut"),
    (results.ExplainedReason, "ExplainedReasonOut"),
    (results.ExplainedApproval, "ExplainedApprovalOut"),
    (results.ExplainedParty, "ExplainedPartyOut"),
    (results.Explanation, "ExplanationOut"),
    (results.IssuedPermit, "PermitOut"),
    (results.ReleasedPermit, "PermitReleased"),
    (results.HeldUse, "UseOut"),
    (results.OwnedUse, "OwnedUseOut"),
    (results.Recall, "RecallOut"),
    (forms.Asset, "AssetOut"),
    (forms.Likeness, "UsedLikenessOut"),
    (results.AccessRequest, "AccessRequestOut"),
    (results.LikenessStatus, "LikenessStatusOut"),
    (results.AskedRequest, "AskedRequestOut"),
    (results.Ask, "AskOut"),
    (results.AskAnswer, "AnswerOut"),
    (results.ExplainedReason, "AnswerReasonOut"),
    (results.Approval, "ApprovalOut"),
    (results.RevokedApproval, "ApprovalRevoked"),
    (results.CharacterCard, "CharacterCard"),
    (results.Character, "CharacterOut"),
    (results.CharacterVersion, "CharacterVersionOut"),
    (results.Person, "PersonOut"),
    (forms.Minor, "MinorOut"),
    (results.Block, "BlockOut"),
    (results.RelationshipsChanged, "RelationshipsChanged"),
    (results.Mandate, "MandateOut"),
    (results.DeploymentRulesVersion, "DeploymentOut"),
    (results.Standing, "StandingOut"),
]
NOT_READ = {"object", "as_of"}


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with build(Settings(data_dir=tmp_path_factory.mktemp("api"))) as context:
        yield create_app(context).openapi()["components"]["schemas"]


@pytest.mark.parametrize(("result", "schema"), ANSWERS)
def test_a_result_has_what_the_service_answers(
    result: type[Any], schema: str, schemas: dict[str, Any]
) -> None:
    answered = schemas[schema]
    assert {each.name for each in fields(result)} == set(answered["properties"]) - NOT_READ
    insists = {
        each.name
        for each in fields(result)
        if each.default is MISSING and each.default_factory is MISSING
    }
    assert insists <= set(answered["required"])


def test_a_cameo_has_what_the_service_answers_of_both_kinds(schemas: dict[str, Any]) -> None:
    person, character = schemas["PersonCameoOut"], schemas["CharacterCameoOut"]
    known = {*person["properties"], *character["properties"]} - NOT_READ
    assert {each.name for each in fields(results.Cameo)} == known
    both = set(person["required"]) & set(character["required"])
    assert {each.name for each in fields(results.Cameo) if each.default is MISSING} <= both


def test_every_result_is_compared_here() -> None:
    compared = {result.__name__ for result, _ in ANSWERS} | {"Cameo", "Page", "Use"}
    by_hand = {"Introspection"}  # its claims stand beside its own members
    assert {name for name in results.__all__ if name[0].isupper()} <= compared | by_hand


def test_what_is_left_out_means_the_same_on_both_sides() -> None:
    terms = Terms(actions=("tag",), facets=("face",))
    bare = TermsIn.model_validate({"actions": ["tag"], "facets": ["face"]})
    assert TermsIn.model_validate(terms.body()) == bare
    assert PolicyIn.model_validate(Policy(audience={}).body()) == PolicyIn(audience={})


def test_terms_of_the_first_release_are_read_as_the_service_reads_them() -> None:
    first = {"actions": ["tag"], "facets": ["face"], "not_before": None, "not_after": None}
    assert read(Terms, first) == read(Terms, terms_document(terms_from(first)))


def test_an_introspection_says_why_or_what() -> None:
    active = results.introspection_of({"active": True, "jti": "per_1"})
    assert active
    assert active.claims == {"jti": "per_1"}
    revoked = results.introspection_of({"active": False, "reason": "revoked"})
    assert not revoked
    assert (revoked.reason, revoked.claims) == ("revoked", {})


@pytest.mark.parametrize(
    "document",
    [
        {"data": [], "has_more": True, "next_cursor": None},
        {"data": [], "has_more": False, "next_cursor": "c_1"},
        {"data": {}, "has_more": False, "next_cursor": None},
        {"data": [{"id": 1, "version": 1}], "has_more": False, "next_cursor": None},
        {},
    ],
)
def test_a_page_that_contradicts_itself_is_malformed(document: dict[str, Any]) -> None:
    with pytest.raises(MalformedDocument):
        page_of(results.GrantReference, document)


@pytest.mark.parametrize("at", ["2026-11-22T12:00:00", "yesterday", 1_795_348_800, None])
def test_a_moment_without_a_zone_is_malformed(at: object) -> None:
    document = {"id": "cam_1", "kind": "person", "status": "active", "updated_at": at}
    with pytest.raises(MalformedDocument):
        read(results.CameoStatus, document)
