"""The client's calls are the service's routes: same paths, methods, statuses and fields."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from cameo_service.app import create_app
from cameo_service.client import (
    Asset,
    AsyncCameoClient,
    CameoClient,
    CharacterSheet,
    Codes,
    Condition,
    ConsentRequest,
    DeploymentRules,
    Likeness,
    Minor,
    Obligation,
    Policy,
    Reference,
    Rule,
    Terms,
    Underlying,
    calls,
    forms,
)
from cameo_service.client.calls import Call, Listing
from cameo_service.settings import Settings
from cameo_service.wiring import build

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WATERMARK = Obligation(kind="watermark")
REQUEST = ConsentRequest(
    requester="user:bob",
    action="publish",
    likenesses=(Likeness(cameo_id="cam_1", facets=("face",), appearance_change="none"),),
    purpose="entertainment",
    categories=(),
    territories=("DE",),
    co_appearing=(),
    remix_of=("use_1",),
    draft="use_2",
)
TERMS = Terms(
    actions=("generate",),
    facets=("face",),
    not_before=NOW,
    not_after=NOW,
    territories=Codes(included=("DE",)),
    count=1,
    obligations=(WATERMARK,),
)
RULE = Rule(
    id="r1",
    effect="deny",
    when=Condition(categories=("politics",)),
    obligations=(WATERMARK,),
    not_before=NOW,
    not_after=NOW,
)
POLICY = Policy(audience={"tag": "everyone"}, restrictions=(RULE,))
SHEET = CharacterSheet(
    name="Zed",
    rights_statement="Created in 2019.",
    references=(Reference(url="https://studio.example/zed"),),
    underlying=(Underlying(cameo_id="cam_1", facets=("voice",)),),
)
ASSET = Asset(sha256="0" * 64, media_type="video/mp4")
MINOR = Minor(age_band="teen", birth_date=date(2012, 5, 1), vouched_until=NOW)
HOLDER_KEY = {"kty": "OKP", "crv": "X25519", "x": "A" * 43}
SAID = {"cameo_id": "cam_1", "acting_as": "user:cleo", "note": "fine"}
SENT: list[tuple[str, Call[Any] | Listing[Any]]] = [
    (
        "startEnrollment",
        calls.start_enrollment(
            "user:a",
            statement={"version": "1"},
            minor=MINOR,
            accommodations=["no_speech"],
            renews="cam_1",
        ),
    ),
    ("openEnrollment", calls.open_enrollment("enr_1", "cs_1")),
    ("getEnrollment", calls.get_enrollment("enr_1")),
    ("listEnrollmentsAwaitingReview", calls.list_enrollments_awaiting_review()),
    ("uploadRecording", calls.upload_recording("enr_1", Path("a.webm"))),
    ("drawChallenge", calls.draw_challenge("enr_1", accommodations=["head_still"])),
    ("cancelEnrollment", calls.cancel_enrollment("enr_1")),
    ("getEnrollmentReport", calls.get_report("enr_1")),
    ("reviewEnrollment", calls.review_enrollment("enr_1", approve=True)),
    ("getCameo", calls.get_cameo("cam_1")),
    ("listCameos", calls.list_cameos("user:ann")),
    ("setPolicy", calls.set_policy("cam_1", POLICY, acting_as="user:cleo")),
    ("getPolicyHistory", calls.list_policy_versions("cam_1")),
    ("listWhoAsked", calls.list_who_asked("cam_1")),
    ("fetchIdentityPackage", calls.identity_package("cam_1", "a.b.c", encrypt_to=HOLDER_KEY)),
    ("listDisclosures", calls.list_disclosures("cam_1")),
    ("revokeCameo", calls.revoke_cameo("cam_1", acting_as="user:cleo")),
    ("eraseCameo", calls.erase_cameo("cam_1", acting_as="user:cleo")),
    ("getErasure", calls.get_erasure("era_1")),
    ("listErasureNotices", calls.list_erasure_notices("app:studio")),
    ("confirmErasure", calls.confirm_erasure("era_1", holder="app:studio")),
    ("getRetentionSchedule", calls.get_retention_schedule()),
    ("suspendCameo", calls.suspend_cameo("cam_1")),
    ("reinstateCameo", calls.reinstate_cameo("cam_1")),
    ("makeGrant", calls.make_grant("cam_1", "user:bob", TERMS, parent="gra_1", acting_as="user:c")),
    ("findGrants", calls.list_grants(grantee="user:bob")),
    ("getGrant", calls.get_grant("gra_1")),
    ("listSublicences", calls.list_sublicences("gra_1")),
    ("getGrantHistory", calls.list_grant_versions("gra_1")),
    ("revokeGrant", calls.revoke_grant("gra_1", reason="over", acting_as="user:cleo")),
    ("checkConsent", calls.check(REQUEST, explain=True)),
    ("issuePermit", calls.issue_permit(REQUEST)),
    ("introspectPermit", calls.introspect_permit("a.b.c")),
    ("releasePermit", calls.release_permit("per_1")),
    ("getStatusList", calls.get_status_list("https://cameo.example/v1/status-lists/0")),
    (
        "reportUse",
        calls.report_use(
            "per_1", assets=[ASSET], location="https://a.example", obligations_met=[WATERMARK]
        ),
    ),
    ("listUses", calls.list_uses(holder="app:studio", recalled=True)),
    ("getUse", calls.get_use("use_1")),
    ("listCameoUses", calls.list_cameo_uses("cam_1")),
    ("addAssets", calls.add_assets("use_1", [ASSET])),
    (
        "publishUse",
        calls.publish_use(
            "use_1", "per_1", location="https://a.example", obligations_met=[WATERMARK]
        ),
    ),
    ("listReceipts", calls.get_receipts("use_1")),
    ("getReceiptRecord", calls.get_receipt_record("rcp_1")),
    ("getConsentRecord", calls.get_consent_record("gra_1")),
    ("getLicence", calls.get_licence("gra_1")),
    ("exportPerson", calls.export_person("user:ann", include_biometrics=True)),
    ("removeUse", calls.remove_use("use_1")),
    ("askRemoval", calls.ask_removal("use_1", reason="I changed my mind")),
    ("requestAccess", calls.request_access(REQUEST, message="for a film")),
    ("listAccessRequests", calls.list_access_requests("user:bob")),
    (
        "listAskedRequests",
        calls.list_asked_requests("user:ann", acting_as="user:cleo", pending=False),
    ),
    ("getAccessRequest", calls.get_access_request("acr_1")),
    ("withdrawAccessRequest", calls.withdraw_access_request("acr_1")),
    (
        "approveAccessRequest",
        calls.approve_once("acr_1", capacity="owner", not_after=NOW, **SAID),
    ),
    ("approveAccessRequest", calls.approve_by_grant("acr_1", capacity="owner", terms=TERMS)),
    ("listApprovals", calls.list_approvals("cam_1")),
    ("getApproval", calls.get_approval("apr_1")),
    ("denyAccessRequest", calls.deny_access_request("acr_1", capacity="licensor", **SAID)),
    ("revokeApproval", calls.revoke_approval("apr_1", acting_as="user:cleo")),
    ("registerCharacter", calls.register_character("org:studio", "zed", SHEET)),
    ("findCharacter", calls.find_character("zed")),
    ("listCharactersAwaitingReview", calls.list_characters_awaiting_review()),
    ("getCharacter", calls.get_character("cam_1")),
    ("changeCharacter", calls.change_character("cam_1", SHEET)),
    ("getCharacterHistory", calls.list_character_versions("cam_1")),
    ("reviewCharacter", calls.review_character("cam_1", approve=True, note="well", version=1)),
    ("suspendCharacter", calls.suspend_character("cam_1")),
    ("reinstateCharacter", calls.reinstate_character("cam_1")),
    ("getPerson", calls.get_person("user:ann")),
    ("reportPerson", calls.report_person("user:ann", minor=MINOR, deceased_at=NOW)),
    ("listBlocks", calls.list_blocks("user:ann")),
    ("blockPrincipal", calls.block_principal("user:ann", "user:eve")),
    ("unblockPrincipal", calls.unblock_principal("user:ann", "user:eve")),
    ("changeRelationships", calls.change_relationships(add=[("user:ann", "user:bob")])),
    ("listMutuals", calls.list_mutuals("user:ann")),
    (
        "appointRepresentative",
        calls.appoint_representative(
            "agent",
            represented="user:ann",
            representative="user:cleo",
            scope=TERMS,
            evidence="contract 7",
        ),
    ),
    (
        "listRepresentations",
        calls.list_representations(represented="user:ann", representative="user:cleo"),
    ),
    ("getRepresentation", calls.get_representation("man_1")),
    ("revokeRepresentation", calls.revoke_representation("man_1", reason="over")),
    ("getDeploymentRules", calls.get_deployment_rules()),
    ("setDeploymentRules", calls.set_deployment_rules(DeploymentRules(rules=(RULE,)))),
    ("getDeploymentRulesHistory", calls.list_deployment_rules_versions()),
    ("getStanding", calls.get_standing("user:eve")),
    ("setStanding", calls.set_standing("user:eve", "suspended", reason="abuse")),
    ("scanUpload", calls.scan(Path("a.png"), permit="per_1", wait_s=2.0)),
    ("getScan", calls.get_scan("sca_1")),
    ("protectFace", calls.protect_face(Path("a.png"), label="Ann", reason="asked for")),
    ("listProtectedFaces", calls.list_protected_faces(principal="user:ann")),
    ("getProtectedFace", calls.get_protected_face("pro_1")),
    ("removeProtectedFace", calls.remove_protected_face("pro_1")),
    ("listNotices", calls.list_notices("user:ann", unread=True)),
    ("readNotice", calls.read_notice("not_1")),
    (
        "registerWebhook",
        calls.register_webhook("app:studio", "https://studio.example/hook", ["use.recalled"]),
    ),
    ("listWebhooks", calls.list_webhooks("app:studio")),
    ("getWebhook", calls.get_webhook("whk_1")),
    (
        "changeWebhook",
        calls.change_webhook("whk_1", url="https://studio.example", events=[], enabled=False),
    ),
    ("removeWebhook", calls.remove_webhook("whk_1")),
    ("rotateWebhookSecret", calls.rotate_webhook_secret("whk_1")),
    ("testWebhook", calls.ping_webhook("whk_1")),
    ("listWebhookDeliveries", calls.list_webhook_deliveries("whk_1", status="dead")),
    ("replayWebhookDelivery", calls.replay_webhook_delivery("whk_1", "msg_1")),
    ("replayDeadWebhookDeliveries", calls.replay_dead_webhook_deliveries("whk_1")),
    ("jwks", calls.jwks()),
    ("root_key", calls.root_key()),
    ("health", calls.health()),
]
CALLS = [(id, sent.page("c_1") if isinstance(sent, Listing) else sent) for id, sent in SENT]
BODIES = [(id, call) for id, call in CALLS if call.body is not None]
NOT_IN_THE_CLIENT = {
    **dict.fromkeys(
        (
            "authzenEvaluation",
            "authzenEvaluations",
            "authzenSearchSubjects",
            "authzenSearchResources",
            "authzenSearchActions",
            "authzenConfiguration",
            "authzenRequestAccess",
            "authzenGetTask",
            "authzenCancelTask",
        ),
        "for clients of OpenID AuthZEN; `check` and `request_access` say the same in full",
    ),
    "listGrants": "`findGrants` with a `cameo_id` gives the same list",
    "getRecordingForReview": "a person looks at it, in a browser",
    "logCheckpoint": "what monitors and witnesses read; `cameo log` does",
    "logTile": "as the checkpoint",
    "ready": "a load balancer asks",
    "metrics": "Prometheus asks",
}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with build(Settings(data_dir=tmp_path_factory.mktemp("api"))) as context:
        yield create_app(context).openapi()


def operations(api: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    return {
        operation["operationId"]: (path, method.upper(), operation)
        for path, methods in api["paths"].items()
        for method, operation in methods.items()
    }


def parameters(operation: dict[str, Any], place: str) -> dict[str, bool]:
    """The names that the route takes there, in small letters, and whether each must be there."""
    return {
        each["name"].lower(): bool(each.get("required"))
        for each in operation.get("parameters", [])
        if each["in"] == place
    }


def test_every_route_is_a_call_or_left_out_on_purpose(api: dict[str, Any]) -> None:
    in_the_client = {id for id, _ in SENT}
    assert in_the_client.isdisjoint(NOT_IN_THE_CLIENT)
    assert set(operations(api)) == in_the_client | set(NOT_IN_THE_CLIENT)


def test_every_call_is_compared_here_and_stands_in_both_clients() -> None:
    described = {name for name in calls.__all__ if name[0].islower()}
    assert len(described) == len(SENT)
    for client in (CameoClient, AsyncCameoClient):
        assert described <= set(vars(client))


def test_every_list_is_gone_through_page_by_page(api: dict[str, Any]) -> None:
    for id, sent in SENT:
        _, _, operation = operations(api)[id]
        assert isinstance(sent, Listing) is ("after" in parameters(operation, "query")), id


@pytest.mark.parametrize(("id", "call"), CALLS)
def test_a_call_is_the_route_of_the_service(id: str, call: Call[Any], api: dict[str, Any]) -> None:
    path, method, operation = operations(api)[id]
    assert call.method == method
    assert re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), call.path)
    succeeds = {int(status) for status in operation["responses"] if status.startswith("2")}
    assert set(call.statuses) == succeeds
    assert call.authenticated is bool(operation.get("security"))
    headers = parameters(operation, "header")
    assert {name.lower() for name in call.headers} <= set(headers)
    assert ("idempotency-key" in headers) is ("Idempotency-Key" in call.headers)
    query = parameters(operation, "query")
    assert {name for name, required in query.items() if required} <= set(call.query) <= set(query)


@pytest.mark.parametrize(("id", "call"), CALLS)
def test_a_call_accepts_what_the_route_answers(
    id: str, call: Call[Any], api: dict[str, Any]
) -> None:
    _, _, operation = operations(api)[id]
    for status in call.statuses:
        content = operation["responses"][str(status)].get("content", {})
        assert set(content) == (set() if status == 204 else {call.accept})


def fields_of(schema: dict[str, Any], api: dict[str, Any]) -> dict[str, Any] | None:
    """The schema of an object behind references and the alternative of nothing; None for others."""
    while "$ref" in schema or "anyOf" in schema:
        chosen = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
        if len(chosen) != 1:
            return None
        [schema] = chosen
        if "$ref" in schema:
            schema = api["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema if "properties" in schema or "items" in schema else None


def require_fit(sent: Any, schema: dict[str, Any], api: dict[str, Any], where: str) -> None:
    """What is sent has all that is required, and nothing that is not known, at every depth."""
    fields = fields_of(schema, api)
    if fields is None or sent is None:
        return
    if isinstance(sent, list):
        for each in sent:
            require_fit(each, fields.get("items", {}), api, f"{where}[]")
        return
    known = fields["properties"]
    assert set(fields.get("required", [])) <= set(sent) <= set(known), where
    for name, value in sent.items():
        require_fit(value, known[name], api, f"{where}.{name}")


@pytest.mark.parametrize(("id", "call"), BODIES)
def test_a_call_sends_what_the_route_takes(id: str, call: Call[Any], api: dict[str, Any]) -> None:
    _, _, operation = operations(api)[id]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    require_fit(dict(call.body or {}), schema, api, id)


@pytest.mark.parametrize(
    ("form", "schema", "read_only"),
    [
        (REQUEST, "ConsentIn", ()),
        (REQUEST.likenesses[0], "LikenessIn", ()),
        (TERMS, "GrantTermsIn", ()),
        (TERMS, "TermsIn", ()),
        (POLICY, "PolicyIn", ("acting_as",)),
        (SHEET, "CharacterChangeIn", ()),
        (SHEET.references[0], "ReferenceIn", ()),
        (MINOR, "MinorIn", ()),
        (DeploymentRules(), "DeploymentIn", ()),
        (forms.Ceiling(terms=TERMS), "CeilingIn", ()),
        (WATERMARK, "ObligationIn", ()),
        (ASSET, "AssetIn", ()),
    ],
)
def test_a_form_has_every_field_of_the_service(
    form: Any, schema: str, read_only: tuple[str, ...], api: dict[str, Any]
) -> None:
    known = set(api["components"]["schemas"][schema]["properties"])
    assert set(type(form).__dataclass_fields__) == known - set(read_only)


def test_a_rule_has_every_field_of_the_service(api: dict[str, Any]) -> None:
    restrictions = api["components"]["schemas"]["PolicyIn"]["properties"]["restrictions"]
    rule = restrictions["items"]["properties"]
    assert set(Rule.__dataclass_fields__) == set(rule)
    assert set(Condition.__dataclass_fields__) == set(rule["when"]["properties"])
