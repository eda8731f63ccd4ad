"""Uses over HTTP: reported, published, removed; seen and called back by owners."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from cameo_service import housekeeping
from tests.service.making import (
    ASSET,
    draft,
    grant,
    permit,
    publication,
    published,
    question,
    refused_codes,
    report,
    revoke,
    shown,
)
from tests.service.running import Refusal, RunningService

OTHER = {"sha256": "f" * 64, "media_type": "image/png"}


def test_a_use_begins_as_its_action_says(service: RunningService, platform: httpx2.Client) -> None:
    cameo = service.enroll("user:ann")
    now = service.clock().isoformat().replace("+00:00", "Z")
    for action, state, published_at in (
        ("generate", "draft", None),
        ("publish", "published", now),
        ("tag", "published", now),
    ):
        asked = question(cameo, "user:ann", action=action)
        issued = permit(platform, asked)
        use = report(platform, issued["id"], assets=[ASSET], location="https://x.example/1")
        assert use == {
            "object": "use",
            "id": use["id"],
            "permit_id": issued["id"],
            "requester": "user:ann",
            "holder": "org:platform",
            "action": action,
            "status": state,
            "likenesses": asked["likenesses"],
            "remix_of": [],
            "assets": [ASSET],
            "location": "https://x.example/1",
            "recall": None,
            "created_at": now,
            "updated_at": now,
            "published_at": published_at,
            "removed_at": None,
        }
        assert shown(platform, use) == use


def test_a_permit_is_for_one_use_while_it_lives(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    made = grant(platform, cameo)
    issued = permit(platform, question(cameo))
    body = {"permit_id": issued["id"], "assets": [ASSET]}
    headers = {"Idempotency-Key": "one"}
    first = platform.post("/v1/uses", json=body, headers=headers)
    assert platform.post("/v1/uses", json=body, headers=headers).json() == first.json()
    refused(platform.post("/v1/uses", json=body), 409, "permit_spent")
    revoked, expired = permit(platform, question(cameo)), permit(platform, question(cameo))
    service.clock.advance(seconds=120)
    refused(platform.post("/v1/uses", json={"permit_id": expired["id"]}), 409, "permit_ended")
    revoke(platform, made)
    refused(platform.post("/v1/uses", json={"permit_id": revoked["id"]}), 409, "permit_ended")
    refused(platform.post("/v1/uses", json={"permit_id": "per_9"}), 404, "unknown")


def test_only_the_audience_reports(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    grant(platform, cameo)
    issued = permit(platform, question(cameo))
    with service.client(service.key(principal="org:other")) as other:
        refused(other.post("/v1/uses", json={"permit_id": issued["id"]}), 404, "unknown")
    with service.client(service.key(principal="app:w", acts_for=("org:platform",))) as worker:
        use = report(worker, issued["id"])
    assert use["holder"] == "org:platform"
    assert shown(platform, use) == use


@pytest.mark.parametrize(
    "fields",
    [
        {"assets": [{"sha256": "F" * 64, "media_type": "video/mp4"}]},
        {"assets": [{"sha256": "f" * 63, "media_type": "video/mp4"}]},
        {"assets": [{"sha256": "f" * 64 + "\n", "media_type": "video/mp4"}]},
        {"assets": [{"sha256": "f" * 64, "media_type": "video"}]},
        {"assets": [{"sha256": "f" * 64, "media_type": "video/mp4\n"}]},
        {"assets": [{"sha256": "f" * 64}]},
        {"assets": [OTHER] * 65},
        {"location": ""},
        {"location": "x\0"},
        {"place": "x"},
    ],
    ids=repr,
)
def test_an_unreadable_report_is_refused(
    platform: httpx2.Client, refused: Refusal, fields: dict[str, Any]
) -> None:
    answer = platform.post("/v1/uses", json={"permit_id": "per_1", **fields})
    refused(answer, 422, "invalid_request")


def test_assets_are_added_to_a_draft_each_once(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    use = draft(platform, question(cameo, "user:ann"))
    path = f"/v1/uses/{use['id']}/assets"
    for _ in range(2):
        added = platform.post(path, json={"assets": [OTHER, ASSET, OTHER]}).json()
        assert added["assets"] == [ASSET, OTHER]
    assert shown(platform, use) == added
    for start in range(0, 254, 64):
        many = [
            {**OTHER, "sha256": f"{number:064x}"} for number in range(start, min(start + 64, 254))
        ]
        assert platform.post(path, json={"assets": many}).status_code == 200
    more = [{**OTHER, "sha256": "e" * 64}]
    refused(platform.post(path, json={"assets": more}), 422, "too_many_assets")
    refused(platform.post(path, json={"assets": []}), 422, "invalid_request")
    published(platform, use)
    refused(platform.post(path, json={"assets": more}), 409, "wrong_state")


def test_a_draft_is_published_on_its_own_permit_once(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    making = grant(platform, cameo, actions=["generate"])
    use, other = draft(platform, question(cameo)), draft(platform, question(cameo))
    refused_codes(platform.post("/v1/permits", json=publication(use)))
    publishing = grant(platform, cameo, actions=["publish"])
    issued, spare = permit(platform, publication(use)), permit(platform, publication(use))
    path = f"/v1/uses/{use['id']}/publish"
    refused(platform.post("/v1/uses", json={"permit_id": issued["id"]}), 422, "permit_for_draft")
    wrong = permit(platform, publication(other))["id"]
    bare = permit(platform, question(cameo, action="publish"))["id"]
    for unfit in (wrong, bare):
        refused(platform.post(path, json={"permit_id": unfit}), 422, "permit_for_another_use")
    body = {"permit_id": issued["id"], "location": "https://x.example/1"}
    out = platform.post(path, json=body).json()
    assert (out["status"], out["location"]) == ("published", "https://x.example/1")
    assert out["published_at"] is not None
    assert platform.post(path, json=body).json() == out
    refused(platform.post(path, json={"permit_id": spare["id"]}), 409, "wrong_state")
    with service.context.store.read() as tx:
        record = tx.uses.get(use["id"])
        assert tx.permits.get(issued["id"]).use_id == use["id"]
    assert {f"grant:{making}", f"grant:{publishing}"} <= set(record.rests_on)
    assert {each["id"] for each in record.basis["grants"]} == {making, publishing}
    assert record.grants == (making,)
    assert record.basis["parties"][0]["grants"] == [publishing]


def test_publication_needs_a_permit_that_lives_at_that_moment(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    grant(platform, cameo, actions=["generate"], on_revocation="stop_new")
    publishing = grant(platform, cameo, actions=["publish"], on_revocation="stop_new")
    use = draft(platform, question(cameo))
    path = f"/v1/uses/{use['id']}/publish"
    late, revoked = permit(platform, publication(use)), permit(platform, publication(use))
    service.clock.advance(seconds=60)
    revoke(platform, publishing)
    refused(platform.post(path, json={"permit_id": revoked["id"]}), 409, "permit_ended")
    service.clock.advance(seconds=60)
    refused(platform.post(path, json={"permit_id": late["id"]}), 409, "permit_ended")
    grant(platform, cameo, actions=["publish"], count=1)
    assert published(platform, use)["status"] == "published"
    another = draft(platform, question(cameo))
    service.clock.advance(days=1)
    refused_codes(platform.post("/v1/permits", json=publication(another)))


def test_an_owner_sees_every_use_of_the_own_likeness(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    ann, ben = service.enroll("user:ann"), service.enroll("user:ben")
    grant(platform, ann)
    grant(platform, ben)
    asked = question(ann)
    both = [*asked["likenesses"], {"cameo_id": ben, "facets": ["face"], "appearance_change": None}]
    first, second = draft(platform, {**asked, "likenesses": both}), draft(platform, asked)
    key = service.key(principal="org:agency", acts_for=("user:ann",))
    with service.client(key) as agency:
        page = agency.get(f"/v1/cameos/{ann}/uses", params={"limit": "1"}).json()
        rest = agency.get(f"/v1/cameos/{ann}/uses", params={"after": page["next_cursor"]}).json()
        listed = page["data"] + rest["data"]
        assert [use["id"] for use in listed] == sorted([first["id"], second["id"]])
        use = shown(agency, first)
        assert use in listed
        assert use["cameos"] == [ann]
        assert [each["cameo_id"] for each in use["likenesses"]] == [ann]
        assert use["assets"] == [ASSET]
        assert {"permit_id", "remix_of"}.isdisjoint(use)
        refused(agency.get(f"/v1/cameos/{ben}/uses"), 404, "unknown")
        for path in ("assets", "publish", "remove"):
            body = {"assets": [OTHER]} if path == "assets" else {"permit_id": "per_1"}
            answer = agency.post(f"/v1/uses/{first['id']}/{path}", json=body)
            refused(answer, 403, "not_acting_for")
    with service.client(service.key(principal="org:other", acts_for=("user:zoe",))) as other:
        refused(other.get(f"/v1/cameos/{ann}/uses"), 404, "unknown")
        refused(other.get(f"/v1/uses/{first['id']}"), 404, "unknown")
        refused(other.post(f"/v1/uses/{first['id']}/remove"), 404, "unknown")


def test_holders_list_their_own_uses(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    uses = [draft(platform, question(cameo, "user:ann")) for _ in range(3)]
    assert sorted(use["id"] for use in uses) == [
        use["id"] for use in platform.get("/v1/uses").json()["data"]
    ]
    page = platform.get("/v1/uses", params={"limit": "2"}).json()
    rest = platform.get("/v1/uses", params={"after": page["next_cursor"]}).json()
    assert len(page["data"] + rest["data"]) == 3
    with service.client(service.key(principal="app:w", acts_for=("org:platform",))) as worker:
        assert worker.get("/v1/uses").json()["data"] == []
        held = worker.get("/v1/uses", params={"holder": "org:platform"}).json()
        assert len(held["data"]) == 3
        refused(worker.get("/v1/uses", params={"holder": "org:x"}), 403, "not_acting_for")


def test_reservations_that_are_over_are_swept(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    made = grant(platform, cameo, count=3)
    report(platform, permit(platform, question(cameo))["id"])
    permit(platform, question(cameo))
    service.clock.advance(minutes=5)
    housekeeping.sweep(service.context)
    with service.context.store.write() as tx:
        assert tx.reservations.sweep(before=service.clock() + timedelta(days=1)) == 0
        assert tx.reservations.taken(f"grant:{made}", now=service.clock()).count == 1


@pytest.mark.parametrize("its", ["swept", "kept"])
def test_a_replica_with_a_faster_clock_makes_no_use_too_many(
    service: RunningService, platform: httpx2.Client, refused: Refusal, its: str
) -> None:
    cameo = service.enroll("user:ann")
    key = f"grant:{grant(platform, cameo, count=1)}"
    issued = permit(platform, question(cameo))
    ends = service.clock() + timedelta(minutes=5)
    with service.context.store.write() as tx:
        # to its clock, the first permit was over
        if its == "swept":
            tx.reservations.sweep(before=ends)
        tx.reservations.reserve(key, "per_by_another", expires_at=ends)
    response = platform.post("/v1/uses", json={"permit_id": issued["id"]})
    refused(response, 409, "permit_ended")
    with service.context.store.write() as tx:
        assert tx.permits.get(issued["id"]).use_id is None
        tx.reservations.commit("per_by_another", now=service.clock())
        assert tx.reservations.taken(key, now=ends + timedelta(days=1)).count == 1
