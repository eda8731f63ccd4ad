"""Who is told of what by a webhook: from the event to a receiver that verifies it."""

from contextlib import suppress
from dataclasses import replace

import httpx2
import pytest

from cameo_service import touched
from cameo_service.permits.ending import end_permits
from cameo_service.webhooks.endpoints import MOST_OF_ONE
from tests.counting import counting
from tests.service import making
from tests.service.erasing import enroll, hand_out, likeness
from tests.service.receiving import Receiver, deliver, deliveries, register
from tests.service.running import RunningService
from tests.service.webhooks.posting import EVERYTHING, erase, ping, told_in


@pytest.mark.both_databases
def test_a_holder_is_told_of_an_erasure_and_can_verify_it(
    service: RunningService, platform: httpx2.Client, studio: httpx2.Client, receiver: Receiver
) -> None:
    webhook = register(studio, receiver.url, "erasure.requested")
    cameo, _ = enroll(service, "user:ann", likeness())
    hand_out(service.context, cameo, "app:studio", now=service.clock())
    hand_out(service.context, cameo, "app:other", id="dis_2", now=service.clock())
    erasure = erase(platform, cameo)
    assert receiver.received == []
    deliver(service)
    [received] = receiver.received
    event = received.verified(webhook["secret"], now=service.clock())
    assert event.type == "erasure.requested"
    assert event.data == {"erasure_id": erasure, "cameo_id": cameo, "disclosures": ["dis_1"]}
    assert received.path == "/hook"
    assert received.headers["content-type"] == "application/json"
    [delivery] = deliveries(studio, webhook)
    assert (delivery["id"], delivery["status"]) == (event.id, "delivered")
    assert (delivery["attempts"], delivery["last_status"]) == (1, 204)
    deliver(service)
    assert len(receiver.received) == 1


def test_each_side_is_told_what_is_its_own_in_the_order_of_events(
    service: RunningService, platform: httpx2.Client, studio: httpx2.Client, receiver: Receiver
) -> None:
    register(studio, receiver.url, *EVERYTHING)
    register(platform, receiver.url, *EVERYTHING, principal="user:bob")
    cameo, _ = enroll(service, "user:ann", likeness())
    grant = making.grant(platform, cameo)
    use = making.draft(studio, making.question(cameo))
    permit = making.permit(studio, making.question(cameo))["id"]
    making.permit(platform, making.question(cameo))
    hand_out(service.context, cameo, "app:studio", now=service.clock())
    making.revoke(platform, grant)
    erasure = erase(platform, cameo)
    deliver(service)
    told = [(each["type"], each["data"]) for each in map(told_in, receiver.received)]
    # which waits for nobody
    erased = next(each for each in told if each[0] == "erasure.requested")
    told.remove(erased)
    assert [*told, erased] == [
        (
            "permit.revoked",
            {"permit_ids": sorted([permit, use["permit_id"]]), "cameo_ids": [cameo]},
        ),
        ("use.recalled", {"use_ids": [use["id"]], "cameo_ids": [cameo], "ask": "delete"}),
        (
            "erasure.requested",
            {"erasure_id": erasure, "cameo_id": cameo, "disclosures": ["dis_1"]},
        ),
    ]


@pytest.mark.both_databases
def test_what_happens_while_an_endpoint_is_gone_is_kept_for_it(
    service: RunningService, platform: httpx2.Client, studio: httpx2.Client, receiver: Receiver
) -> None:
    gone, off = (register(studio, receiver.url, *EVERYTHING) for _ in range(2))
    change = {"url": receiver.url, "events": list(EVERYTHING)}
    assert studio.put(f"/v1/webhooks/{off['id']}", json={**change, "enabled": False}).is_success
    receiver.answers = [410]
    ping(studio, gone)
    deliver(service)
    cameo, _ = enroll(service, "user:ann", likeness())
    making.grant(platform, cameo)
    making.permit(studio, making.question(cameo))
    hand_out(service.context, cameo, "app:studio", now=service.clock())
    erasure = erase(platform, cameo)
    assert deliveries(studio, off) == []
    notices = studio.get("/v1/notices?principal=app:studio").json()["data"]
    told = [each["body"] for each in notices if each["kind"] == "webhook_gone"]
    assert told == [{"webhook_id": gone["id"]}]
    kept = deliveries(studio, gone, status="dead")[1:]
    assert [each["type"] for each in kept] == ["permit.revoked", "erasure.requested"]
    assert {each["last_error"] for each in kept} == {"disabled"}
    receiver.answers = [204]
    deliver(service)
    assert len(receiver.received) == 1
    assert studio.put(f"/v1/webhooks/{gone['id']}", json=change).json()["status"] == "enabled"
    path = f"/v1/webhooks/{gone['id']}/deliveries/replay-dead"
    assert studio.post(path).json()["replayed"] == 3
    deliver(service)
    sent = {each["type"]: each["data"] for each in map(told_in, receiver.received[1:])}
    assert set(sent) == {"ping", "permit.revoked", "erasure.requested"}
    assert sent["erasure.requested"]["erasure_id"] == erasure


@pytest.mark.both_databases
def test_many_endpoints_and_many_uses_make_a_revocation_a_few_statements_longer(
    service: RunningService,
    platform: httpx2.Client,
    studio: httpx2.Client,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken = {}
    for name, endpoints, uses in (("ann", 0, 100), ("bea", MOST_OF_ONE, 100)):
        for _ in range(endpoints):
            webhook = register(studio, receiver.url, *EVERYTHING)
        cameo, _ = enroll(service, f"user:{name}", likeness())
        grant = making.grant(platform, cameo)
        use = making.draft(studio, making.question(cameo))["id"]
        with service.context.store.write() as tx:
            for number in range(1, uses):
                tx.uses.add(replace(tx.uses.get(use), id=f"{use}{number:03}", version=1))
        with counting(monkeypatch) as statements:
            making.revoke(platform, grant)
        taken[name] = len(statements)
    # it was 828 and 836: of a hundred uses most take eight each, for what is no webhook's
    assert taken["bea"] - taken["ann"] <= 10
    assert taken["bea"] < 900
    revoked, recalled = told = deliveries(studio, webhook)
    assert [each["type"] for each in told] == ["permit.revoked", "use.recalled"]
    deliver(service)
    with service.context.store.read() as tx:
        stored = tx.webhook_deliveries.find(recalled["id"])
        assert tx.webhook_deliveries.next_number() == 2 * MOST_OF_ONE
    assert stored is not None
    assert len(stored.body["data"]["use_ids"]) == 100
    assert revoked["id"] in receiver.ids


def test_an_erasure_waits_for_nothing(
    service: RunningService, platform: httpx2.Client, studio: httpx2.Client, receiver: Receiver
) -> None:
    register(studio, receiver.url, *EVERYTHING)
    cameo, _ = enroll(service, "user:ann", likeness())
    making.grant(platform, cameo)
    making.permit(studio, making.question(cameo))
    hand_out(service.context, cameo, "app:studio", now=service.clock())
    receiver.answers = [500]
    erase(platform, cameo)
    deliver(service)
    told = [told_in(each)["type"] for each in receiver.received]
    assert sorted(told) == ["erasure.requested", "permit.revoked"]


class Undone(Exception):
    """Ends a transaction, so that nothing of it stands."""


def test_an_event_that_is_rolled_back_is_told_to_nobody(
    service: RunningService, platform: httpx2.Client, studio: httpx2.Client, receiver: Receiver
) -> None:
    webhook = register(studio, receiver.url, *EVERYTHING)
    cameo, _ = enroll(service, "user:ann", likeness())
    making.grant(platform, cameo)
    permit = making.permit(studio, making.question(cameo))["id"]
    with suppress(Undone), service.context.store.write() as tx:
        assert end_permits(tx, touched.cameo(cameo), now=service.clock()) == [permit]
        assert len(tx.webhook_deliveries.of(webhook["id"], state=None, limit=9)) == 1
        raise Undone
    assert deliveries(studio, webhook) == []
