"""Health, readiness, metrics, keys, request ids, limits, unexpected errors."""

from collections.abc import Iterator

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jwt import PyJWK

from storage.keys import Purpose
from tests.kinds import Kind
from tests.service.running import Refusal, RunningService


def test_alive(service: RunningService) -> None:
    with service.client() as anyone:
        assert anyone.get("/healthz").json() == {"status": "ok"}


def test_not_ready_without_models(service: RunningService) -> None:
    with service.client() as anyone:
        response = anyone.get("/readyz")
    assert response.status_code == 503
    report = response.json()
    assert report["store"]["ok"]
    assert not report["models"]["ok"]
    assert "cameo models" in report["models"]["problem"]


def test_a_store_that_is_gone_is_an_error_and_never_a_yes(
    service: RunningService, platform: httpx2.Client, refused: Refusal, databases: Kind
) -> None:
    cameo = service.enroll("user:ann")
    asked = {
        "requester": "user:ann",
        "action": "generate",
        "likenesses": [{"cameo_id": cameo, "facets": ["face"]}],
    }
    assert platform.post("/v1/consent/check", json=asked).json()["permitted"]
    with databases.away(service.context.settings):
        for path in ("/v1/consent/check", "/v1/permits"):
            response = platform.post(path, json=asked)
            refused(response, 503, "store_unavailable")
            assert response.headers["retry-after"]
        assert platform.get("/readyz").json()["store"]["ok"] is False


def test_published_keys_verify_what_is_signed(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    credential = platform.get(f"/v1/cameos/{cameo}").json()["credential"]
    keys = platform.get("/.well-known/jwks.json").json()["keys"]
    assert len(keys) == len(Purpose)
    assert all(set(key) == {"kty", "crv", "x", "kid", "use", "alg"} for key in keys)
    signed, _, signature = credential.rpartition(".")
    verified = 0
    for key in keys:
        public = PyJWK.from_dict(key).key
        assert isinstance(public, Ed25519PublicKey)
        verified += _verifies(public, signed, signature)
    assert verified == 1


def _verifies(key: Ed25519PublicKey, signed: str, signature: str) -> bool:
    from base64 import urlsafe_b64decode

    from cryptography.exceptions import InvalidSignature

    try:
        key.verify(urlsafe_b64decode(signature + "=="), signed.encode())
    except InvalidSignature:
        return False
    return True


def test_metrics_name_routes_and_nobody(service: RunningService, platform: httpx2.Client) -> None:
    service.enroll("user:very-private-name")
    text = platform.get("/metrics").text
    assert 'route="/v1/enrollments/{id}"' in text
    assert "very-private-name" not in text


def test_a_harmless_request_id_is_echoed_and_another_replaced(service: RunningService) -> None:
    with service.client() as anyone:
        kept = anyone.get("/healthz", headers={"X-Request-ID": "trace-1"})
        replaced = anyone.get("/healthz", headers={"X-Request-ID": "no spaces, please"})
    assert kept.headers["x-request-id"] == "trace-1"
    assert replaced.headers["x-request-id"].startswith("req_")


@pytest.mark.parametrize("path", ["/nothing", "/v1/nothing", "/v1/cameos/"])
def test_an_unknown_route_is_a_problem(
    service: RunningService, refused: Refusal, path: str
) -> None:
    with service.client() as anyone:
        refused(anyone.get(path), 404, "not_found")


def test_a_wrong_method_is_a_problem(service: RunningService, refused: Refusal) -> None:
    with service.client() as anyone:
        response = anyone.delete("/v1/enrollments")
    refused(response, 405, "method_not_allowed")
    assert response.headers["allow"]


def test_head_is_get_without_its_body(service: RunningService) -> None:
    with service.client() as anyone:
        for path in ("/healthz", "/readyz", "/.well-known/jwks.json", "/retention", "/v1/cameos"):
            whole, head = anyone.get(path), anyone.head(path)
            assert head.status_code == whole.status_code, path
            assert head.content == b""
            assert head.headers["content-type"] == whole.headers["content-type"]
        assert anyone.head("/nothing").status_code == 404
        posted = anyone.head("/v1/consent/check")
        assert (posted.status_code, posted.headers["allow"]) == (405, "POST")
        counted = anyone.get("/metrics").text
    assert 'method="HEAD",route="/retention",status="200"' in counted


@pytest.mark.parametrize("range", ["bytes=0-9", "bytes=-5", "bytes=9999999-", "bytes=0-1,4-5", "x"])
def test_a_range_is_for_get_alone(service: RunningService, range: str) -> None:
    """RFC 9110, 14.2."""
    path, asked = "/static/page.css", {"Range": range}
    with service.client() as anyone:
        whole = anyone.get(path)
        part = anyone.get(path, headers={"Range": "bytes=0-9"})
        assert (part.status_code, part.content) == (206, whole.content[:10])
        tagged = {**asked, "If-Range": whole.headers["etag"]}
        for headers in (asked, tagged):
            head = anyone.head(path, headers=headers)
            assert (head.status_code, head.content) == (200, b"")
            assert head.headers["content-length"] == str(len(whole.content))
            assert "content-range" not in head.headers
        known = {**asked, "If-None-Match": whole.headers["etag"]}
        assert anyone.head(path, headers=known).status_code == 304


def test_a_body_over_the_limit_is_refused(platform: httpx2.Client, refused: Refusal) -> None:
    def chunks() -> Iterator[bytes]:
        yield from [b"x" * 100_000] * 11

    for content in (b"x" * 1_100_000, chunks()):
        response = platform.post(
            "/v1/consent/check", content=content, headers={"content-type": "application/json"}
        )
        refused(response, 413, "body_too_large")


def test_pages_may_not_be_framed_and_load_nothing_foreign(service: RunningService) -> None:
    with service.client() as anyone:
        headers = anyone.get("/healthz").headers
    assert headers["x-frame-options"] == "DENY"
    assert "default-src 'none'" in headers["content-security-policy"]


def test_what_nobody_expected_is_a_problem_that_says_nothing(
    service: RunningService,
    platform: httpx2.Client,
    refused: Refusal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_signer: object) -> None:
        raise RuntimeError("a private detail")

    monkeypatch.setattr(type(service.context.signer), "jwks", fail)
    response = platform.get("/.well-known/jwks.json")
    document = refused(response, 500, "internal_error")
    assert "private" not in str(document)
    assert response.headers["x-frame-options"] == "DENY"


def test_a_nul_is_refused_wherever_it_stands(platform: httpx2.Client, refused: Refusal) -> None:
    refused(platform.get("/v1/cameos/cam_%00"), 404, "not_found")
    refused(platform.get("/v1/grants?cameo_id=cam_%00"), 422, "invalid_request")
    statement = {"version": "1", "locale": "en", "text": "I agree to this and that.\0"}
    body = {"principal": "user:ann", "statement": statement}
    refused(platform.post("/v1/enrollments", json=body), 422, "invalid_request")


@pytest.mark.parametrize(
    "window",
    [
        {"not_after": "9999-12-31T23:59:59-12:00"},
        {"not_before": "0001-01-01T00:00:00+14:00"},
    ],
)
def test_a_time_beyond_all_time_zones_is_refused(
    platform: httpx2.Client, refused: Refusal, window: dict[str, str]
) -> None:
    terms = {"actions": ["generate"], "facets": ["face"], **window}
    body = {"cameo_id": "cam_1", "grantee": "user:bob", "terms": terms}
    refused(platform.post("/v1/grants", json=body), 422, "invalid_request")
