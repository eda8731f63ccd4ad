"""Enrollment over HTTP: secrets, states, attempts, reviews."""

import json

import httpx2
import pytest

from cameo_service.callers import Scope
from tests.service.running import Refusal, RunningService, verification
from verification.report import Verdict


def start(platform: httpx2.Client, principal: str = "user:ann") -> dict[str, object]:
    response = platform.post("/v1/enrollments", json={"principal": principal})
    assert response.status_code == 201, response.text
    created: dict[str, object] = response.json()
    return created


def open_with(platform: httpx2.Client, id: object, secret: object) -> httpx2.Response:
    return platform.post(f"/v1/enrollments/{id}/open", json={"client_secret": secret})


def test_a_new_enrollment_has_challenge_statement_and_link(platform: httpx2.Client) -> None:
    created = start(platform)
    challenge = created["challenge"]
    assert isinstance(challenge, dict)
    kinds = sorted(step["kind"] for step in challenge["steps"])
    assert kinds == ["blink"] + ["digit"] * 6 + ["turn"] * 3
    assert created["status"] == "requires_input"
    assert str(created["capture_url"]).endswith(
        f"/enroll/{created['id']}#{created['client_secret']}"
    )
    assert created["attempt"] == 1
    assert created["attempts_allowed"] == 3


def test_two_enrollments_have_different_challenges(platform: httpx2.Client) -> None:
    assert start(platform)["challenge"] != start(platform)["challenge"]


def test_the_client_secret_is_shown_once(platform: httpx2.Client) -> None:
    created = start(platform)
    shown = platform.get(f"/v1/enrollments/{created['id']}").json()
    assert "client_secret" not in shown
    assert str(created["client_secret"]) not in json.dumps(shown)


def test_the_client_secret_opens_once(platform: httpx2.Client, refused: Refusal) -> None:
    created = start(platform)
    first = open_with(platform, created["id"], created["client_secret"])
    assert first.status_code == 200
    second = open_with(platform, created["id"], created["client_secret"])
    refused(second, 409, "client_secret_spent")


@pytest.mark.parametrize("secret", ["cs_wrong", "x", "cs_" + "A" * 43])
def test_a_wrong_client_secret_opens_nothing(
    platform: httpx2.Client, refused: Refusal, secret: str
) -> None:
    created = start(platform)
    refused(open_with(platform, created["id"], secret), 401, "wrong_client_secret")
    # and the right one is not spent by it
    assert open_with(platform, created["id"], created["client_secret"]).status_code == 200


def test_an_unknown_enrollment_answers_as_a_wrong_secret(
    platform: httpx2.Client, refused: Refusal
) -> None:
    refused(open_with(platform, "enr_nothing", "cs_x"), 401, "wrong_client_secret")


def test_a_session_token_sees_its_own_enrollment_only(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    mine, other = start(platform), start(platform, "user:ben")
    token = open_with(platform, mine["id"], mine["client_secret"]).json()["session_token"]
    with service.client(token) as person:
        assert person.get(f"/v1/enrollments/{mine['id']}").json()["id"] == mine["id"]
        refused(person.get(f"/v1/enrollments/{other['id']}"), 401, "unauthenticated")
        refused(person.post(f"/v1/enrollments/{other['id']}/cancel"), 401, "unauthenticated")


def test_an_overdue_enrollment_is_expired_at_once(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    created = start(platform)
    service.clock.advance(seconds=1799)
    assert platform.get(f"/v1/enrollments/{created['id']}").json()["status"] == "requires_input"
    service.clock.advance(seconds=1)
    shown = platform.get(f"/v1/enrollments/{created['id']}").json()
    assert (shown["status"], shown["challenge"]) == ("expired", None)
    refused(open_with(platform, created["id"], created["client_secret"]), 409, "enrollment_expired")


def test_canceling_ends_an_enrollment(platform: httpx2.Client, refused: Refusal) -> None:
    created = start(platform)
    for _ in range(2):
        shown = platform.post(f"/v1/enrollments/{created['id']}/cancel").json()
        assert shown["status"] == "canceled"
    refused(open_with(platform, created["id"], created["client_secret"]), 409, "wrong_state")


def test_a_rejection_gives_a_new_challenge_and_a_reason(
    service: RunningService, platform: httpx2.Client
) -> None:
    created = start(platform)
    service.conclude(str(created["id"]), verification(Verdict.REJECTED))
    shown = platform.get(f"/v1/enrollments/{created['id']}").json()
    assert shown["status"] == "requires_input"
    assert shown["attempt"] == 2
    assert shown["challenge"] != created["challenge"]
    assert shown["last_error"]["code"] == "digits_not_spoken"
    assert len(shown["last_error"]["reason"]) > 20


def test_the_third_rejection_ends_it(service: RunningService, platform: httpx2.Client) -> None:
    created = start(platform)
    for _ in range(3):
        service.conclude(str(created["id"]), verification(Verdict.REJECTED))
    shown = platform.get(f"/v1/enrollments/{created['id']}").json()
    assert (shown["status"], shown["challenge"]) == ("canceled", None)
    assert shown["last_error"]["code"] == "digits_not_spoken"


def test_scores_are_for_reviewers_only(service: RunningService, platform: httpx2.Client) -> None:
    created = start(platform)
    service.conclude(str(created["id"]), verification(Verdict.REJECTED))
    assert "0.123456" not in platform.get(f"/v1/enrollments/{created['id']}").text
    report = platform.get(f"/v1/enrollments/{created['id']}/report").json()
    assert report["report"]["checks"][0]["score"] == 0.123456


@pytest.mark.parametrize(
    ("word", "status"), [("approve", "verified"), ("reject", "requires_input")]
)
def test_a_reviewer_settles_a_doubt(
    service: RunningService, platform: httpx2.Client, word: str, status: str
) -> None:
    created = start(platform)
    service.conclude(str(created["id"]), verification(Verdict.NEEDS_REVIEW))
    waiting = platform.get("/v1/enrollments").json()["data"]
    assert [one["id"] for one in waiting] == [created["id"]]
    assert waiting[0]["cameo_id"] is None
    shown = platform.post(f"/v1/enrollments/{created['id']}/review", json={"decision": word}).json()
    assert shown["status"] == status
    assert (shown["cameo_id"] is not None) == (word == "approve")
    assert platform.get("/v1/enrollments").json()["data"] == []


def test_a_cameo_under_review_cannot_be_used(
    service: RunningService, platform: httpx2.Client
) -> None:
    created = start(platform)
    service.conclude(str(created["id"]), verification(Verdict.NEEDS_REVIEW))
    with service.context.store.read() as tx:
        (cameo,) = tx.cameos.owned_by("user:ann")
    question = {
        "requester": "user:ann",
        "action": "generate",
        "likenesses": [{"cameo_id": cameo.id, "facets": ["face"]}],
    }
    answer = platform.post("/v1/consent/check", json=question).json()
    assert answer["permitted"] is False
    assert answer["reasons"][0]["code"] == "unavailable"


def test_a_principal_has_one_cameo_at_a_time(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    again = platform.post("/v1/enrollments", json={"principal": "user:ann"})
    refused(again, 409, "already_enrolled")
    platform.post(f"/v1/cameos/{cameo}/revoke")
    assert start(platform)["status"] == "requires_input"


def test_of_two_enrollments_side_by_side_the_first_verdict_wins(
    service: RunningService, platform: httpx2.Client
) -> None:
    first, second = start(platform), start(platform)
    service.conclude(str(first["id"]), verification(Verdict.VERIFIED))
    service.conclude(str(second["id"]), verification(Verdict.VERIFIED))
    shown = platform.get(f"/v1/enrollments/{second['id']}").json()
    assert (shown["status"], shown["last_error"]["code"]) == ("canceled", "already_enrolled")


@pytest.mark.parametrize("against", ["suspended", "protected"])
def test_a_review_is_no_way_around_the_deployment(
    service: RunningService, platform: httpx2.Client, refused: Refusal, against: str
) -> None:
    id = str(start(platform)["id"])
    service.conclude(id, verification(Verdict.NEEDS_REVIEW))
    with service.context.store.read() as tx:
        (cameo,) = tx.cameos.owned_by("user:ann")
    rules = {"rules": [], "protected": [cameo.id], "ceilings": {}, "obligations": []}
    if against == "suspended":
        said = platform.put("/v1/principals/user:ann/standing", json={"standing": "suspended"})
    else:
        said = platform.put("/v1/deployment/rules", json=rules)
    assert said.status_code == 200, said.text
    path = f"/v1/enrollments/{id}/review"
    refused(platform.post(path, json={"decision": "approve"}), 403, f"principal_{against}")
    assert platform.post(path, json={"decision": "reject"}).status_code == 200


def test_a_statement_of_ones_own_is_kept_by_its_hash(platform: httpx2.Client) -> None:
    text = "Ich stimme zu, dass mein Gesicht und meine Stimme einmal vermessen werden."
    created = platform.post(
        "/v1/enrollments",
        json={
            "principal": "user:ann",
            "statement": {"version": "7", "locale": "de-DE", "text": text},
        },
    ).json()
    assert created["statement"]["text"] == text
    assert len(created["statement"]["sha256"]) == 64


def test_an_unknown_statement_without_text_is_refused(
    platform: httpx2.Client, refused: Refusal
) -> None:
    body = {"principal": "user:ann", "statement": {"version": "2026-11", "locale": "de"}}
    problem = refused(platform.post("/v1/enrollments", json=body), 422, "statement_unknown")
    assert "`2026-11` in `de`" in problem["detail"]


@pytest.mark.parametrize("principal", ["ann", "user:", "robot:1", "user:a b", "user:" + "a" * 200])
def test_a_malformed_principal_is_refused(
    platform: httpx2.Client, refused: Refusal, principal: str
) -> None:
    response = platform.post("/v1/enrollments", json={"principal": principal})
    assert refused(response, 422, "invalid_request")["errors"][0]["location"] == "body.principal"


def test_a_key_enrolls_only_those_it_acts_for(service: RunningService, refused: Refusal) -> None:
    key = service.key(Scope.ENROLLMENTS_WRITE, acts_for=("user:ben",))
    with service.client(key) as caller:
        response = caller.post("/v1/enrollments", json={"principal": "user:ann"})
        refused(response, 403, "not_acting_for")
