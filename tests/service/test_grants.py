"""Grants over HTTP: their terms, their end, who sees what."""

from datetime import timedelta
from typing import Any

import httpx2
import jwt
import pytest

from cameo_service.grants import offers
from cameo_service.routes.schemas.terms import TermsIn
from permissions.terms import Terms
from permissions.vocabulary import Action, Facet
from storage.records import GrantRecord
from tests.service.making import check, permit, permitted, plain_grant, question
from tests.service.running import Refusal, RunningService
from tests.service.seeded import known

FULL: dict[str, Any] = {
    "actions": ["generate", "publish"],
    "facets": ["face", "voice"],
    "not_before": "2026-11-22T12:00:00+00:00",
    "not_after": "2027-11-22T12:00:00+00:00",
    "purposes": {"included": ["entertainment"], "excluded": []},
    "categories": {"included": ["*"], "excluded": ["politics", "sexual"]},
    "territories": {"included": ["*"], "excluded": ["US-CA"]},
    "co_appearance": {"included": ["person"], "excluded": []},
    "appearance_change": "subtle",
    "count": 3,
    "remix_depth": 2,
    "sublicence_depth": 1,
    "approval_before_publishing": True,
    "obligations": [{"kind": "credit", "text": "Ann"}],
    "intended_use": "Ann as a shopkeeper in one series",
    "on_revocation": "recall_drafts",
    "compensation": "contract 7",
}


def test_full_terms_come_back_and_are_signed(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    sent = {"cameo_id": cameo, "grantee": "user:bob", "terms": FULL}
    grant = platform.post("/v1/grants", json=sent).json()
    assert grant["terms"] == {"version": 1, **FULL}
    assert (grant["status"], grant["remaining"], grant["parent"]) == ("active", 3, None)
    claims = jwt.decode(grant["signed"], options={"verify_signature": False})
    assert claims["terms"] == grant["terms"]
    assert claims["parent"] is None
    assert platform.get(f"/v1/grants/{grant['id']}").json() == grant


def test_what_is_left_out_is_not_limited_but_for_remixes_and_sublicences(
    service: RunningService, platform: httpx2.Client
) -> None:
    grant = platform.get(f"/v1/grants/{plain_grant(platform, service.enroll('user:ann'))}").json()
    everything = {"included": ["*"], "excluded": []}
    terms = grant["terms"]
    for aspect in ("purposes", "categories", "territories", "co_appearance"):
        assert terms[aspect] == everything
    assert (terms["remix_depth"], terms["sublicence_depth"]) == (0, 0)
    assert (terms["count"], terms["approval_before_publishing"]) == (None, False)
    assert (terms["appearance_change"], terms["on_revocation"]) == ("complete", "ask_removal")
    assert [notice["code"] for notice in grant["notices"]] == ["intended_use_missing"]


def test_a_described_grant_needs_no_notice(
    service: RunningService, platform: httpx2.Client
) -> None:
    terms = {"intended_use": "one film"}
    grant = plain_grant(platform, service.enroll("user:ann"), terms=terms)
    assert platform.get(f"/v1/grants/{grant}").json()["notices"] == []


def test_every_aspect_of_the_terms_counts(service: RunningService, platform: httpx2.Client) -> None:
    cameo = service.enroll("user:ann")
    terms = {
        "purposes": {"included": ["entertainment"]},
        "categories": {"excluded": ["politics"]},
        "territories": {"excluded": ["FR"]},
        "co_appearance": {"included": []},
        "appearance_change": "none",
    }
    plain_grant(platform, cameo, terms=terms)
    changed = [{"cameo_id": cameo, "facets": ["face"], "appearance_change": "subtle"}]
    assert permitted(platform, question(cameo))
    for change in (
        {"purpose": "advertising"},
        {"purpose": None},
        {"categories": ["politics.satire"]},
        {"territories": ["FR"]},
        {"territories": ["*"]},
        {"co_appearing": ["brand.acme"]},
        {"likenesses": changed},
        {"action": "publish"},
    ):
        assert not permitted(platform, question(cameo, **change)), change


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"actions": []}, "invalid_request"),
        ({"purposes": {"included": []}}, "grant_covers_nothing"),
        ({"territories": {"included": []}}, "grant_covers_nothing"),
        ({"purposes": {"included": ["propaganda"]}}, "invalid_request"),
        ({"categories": {"excluded": ["gore"]}}, "invalid_request"),
        ({"territories": {"included": ["EU"]}}, "invalid_request"),
        ({"co_appearance": {"included": ["dog"]}}, "invalid_request"),
        ({"territories": ["DE"]}, "invalid_request"),
        ({"territories": {"included": ["DE"], "but": ["DE"]}}, "invalid_request"),
        ({"appearance_change": "much"}, "invalid_request"),
        ({"count": 0}, "invalid_request"),
        ({"count": True}, "invalid_request"),
        ({"count": "3"}, "invalid_request"),
        ({"sublicence_depth": True}, "invalid_request"),
        ({"approval_before_publishing": "off"}, "invalid_request"),
        ({"remix_depth": -1}, "invalid_request"),
        ({"sublicence_depth": 16}, "invalid_request"),
        ({"on_revocation": "shrug"}, "invalid_request"),
        ({"obligations": [{"kind": "dance"}]}, "invalid_request"),
        ({"intended_use": "x" * 2_001}, "invalid_request"),
        ({"compensation": "\x00"}, "invalid_request"),
        ({"not_after": "2036-11-22T12:00:01Z"}, "grant_too_long"),
        ({"not_before": "2030-01-01T00:00:00Z", "not_after": "2040-01-01T00:00:01Z"}, None),
        ({"not_before": "9999-01-01T00:00:00Z"}, "invalid_request"),
    ],
    ids=str,
)
def test_terms_without_sense_are_refused(
    service: RunningService,
    platform: httpx2.Client,
    refused: Refusal,
    terms: dict[str, Any],
    code: str | None,
) -> None:
    whole = {"actions": ["generate"], "facets": ["face"], **terms}
    sent = {"cameo_id": service.enroll("user:ann"), "grantee": "user:bob", "terms": whole}
    refused(platform.post("/v1/grants", json=sent), 422, code or "grant_too_long")


def test_ten_years_can_be_agreed_and_are_agreed_where_nothing_is(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo, ends = service.enroll("user:ann"), "2036-11-22T12:00:00+00:00"
    for terms in ({}, {"not_after": ends}):
        grant = platform.get(f"/v1/grants/{plain_grant(platform, cameo, terms=terms)}").json()
        assert grant["terms"]["not_after"] == ends


def test_a_count_runs_down_and_comes_back(service: RunningService, platform: httpx2.Client) -> None:
    cameo = service.enroll("user:ann")
    grant = plain_grant(platform, cameo, terms={"count": 2})

    def remaining() -> int:
        return int(platform.get(f"/v1/grants/{grant}").json()["remaining"])

    assert remaining() == 2
    first = permit(platform, question(cameo))["id"]
    assert remaining() == 1
    assert platform.post("/v1/uses", json={"permit_id": first}).status_code == 201
    permit(platform, question(cameo))
    assert remaining() == 0
    assert not permitted(platform, question(cameo))
    service.clock.advance(minutes=10)
    assert remaining() == 1
    assert permitted(platform, question(cameo))


def test_revocation_ends_permits_and_recalls_what_the_terms_say(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    for class_, recalled in (
        ("ask_removal", 1),
        ("recall_drafts", 1),
        ("stop_new", 0),
        ("published_stays", 0),
    ):
        grant = plain_grant(platform, cameo, terms={"on_revocation": class_})
        spent = permit(platform, question(cameo))["id"]
        use = platform.post("/v1/uses", json={"permit_id": spent}).json()["id"]
        live = permit(platform, question(cameo))["id"]
        revoked = platform.post(f"/v1/grants/{grant}/revoke", json={"reason": "enough"}).json()
        assert (revoked["status"], revoked["permits_revoked"]) == ("revoked", 2)
        assert revoked["uses_recalled"] == recalled
        recall = platform.get(f"/v1/uses/{use}").json()["recall"]
        assert (recall is not None) == bool(recalled)
        assert not permitted(platform, question(cameo))
        with service.context.store.read() as tx:
            assert tx.permits.get(live).revoked_at == service.clock()
        again = platform.post(f"/v1/grants/{grant}/revoke").json()
        assert (again["permits_revoked"], again["uses_recalled"]) == (0, 0)


def test_a_revocation_touches_what_it_changes(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    grant = plain_grant(platform, cameo)
    with service.context.store.read() as tx:
        before = tx.revisions.current()
    platform.post(f"/v1/grants/{grant}/revoke")
    with service.context.store.read() as tx:
        touched = tx.revisions.touched_since(before) or frozenset()
    assert set(touched) == {f"cameo:{cameo}", "principal:user:bob", f"grant:{grant}"}


def test_a_cameo_that_ends_recalls_its_uses(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    platform.put(f"/v1/cameos/{cameo}/policy", json={"audience": {"generate": "everyone"}})
    spent = permit(platform, question(cameo))["id"]
    use = platform.post("/v1/uses", json={"permit_id": spent}).json()["id"]
    assert platform.post(f"/v1/cameos/{cameo}/revoke").json()["status"] == "revoked"
    recall = platform.get(f"/v1/uses/{use}").json()["recall"]
    assert (recall["cause"], recall["ask"]) == ("cameo_revoked", "delete")


def test_nothing_of_a_grant_is_overwritten(
    service: RunningService, platform: httpx2.Client
) -> None:
    grant = plain_grant(platform, service.enroll("user:ann"))
    service.clock.advance(hours=1)
    platform.post(f"/v1/grants/{grant}/revoke", json={"reason": "enough"})
    path = f"/v1/grants/{grant}/history"
    first, last = platform.get(path).json()["data"]
    assert (first["version"], first["revoked_at"]) == (1, None)
    assert (last["version"], last["revocation_reason"]) == (2, "enough")
    assert first["terms"] == last["terms"]
    page = platform.get(path, params={"limit": 1}).json()
    assert page["has_more"]
    rest = platform.get(path, params={"after": page["next_cursor"]}).json()
    assert rest["data"] == [last]


def test_the_grantee_is_not_told_why(service: RunningService, platform: httpx2.Client) -> None:
    grant = plain_grant(platform, service.enroll("user:ann"))
    platform.post(f"/v1/grants/{grant}/revoke", json={"reason": "enough"})
    assert platform.get(f"/v1/grants/{grant}").json()["revocation_reason"] == "enough"
    key = service.key(principal="org:bobs", acts_for=("user:bob",))
    with service.client(key) as bobs:
        seen = [
            bobs.get(f"/v1/grants/{grant}").json(),
            bobs.get("/v1/grants", params={"grantee": "user:bob"}).json()["data"][0],
            *bobs.get(f"/v1/grants/{grant}/history").json()["data"],
        ]
        repeated = [each["revocation_reason"] for each in seen]
    assert repeated == [None] * 4


def test_grants_are_found_by_grantee_and_by_cameo(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    ann, ben = service.enroll("user:ann"), service.enroll("user:ben")
    grants = sorted(
        [
            plain_grant(platform, ann),
            plain_grant(platform, ben),
            plain_grant(platform, ann, "user:eve"),
        ]
    )

    def found(**query: str) -> list[str]:
        page = platform.get("/v1/grants", params=query).json()
        return [each["id"] for each in page["data"]]

    assert sorted(found(grantee="user:bob") + found(grantee="user:eve")) == grants
    assert sorted(found(cameo_id=ann) + found(cameo_id=ben)) == grants
    for query in ({}, {"grantee": "user:bob", "cameo_id": ann}):
        refused(platform.get("/v1/grants", params=query), 422, "one_filter_needed")
    with service.client(service.key(principal="org:x", acts_for=("user:bob",))) as bobs:
        refused(bobs.get("/v1/grants", params={"grantee": "user:eve"}), 403, "not_acting_for")
        for cameo in (ann, "cam_none"):
            refused(bobs.get("/v1/grants", params={"cameo_id": cameo}), 404, "unknown")


def test_a_grant_of_the_first_release_still_counts(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    terms = {"actions": ["generate"], "facets": ["face"], "not_before": None, "not_after": None}
    with service.context.store.write() as tx:
        tx.grants.add(
            GrantRecord(
                id="gra_old",
                version=1,
                cameo_id=cameo,
                grantor="user:ann",
                grantee="user:bob",
                terms=terms,
                signed="a.b.c",
                created_by="ck_1",
                created_at=service.clock() - timedelta(days=30),
            )
        )
        tx.revisions.touch(f"cameo:{cameo}", now=service.clock())
    answer = check(platform, question(cameo, purpose=None, territories=None))
    assert answer["parties"][0]["grants"] == [{"id": "gra_old", "version": 1}]
    shown = platform.get("/v1/grants/gra_old").json()
    assert (shown["terms"], shown["remaining"]) == (terms, None)


def test_a_grant_that_is_over_says_so(service: RunningService, platform: httpx2.Client) -> None:
    grant = plain_grant(
        platform, service.enroll("user:ann"), terms={"not_after": "2026-11-23T12:00:00Z"}
    )
    assert platform.get(f"/v1/grants/{grant}").json()["status"] == "active"
    service.clock.advance(days=1)
    assert platform.get(f"/v1/grants/{grant}").json()["status"] == "ended"


def test_a_repeated_grant_is_shown_as_it_is_now(
    service: RunningService, platform: httpx2.Client
) -> None:
    terms = {"actions": ["generate"], "facets": ["face"]}
    sent = {"cameo_id": service.enroll("user:ann"), "grantee": "user:bob", "terms": terms}
    headers = {"Idempotency-Key": "k1"}
    first = platform.post("/v1/grants", json=sent, headers=headers).json()
    platform.post(f"/v1/grants/{first['id']}/revoke")
    second = platform.post("/v1/grants", json=sent, headers=headers).json()
    assert (second["id"], second["status"]) == (first["id"], "revoked")


def test_who_is_dead_or_a_minor_gives_nothing_in_person_and_takes_everything_back(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    for owner, code, state in (
        ("user:ann", "guardian_needed", {"age_band": "teen"}),
        ("user:ben", "estate_needed", {"deceased_at": service.clock()}),
    ):
        cameo = service.enroll(owner)
        grant = plain_grant(platform, cameo)
        known(service, owner, **state)
        terms = {"actions": ["generate"], "facets": ["face"]}
        sent = {"cameo_id": cameo, "grantee": "user:bob", "terms": terms}
        refused(platform.post("/v1/grants", json=sent), 403, code)
        policy = {"audience": {"generate": "everyone"}}
        refused(platform.put(f"/v1/cameos/{cameo}/policy", json=policy), 403, code)
        assert platform.post(f"/v1/grants/{grant}/revoke").json()["status"] == "revoked"
        assert platform.post(f"/v1/cameos/{cameo}/revoke").json()["status"] == "revoked"


def test_terms_of_the_http_default_are_those_without_limits() -> None:
    sent = TermsIn(actions=[Action.TAG], facets=[Facet.FACE]).to_terms()
    wide = Terms.without_limits(actions=frozenset({Action.TAG}), facets=frozenset({Facet.FACE}))
    assert sent == wide


def test_one_grantee_holds_so_many_grants_and_no_more(
    service: RunningService,
    platform: httpx2.Client,
    refused: Refusal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every decision looks at all of them, with the writers' lock held where it is a permit's."""
    monkeypatch.setattr(offers, "MOST_GRANTS", 2)
    cameo = service.enroll("user:ann")
    sent = {
        "cameo_id": cameo,
        "grantee": "user:bob",
        "terms": {"actions": ["tag"], "facets": ["face"]},
    }
    first, second = (platform.post("/v1/grants", json=sent) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    refused(platform.post("/v1/grants", json=sent), 409, "too_many_grants")
    assert platform.post("/v1/grants", json={**sent, "grantee": "user:eve"}).status_code == 201
    assert platform.post(f"/v1/grants/{first.json()['id']}/revoke").status_code == 200
    assert platform.post("/v1/grants", json=sent).status_code == 201
