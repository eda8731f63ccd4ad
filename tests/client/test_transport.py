"""The clients against a real HTTP server that misbehaves: retries, problems, never a yes."""

import json
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from cameo_service.client import (
    AskingInVain,
    AsyncCameoClient,
    CameoClient,
    ClientError,
    ConsentDenied,
    ConsentRequest,
    Likeness,
    MalformedAnswer,
    Policy,
    ProblemError,
    Terms,
    Unreachable,
    VerdictOverdue,
)
from tests.client.answering import QUICK, Answer, Ask, answering

ROOT = Path(__file__).parents[2]
REQUEST = ConsentRequest(
    requester="user:bob",
    action="generate",
    likenesses=(Likeness(cameo_id="cam_1", facets=("face",)),),
)
REASON = {"code": "not_permitted", "step": 6, "message": "not for this use"}
PARTY: dict[str, Any] = {
    "cameo_id": "cam_1",
    "effect": "deny",
    "reason": REASON,
    "grants": [],
    "expires_at": None,
    "could_change": "ask_owner",
    "obligations": [],
    "approvals_needed": [{"cameo_id": "cam_1", "capacity": "owner"}],
}
NO = {
    "object": "decision",
    "effect": "deny",
    "permitted": False,
    "reasons": [REASON],
    "parties": [PARTY],
    "revision": 3,
    "expires_at": None,
    "obligations": [],
    "could_change": ["ask_owner"],
}
YES = {**NO, "effect": "permit", "permitted": True, "parties": [{**PARTY, "effect": "permit"}]}


def test_a_check_carries_the_key_and_reads_the_decision(ask: Ask) -> None:
    with answering(Answer(200, YES)) as service:
        decision = ask(service.url, "check", REQUEST)
    assert decision.permitted
    assert decision
    [seen] = service.seen
    assert (seen.method, seen.path) == ("POST", "/v1/consent/check")
    assert seen.headers["authorization"] == "Bearer ck_1"
    assert json.loads(seen.body) == REQUEST.body()


def test_a_denial_is_false_in_a_condition(ask: Ask) -> None:
    with answering(Answer(200, NO)) as service:
        decision = ask(service.url, "check", REQUEST)
    assert not decision
    assert decision.parties[0].could_change == "ask_owner"
    assert decision.could_change == ("ask_owner",)
    assert [each.capacity for each in decision.approvals_needed] == ["owner"]
    assert decision.explanation is None


def test_a_yes_tells_what_a_caller_cannot_do_in_return(ask: Ask) -> None:
    owed = [{"kind": "watermark", "text": ""}, {"kind": "credit", "text": "Ann"}]
    with answering(Answer(200, {**YES, "obligations": owed})) as service:
        decision = ask(service.url, "check", REQUEST)
    assert [each.text for each in decision.unmet(executes={"watermark"})] == ["Ann"]
    assert decision.unmet(executes={"watermark", "credit"}) == ()


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b""),
        Answer(200, b"yes"),
        Answer(200, []),
        Answer(200, {}),
        Answer(200, {**YES, "permitted": "true"}),
        Answer(200, {**YES, "permitted": False}),
        Answer(200, {**NO, "permitted": True}),
        Answer(200, {**YES, "parties": [PARTY]}),
        Answer(200, {**YES, "parties": []}),
        Answer(200, {**YES, "revision": None}),
        Answer(200, {**YES, "effect": "deny"}),
        Answer(200, {**YES, "expires_at": "2026-11-22T12:00:00"}),
        Answer(200, {name: value for name, value in YES.items() if name != "obligations"}),
        Answer(200, {**YES, "obligations": [{"text": "no kind"}]}),
        Answer(200, b"[" * 50_000),
        Answer(201, YES),
        Answer(204, b""),
        Answer(302, YES, {"location": "/elsewhere"}),
        Answer(500, b"<html>oops</html>"),
        Answer(502, {"error": "bad gateway"}),
        Answer(403, {"code": "consent_denied", "detail": "no", "decision": {}}),
        Answer(403, {"code": "consent_denied", "detail": "no"}),
    ],
)
def test_whatever_does_not_speak_the_api_is_never_a_yes(ask: Ask, answer: Answer) -> None:
    with answering(answer) as service, pytest.raises(MalformedAnswer):
        ask(service.url, "check", REQUEST)


def test_a_problem_document_is_raised_with_its_fields(ask: Ask) -> None:
    problem = {"code": "unknown", "detail": "there is no cameo `cam_1`", "request_id": "req_1"}
    with answering(Answer(404, problem)) as service, pytest.raises(ProblemError) as caught:
        ask(service.url, "get_cameo", "cam_1")
    error = caught.value
    assert (error.code, error.status, error.request_id) == ("unknown", 404, "req_1")
    assert error.detail == "there is no cameo `cam_1`"


def test_a_refused_permit_carries_the_decision(ask: Ask) -> None:
    problem = {"code": "consent_denied", "detail": "nothing allows this", "decision": NO}
    with answering(Answer(403, problem)) as service, pytest.raises(ConsentDenied) as caught:
        ask(service.url, "issue_permit", REQUEST)
    assert caught.value.decision.reasons[0].code == "not_permitted"
    assert len(service.seen) == 1


def test_asking_in_vain_carries_the_decision(ask: Ask) -> None:
    problem = {"code": "asking_in_vain", "detail": "nobody can allow this", "decision": NO}
    with answering(Answer(422, problem)) as service, pytest.raises(AskingInVain) as caught:
        ask(service.url, "request_access", REQUEST)
    assert not caught.value.decision
    assert caught.value.status == 422


def test_a_broken_connection_is_tried_again_where_that_is_safe(ask: Ask) -> None:
    with answering(Answer(None), Answer(None), Answer(200, NO)) as service:
        assert not ask(service.url, "check", REQUEST).permitted
    assert len(service.seen) == 3


def test_tries_are_bounded_and_then_there_is_no_answer(ask: Ask) -> None:
    with answering(Answer(None)) as service, pytest.raises(Unreachable):
        ask(service.url, "check", REQUEST)
    assert len(service.seen) == QUICK.attempts


def test_a_creation_repeats_under_one_key_and_the_next_has_another(ask: Ask) -> None:
    grant = {
        "id": "gra_1",
        "version": 1,
        "status": "active",
        "cameo_id": "cam_1",
        "grantor": "user:alice",
        "grantee": "user:bob",
        "parent": None,
        "terms": {"version": 1, "actions": ["generate"], "facets": ["face"], "count": 2},
        "remaining": 2,
        "notices": [],
        "revocation_reason": None,
        "signed": "a.b.c",
        "created_at": "2026-11-22T12:00:00Z",
        "revoked_at": None,
    }
    terms = Terms(actions=("generate",), facets=("face",))
    with answering(Answer(None), Answer(201, grant)) as service:
        made = ask(service.url, "make_grant", "cam_1", "user:bob", terms)
        ask(service.url, "make_grant", "cam_1", "user:bob", terms)
    assert made.terms == replace(terms, count=2)
    first, repeat, second = (seen.headers["idempotency-key"] for seen in service.seen)
    assert first == repeat != second


def test_what_may_have_had_an_effect_is_not_sent_twice(ask: Ask) -> None:
    with answering(Answer(None)) as service:
        with pytest.raises(Unreachable):
            ask(service.url, "open_enrollment", "enr_1", "cs_1")
        with pytest.raises(Unreachable):
            ask(service.url, "set_policy", "cam_1", Policy(audience={"tag": "everyone"}))
        with pytest.raises(Unreachable):
            ask(service.url, "unblock_principal", "user:ann", "user:eve")
    assert len(service.seen) == 3
    assert "authorization" not in service.seen[0].headers


def test_503_is_tried_again_only_when_the_service_asks(ask: Ask) -> None:
    problem = {"code": "store_unavailable", "detail": "nothing was changed"}
    with answering(Answer(503, problem, {"Retry-After": "2"}), Answer(200, YES)) as service:
        assert ask(service.url, "check", REQUEST).permitted
    assert len(service.seen) == 2
    with answering(Answer(503, problem)) as service, pytest.raises(ProblemError) as caught:
        ask(service.url, "check", REQUEST)
    assert caught.value.status == 503
    assert len(service.seen) == 1


def test_a_service_that_is_not_there_is_unreachable(ask: Ask) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{reserved.getsockname()[1]}"
        with pytest.raises(Unreachable, match="consent/check"):
            ask(url, "check", REQUEST)


def test_a_wrong_address_is_a_client_error(ask: Ask) -> None:
    for url in ("ftp://127.0.0.1", "nowhere", "http://[", "http://127.0.0.1:99999"):
        with pytest.raises(ClientError):
            ask(url, "check", REQUEST)


ENROLLMENT: dict[str, Any] = {
    "id": "enr_1",
    "status": "processing",
    "principal": "user:alice",
    "statement": {"version": "1", "locale": "en", "text": "…", "sha256": "0"},
    "challenge": None,
    "attempt": 1,
    "attempts_allowed": 3,
    "last_error": None,
    "cameo_id": None,
    "url": "http://127.0.0.1/enroll/enr_1",
    "created_at": "2026-11-22T12:00:00Z",
    "expires_at": "2026-11-22T12:30:00Z",
}
REJECTED = {"status": "requires_input", "last_error": {"code": "no_face", "reason": "light"}}


def stages(*changes: dict[str, Any]) -> list[Answer]:
    return [Answer(200, {**ENROLLMENT, **each}) for each in changes]


def test_a_verdict_is_waited_for_and_not_for_ever(ask: Ask) -> None:
    passing = stages({"status": "requires_input"}, {}, {"status": "verified", "cameo_id": "cam_1"})
    with answering(*passing) as service:
        settled = ask(service.url, "wait_for_verdict", "enr_1", poll_s=0.0)
    assert (settled.status, settled.cameo_id) == ("verified", "cam_1")
    for status in ("processing", "requires_input"):
        with (
            answering(*stages({"status": status})) as service,
            pytest.raises(VerdictOverdue) as late,
        ):
            ask(service.url, "wait_for_verdict", "enr_1", timeout_s=0.0, poll_s=0.0)
        assert status in str(late.value)


@pytest.mark.parametrize("verdict", [REJECTED, {"status": "needs_review"}])
def test_what_is_not_final_is_a_verdict_and_is_waited_through(
    ask: Ask, verdict: dict[str, Any]
) -> None:
    with answering(*stages({}, verdict, {"status": "canceled"})) as service:
        first = ask(service.url, "wait_for_verdict", "enr_1", poll_s=0.0)
    assert first.status == verdict["status"]
    with answering(*stages({}, verdict, {"status": "canceled"})) as service:
        last = ask(service.url, "wait_for_verdict", "enr_1", final=True, poll_s=0.0)
    assert last.status == "canceled"


def test_an_answer_without_content_is_taken_where_none_is_due(ask: Ask) -> None:
    with answering(Answer(204, b"")) as service:
        assert ask(service.url, "block_principal", "user:ann", "user:eve") is None
    assert service.seen[0].method == "PUT"
    assert service.seen[0].path == "/v1/principals/user%3Aann/blocks/user%3Aeve"


def test_a_status_list_is_a_text_of_its_own_type(ask: Ask) -> None:
    uri = "https://cameo.example/behind/v1/status-lists/7"
    kind = {"content-type": "application/statuslist+jwt"}
    with answering(Answer(200, b"a.b.c", kind)) as service:
        assert ask(service.url, "get_status_list", uri) == "a.b.c"
    [seen] = service.seen
    assert (seen.path, seen.headers["accept"]) == ("/v1/status-lists/7", kind["content-type"])
    assert "authorization" not in seen.headers
    with answering(Answer(200, b"a.b.c")) as service, pytest.raises(MalformedAnswer):
        ask(service.url, "get_status_list", uri)


def test_a_moment_without_a_zone_is_not_sent(ask: Ask) -> None:
    terms = Terms(actions=("tag",), facets=("face",), not_after=datetime(2027, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="no time zone"):
        ask("http://127.0.0.1:1", "make_grant", "cam_1", "user:bob", terms)


def test_an_upload_sends_the_file_with_its_type(ask: Ask, tmp_path: Path) -> None:
    recording = tmp_path / "alice.webm"
    recording.write_bytes(b"not really a video")
    problem = {"code": "media_unreadable", "detail": "not a video"}
    with answering(Answer(422, problem)) as service, pytest.raises(ProblemError):
        ask(service.url, "upload_recording", "enr_1", recording, session_token="es_1")
    [seen] = service.seen
    assert seen.headers["authorization"] == "Bearer es_1"
    assert b"not really a video" in seen.body
    assert b"video/webm" in seen.body
    assert b'name="statement_accepted"' in seen.body


def test_an_upload_says_when_prompts_were_shown_where_it_is_known(ask: Ask, tmp_path: Path) -> None:
    recording = tmp_path / "alice.webm"
    recording.write_bytes(b"not really a video")
    problem = {"code": "prompts_not_shown", "detail": "prompt 2 was not shown"}
    answers = [Answer(422, problem)] * 2
    with answering(*answers) as service:
        with pytest.raises(ProblemError) as refused:
            ask(service.url, "upload_recording", "enr_1", recording, shown_ms=(1_003.5, None))
        assert refused.value.code == "prompts_not_shown"
        with pytest.raises(ProblemError):
            ask(service.url, "upload_recording", "enr_1", recording)
    told, untold = service.seen
    assert b'name="timeline"\r\n\r\n{"shown_ms": [1003.5, null]}\r\n' in told.body
    assert b"timeline" not in untold.body


@pytest.mark.parametrize("id", ["", ".", ".."])
def test_an_id_cannot_lead_elsewhere(ask: Ask, id: str) -> None:
    with pytest.raises(ValueError, match="not an id"):
        ask("http://127.0.0.1:1", "get_cameo", id)


def test_an_id_is_one_segment_of_the_path(ask: Ask) -> None:
    problem = {"code": "unknown", "detail": "…"}
    with answering(Answer(404, problem)) as service, pytest.raises(ProblemError):
        ask(service.url, "get_cameo", "../grants/x?y#z")
    assert service.seen[0].path == "/v1/cameos/..%2Fgrants%2Fx%3Fy%23z"


def test_without_a_key_nothing_is_sent() -> None:
    with (
        CameoClient("http://127.0.0.1:1") as client,
        pytest.raises(ClientError, match="needs an API key"),
    ):
        client.check(REQUEST)


def test_both_clients_have_the_same_methods() -> None:
    def methods(client: type) -> set[str]:
        return {name for name in vars(client) if not name.startswith("_")}

    assert methods(CameoClient) == methods(AsyncCameoClient)
    assert (CameoClient.check.__doc__ or "").startswith("May this requester")


def test_importing_the_client_loads_nothing_heavy() -> None:
    code = "import sys, cameo_service.client; print('\\n'.join(sys.modules))"
    loaded = subprocess.run(  # noqa: S603 (our own interpreter and code)
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    houses = {"fastapi", "pydantic", "sqlmodel", "sqlalchemy", "numpy", "typer", "structlog", "av"}
    assert houses.isdisjoint(name.split(".")[0] for name in loaded)
    assert {"permissions", "verification", "storage"}.isdisjoint(
        name.split(".")[0] for name in loaded
    )
    own = [name for name in loaded if name.startswith("cameo_service.")]
    assert all(name.startswith("cameo_service.client") for name in own)
