"""How deliveries are sent, tried again, waited for and given up, by a real deliverer over HTTP."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from cameo_service.context import Context
from cameo_service.housekeeping import sweep
from cameo_service.webhooks import delivering as delivering_module
from cameo_service.webhooks.attempts import MOST, pause
from cameo_service.webhooks.delivering import delivering
from cameo_service.webhooks.leasing import lease
from cameo_service.webhooks.outbox import store
from cameo_service.webhooks.sending import Outcome
from cameo_service.webhooks.settling import Ended, settle
from cameo_service.webhooks.telling import tell_revoked
from cameo_service.webhooks.turns import Turns
from tests.service import making
from tests.service.erasing import enroll, likeness
from tests.service.receiving import Receiver, deliver, deliveries, receiving, register
from tests.service.running import Refusal, RunningService
from tests.service.webhooks.posting import EVERYTHING, ping, told_in


def test_what_fails_is_tried_again_later_and_later(
    service: RunningService, studio: httpx2.Client, receiver: Receiver
) -> None:
    webhook = register(studio, receiver.url, *EVERYTHING)
    id = ping(studio, webhook)
    receiver.answers = [500, 503, 302, 204]
    pauses = []
    for _ in range(3):
        deliver(service)
        [delivery] = deliveries(studio, webhook, status="pending")
        waited = 0
        sent = len(receiver.received)
        while len(receiver.received) == sent:
            service.clock.advance(seconds=1)
            waited += 1
            deliver(service)
        pauses.append(waited)
        assert delivery["next_attempt_at"] is not None
    assert receiver.ids == [id] * 4
    for waited, wanted in zip(pauses, (10, 30, 90), strict=True):
        assert 0.8 * wanted <= waited <= 1.2 * wanted + 1
    stamps = [int(each.headers["webhook-timestamp"]) for each in receiver.received]
    assert stamps == sorted(set(stamps))
    for each in receiver.received[-1:]:
        assert each.verified(webhook["secret"], now=service.clock()).type == "ping"
    [delivery] = deliveries(studio, webhook, status="delivered")
    assert (delivery["attempts"], delivery["last_status"]) == (4, 204)


def test_a_redirect_is_not_followed_and_an_answer_is_not_kept(
    service: RunningService, studio: httpx2.Client, receiver: Receiver
) -> None:
    with receiving() as elsewhere:
        receiver.answers, receiver.headers = [307], {"location": elsewhere.url}
        receiver.body = b"secret of the receiver"
        webhook = register(studio, receiver.url, *EVERYTHING)
        ping(studio, webhook)
        deliver(service)
        assert elsewhere.received == []
    [delivery] = deliveries(studio, webhook)
    assert (delivery["status"], delivery["last_status"]) == ("pending", 307)
    assert "secret of the receiver" not in str(delivery)


def test_after_three_days_a_delivery_is_dead_and_can_be_sent_again(
    service: RunningService, studio: httpx2.Client, receiver: Receiver, refused: Refusal
) -> None:
    webhook = register(studio, receiver.url, *EVERYTHING)
    began, id = service.clock(), ping(studio, webhook)
    receiver.answers = [500]
    path = f"/v1/webhooks/{webhook['id']}/deliveries"
    refused(studio.post(f"{path}/{id}/replay"), 409, "delivery_pending")
    while deliveries(studio, webhook, status="pending"):
        deliver(service)
        service.clock.advance(hours=1)
    assert len(receiver.received) == MOST
    assert 48 <= (service.clock() - began).total_seconds() / 3600 <= 96
    [dead] = deliveries(studio, webhook, status="dead")
    assert (dead["attempts"], dead["last_status"]) == (MOST, 500)
    receiver.answers = [204]
    assert studio.post(f"{path}/{id}/replay").json()["status"] == "pending"
    deliver(service)
    assert receiver.ids == [id] * (MOST + 1)
    assert [each["status"] for each in deliveries(studio, webhook)] == ["delivered"]
    assert studio.post(f"{path}/replay-dead").json()["replayed"] == 0


def test_dead_ones_are_sent_again_a_limited_number_at_a_time(
    service: RunningService,
    studio: httpx2.Client,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cameo_service.webhooks.deliveries.REPLAYED_AT_ONCE", 2)
    webhook = register(studio, receiver.url, *EVERYTHING)
    sent = [ping(studio, webhook) for _ in range(3)]
    with service.context.store.write() as tx:
        tx.webhook_deliveries.give_up(webhook["id"], error="disabled", now=service.clock())
    answers = []
    for _ in range(2):
        answer = studio.post(f"/v1/webhooks/{webhook['id']}/deliveries/replay-dead").json()
        answers.append((answer["replayed"], answer["has_more"]))
        deliver(service)
        assert sorted(receiver.ids) == sorted(sent[: len(receiver.ids)])
    assert answers == [(2, True), (1, False)]
    assert len(receiver.ids) == 3


@pytest.mark.both_databases
def test_a_later_event_of_the_same_cameo_waits_and_others_do_not(
    service: RunningService, platform: httpx2.Client, studio: httpx2.Client, receiver: Receiver
) -> None:
    webhook = register(studio, receiver.url, "permit.revoked")
    ann, bea, cleo = (
        enroll(service, f"user:{each}", likeness())[0] for each in ("ann", "bea", "cleo")
    )
    for cameo in (ann, bea, cleo):
        making.grant(platform, cameo)
    # both likenesses in one question: it waits for what comes before on either
    likenesses = [making.question(each)["likenesses"][0] for each in (ann, bea)]
    asked = {
        "first": making.question(ann),
        "both": making.question(ann, likenesses=likenesses),
        "last": making.question(bea),
        "other": making.question(cleo),
    }
    permits = {name: making.permit(studio, each)["id"] for name, each in asked.items()}
    names = {permit: name for name, permit in permits.items()}
    receiver.answers = [500]
    revoke_alone(service, permits["first"])
    deliver(service)
    receiver.answers = [204]
    for name in ("both", "last", "other"):
        revoke_alone(service, permits[name])
    deliver(service)
    assert [names[permit_of(each)] for each in receiver.received] == ["first", "other"]
    service.clock.advance(minutes=1)
    deliver(service)
    told = [names[permit_of(each)] for each in receiver.received]
    assert told == ["first", "other", "first", "both", "last"]
    assert {each["status"] for each in deliveries(studio, webhook)} == {"delivered"}


def test_what_waits_behind_what_fails_is_given_up_soon_after_it(
    service: RunningService, platform: httpx2.Client, studio: httpx2.Client, receiver: Receiver
) -> None:
    webhook = register(studio, receiver.url, "permit.revoked")
    cameo, _ = enroll(service, "user:ann", likeness())
    making.grant(platform, cameo)
    for number in range(3):
        # each question of its own: the same one gets the same permit
        asked = making.question(cameo, territories=[("DE", "FR", "IT")[number]])
        revoke_alone(service, making.permit(studio, asked)["id"])
    receiver.answers = [500]
    began = service.clock()
    while deliveries(studio, webhook, status="pending"):
        deliver(service)
        service.clock.advance(hours=2)
    assert (service.clock() - began).days <= 4
    dead = deliveries(studio, webhook)
    assert [each["status"] for each in dead] == ["dead"] * 3
    assert [each["last_status"] for each in dead] == [500] * 3
    again = studio.post(f"/v1/webhooks/{webhook['id']}/deliveries/{dead[2]['id']}/replay").json()
    deliver(service)
    [waiting] = deliveries(studio, webhook, status="pending")
    assert (waiting["id"], waiting["attempts"]) == (again["id"], 1)


@pytest.mark.both_databases
def test_an_erasure_does_not_wait_for_the_many_that_fail(
    service: RunningService, studio: httpx2.Client, receiver: Receiver
) -> None:
    """Whatever fails is due again before all of so many were tried once."""
    webhook = register(studio, receiver.url, *EVERYTHING)
    with service.context.store.write() as tx:
        record = tx.webhooks.get(webhook["id"])
        failing: list[Any] = [
            (record, "permit.revoked", {}, (f"cam_{number}",)) for number in range(40)
        ]
        store(tx, failing, now=service.clock())
        [erasure] = store(tx, [(record, "erasure.requested", {}, ())], now=service.clock())
    tried = []
    for _ in range(30):
        parcels = lease(service.context, Turns()) or []
        service.clock.advance(seconds=10)
        settle(
            service.context,
            [Ended(parcel=each, outcome=Outcome(error="timed_out")) for each in parcels],
        )
        tried.append(erasure.id in {each.delivery.id for each in parcels})
    # at once, and then as often as what fails is tried in five minutes
    assert tried[0]
    assert tried.count(True) == 4


def revoke_alone(service: RunningService, permit: str) -> None:
    """The permit, and its audience told, as the end of what it rests on does it."""
    with service.context.store.write() as tx:
        assert tx.permits.revoke(permit, now=service.clock())
        tell_revoked(tx, [permit], now=service.clock())


def permit_of(received: Any) -> str:
    [permit] = told_in(received)["data"]["permit_ids"]
    return str(permit)


@pytest.mark.both_databases
def test_workers_never_send_the_same_at_the_same_time(
    service: RunningService, studio: httpx2.Client, receiver: Receiver
) -> None:
    webhook = register(studio, receiver.url, *EVERYTHING)
    with service.context.store.write() as tx:
        record = tx.webhooks.get(webhook["id"])
        sent = [each.id for each in store(tx, [(record, "x", {}, ())] * 30, now=service.clock())]
    start = threading.Barrier(3)

    def work() -> None:
        start.wait(60)
        deliver(service)

    with ThreadPoolExecutor(3) as pool:
        for each in [pool.submit(work) for _ in range(3)]:
            each.result()
    assert sorted(receiver.ids) == sorted(sent)
    assert {each["attempts"] for each in deliveries(studio, webhook)} == {1}


class Killed(BaseException):
    """Ends a worker without anything being tidied."""


def test_whoever_is_killed_after_sending_has_it_sent_again_with_the_same_id(
    service: RunningService,
    studio: httpx2.Client,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    webhook = register(studio, receiver.url, *EVERYTHING)
    id = ping(studio, webhook)

    def die(context: object, ended: object) -> None:
        raise Killed(context, ended)

    with monkeypatch.context() as dying:
        dying.setattr(delivering_module, "settle", die)
        with pytest.raises(Killed):
            deliver(service)
    assert receiver.ids == [id]
    deliver(service)  # another worker: the lease has not ended
    assert receiver.ids == [id]
    service.clock.advance(minutes=2)
    deliver(service)
    assert receiver.ids == [id, id]
    [delivery] = deliveries(studio, webhook)
    assert (delivery["status"], delivery["attempts"]) == ("delivered", 2)


def test_a_stalled_worker_does_not_settle_what_another_has(
    service: RunningService, studio: httpx2.Client, receiver: Receiver
) -> None:
    webhook = register(studio, receiver.url, *EVERYTHING)
    id = ping(studio, webhook)
    receiver.hold, receiver.answers = threading.Event(), [500, 204]
    with ThreadPoolExecutor(1) as pool:
        stalled = pool.submit(deliver, service)
        assert receiver.arrived.wait(60)
        service.clock.advance(minutes=2)
        with service.context.store.write() as tx:
            found = tx.webhook_deliveries.lease(
                {webhook["id"]: 1},
                token="lease_2",
                now=service.clock(),
                lease_for=timedelta(minutes=1),
                at_most=MOST,
                pause=pause,
            )
        [held] = found.leased
        receiver.hold.set()
        stalled.result()
    with service.context.store.write() as tx:
        assert tx.webhook_deliveries.find(id) == held
        tx.webhook_deliveries.finish(id, token="lease_2", status=204, now=service.clock())


def test_it_is_sent_beside_a_worker(
    service: RunningService, studio: httpx2.Client, receiver: Receiver
) -> None:
    webhook = register(studio, receiver.url, *EVERYTHING)
    with delivering(service.context):
        id = ping(studio, webhook)
        assert receiver.arrived.wait(60)
    assert receiver.ids == [id]
    assert [each["status"] for each in deliveries(studio, webhook)] == ["delivered"]


@pytest.mark.both_databases
def test_old_deliveries_are_swept_and_what_is_pending_stays(
    context: Context, service: RunningService, studio: httpx2.Client, receiver: Receiver
) -> None:
    webhook = register(studio, receiver.url, *EVERYTHING)
    delivered = ping(studio, webhook)
    deliver(service)
    service.clock.advance(days=29)
    waiting = ping(studio, webhook)
    sweep(context)
    assert [each["id"] for each in deliveries(studio, webhook)] == [delivered, waiting]
    service.clock.advance(days=2)
    sweep(context)
    assert [each["id"] for each in deliveries(studio, webhook)] == [waiting]


def test_the_service_shows_what_waits(
    service: RunningService, studio: httpx2.Client, receiver: Receiver
) -> None:
    def shown() -> dict[str, float]:
        lines = studio.get("/metrics").text.splitlines()
        pairs = [line.split() for line in lines if line.startswith("cameo_webhook_")]
        return {name.removeprefix("cameo_webhook_"): float(value) for name, value in pairs}

    webhook = register(studio, receiver.url, *EVERYTHING)
    assert (shown()["pending"], shown()["oldest_due_seconds"]) == (0, 0)
    ping(studio, webhook)
    service.clock.advance(minutes=2)
    ping(studio, webhook)
    assert (shown()["pending"], shown()["oldest_due_seconds"]) == (2, 120)
    deliver(service)
    assert (shown()["pending"], shown()["oldest_due_seconds"]) == (0, 0)


def test_a_log_line_has_ids_and_neither_url_nor_secret(
    service: RunningService,
    studio: httpx2.Client,
    receiver: Receiver,
    caplog: pytest.LogCaptureFixture,
) -> None:
    webhook = register(studio, f"{receiver.url}/token-in-path", *EVERYTHING)
    id = ping(studio, webhook)
    receiver.answers, receiver.body = [500, 204], b"answered in private"
    deliver(service)
    service.clock.advance(minutes=1)
    deliver(service)
    printed = caplog.text
    assert id in printed
    for hidden in ("token-in-path", webhook["secret"], receiver.url, "answered in private"):
        assert hidden not in printed
    metrics = studio.get("/metrics").text
    assert 'cameo_webhook_attempts_total{outcome="delivered",type="ping"}' in metrics
    assert 'cameo_webhook_attempts_total{outcome="failed",type="ping"}' in metrics
