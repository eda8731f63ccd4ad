"""Checks over HTTP in front of the framework: the same manners as everywhere, and no stale yes."""

import socket
from pathlib import PurePath
from typing import Any

import httpx2
import pytest
from sqlalchemy.engine import make_url

from cameo_service import metrics
from cameo_service.callers import Scope, revoke_key
from cameo_service.context import Context
from cameo_service.middleware import SECURITY_HEADERS
from tests.kinds import Kind
from tests.service.running import Refusal, RunningService
from tests.service.test_consent import check, grant, question

pytestmark = pytest.mark.both_databases

CHECK = "/v1/consent/check"


def test_an_answer_has_the_headers_of_every_answer(
    service: RunningService, platform: httpx2.Client
) -> None:
    asked = question(service.enroll("user:ann"))
    response = platform.post(CHECK, json=asked, headers={"X-Request-ID": "mine-1"})
    assert response.headers["x-request-id"] == "mine-1"
    assert response.headers["content-type"] == "application/json"
    for name, value in SECURITY_HEADERS:
        assert response.headers[name.decode()] == value.decode()
    harmful = platform.post(CHECK, json=asked, headers={"X-Request-ID": "a b"})
    assert harmful.headers["x-request-id"].startswith("req_")


def test_what_does_not_fit_is_refused_with_its_place(
    platform: httpx2.Client, refused: Refusal
) -> None:
    problem = refused(
        platform.post(CHECK, json=question("cam_1", mood="sad")), 422, "invalid_request"
    )
    assert problem["errors"] == [{"location": "body.mood", "message": "there is no such field"}]
    for content in (b"", b"{", b"\xff", b"[]"):
        response = platform.post(
            CHECK, content=content, headers={"Content-Type": "application/json"}
        )
        refused(response, 422, "invalid_request")


def test_only_json_is_read(platform: httpx2.Client, refused: Refusal) -> None:
    for headers in ({}, {"Content-Type": "text/plain"}):
        response = platform.post(CHECK, content=b"{}", headers=headers)
        refused(response, 415, "unsupported_media_type")
    asked = platform.post(
        CHECK,
        content=b'{"requester": 1}',
        headers={"Content-Type": "Application/JSON; charset=utf-8"},
    )
    refused(asked, 422, "invalid_request")


def test_a_body_has_a_limit(platform: httpx2.Client, refused: Refusal) -> None:
    headers = {"Content-Type": "application/json"}
    for content in (b" " * 1_000_001, iter([b" " * 600_000] * 2)):
        response = platform.post(CHECK, content=content, headers=headers)
        refused(response, 413, "body_too_large")
        assert response.headers["connection"] == "close"


def test_another_method_is_the_frameworks(platform: httpx2.Client, refused: Refusal) -> None:
    refused(platform.get(CHECK), 405, "method_not_allowed")
    refused(platform.post(f"{CHECK}/", json={}), 404, "not_found")


def test_whoever_leaves_in_the_middle_is_no_error(
    service: RunningService, platform: httpx2.Client, caplog: pytest.LogCaptureFixture
) -> None:
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as line:
        line.sendall(
            b"POST /v1/consent/check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100\r\n\r\n{"
        )
    cameo = service.enroll("user:ann")
    assert not check(platform, question(cameo))["permitted"]
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_checks_are_counted_and_not_logged(
    service: RunningService, platform: httpx2.Client, caplog: pytest.LogCaptureFixture
) -> None:
    def counted(name: str, **labels: str) -> float:
        return metrics.REGISTRY.get_sample_value(name, labels) or 0.0

    requests = {"method": "POST", "route": CHECK, "status": "200"}
    before = counted("cameo_http_requests_total", **requests)
    denied = counted("cameo_decisions_total", effect="deny")
    asked = question(service.enroll("user:ann"))
    check(platform, asked)
    # a request is recorded once it was answered: when the next one is read, it has been
    platform.get("/healthz")
    assert counted("cameo_http_requests_total", **requests) == before + 1
    assert counted("cameo_decisions_total", effect="deny") == denied + 1
    assert not [record for record in caplog.records if CHECK in record.getMessage()]


def test_a_key_that_is_revoked_asks_no_more(service: RunningService, refused: Refusal) -> None:
    key, cameo = service.key(), service.enroll("user:ann")
    with service.client(key) as caller:
        check(caller, question(cameo))
        with service.context.store.write() as tx:
            revoke_key(tx, key.partition("_s_")[0], now=service.clock())
        refused(caller.post(CHECK, json=question(cameo)), 401, "unauthenticated")


def test_what_ends_by_itself_ends_in_memory_too(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    grant(platform, cameo)
    assert check(platform, question(cameo))["permitted"]
    service.clock.advance(days=400)
    # the credential has ended meanwhile, without a write
    assert not check(platform, question(cameo))["permitted"]


def test_while_the_store_is_away_there_is_no_answer(
    service: RunningService, platform: httpx2.Client, refused: Refusal, databases: Kind
) -> None:
    cameo = service.enroll("user:ann")
    grant(platform, cameo)
    assert check(platform, question(cameo))["permitted"]
    settings = service.context.settings
    with databases.away(settings):
        response = platform.post(CHECK, json=question(cameo))
        problem = refused(response, 503, "store_unavailable")
        assert response.headers["retry-after"]
        place = make_url(settings.resolved_database_url).database or ""
        assert PurePath(place).name not in problem["detail"]
    assert check(platform, question(cameo))["permitted"]


def test_an_explanation_is_for_who_acts_for_the_owner(service: RunningService) -> None:
    ann, ben = service.enroll("user:ann"), service.enroll("user:ben")
    likenesses = [{"cameo_id": id, "facets": ["face"]} for id in (ann, ben)]
    asked = question(ann, likenesses=likenesses)
    scopes = [scope for scope in Scope if scope is not Scope.CONSENT_EXPLAIN]

    def explained(*scopes: Scope, acts_for: tuple[str, ...]) -> dict[str, Any]:
        key = service.key(*scopes, acts_for=acts_for)
        with service.client(key) as caller:
            assert "explanation" not in check(caller, asked)
            found: dict[str, Any] = check(caller, {**asked, "explain": True})["explanation"]
            return found

    nothing = explained(*scopes, acts_for=("user:bob",))
    assert nothing == {"parties": []}
    own = explained(*scopes, acts_for=("user:bob", "user:ann"))
    assert [party["cameo_id"] for party in own["parties"]] == [ann]
    assert own["parties"][0]["reason"]["code"] == "no_basis"
    assert "reasons" not in own
    whole = explained(acts_for=("user:bob",))
    assert [party["cameo_id"] for party in whole["parties"]] == [ann, ben]
    assert {reason["code"] for reason in whole["reasons"]} == {"no_basis"}


def asked_about(context: Context, cameo: str) -> list[tuple[str, str, int, int]]:
    with context.store.read() as tx:
        found = [record for _, record in tx.inquiries.of_cameo(cameo, limit=10)]
    return [(each.requester, each.caller, each.permitted, each.refused) for each in found]


def test_owners_can_see_who_asked(service: RunningService, platform: httpx2.Client) -> None:
    cameo = service.enroll("user:ann")
    for requester in ("user:bob", "user:bob", "user:ann"):
        check(platform, question(cameo, requester))
    check(platform, question("cam_nothing"))

    def found() -> list[tuple[str, str, int, int]]:
        return sorted(asked_about(service.context, cameo))

    first = [("user:ann", "org:platform", 1, 0), ("user:bob", "org:platform", 0, 2)]
    assert service.once_written(found, wanted=first) == first
    assert asked_about(service.context, "cam_nothing") == []
    check(platform, question(cameo))
    then = [("user:ann", "org:platform", 1, 0), ("user:bob", "org:platform", 0, 3)]
    assert service.once_written(found, wanted=then) == then
