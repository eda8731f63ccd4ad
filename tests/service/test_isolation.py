"""Endpoint by endpoint: without a key, with a wrong one, without the scope, for others' things."""

import httpx2
import pytest

from cameo_service import touched
from cameo_service.callers import Scope
from tests.service import making
from tests.service.authzen_asking import SCOPES as AUTHZEN
from tests.service.running import Refusal, RunningService

QUESTION = {
    "requester": "user:ann",
    "action": "generate",
    "likenesses": [{"cameo_id": "cam_1", "facets": ["face"]}],
}
TERMS = {"actions": ["generate"], "facets": ["face"]}
APPROVE = {"capacity": "owner", "manner": "once"}
GRANT = {"cameo_id": "cam_1", "grantee": "user:bob", "terms": TERMS}

ASSETS = {"assets": [{"sha256": "0" * 64, "media_type": "video/mp4"}]}

ENDPOINTS: list[tuple[str, str, object, Scope]] = [
    ("POST", "/v1/enrollments", {"principal": "user:ann"}, Scope.ENROLLMENTS_WRITE),
    ("GET", "/v1/enrollments", None, Scope.ENROLLMENTS_REVIEW),
    ("GET", "/v1/enrollments/enr_1", None, Scope.ENROLLMENTS_READ),
    ("POST", "/v1/enrollments/enr_1/cancel", None, Scope.ENROLLMENTS_WRITE),
    ("POST", "/v1/enrollments/enr_1/challenge", None, Scope.ENROLLMENTS_WRITE),
    ("POST", "/v1/enrollments/enr_1/recording", None, Scope.ENROLLMENTS_WRITE),
    ("GET", "/v1/enrollments/enr_1/report", None, Scope.ENROLLMENTS_REVIEW),
    ("GET", "/v1/enrollments/enr_1/recording", None, Scope.ENROLLMENTS_REVIEW),
    (
        "POST",
        "/v1/enrollments/enr_1/review",
        {"decision": "approve"},
        Scope.ENROLLMENTS_REVIEW,
    ),
    ("GET", "/v1/cameos", None, Scope.CAMEOS_READ),
    ("GET", "/v1/cameos/cam_1", None, Scope.CAMEOS_READ),
    ("PUT", "/v1/cameos/cam_1/policy", {"audience": {}}, Scope.CAMEOS_WRITE),
    ("GET", "/v1/cameos/cam_1/policy/history", None, Scope.CAMEOS_READ),
    ("GET", "/v1/cameos/cam_1/grants", None, Scope.GRANTS_READ),
    ("POST", "/v1/cameos/cam_1/revoke", None, Scope.CAMEOS_WRITE),
    ("POST", "/v1/cameos/cam_1/erase", None, Scope.CAMEOS_WRITE),
    ("GET", "/v1/erasures?holder=user:ann", None, Scope.USES_READ),
    ("GET", "/v1/erasures/era_1", None, Scope.CAMEOS_READ),
    ("POST", "/v1/erasures/era_1/confirm", None, Scope.USES_WRITE),
    ("POST", "/v1/grants", GRANT, Scope.GRANTS_WRITE),
    ("GET", "/v1/grants", None, Scope.GRANTS_READ),
    ("GET", "/v1/grants/gra_1", None, Scope.GRANTS_READ),
    ("GET", "/v1/grants/gra_1/sublicences", None, Scope.GRANTS_READ),
    ("GET", "/v1/grants/gra_1/history", None, Scope.GRANTS_READ),
    ("POST", "/v1/grants/gra_1/revoke", None, Scope.GRANTS_WRITE),
    ("POST", "/v1/consent/check", QUESTION, Scope.CONSENT_CHECK),
    ("POST", "/v1/permits", QUESTION, Scope.PERMITS_ISSUE),
    ("POST", "/v1/permits/per_1/release", None, Scope.PERMITS_ISSUE),
    ("POST", "/v1/permits/introspect", {"permit": "x"}, Scope.PERMITS_INTROSPECT),
    ("POST", "/v1/uses", {"permit_id": "per_1"}, Scope.USES_WRITE),
    ("GET", "/v1/uses", None, Scope.USES_READ),
    ("GET", "/v1/uses/use_1", None, Scope.USES_READ),
    ("GET", "/v1/uses/use_1/receipts", None, Scope.USES_READ),
    ("GET", "/v1/receipts/rcp_1/record", None, Scope.USES_READ),
    ("GET", "/v1/grants/gra_1/record", None, Scope.GRANTS_READ),
    ("GET", "/v1/grants/gra_1/odrl", None, Scope.GRANTS_READ),
    ("GET", "/v1/me/export?principal=user:ann", None, Scope.EXPORTS_READ),
    ("POST", "/v1/uses/use_1/assets", ASSETS, Scope.USES_WRITE),
    ("POST", "/v1/uses/use_1/publish", {"permit_id": "per_1"}, Scope.USES_WRITE),
    ("POST", "/v1/uses/use_1/remove", None, Scope.USES_WRITE),
    ("POST", "/v1/uses/use_1/ask-removal", None, Scope.USES_WRITE),
    ("GET", "/v1/cameos/cam_1/uses", None, Scope.USES_READ),
    ("GET", "/v1/cameos/cam_1/asked", None, Scope.CAMEOS_READ),
    (
        "POST",
        "/v1/cameos/cam_1/identity-package",
        {"permit": "a.b.c"},
        Scope.PACKAGES_FETCH,
    ),
    ("GET", "/v1/cameos/cam_1/disclosures", None, Scope.CAMEOS_READ),
    ("POST", "/v1/scans", None, Scope.SCANS_WRITE),
    ("GET", "/v1/scans/sca_1", None, Scope.SCANS_READ),
    ("POST", "/v1/protected-faces", None, Scope.PROTECTED_WRITE),
    ("GET", "/v1/protected-faces?principal=user:ann", None, Scope.PROTECTED_READ),
    ("GET", "/v1/protected-faces/pro_1", None, Scope.PROTECTED_READ),
    ("POST", "/v1/protected-faces/pro_1/remove", None, Scope.PROTECTED_WRITE),
    ("GET", "/v1/notices?principal=user:ann", None, Scope.NOTICES_READ),
    ("POST", "/v1/notices/not_1/read", None, Scope.NOTICES_WRITE),
    ("POST", "/v1/access-requests", {"request": QUESTION}, Scope.ACCESS_REQUEST),
    ("GET", "/v1/access-requests?requester=user:ann", None, Scope.ACCESS_REQUEST),
    ("GET", "/v1/access-requests/inbox?asked=user:ann", None, Scope.ACCESS_DECIDE),
    ("GET", "/v1/access-requests/inbox?asked=deployment", None, Scope.DEPLOYMENT_WRITE),
    ("GET", "/v1/access-requests/acr_1", None, Scope.ACCESS_REQUEST),
    ("POST", "/v1/access-requests/acr_1/withdraw", None, Scope.ACCESS_REQUEST),
    ("POST", "/v1/access-requests/acr_1/approve", APPROVE, Scope.ACCESS_DECIDE),
    ("POST", "/v1/access-requests/acr_1/deny", {"capacity": "owner"}, Scope.ACCESS_DECIDE),
    ("POST", "/v1/access-requests/acr_1/deny", {"capacity": "deployment"}, Scope.DEPLOYMENT_WRITE),
    ("GET", "/v1/approvals?cameo_id=cam_1", None, Scope.ACCESS_DECIDE),
    ("GET", "/v1/approvals/apr_1", None, Scope.ACCESS_DECIDE),
    ("POST", "/v1/approvals/apr_1/revoke", None, Scope.ACCESS_DECIDE),
]
SHEET = {
    "name": "Zed",
    "rights_statement": "Created by the studio.",
    "territories": {"included": ["*"]},
    "underlying": [],
}
CHARACTER = {"owner": "org:platform", "handle": "zed", **SHEET}
MANDATE = {
    "kind": "agent",
    "represented": "user:ann",
    "representative": "org:agency",
    "scope": TERMS,
    "evidence": "contract 2026/17",
}
OF_AGE = {"minor": None, "deceased_at": None}
PAIRS = {"add": [["user:ann", "user:bob"]]}
WEBHOOK_CHANGE = {"url": "https://studio.example/hook", "events": ["use.recalled"]}
WEBHOOK = {"principal": "user:ann", **WEBHOOK_CHANGE}
RULES: dict[str, object] = {"rules": [], "protected": [], "ceilings": {}, "obligations": []}
ENDPOINTS += [
    ("POST", "/v1/characters", CHARACTER, Scope.CHARACTERS_WRITE),
    ("GET", "/v1/characters", None, Scope.CHARACTERS_READ),
    ("GET", "/v1/characters/awaiting-review", None, Scope.CHARACTERS_REVIEW),
    ("GET", "/v1/characters/cam_1", None, Scope.CHARACTERS_READ),
    ("PUT", "/v1/characters/cam_1", SHEET, Scope.CHARACTERS_WRITE),
    ("GET", "/v1/characters/cam_1/history", None, Scope.CHARACTERS_READ),
    ("POST", "/v1/characters/cam_1/review", {"decision": "approve"}, Scope.CHARACTERS_REVIEW),
    ("POST", "/v1/characters/cam_1/suspend", None, Scope.DEPLOYMENT_WRITE),
    ("POST", "/v1/characters/cam_1/reinstate", None, Scope.DEPLOYMENT_WRITE),
    ("POST", "/v1/cameos/cam_1/suspend", None, Scope.DEPLOYMENT_WRITE),
    ("POST", "/v1/cameos/cam_1/reinstate", None, Scope.DEPLOYMENT_WRITE),
    ("GET", "/v1/people/user:ann", None, Scope.PEOPLE_READ),
    ("PUT", "/v1/people/user:ann", OF_AGE, Scope.PEOPLE_WRITE),
    ("POST", "/v1/representations", MANDATE, Scope.REPRESENTATION_WRITE),
    ("GET", "/v1/representations", None, Scope.REPRESENTATION_READ),
    ("GET", "/v1/representations/man_1", None, Scope.REPRESENTATION_READ),
    ("POST", "/v1/representations/man_1/revoke", None, Scope.REPRESENTATION_WRITE),
    ("POST", "/v1/webhooks", WEBHOOK, Scope.WEBHOOKS_WRITE),
    ("GET", "/v1/webhooks?principal=user:ann", None, Scope.WEBHOOKS_READ),
    ("GET", "/v1/webhooks/whk_1", None, Scope.WEBHOOKS_READ),
    ("PUT", "/v1/webhooks/whk_1", WEBHOOK_CHANGE, Scope.WEBHOOKS_WRITE),
    ("DELETE", "/v1/webhooks/whk_1", None, Scope.WEBHOOKS_WRITE),
    ("POST", "/v1/webhooks/whk_1/rotate-secret", None, Scope.WEBHOOKS_WRITE),
    ("POST", "/v1/webhooks/whk_1/test", None, Scope.WEBHOOKS_WRITE),
    ("GET", "/v1/webhooks/whk_1/deliveries", None, Scope.WEBHOOKS_READ),
    ("POST", "/v1/webhooks/whk_1/deliveries/replay-dead", None, Scope.WEBHOOKS_WRITE),
    ("POST", "/v1/webhooks/whk_1/deliveries/msg_1/replay", None, Scope.WEBHOOKS_WRITE),
    ("GET", "/v1/principals/user:owner/blocks", None, Scope.CAMEOS_READ),
    ("PUT", "/v1/principals/user:owner/blocks/user:ann", None, Scope.CAMEOS_WRITE),
    ("DELETE", "/v1/principals/user:owner/blocks/user:ann", None, Scope.CAMEOS_WRITE),
    ("POST", "/v1/relationships", PAIRS, Scope.RELATIONSHIPS_WRITE),
    ("GET", "/v1/principals/user:ann/mutuals", None, Scope.RELATIONSHIPS_READ),
    ("GET", "/v1/deployment/rules", None, Scope.DEPLOYMENT_READ),
    ("PUT", "/v1/deployment/rules", RULES, Scope.DEPLOYMENT_WRITE),
    ("GET", "/v1/deployment/rules/history", None, Scope.DEPLOYMENT_READ),
    ("GET", "/v1/principals/user:ann/standing", None, Scope.DEPLOYMENT_READ),
    ("PUT", "/v1/principals/user:ann/standing", {"standing": "active"}, Scope.DEPLOYMENT_WRITE),
]
ALSO = {
    ("GET", "/v1/representations"): Scope.REPRESENTATION_ATTEST,
    ("GET", "/v1/representations/man_1"): Scope.REPRESENTATION_ATTEST,
    ("POST", "/v1/representations/man_1/revoke"): Scope.REPRESENTATION_ATTEST,
}
"""Another scope that will do."""

OF_THE_DEPLOYMENT = {
    Scope.CHARACTERS_REVIEW,
    Scope.REPRESENTATION_ATTEST,
    Scope.DEPLOYMENT_READ,
    Scope.DEPLOYMENT_WRITE,
}
"""Whoever has one of these is no platform like others, and sees what is theirs."""

PLACES = {
    "enr_1": "{id}",
    "cam_1": "{id}",
    "gra_1": "{id}",
    "man_1": "{id}",
    "per_1": "{id}",
    "acr_1": "{id}",
    "apr_1": "{id}",
    "use_1": "{id}",
    "rcp_1": "{id}",
    "sca_1": "{id}",
    "pro_1": "{id}",
    "not_1": "{id}",
    "era_1": "{id}",
    "whk_1": "{id}",
    "msg_1": "{delivery}",
    "user:owner": "{owner}",
    "user:ann": "{principal}",
}
OPEN_ROUTES = {
    "/v1/enrollments/{id}/open",  # the client secret is its credential
    "/healthz",
    "/log/checkpoint",  # the log is for everybody to verify, and names nobody
    "/log/tile/{path}",
    "/readyz",
    "/metrics",
    "/v1/retention",  # the same for everybody
    "/.well-known/jwks.json",
    "/.well-known/cameo-root",
    "/.well-known/authzen-configuration",
    "/v1/status-lists/{number}",  # signed, and names nobody: verifiers read it without a key
}

each_endpoint = pytest.mark.parametrize(
    ("method", "path", "body", "scope"), ENDPOINTS, ids=lambda value: str(value)[:40]
)


def test_every_route_stands_in_this_file(service: RunningService) -> None:
    with service.client() as anyone:
        paths = anyone.get("/openapi.json").json()["paths"]
    known = {(method, _pattern(path)) for method, path, _, _ in ENDPOINTS}
    routes = {
        (method.upper(), path)
        for path, methods in paths.items()
        for method in methods
        if path not in OPEN_ROUTES
    }
    # What AuthZEN's routes need, and answer without it, stands in `test_authzen`.
    assert routes == known | set(AUTHZEN)


def _pattern(path: str) -> str:
    path = path.partition("?")[0]
    for example, place in PLACES.items():
        path = path.replace(example, place)
    return path


@each_endpoint
def test_nobody_gets_in_without_a_key(
    service: RunningService, refused: Refusal, method: str, path: str, body: object, scope: Scope
) -> None:
    del scope
    with service.client() as anyone:
        response = anyone.request(method, path, json=body)
    refused(response, 401, "unauthenticated")
    assert response.headers["www-authenticate"].startswith("Bearer")


@each_endpoint
def test_nobody_gets_in_with_a_wrong_key(
    service: RunningService, refused: Refusal, method: str, path: str, body: object, scope: Scope
) -> None:
    del scope
    for key in ("ck_x_s_y", "nonsense", "es_nonsense"):
        with service.client(key) as stranger:
            refused(stranger.request(method, path, json=body), 401, "unauthenticated")


@each_endpoint
def test_a_key_needs_the_scope(
    service: RunningService, refused: Refusal, method: str, path: str, body: object, scope: Scope
) -> None:
    will_do = (scope, ALSO.get((method, path)))
    others = [other for other in Scope if other not in will_do]
    with service.client(service.key(*others)) as caller:
        problem = refused(caller.request(method, path, json=body), 403, "missing_scope")
    assert f"`{scope}`" in problem["detail"]


def test_a_revoked_key_gets_in_nowhere(service: RunningService, refused: Refusal) -> None:
    key = service.key()
    with service.context.store.write() as tx:
        id, now = tx.keys.list()[0].id, service.clock()
        tx.keys.revoke(id, now=now)
        tx.revisions.touch(touched.key(id), now=now)
    with service.client(key) as caller:
        refused(caller.get("/v1/cameos/cam_1"), 401, "unauthenticated")


def test_a_key_with_the_wrong_secret_part_gets_in_nowhere(
    service: RunningService, refused: Refusal
) -> None:
    key = service.key()
    altered = key[:-1] + ("A" if key[-1] != "A" else "B")
    with service.client(altered) as caller:
        refused(caller.get("/v1/cameos/cam_1"), 401, "unauthenticated")


def test_what_belongs_to_others_does_not_exist(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    enrollment = platform.get(f"/v1/cameos/{cameo}").json()["enrollment_id"]
    grant = platform.post("/v1/grants", json={**GRANT, "cameo_id": cameo}).json()["id"]
    wanted = {**QUESTION, "requester": "user:bob", "action": "tag"}
    wanted["likenesses"] = [{"cameo_id": cameo, "facets": ["face"]}]
    wish = platform.post("/v1/access-requests", json={"request": wanted}).json()["id"]
    answered = platform.post(f"/v1/access-requests/{wish}/approve", json=APPROVE).json()
    asked = making.question(cameo, "user:ann")
    mandate = platform.post("/v1/representations", json=MANDATE).json()["id"]
    character = platform.post("/v1/characters", json=CHARACTER).json()["id"]
    erased = service.enroll("user:cleo")
    webhook = platform.post("/v1/webhooks", json=WEBHOOK).json()["id"]
    ping = platform.post(f"/v1/webhooks/{webhook}/test").json()["id"]
    theirs = {
        "era_1": platform.post(f"/v1/cameos/{erased}/erase").json()["id"],
        "cam_1": cameo,
        "enr_1": enrollment,
        "gra_1": grant,
        "man_1": mandate,
        "per_1": making.permit(platform, asked)["id"],
        "acr_1": wish,
        "apr_1": answered["asks"][0]["approval_id"],
        "use_1": making.draft(platform, asked)["id"],
        "whk_1": webhook,
        "msg_1": ping,
    }
    key = service.key(
        *(set(Scope) - OF_THE_DEPLOYMENT), principal="org:other", acts_for=("user:zoe",)
    )
    with service.client(key) as other:
        for method, template, body, scope in ENDPOINTS:
            if "_1" not in template or scope in OF_THE_DEPLOYMENT:
                continue
            characters = {"cam_1": character} if "/characters/" in template else {}
            for missing, real in (theirs | characters).items():
                if missing not in template:
                    continue
                existing = other.request(method, template.replace(missing, real), json=body)
                absent = other.request(method, template, json=body)
                problem = refused(existing, 404, "unknown")
                refused(absent, 404, "unknown")
                assert problem["detail"].replace(real, missing) == absent.json()["detail"]


def test_nobody_asks_in_anothers_name(service: RunningService, refused: Refusal) -> None:
    with service.client(service.key(acts_for=("user:zoe",))) as caller:
        for path in ("/v1/consent/check", "/v1/permits"):
            refused(caller.post(path, json=QUESTION), 403, "not_acting_for")
        asked = caller.post("/v1/access-requests", json={"request": QUESTION})
        refused(asked, 403, "not_acting_for")


def test_the_grantee_sees_a_grant_and_cannot_end_it(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    grant = platform.post("/v1/grants", json={**GRANT, "cameo_id": cameo}).json()["id"]
    with service.client(service.key(acts_for=("user:bob",))) as grantee:
        assert grantee.get(f"/v1/grants/{grant}").json()["grantor"] == "user:ann"
        refused(grantee.post(f"/v1/grants/{grant}/revoke"), 403, "not_acting_for")


def test_what_concerns_others_is_not_told(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    """Principals are the platform's own names: that the caller may not act for one says nothing."""
    platform.put("/v1/people/user:ann", json=OF_AGE)
    platform.post("/v1/relationships", json=PAIRS)
    with service.client(service.key(principal="org:other", acts_for=("user:zoe",))) as other:
        for method, template, body, scope in ENDPOINTS:
            if "user:" not in template or scope in OF_THE_DEPLOYMENT:
                continue
            for path in (template, template.replace("user:ann", "user:no").replace("owner", "no")):
                refused(other.request(method, path, json=body), 403, "not_acting_for")
