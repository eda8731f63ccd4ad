"""The client's calls are the service's routes: same paths, methods, statuses and fields."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cameo_service.app import create_app
from cameo_service.client import ConsentRequest, Likeness, Terms, calls
from cameo_service.client.calls import Call
from cameo_service.settings import Settings
from cameo_service.wiring import build

REQUEST = ConsentRequest(
    requester="user:bob",
    action="generate",
    likenesses=(Likeness(cameo_id="cam_1", facets=("face",)),),
)
TERMS = Terms(actions=("generate",), facets=("face",))
CALLS: dict[str, Call[Any]] = {
    "startEnrollment": calls.start_enrollment("user:ann", statement={"version": "1"}),
    "openEnrollment": calls.open_enrollment("enr_1", "cs_1"),
    "getEnrollment": calls.get_enrollment("enr_1"),
    "uploadRecording": calls.upload_recording("enr_1", Path("a.webm")),
    "drawChallenge": calls.draw_challenge("enr_1"),
    "cancelEnrollment": calls.cancel_enrollment("enr_1"),
    "getEnrollmentReport": calls.get_report("enr_1"),
    "reviewEnrollment": calls.review_enrollment("enr_1", approve=True),
    "getCameo": calls.get_cameo("cam_1"),
    "setPolicy": calls.set_policy("cam_1", audience={"tag": "everyone"}),
    "revokeCameo": calls.revoke_cameo("cam_1"),
    "makeGrant": calls.make_grant("cam_1", "user:bob", TERMS),
    "getGrant": calls.get_grant("gra_1"),
    "revokeGrant": calls.revoke_grant("gra_1"),
    "checkConsent": calls.check(REQUEST),
    "issuePermit": calls.issue_permit(REQUEST),
    "jwks": calls.jwks(),
    "health": calls.health(),
}
NOT_IN_THE_CLIENT = {
    "listEnrollmentsAwaitingReview",
    "getPolicyHistory",
    "getRecordingForReview",
    "listGrants",
    "ready",
    "metrics",
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


def test_every_route_is_a_call_or_left_out_on_purpose(api: dict[str, Any]) -> None:
    assert set(operations(api)) == set(CALLS) | NOT_IN_THE_CLIENT


def test_every_call_of_the_module_is_compared_here() -> None:
    functions = {
        name
        for name, value in vars(calls).items()
        if callable(value)
        and getattr(value, "__module__", "") == calls.__name__
        and name[0].islower()
    }
    assert len({name for name in functions if name[0] != "_"}) == len(CALLS)


@pytest.mark.parametrize("id", sorted(CALLS))
def test_a_call_is_the_route_of_the_service(id: str, api: dict[str, Any]) -> None:
    path, method, operation = operations(api)[id]
    call = CALLS[id]
    assert call.method == method
    assert re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), call.path)
    assert str(call.status) in operation["responses"]
    assert call.authenticated is bool(operation.get("security"))
    offered = {parameter["name"].lower() for parameter in operation.get("parameters", [])}
    assert {name.lower() for name in call.headers} <= offered
    assert ("idempotency-key" in offered) is ("Idempotency-Key" in call.headers)


@pytest.mark.parametrize("id", sorted(id for id, call in CALLS.items() if call.body is not None))
def test_a_call_sends_what_the_route_takes(id: str, api: dict[str, Any]) -> None:
    _, _, operation = operations(api)[id]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    named = str(schema.get("$ref") or schema["anyOf"][0]["$ref"]).rpartition("/")[2]
    fields = api["components"]["schemas"][named]
    body = CALLS[id].body or {}
    assert set(fields.get("required", [])) <= set(body) <= set(fields["properties"])
