"""Permits over HTTP: what they say and rest on, what they reserve, how they end."""

from typing import Any

import httpx2
import pytest

from cameo_service.signing import epoch
from storage.errors import StoreUnavailable
from storage.records import PermitRecord
from tests.service.making import (
    LIKELY,
    approve,
    canonical,
    claims_of,
    draft,
    grant,
    permit,
    publication,
    question,
    refused_codes,
    report,
)
from tests.service.running import Refusal, RunningService

pytestmark = pytest.mark.both_databases


def stored(service: RunningService, id: str) -> PermitRecord:
    with service.context.store.read() as tx:
        return tx.permits.get(id)


def test_a_permit_states_the_whole_question(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    made = grant(platform, cameo, obligations=[{"kind": "watermark"}])
    asked = question(cameo, categories=["violence.mild"], territories=["DE", "AT"])
    issued = permit(platform, asked)
    now = epoch(service.clock())
    assert claims_of(issued) == {
        "iss": "http://127.0.0.1:8400",
        "aud": "org:platform",
        "sub": "user:bob",
        "jti": issued["id"],
        "iat": now,
        "nbf": now,
        "exp": now + 120,
        "action": "generate",
        "likenesses": asked["likenesses"],
        "context": {
            "purpose": "entertainment",
            "categories": ["violence.mild"],
            "territories": ["AT", "DE"],
            "co_appearing": [],
            "remix_of": [],
        },
        "request_hash": issued["request_hash"],
        "grants": [{"id": made, "version": 1}],
        "obligations": [{"kind": "watermark", "text": ""}],
        "revision": issued["decision"]["revision"],
        "status": {
            "status_list": {"idx": 0, "uri": "http://127.0.0.1:8400/v1/status-lists/0"},
        },
    }


def test_a_permit_rests_on_everything_that_could_end_it(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo, own = service.enroll("user:ann"), service.enroll("user:bob")
    above = grant(platform, cameo, "user:cleo", sublicence_depth=1)
    below = grant(platform, cameo, parent=above)
    both = [
        {"cameo_id": id, "facets": ["face"], "appearance_change": "none"} for id in (cameo, own)
    ]
    record = stored(service, permit(platform, question(cameo, likenesses=both))["id"])
    assert record.rests_on == tuple(
        sorted(
            {
                f"cameo:{cameo}",
                f"cameo:{own}",
                f"policy:{cameo}",
                f"grant:{above}",
                f"grant:{below}",
                "principal:user:ann",
                "principal:user:bob",
                "principal:user:cleo",
                "between:user:ann:user:bob",
                "between:user:ann:user:cleo",
                f"key:{record.issued_by}",
                "deployment",
            }
        )
    )
    assert record.request == canonical({**question(cameo, likenesses=sorted_by_id(both))})


def test_a_permit_names_each_party_with_the_chain_of_its_grants(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo, own = service.enroll("user:ann"), service.enroll("user:bob")
    above = grant(platform, cameo, "user:cleo", sublicence_depth=1)
    below = grant(platform, cameo, parent=above)
    both = [
        {"cameo_id": id, "facets": ["face"], "appearance_change": "none"} for id in (cameo, own)
    ]
    basis = stored(service, permit(platform, question(cameo, likenesses=both))["id"]).basis
    none: dict[str, Any] = {"underlies": None, "approvals": [], "obligations": []}
    covered = {"reason": "covered_by_grant", "grants": [below, above]}
    assert basis["parties"] == [
        {"cameo_id": cameo, "owner": "user:ann", **covered, **none},
        {"cameo_id": own, "owner": "user:bob", "reason": "is_owner", "grants": [], **none},
    ]
    licence = {"version": 1, "cameo_id": cameo, "on_revocation": "ask_removal"}
    links = [
        {"id": above, "grantor": "user:ann", "parent": None, **licence},
        {"id": below, "grantor": "user:cleo", "parent": above, **licence},
    ]
    assert basis["grants"] == sorted(links, key=lambda each: str(each["id"]))
    others = {name: found for name, found in basis.items() if name not in ("parties", "grants")}
    assert others == {
        "approvals": [],
        "obligations": [],
        "shown": [below],
        "inherited": [],
        "counted": [],
    }


def sorted_by_id(likenesses: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(likenesses, key=lambda each: str(each["cameo_id"]))


def test_a_count_is_reserved_by_permits_and_used_by_uses(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    grant(platform, cameo, count=2)
    first, second = permit(platform, question(cameo)), permit(platform, question(cameo))
    assert refused_codes(platform.post("/v1/permits", json=question(cameo))) == ["not_permitted"]
    answer = platform.post("/v1/consent/check", json=question(cameo)).json()
    assert not answer["permitted"]
    report(platform, first["id"])
    assert platform.post(f"/v1/permits/{second['id']}/release").status_code == 200
    assert platform.post("/v1/consent/check", json=question(cameo)).json()["permitted"]
    third = permit(platform, question(cameo))
    service.clock.advance(seconds=121)
    fourth = permit(platform, question(cameo))
    assert {third["id"], fourth["id"]}.isdisjoint({first["id"], second["id"]})
    report(platform, fourth["id"])
    service.clock.advance(days=1)
    assert refused_codes(platform.post("/v1/permits", json=question(cameo))) == ["not_permitted"]


def test_a_count_above_binds_those_below(service: RunningService, platform: httpx2.Client) -> None:
    cameo = service.enroll("user:ann")
    above = grant(platform, cameo, "user:cleo", sublicence_depth=1, count=1)
    for grantee in ("user:bob", "user:dan"):
        grant(platform, cameo, grantee, parent=above, count=1)
    permit(platform, question(cameo, "user:bob"))
    refused_codes(platform.post("/v1/permits", json=question(cameo, "user:dan")))


def test_what_a_revoked_permit_reserved_is_free(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    grant(platform, cameo, count=1)
    issued = permit(platform, question(cameo))
    assert platform.put(f"/v1/cameos/{cameo}/policy", json={"audience": {}}).status_code == 200
    assert stored(service, issued["id"]).revoked_at == service.clock()
    permit(platform, question(cameo))


def test_a_one_off_approval_is_good_for_one(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    asked = question(cameo)
    refused_codes(platform.post("/v1/permits", json=asked))
    approve(service, cameo, asked)
    refused_codes(platform.post("/v1/permits", json={**asked, "territories": ["FR"]}))
    issued = permit(platform, asked)
    record = stored(service, issued["id"])
    assert "approval:apr_1" in record.rests_on
    assert record.basis["approvals"] == ["apr_1"]
    refused_codes(platform.post("/v1/permits", json=asked))
    platform.post(f"/v1/permits/{issued['id']}/release")
    report(platform, permit(platform, asked)["id"])
    service.clock.advance(minutes=10)
    refused_codes(platform.post("/v1/permits", json=asked))


def test_a_repeat_gets_the_living_permit_and_reserves_nothing_more(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    grant(platform, cameo, count=1)
    headers = {"Idempotency-Key": "one"}

    def ask() -> httpx2.Response:
        return platform.post("/v1/permits", json=question(cameo), headers=headers)

    first = ask()
    assert first.status_code == 201
    assert ask().json() == first.json()
    platform.post(f"/v1/permits/{first.json()['id']}/release")
    second = ask().json()
    assert second["id"] != first.json()["id"]
    report(platform, second["id"])
    refused_codes(ask())


def test_owners_can_see_who_asked(service: RunningService, platform: httpx2.Client) -> None:
    cameo = service.enroll("user:ann")
    refused_codes(platform.post("/v1/permits", json=question(cameo)))
    refused_codes(platform.post("/v1/permits", json=question("cam_nothing")))
    grant(platform, cameo)
    permit(platform, question(cameo))
    with service.context.store.read() as tx:
        ((_, asked),) = tx.inquiries.of_cameo(cameo, limit=9)
        assert tx.inquiries.of_cameo("cam_nothing", limit=9) == []
    assert (asked.requester, asked.caller, asked.action) == ("user:bob", "org:platform", "generate")
    assert (asked.permitted, asked.refused, asked.last_at) == (1, 1, service.clock())


def test_a_refusal_stands_where_it_cannot_be_counted(
    service: RunningService, platform: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    cameo = service.enroll("user:ann")
    store = service.context.store
    write, calls = store.write, []

    def failing_the_second_time() -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise StoreUnavailable("the disk is full")
        return write()

    monkeypatch.setattr(store, "write", failing_the_second_time)
    assert refused_codes(platform.post("/v1/permits", json=question(cameo))) == ["not_permitted"]
    assert len(calls) == 2


def test_a_permit_is_given_back_by_its_holder_only(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    grant(platform, cameo)
    issued = permit(platform, question(cameo))
    path = f"/v1/permits/{issued['id']}/release"
    with service.client(service.key(principal="org:other")) as other:
        refused(other.post(path), 404, "unknown")
    released = platform.post(path).json()
    assert released["ended_at"] == service.clock().isoformat().replace("+00:00", "Z")
    service.clock.advance(seconds=10)
    assert platform.post(path).json() == released
    refused(platform.post("/v1/uses", json={"permit_id": issued["id"]}), 409, "permit_ended")
    spent = permit(platform, question(cameo))
    report(platform, spent["id"])
    refused(platform.post(f"/v1/permits/{spent['id']}/release"), 409, "permit_spent")


def test_a_permit_to_publish_is_for_one_draft_as_it_is(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    grant(platform, cameo)
    use = draft(platform, question(cameo))
    issued = permit(platform, publication(use))
    assert claims_of(issued)["draft"] == use["id"]
    record = stored(service, issued["id"])
    assert (record.draft, record.request["draft"]) == (use["id"], use["id"])
    assert f"use:{use['id']}" in record.rests_on
    other = [{**use["likenesses"][0], "appearance_change": "subtle"}]
    for path in ("/v1/permits", "/v1/consent/check"):
        for changes, status, code in (
            ({"likenesses": other}, 422, "draft_mismatch"),
            ({"remix_of": ["use_9"]}, 422, "draft_mismatch"),
            ({"requester": "user:ann"}, 422, "draft_mismatch"),
            ({"action": "generate"}, 422, "draft_needs_publish"),
            ({"draft": "use_9"}, 404, "unknown"),
        ):
            refused(platform.post(path, json=publication(use, **changes)), status, code)
        with service.client(service.key(principal="org:other")) as stranger:
            refused(stranger.post(path, json=publication(use)), 404, "unknown")


def test_publishing_may_need_the_owners_approval_of_these_assets(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    grant(platform, cameo, approval_before_publishing=True)
    use = draft(platform, question(cameo))
    asked = publication(use)
    answer = platform.post("/v1/permits", json=asked)
    assert refused_codes(answer) == ["approval_needed"]
    approve(service, cameo, asked)
    issued = permit(platform, asked)
    more = {"sha256": "f" * 64, "media_type": "image/png"}
    platform.post(f"/v1/uses/{use['id']}/assets", json={"assets": [more]})
    assert stored(service, issued["id"]).revoked_at == service.clock()
    assert refused_codes(platform.post("/v1/permits", json=asked)) == ["approval_needed"]


def test_context_that_is_not_declared_is_not_an_empty_one(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    grant(platform, cameo)
    bare = {key: value for key, value in question(cameo).items() if key not in LIKELY}
    empty = {**bare, "categories": []}
    hashes = {permit(platform, asked)["request_hash"] for asked in (bare, empty)}
    assert len(hashes) == 2
    nulls = {**bare, "purpose": None, "categories": None, "draft": None}
    assert permit(platform, nulls)["request_hash"] in hashes


def test_an_owners_own_permit_does_not_rest_on_the_policy(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    own = permit(platform, question(cameo, "user:ann"))
    platform.put(f"/v1/cameos/{cameo}/policy", json={"audience": {}})
    assert f"policy:{cameo}" not in stored(service, own["id"]).rests_on
    assert stored(service, own["id"]).revoked_at is None
