"""Noting what has ended: in one transaction, and what becomes of it while the store is away."""

import threading
from typing import Any

import httpx2
import pytest

from cameo_service.webhooks import delivering as delivering_module
from cameo_service.webhooks.attempts import MOST
from cameo_service.webhooks.delivering import delivering
from cameo_service.webhooks.leasing import lease
from cameo_service.webhooks.sending import Outcome
from cameo_service.webhooks.settling import Ended, settle
from cameo_service.webhooks.turns import EACH, Turns
from storage.errors import StoreUnavailable
from tests.service.receiving import Receiver, deliver, deliveries, register
from tests.service.running import RunningService
from tests.service.webhooks.deliverer.working import publish, until
from tests.service.webhooks.posting import EVERYTHING, ping


def test_whose_outcome_is_never_noted_is_not_sent_faster_than_what_fails(
    service: RunningService,
    studio: httpx2.Client,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    webhook = register(studio, receiver.url, *EVERYTHING)
    ping(studio, webhook)

    def away(context: object, ended: object) -> None:
        del context, ended
        raise StoreUnavailable("another writer held the database")

    monkeypatch.setattr(delivering_module, "settle", away)
    for _ in range(24):
        deliver(service)
        service.clock.advance(hours=1)
    # the pauses of what fails, and not one lease after the other
    assert 8 <= len(receiver.received) <= MOST - 4
    [pending] = deliveries(studio, webhook)
    assert pending["status"] == "pending"
    monkeypatch.undo()
    service.clock.advance(hours=13)
    deliver(service)
    assert [each["status"] for each in deliveries(studio, webhook)] == ["delivered"]


@pytest.mark.both_databases
def test_what_no_attempt_ended_is_counted_and_logged_once_when_it_is_given_up(
    service: RunningService,
    studio: httpx2.Client,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    webhook = register(studio, receiver.url, *EVERYTHING)
    id = ping(studio, webhook)

    def away(context: object, ended: object) -> None:
        del context, ended
        raise StoreUnavailable("another writer held the database")

    with monkeypatch.context() as patched:
        patched.setattr(delivering_module, "settle", away)
        for _ in range(MOST):
            deliver(service)
            service.clock.advance(hours=13)
    before = counted_dead(studio)
    for _ in range(2):
        deliver(service)
        service.clock.advance(hours=13)
    assert receiver.ids == [id] * MOST
    [dead] = deliveries(studio, webhook)
    assert (dead["status"], dead["last_error"]) == ("dead", "never_finished")
    assert counted_dead(studio) == before + 1
    [told] = [each for each in caplog.text.splitlines() if "webhook not delivered" in each]
    assert id in told
    assert "never_finished" in told


def counted_dead(client: httpx2.Client) -> float:
    sample = 'cameo_webhook_attempts_total{outcome="dead",type="ping"} '
    lines = client.get("/metrics").text.splitlines()
    return sum(float(line.removeprefix(sample)) for line in lines if line.startswith(sample))


def test_a_store_that_is_busy_for_a_while_has_nothing_sent_twice(
    service: RunningService,
    studio: httpx2.Client,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    webhook = register(studio, receiver.url, *EVERYTHING)
    sent = publish(service, webhook, 3 * EACH)
    tried: list[int] = []

    def busy(context: Any, ended: Any) -> None:
        tried.append(len(ended))
        if len(tried) < 5:
            raise StoreUnavailable("another writer held the database")
        settle(context, ended)

    monkeypatch.setattr(delivering_module, "settle", busy)
    with delivering(service.context):
        until(lambda: {each["status"] for each in deliveries(studio, webhook)} == {"delivered"})
    assert sorted(receiver.ids) == sorted(sent)


def test_a_stop_is_held_up_by_a_store_that_is_away_once(
    service: RunningService,
    studio: httpx2.Client,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    webhook = register(studio, receiver.url, *EVERYTHING)
    for _ in range(EACH):
        ping(studio, webhook)
    tried: list[int] = []

    def away(context: object, ended: Any) -> None:
        del context
        tried.append(len(ended))
        raise StoreUnavailable("another writer held the database")

    monkeypatch.setattr(delivering_module, "settle", away)
    receiver.hold = threading.Event()
    with delivering(service.context):
        until(lambda: len(receiver.received) == EACH)
        threading.Timer(0.2, receiver.hold.set).start()
    assert sum(tried) <= EACH * len(tried)
    assert tried[-1] == EACH
    assert [each["status"] for each in deliveries(studio, webhook)] == ["pending"] * EACH


@pytest.mark.both_databases
def test_everything_that_ended_is_noted_in_one_transaction(
    service: RunningService,
    studio: httpx2.Client,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, gone = (register(studio, receiver.url, *EVERYTHING) for _ in range(2))
    for webhook in (first, first, first, gone, gone):
        ping(studio, webhook)
    parcels = lease(service.context, Turns())
    assert parcels is not None
    assert lease(service.context, Turns()) is None
    outcomes = iter(
        [
            *(Outcome(status=204), Outcome(status=500), Outcome(error="timed_out")),
            *(Outcome(status=410), Outcome(status=200)),
        ]
    )
    parcels.sort(key=lambda each: (each.webhook.id != first["id"], each.delivery.number))
    ended = [Ended(parcel=each, outcome=next(outcomes)) for each in parcels]
    writes, write = [], service.context.store.write
    with monkeypatch.context() as counting:

        def counted() -> Any:
            writes.append(1)
            return write()

        counting.setattr(service.context.store, "write", counted)
        settle(service.context, ended)
        assert len(writes) == 1
        # and whoever comes late changes nothing of it
        settle(service.context, ended[:1])
    told = [(each["status"], each["last_status"]) for each in deliveries(studio, first)]
    assert told == [("delivered", 204), ("pending", 500), ("pending", None)]
    told = [(each["status"], each["last_status"]) for each in deliveries(studio, gone)]
    assert told == [("dead", 410), ("delivered", 200)]
    assert studio.get(f"/v1/webhooks/{gone['id']}").json()["disabled_by"] == "gone"
