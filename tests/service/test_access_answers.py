"""Answering access requests: once, by a grant, for whom, and taking it back. Over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from cameo_service.callers import Scope
from tests.service.asking import approve, ask, decide, inbox, question, state, use
from tests.service.making import check, permit
from tests.service.running import Refusal, RunningService

ASSET = {"sha256": "a" * 64, "media_type": "video/mp4"}
OTHER = {"sha256": "b" * 64, "media_type": "video/mp4"}


def set_policy(platform: httpx2.Client, cameo: str, **policy: Any) -> None:
    answer = platform.put(f"/v1/cameos/{cameo}/policy", json={"audience": {}, **policy})
    assert answer.status_code == 200, answer.text


def test_a_grant_that_answers_is_what_was_shown_and_no_wider_than_what_was_asked(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    asked = question(
        cameo, purpose="satire", categories=["politics"], territories=["DE"], co_appearing=[]
    )
    asked["likenesses"][0]["appearance_change"] = "subtle"
    made = ask(platform, asked, "a carnival song")
    (item,) = inbox(platform, "user:ann")
    given = approve(platform, made["id"], manner="grant")
    grant = platform.get(f"/v1/grants/{given['grant_id']}").json()
    assert grant["terms"] == item["asks"][0]["grant_terms"]
    assert (grant["grantor"], grant["grantee"]) == ("user:ann", "user:bob")
    assert (grant["terms"]["count"], grant["terms"]["intended_use"]) == (1, "a carnival song")
    assert state(platform, made["id"]) == "approved"
    assert check(platform, asked)["reasons"][0]["code"] == "covered_by_grant"
    for changes in (
        {"purpose": "advertising"},
        {"categories": ["violence"]},
        {"territories": ["FR"]},
        {"co_appearing": ["brand.acme"]},
        {"action": "tag"},
    ):
        assert not check(platform, {**asked, **changes})["permitted"]
    use(platform, asked)
    assert not check(platform, asked)["permitted"]


def test_terms_of_ones_own_are_licensing(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    made = ask(platform, question(cameo))["id"]
    wide = {"manner": "grant", "terms": {"actions": ["generate", "tag"], "facets": ["face"]}}
    others = {**wide, "terms": {"actions": ["tag"], "facets": ["face"]}}
    with service.client(service.key(Scope.ACCESS_DECIDE)) as decider:
        refused(decide(decider, made, "approve", **wide), 403, "missing_scope")
    refused(decide(platform, made, "approve", **others), 422, "terms_too_narrow")
    assert state(platform, made) == "pending"
    approve(platform, made, **wide)
    assert check(platform, question(cameo, action="tag"))["permitted"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"not_after": "2026-11-22T12:00:00Z"}, "approval_window_past"),
        ({"not_after": "2027-11-22T12:00:01Z"}, "approval_too_long"),
        ({"manner": "grant", "not_after": "2027-11-22T12:00:01Z"}, "approval_too_long"),
        ({"not_after": "2027-01-01T00:00:00"}, "invalid_request"),
        ({"manner": "always"}, "invalid_request"),
        ({"capacity": "everybody"}, "invalid_request"),
        ({"terms": {"actions": ["generate"], "facets": ["face"]}}, "invalid_request"),
        (
            {
                "manner": "grant",
                "not_after": "2027-01-01T00:00:00Z",
                "terms": {"actions": ["generate"], "facets": ["face"]},
            },
            "invalid_request",
        ),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused(
    service: RunningService,
    platform: httpx2.Client,
    refused: Refusal,
    body: dict[str, Any],
    code: str,
) -> None:
    made = ask(platform, question(service.enroll("user:ann")))["id"]
    refused(decide(platform, made, "approve", **body), 422, code)
    assert state(platform, made) == "pending"


def test_an_approval_ends_by_itself(service: RunningService, platform: httpx2.Client) -> None:
    asked = question(service.enroll("user:ann"))
    approve(platform, ask(platform, asked)["id"])
    service.clock.advance(days=30, seconds=-1)
    allowed = check(platform, asked)
    assert allowed["permitted"]
    assert allowed["expires_at"].startswith("2026-12-22T12:00:00")
    service.clock.advance(seconds=1)
    assert not check(platform, asked)["permitted"]
    ends = (service.clock() + timedelta(days=365)).isoformat()
    approve(platform, ask(platform, asked)["id"], not_after=ends)
    service.clock.advance(days=200)
    assert check(platform, asked)["permitted"]


def test_an_approval_is_taken_back_with_the_permits_on_it(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    asked = question(service.enroll("user:ann"))
    approval = approve(platform, ask(platform, asked)["id"])["approval_id"]
    issued = permit(platform, asked)["id"]
    path = f"/v1/approvals/{approval}/revoke"
    for acts_for in ("user:zoe", "user:bob"):
        with service.client(service.key(acts_for=(acts_for,))) as other:
            refused(other.post(path), 404, "unknown")
    with service.context.store.read() as tx:
        before = tx.revisions.current()
    revoked = platform.post(path)
    assert revoked.status_code == 200, revoked.text
    assert (revoked.json()["status"], revoked.json()["permits_revoked"]) == ("revoked", 1)
    with service.context.store.read() as tx:
        assert tx.permits.get(issued).revoked_at == service.clock()
        touched = tx.revisions.touched_since(before)
    assert touched is not None
    assert "principal:user:bob" in touched
    assert not check(platform, asked)["permitted"]
    again = platform.post(path).json()
    assert (again["revoked_at"], again["permits_revoked"]) == (revoked.json()["revoked_at"], 0)


def test_whom_a_key_may_act_for_tells_nothing_of_an_approval(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    asked = question(service.enroll("user:ann"))
    approval = approve(platform, ask(platform, asked)["id"])["approval_id"]
    with service.client(service.key(acts_for=("user:zoe",))) as other:
        for id in (approval, "apr_1"):
            path = f"/v1/approvals/{id}/revoke"
            refused(other.post(path, json={"acting_as": "user:ann"}), 403, "not_acting_for")
            problem = refused(other.post(path, json={"acting_as": "user:zoe"}), 404, "unknown")
            assert problem["detail"] == f"there is no approval `{id}`"
    assert check(platform, asked)["permitted"]


def test_of_two_answers_at_once_one_counts(service: RunningService) -> None:
    key = service.key()
    with service.client(key) as platform:
        made = ask(platform, question(service.enroll("user:ann")))["id"]

    def answer(verb: str) -> tuple[int, str | None]:
        with service.client(key) as caller:
            response = decide(caller, made, verb)
        return response.status_code, response.json().get("code")

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(answer, ["approve", "deny"] * 3))
    assert sorted(status for status, _ in answers) == [200] + [409] * 5
    assert {code for status, code in answers if status == 409} == {"access_request_closed"}


def test_a_repeated_yes_is_one_yes(service: RunningService, platform: httpx2.Client) -> None:
    made = ask(platform, question(service.enroll("user:ann")))["id"]
    path, body = f"/v1/access-requests/{made}/approve", {"capacity": "owner", "manner": "once"}
    answers = [platform.post(path, json=body, headers={"Idempotency-Key": "k1"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()


def test_every_likeness_is_asked_for_and_one_no_is_a_no(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    ann, ben = service.enroll("user:ann"), service.enroll("user:ben")
    both = [{"cameo_id": cameo, "facets": ["face"]} for cameo in (ann, ben)]
    asked = question(ann, likenesses=both)
    made = ask(platform, asked)["id"]
    assert [item["id"] for item in inbox(platform, "user:ben")] == [made]
    refused(decide(platform, made, "approve"), 422, "ask_ambiguous")
    approve(platform, made, cameo_id=ann)
    assert state(platform, made) == "pending"
    assert not check(platform, asked)["permitted"]
    refused(decide(platform, made, "deny", cameo_id=ann), 409, "already_decided")
    refused(decide(platform, made, "approve", cameo_id="cam_1"), 404, "unknown")
    seen = platform.get(f"/v1/access-requests/{made}").json()["likenesses"]
    assert {each["cameo_id"]: each["status"] for each in seen} == {ann: "approved", ben: "pending"}
    with service.client(service.key(acts_for=("user:ben",))) as ben_alone:
        denied = decide(ben_alone, made, "deny")
        assert [each["cameo_id"] for each in denied.json()["asks"]] == [ben]
    assert state(platform, made) == "denied"


def test_both_say_yes(service: RunningService, platform: httpx2.Client) -> None:
    ann, ben = service.enroll("user:ann"), service.enroll("user:ben")
    both = [{"cameo_id": cameo, "facets": ["face"]} for cameo in (ann, ben)]
    asked = question(ann, likenesses=both)
    made = ask(platform, asked)["id"]
    approve(platform, made, cameo_id=ann)
    approve(platform, made, cameo_id=ben, manner="grant")
    assert state(platform, made) == "approved"
    assert check(platform, asked)["permitted"]
    assert not check(platform, question(ann))["permitted"]


def test_an_owner_who_reviews_every_use_is_asked(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    set_policy(platform, cameo, audience={"generate": "everyone"}, review=["generate"])
    asked = question(cameo)
    assert check(platform, asked)["effect"] == "needs_approval"
    made = ask(platform, asked)["id"]
    (item,) = inbox(platform, "user:ann")
    assert item["asks"][0]["now"]["reason"]["code"] == "approval_needed"
    assert item["asks"][0]["grant_terms"] is None
    refused(decide(platform, made, "approve", manner="grant"), 422, "approve_once_only")
    approve(platform, made)
    assert check(platform, asked)["permitted"]


def test_the_deployment_reviews_for_itself(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    set_policy(platform, cameo, audience={"generate": "everyone"})
    rule = {"id": "d1", "effect": "review", "when": {"categories": ["politics"]}}
    rules = {"rules": [rule], "protected": [], "ceilings": {}, "obligations": []}
    assert platform.put("/v1/deployment/rules", json=rules).status_code == 200
    asked = question(cameo, categories=["politics"])
    made = ask(platform, asked)["id"]
    assert inbox(platform, "user:ann") == []
    (item,) = inbox(platform, "deployment")
    (wanted,) = item["asks"]
    assert (wanted["capacity"], wanted["now"]["reason"]["rules"]) == ("deployment", ["d1"])
    others = [scope for scope in Scope if scope is not Scope.DEPLOYMENT_WRITE]
    with service.client(service.key(*others)) as platform_only:
        query = {"asked": "deployment"}
        refused(platform_only.get("/v1/access-requests/inbox", params=query), 403, "missing_scope")
        for id in (made, "acr_1"):
            answer = decide(platform_only, id, "approve", capacity="deployment")
            refused(answer, 403, "missing_scope")
    refused(decide(platform, made, "approve"), 404, "unknown")
    by_grant = {"capacity": "deployment", "manner": "grant"}
    refused(decide(platform, made, "approve", **by_grant), 422, "approve_once_only")
    approval = approve(platform, made, capacity="deployment")
    assert approval["decided_by"] == "deployment"
    assert check(platform, asked)["permitted"]
    path = f"/v1/approvals/{approval['approval_id']}/revoke"
    with service.client(service.key(*others)) as platform_only:
        refused(platform_only.post(path), 404, "unknown")
    assert platform.post(path).status_code == 200
    assert not check(platform, asked)["permitted"]


def draft_to_publish(
    service: RunningService, platform: httpx2.Client, **review: bool
) -> dict[str, Any]:
    """A draft of bob's under a grant of ann's, as the question whether to publish it."""
    cameo = service.enroll("user:ann")
    terms = {"actions": ["generate", "publish"], "facets": ["face"], **review}
    body = {"cameo_id": cameo, "grantee": "user:bob", "terms": terms}
    assert platform.post("/v1/grants", json=body).status_code == 201
    draft = use(platform, question(cameo), assets=[ASSET])
    return question(cameo, action="publish", draft=draft["id"])


def test_a_licensor_approves_before_publishing_and_only_this_draft(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    asked = draft_to_publish(service, platform, approval_before_publishing=True)
    needed = check(platform, asked)
    assert needed["effect"] == "needs_approval"
    assert needed["parties"][0]["approvals_needed"][0]["capacity"] == "licensor"
    made = ask(platform, asked)["id"]
    refused(decide(platform, made, "approve"), 404, "unknown")
    licensor = {"capacity": "licensor"}
    refused(decide(platform, made, "approve", **licensor, manner="grant"), 422, "approve_once_only")
    approve(platform, made, **licensor)
    assert check(platform, asked)["permitted"]
    more = platform.post(f"/v1/uses/{asked['draft']}/assets", json={"assets": [OTHER]})
    assert more.status_code == 200, more.text
    assert check(platform, asked)["effect"] == "needs_approval"

    again = ask(platform, asked)["id"]
    approve(platform, again, **licensor)
    granted = permit(platform, asked)["id"]
    published = platform.post(f"/v1/uses/{asked['draft']}/publish", json={"permit_id": granted})
    assert published.status_code == 200, published.text
    assert published.json()["status"] == "published"


def test_a_draft_that_changed_since_cannot_be_approved(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    asked = draft_to_publish(service, platform, approval_before_publishing=True)
    made = ask(platform, asked)["id"]
    platform.post(f"/v1/uses/{asked['draft']}/assets", json={"assets": [OTHER]})
    refused(decide(platform, made, "approve", capacity="licensor"), 409, "question_changed")
    newer = ask(platform, asked)
    assert (newer["id"] != made, newer["status"]) == (True, "pending")
    assert decide(platform, made, "deny", capacity="licensor").status_code == 200


def test_nobody_asks_to_publish_the_draft_of_others(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    asked = draft_to_publish(service, platform, approval_before_publishing=True)
    with service.client(service.key(principal="org:other", acts_for=("user:bob",))) as other:
        for draft in (asked["draft"], "use_1"):
            body = {"request": {**asked, "draft": draft}}
            problem = refused(other.post("/v1/access-requests", json=body), 404, "unknown")
            assert problem["detail"] == f"there is no use `{draft}`"
