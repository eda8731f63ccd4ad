"""Grants, policies, checks, permits and what revocation does to them, over HTTP."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import jwt
import pytest

from permissions.facts import CameoStatus
from tests.service.running import Refusal, RunningService


def question(cameo: str, requester: str = "user:bob", **changes: Any) -> dict[str, Any]:
    return {
        "requester": requester,
        "action": "generate",
        "likenesses": [{"cameo_id": cameo, "facets": ["face"]}],
        **changes,
    }


def grant(platform: httpx2.Client, cameo: str, **terms: Any) -> dict[str, Any]:
    body = {
        "cameo_id": cameo,
        "grantee": "user:bob",
        "terms": {"actions": ["generate"], "facets": ["face", "voice"], **terms},
    }
    response = platform.post("/v1/grants", json=body)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def check(platform: httpx2.Client, asked: dict[str, Any]) -> dict[str, Any]:
    response = platform.post("/v1/consent/check", json=asked)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    assert answer["permitted"] == (answer["effect"] == "permit")
    return answer


def test_without_a_basis_the_answer_is_no(service: RunningService, platform: httpx2.Client) -> None:
    answer = check(platform, question(service.enroll("user:ann")))
    assert answer["effect"] == "deny"
    assert answer["reasons"][0]["code"] == "not_permitted"
    assert answer["parties"][0]["could_change"] == "ask_owner"


def test_an_unknown_cameo_is_a_denial(platform: httpx2.Client) -> None:
    assert check(platform, question("cam_nothing"))["reasons"][0]["code"] == "unavailable"


def test_what_cannot_be_used_looks_like_what_does_not_exist(
    service: RunningService, platform: httpx2.Client
) -> None:
    revoked, pending = service.enroll("user:ann"), service.enroll("user:ben")
    with service.context.store.write() as tx:
        tx.cameos.save(replace(tx.cameos.get(pending), status=CameoStatus.PENDING))
    assert platform.post(f"/v1/cameos/{revoked}/revoke").status_code == 200
    answers = [check(platform, question(cameo)) for cameo in (revoked, pending, "cam_nothing")]
    for answer in answers:
        del answer["parties"][0]["cameo_id"]
    assert answers[0] == answers[1] == answers[2]


def test_a_remix_of_nothing_known_is_a_denial(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    platform.put(f"/v1/cameos/{cameo}/policy", json={"audience": {"remix": "everyone"}})
    grant(platform, cameo, actions=["remix"])
    for requester in ("user:ann", "user:bob"):
        answer = check(platform, question(cameo, requester, action="remix"))
        assert answer["effect"] == "deny"
        assert [reason["code"] for reason in answer["reasons"]] == ["context_undeclared"]


def test_the_owner_may(service: RunningService, platform: httpx2.Client) -> None:
    answer = check(platform, question(service.enroll("user:ann"), "user:ann"))
    assert answer["reasons"][0]["code"] == "is_owner"


def test_a_grant_covers_its_actions_and_facets_only(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    made = grant(platform, cameo)
    answer = check(platform, question(cameo))
    assert answer["permitted"]
    assert answer["parties"][0]["grants"] == [{"id": made["id"], "version": 1}]
    assert not check(platform, question(cameo, action="publish"))["permitted"]
    name = [{"cameo_id": cameo, "facets": ["face", "name"]}]
    assert not check(platform, question(cameo, likenesses=name))["permitted"]
    assert not check(platform, question(cameo, "user:eve"))["permitted"]


def test_a_grant_begins_and_ends_on_time(service: RunningService, platform: httpx2.Client) -> None:
    cameo = service.enroll("user:ann")
    begins, ends = service.clock() + timedelta(hours=1), service.clock() + timedelta(hours=2)
    grant(platform, cameo, not_before=begins.isoformat(), not_after=ends.isoformat())
    assert not check(platform, question(cameo))["permitted"]
    service.clock.advance(hours=1)
    answer = check(platform, question(cameo))
    assert answer["permitted"]
    assert answer["expires_at"] == ends.isoformat().replace("+00:00", "Z")
    service.clock.advance(hours=1)
    assert not check(platform, question(cameo))["permitted"]


def test_a_grant_without_sense_is_refused(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    now = service.clock()
    for terms, code in (
        ({"not_after": now.isoformat()}, "grant_window_past"),
        ({"not_after": "2027-01-01T00:00:00"}, "invalid_request"),
        (
            {"not_before": "2028-01-01T00:00:00Z", "not_after": "2027-01-01T00:00:00Z"},
            "grant_window_empty",
        ),
        ({"territory": "FR"}, "invalid_request"),
    ):
        body = {
            "cameo_id": cameo,
            "grantee": "user:bob",
            "terms": {"actions": ["generate"], "facets": ["face"], **terms},
        }
        refused(platform.post("/v1/grants", json=body), 422, code)


def test_an_audience_opens_and_closes(service: RunningService, platform: httpx2.Client) -> None:
    cameo = service.enroll("user:ann")
    everyone = {"audience": {"generate": "everyone"}}
    approved = {"audience": {"generate": "approved"}, "approved": ["user:bob"]}
    for policy, bob, eve in (
        (everyone, True, True),
        (approved, True, False),
        ({"audience": {}}, False, False),
    ):
        assert platform.put(f"/v1/cameos/{cameo}/policy", json=policy).status_code == 200
        assert check(platform, question(cameo))["permitted"] == bob
        assert check(platform, question(cameo, "user:eve"))["permitted"] == eve
        assert not check(platform, question(cameo, action="publish"))["permitted"]
    history = platform.get(f"/v1/cameos/{cameo}/policy/history").json()["data"]
    assert [version["version"] for version in history] == [1, 2, 3, 4]
    assert history[1]["audience"] == {"generate": "everyone"}


def test_several_likenesses_need_every_yes(
    service: RunningService, platform: httpx2.Client
) -> None:
    ann, ben = service.enroll("user:ann"), service.enroll("user:ben")
    grant(platform, ann)
    both = [{"cameo_id": id, "facets": ["face"]} for id in (ann, ben)]
    answer = check(platform, question(ann, likenesses=both))
    assert answer["effect"] == "deny"
    assert [party["effect"] for party in answer["parties"]] == ["permit", "deny"]
    grant(platform, ben)
    assert check(platform, question(ann, likenesses=both))["permitted"]


def test_a_likeness_named_twice_is_a_denial(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    twice = [{"cameo_id": cameo, "facets": ["face"]}] * 2
    answer = check(platform, question(cameo, "user:ann", likenesses=twice))
    assert answer["reasons"][0]["code"] == "request_malformed"


def test_a_permit_states_who_what_and_on_which_grounds(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    made = grant(platform, cameo)
    issued = platform.post("/v1/permits", json=question(cameo)).json()
    claims = jwt.decode(issued["permit"], options={"verify_signature": False})
    now = int(service.clock().timestamp())
    assert claims["sub"] == "user:bob"
    assert claims["aud"] == "org:platform"
    assert claims["jti"] == issued["id"]
    assert [each["cameo_id"] for each in claims["likenesses"]] == [cameo]
    assert claims["grants"] == [{"id": made["id"], "version": 1}]
    assert (claims["iat"], claims["exp"]) == (now, now + 120)
    assert claims["request_hash"] == issued["request_hash"]


def test_a_permit_ends_with_the_grant_it_rests_on(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    ends = service.clock() + timedelta(seconds=30)
    grant(platform, cameo, not_after=ends.isoformat())
    issued = platform.post("/v1/permits", json=question(cameo)).json()
    claims = jwt.decode(issued["permit"], options={"verify_signature": False})
    assert claims["exp"] == int(ends.timestamp())


def test_a_denied_permit_says_why(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    problem = refused(platform.post("/v1/permits", json=question(cameo)), 403, "consent_denied")
    assert problem["decision"]["parties"][0]["reason"]["code"] == "not_permitted"


def test_revocation_counts_from_its_answer_on(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    made = grant(platform, cameo)
    issued = platform.post("/v1/permits", json=question(cameo)).json()
    revoked = platform.post(f"/v1/grants/{made['id']}/revoke", json={"reason": "changed my mind"})
    assert revoked.json()["status"] == "revoked"
    assert revoked.json()["permits_revoked"] == 1
    assert not check(platform, question(cameo))["permitted"]
    refused(platform.post("/v1/permits", json=question(cameo)), 403, "consent_denied")
    with service.context.store.read() as tx:
        assert tx.permits.get(issued["id"]).revoked_at == service.clock()
    again = platform.post(f"/v1/grants/{made['id']}/revoke")
    assert again.json()["revoked_at"] == revoked.json()["revoked_at"]
    assert again.json()["permits_revoked"] == 0


def test_no_check_that_starts_after_a_revocation_says_yes(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    key = service.key()
    for _ in range(5):
        made = grant(platform, cameo)
        with ThreadPoolExecutor(8) as pool, service.client(key) as caller:
            during = [pool.submit(check, caller, question(cameo)) for _ in range(8)]
            platform.post(f"/v1/grants/{made['id']}/revoke")
            after = [pool.submit(check, caller, question(cameo)) for _ in range(8)]
            assert all(one.result()["effect"] in ("permit", "deny") for one in during)
            assert not any(one.result()["permitted"] for one in after)


def test_a_narrower_policy_ends_permits_that_rest_on_it(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    platform.put(f"/v1/cameos/{cameo}/policy", json={"audience": {"generate": "everyone"}})
    issued = platform.post("/v1/permits", json=question(cameo)).json()
    platform.put(f"/v1/cameos/{cameo}/policy", json={"audience": {}})
    with service.context.store.read() as tx:
        assert tx.permits.get(issued["id"]).revoked_at is not None


def test_a_new_policy_ends_whatever_had_to_pass_the_old_one(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    grant(platform, cameo)
    granted = platform.post("/v1/permits", json=question(cameo)).json()
    own = platform.post("/v1/permits", json=question(cameo, "user:ann")).json()
    platform.put(f"/v1/cameos/{cameo}/policy", json={"audience": {}})
    with service.context.store.read() as tx:
        assert tx.permits.get(granted["id"]).revoked_at is not None
        assert tx.permits.get(own["id"]).revoked_at is None


def test_revoking_a_cameo_ends_everything_that_rests_on_it(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    grant(platform, cameo)
    issued = platform.post("/v1/permits", json=question(cameo)).json()
    assert platform.post(f"/v1/cameos/{cameo}/revoke").json()["status"] == "revoked"
    assert not check(platform, question(cameo))["permitted"]
    assert not check(platform, question(cameo, "user:ann"))["permitted"]
    with service.context.store.read() as tx:
        assert tx.permits.get(issued["id"]).revoked_at is not None
        assert tx.templates.of_cameo(cameo) == []
    body = {
        "cameo_id": cameo,
        "grantee": "user:bob",
        "terms": {"actions": ["generate"], "facets": ["face"]},
    }
    refused(platform.post("/v1/grants", json=body), 409, "wrong_state")


def test_an_expired_credential_is_a_denial(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    grant(platform, cameo)
    service.clock.advance(days=365)
    assert check(platform, question(cameo))["reasons"][0]["code"] == "unavailable"


def test_grants_are_listed_in_pages(service: RunningService, platform: httpx2.Client) -> None:
    cameo = service.enroll("user:ann")
    made = sorted(grant(platform, cameo)["id"] for _ in range(5))
    seen: list[str] = []
    after = None
    for _ in range(3):
        query = {"limit": "2", **({"after": after} if after else {})}
        page = platform.get(f"/v1/cameos/{cameo}/grants", params=query).json()
        seen += [one["id"] for one in page["data"]]
        after = page["next_cursor"]
    assert (seen, page["has_more"], after) == (made, False, None)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"requester": "user:bob"}', b'"x"', b'{"a":1}', b"\xff\xfe"],
    ids=repr,
)
def test_an_unreadable_question_is_a_problem(
    platform: httpx2.Client, refused: Refusal, body: bytes
) -> None:
    headers = {"content-type": "application/json"}
    for path in ("/v1/consent/check", "/v1/permits"):
        refused(platform.post(path, content=body, headers=headers), 422, "invalid_request")


def test_a_misspelt_field_is_refused_and_not_ignored(
    platform: httpx2.Client, refused: Refusal
) -> None:
    asked = {**question("cam_1"), "territory": "FR"}
    refused(platform.post("/v1/consent/check", json=asked), 422, "invalid_request")


def test_a_problem_does_not_repeat_the_input(platform: httpx2.Client, refused: Refusal) -> None:
    response = platform.post("/v1/enrollments/x/open", json={"client_secret": ["cs_private"]})
    assert "cs_private" not in json.dumps(refused(response, 422, "invalid_request"))
