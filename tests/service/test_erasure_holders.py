"""Holders of identity packages are told of an erasure, and confirm."""

import json

import httpx2

from tests.service.erasing import enroll, erase, hand_out, likeness, shown
from tests.service.running import Refusal, RunningService


def test_holders_of_packages_are_told_and_confirm(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    for holder, id in (("app:studio", "dis_1"), ("app:other", "dis_2"), ("app:studio", "dis_3")):
        hand_out(service.context, cameo, holder, id=id, now=service.clock())
    erased = erase(platform, cameo)
    held = {each["holder"]: each for each in erased["holders"]}
    assert held["app:studio"]["disclosures"] == ["dis_1", "dis_3"]
    studio_key = service.key(principal="app:studio", acts_for=())
    other_key = service.key(principal="app:another", acts_for=())
    listed = "/v1/erasures?holder=app:studio&unconfirmed=true"
    with service.client(studio_key) as studio, service.client(other_key) as stranger:
        [notice] = studio.get(listed).json()["data"]
        assert (notice["erasure_id"], notice["cameo_id"]) == (erased["id"], cameo)
        [told] = studio.get("/v1/notices?principal=app:studio").json()["data"]
        assert (told["kind"], told["body"]["erasure_id"]) == ("cameo_erased", erased["id"])
        refused(studio.get(f"/v1/erasures/{erased['id']}"), 404, "unknown")
        refused(stranger.get(listed), 403, "not_acting_for")
        confirm = f"/v1/erasures/{erased['id']}/confirm"
        refused(stranger.post(confirm), 404, "unknown")
        refused(stranger.post(confirm, json={"holder": "app:studio"}), 404, "unknown")
        confirmed = studio.post(confirm).json()
        service.clock.advance(days=1)
        assert studio.post(confirm).json() == confirmed
        assert studio.get(listed).json()["data"] == []
        assert len(studio.get("/v1/erasures?holder=app:studio").json()["data"]) == 1
    seen = {each["holder"]: each for each in shown(platform, erased["id"])["holders"]}
    assert seen["app:studio"]["confirmed_at"] == confirmed["confirmed_at"] is not None
    assert seen["app:other"]["confirmed_at"] is None
    with service.context.store.read() as tx:
        kinds = [json.loads(each.document)["event"] for each in tx.log.about(cameo, limit=99)]
    assert kinds.count("erasure.confirmed") == 1
