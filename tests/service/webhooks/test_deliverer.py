"""The deliverer when things go wrong around it: URLs that change, stores and keys that are away."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from cameo_service.settings import Settings
from cameo_service.webhooks import delivering as delivering_module
from cameo_service.webhooks import leasing
from cameo_service.webhooks.attempts import MOST
from cameo_service.webhooks.delivering import Deliverer, delivering
from cameo_service.webhooks.endpoints import secrets_of
from cameo_service.webhooks.leasing import Parcel, lease
from cameo_service.webhooks.outbox import store
from cameo_service.webhooks.sending import Outcome, Sender
from cameo_service.webhooks.settling import Ended, settle
from cameo_service.webhooks.turns import EACH, Turns
from storage.errors import KeyUnavailable, StoreUnavailable
from tests.kinds import Kind
from tests.plain import NO_AUTHORITIES
from tests.service.receiving import Receiver, deliver, deliveries, receiving, register
from tests.service.running import RunningService
from tests.service.webhooks.posting import ping

EVENTS = ("erasure.requested", "permit.revoked", "use.recalled")


LOCAL = {"webhook_private_networks": "127.0.0.0/8", "webhook_timeout_s": 60.0}


LEASED = timedelta(seconds=60 + 30)


WITHIN_S = 60.0


@pytest.fixture
def settings(tmp_path: Any, databases: Kind) -> Iterator[Settings]:
    with databases.begun(tmp_path / "data", worker_poll_s=0.05) as chosen:
        yield chosen.model_copy(update=LOCAL)


def publish(service: RunningService, webhook: dict[str, Any], count: int) -> list[str]:
    """More than may be tried out at once."""
    with service.context.store.write() as tx:
        record = tx.webhooks.get(webhook["id"])
        telling: list[Any] = [(record, "use.recalled", {}, ())] * count
        return [each.id for each in store(tx, telling, now=service.clock())]


def move(client: httpx2.Client, webhook: dict[str, Any], url: str) -> None:
    change = {"url": url, "events": EVENTS}
    response = client.put(f"/v1/webhooks/{webhook['id']}", json=change)
    assert response.status_code == 200, response.text


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def delivering_beside(service: RunningService) -> Iterator[None]:
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(deliver, service)
        yield
        running.result(WITHIN_S)


@pytest.mark.parametrize("answer", [410, 500, 204])
@pytest.mark.both_databases
def test_what_an_old_url_answers_decides_nothing_about_the_new_one(
    service: RunningService, studio: httpx2.Client, receiver: Receiver, answer: int
) -> None:
    webhook = register(studio, receiver.url, *EVENTS)
    sent = [ping(studio, webhook) for _ in range(EACH + 1)]
    receiver.hold, receiver.answers = threading.Event(), [answer]
    with receiving() as new:
        with delivering_beside(service):
            assert receiver.arrived.wait(WITHIN_S)
            until(lambda: len(receiver.received) == EACH)
            move(studio, webhook, new.url)
            receiver.hold.set()
        assert sorted(new.ids) == sorted(sent)
    assert len(receiver.received) == EACH
    shown = studio.get(f"/v1/webhooks/{webhook['id']}").json()
    assert (shown["status"], shown["disabled_by"]) == ("enabled", None)
    assert {(each["status"], each["attempts"]) for each in deliveries(studio, webhook)} == {
        ("delivered", 1)
    }


@pytest.mark.both_databases
def test_a_url_that_changes_before_the_lease_is_the_one_that_is_sent_to(
    service: RunningService,
    studio: httpx2.Client,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    webhook = register(studio, receiver.url, *EVENTS)
    id = ping(studio, webhook)
    opened = secrets_of
    with receiving() as new:

        def meanwhile(*args: Any, **named: Any) -> Any:
            found = opened(*args, **named)
            if len(moved) < 1:
                moved.append(new.url)
                move(studio, webhook, new.url)
            return found

        moved: list[str] = []
        monkeypatch.setattr(leasing, "secrets_of", meanwhile)
        deliver(service)
        assert new.ids == [id]
    assert receiver.received == []
    assert [each["attempts"] for each in deliveries(studio, webhook)] == [1]


def test_whose_outcome_is_never_noted_is_not_sent_faster_than_what_fails(
    service: RunningService,
    studio: httpx2.Client,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    webhook = register(studio, receiver.url, *EVENTS)
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


def test_a_store_that_is_busy_for_a_while_has_nothing_sent_twice(
    service: RunningService,
    studio: httpx2.Client,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    webhook = register(studio, receiver.url, *EVENTS)
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
    webhook = register(studio, receiver.url, *EVENTS)
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
    first, gone = (register(studio, receiver.url, *EVENTS) for _ in range(2))
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


@pytest.mark.both_databases
def test_a_key_that_is_away_holds_up_its_own_endpoint_alone(
    service: RunningService,
    studio: httpx2.Client,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    lost = [register(studio, receiver.url, *EVENTS) for _ in range(3)]
    fine = register(studio, receiver.url, *EVENTS)
    waiting = [ping(studio, each) for each in lost]
    id = ping(studio, fine)
    unwrap = service.context.keys.webhooks.unwrap

    def away(wrapped: bytes, *, of: str) -> bytes:
        if of != fine["id"]:
            raise KeyUnavailable("the key cannot be read")
        return unwrap(wrapped, of=of)

    with monkeypatch.context() as patched:
        patched.setattr(service.context.keys.webhooks, "unwrap", away)
        deliver(service)
    assert receiver.ids == [id]
    # once for all that come at once, of which a principal has two
    assert 1 <= caplog.text.count("webhooks unreadable") <= 2
    for each in lost:
        assert [one["attempts"] for one in deliveries(studio, each)] == [0]
    service.clock.advance(minutes=1)
    deliver(service)
    assert sorted(receiver.ids[1:]) == sorted(waiting)


def test_whoever_answers_slowly_keeps_its_own_rooms_and_nobody_waits_for_it(
    service: RunningService, studio: httpx2.Client, receiver: Receiver
) -> None:
    with receiving() as slow:
        slow.hold = threading.Event()
        held = register(studio, slow.url, *EVENTS)
        publish(service, held, 2 * EACH)
        quick = register(studio, receiver.url, *EVENTS, principal="user:bob")
        sent = publish(service, quick, 5 * EACH)
        with delivering_beside(service):
            until(lambda: len(receiver.received) == len(sent) and len(slow.received) >= EACH)
            assert len(slow.received) == EACH
            slow.hold.set()
        assert len(slow.received) == 2 * EACH
    assert sorted(receiver.ids) == sorted(sent)


def test_name_servers_that_never_answer_keep_the_rooms_of_their_principal(
    service: RunningService, studio: httpx2.Client, receiver: Receiver
) -> None:
    """However long ago the attempts were given up that asked them."""
    over = threading.Event()
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        if host == "localhost":
            return ["127.0.0.1"]
        asked.append(host)
        assert over.wait(WITHIN_S)
        raise OSError(host, port)

    held = register(studio, "https://never.example/", *EVENTS)
    publish(service, held, 5 * EACH)

    def waiting() -> list[dict[str, Any]]:
        return deliveries(studio, held, status="pending")

    quick = register(
        studio, receiver.url.replace("127.0.0.1", "localhost"), *EVENTS, principal="user:bob"
    )
    context = replace(
        service.context,
        settings=service.context.settings.model_copy(update={"webhook_timeout_s": 0.5}),
    )
    deliverer, stop = Deliverer(context, resolve=resolve, verify=NO_AUTHORITIES), threading.Event()
    thread = threading.Thread(target=deliverer.run, args=(stop,))
    thread.start()
    try:
        until(lambda: [each["last_error"] for each in waiting()].count("timed_out") == EACH)
        # what it gave up is over, and nothing more of it begins
        until(lambda: len(asked) == EACH)
        time.sleep(1.0)
        [sent] = publish(service, quick, 1)

        def is_sent() -> bool:
            # a machine that stalls for half a second gives up this one too, until it is due again
            service.clock.advance(seconds=20)
            return sent in receiver.ids

        until(is_sent)
        assert len(asked) == EACH
        over.set()
        until(lambda: len(asked) > EACH)
    finally:
        over.set()
        stop.set()
        thread.join(WITHIN_S)


@pytest.mark.both_databases
def test_among_more_than_are_looked_at_everybody_has_a_turn(
    service: RunningService,
    studio: httpx2.Client,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever has much to be told since long ago is not told all of it before the others."""
    monkeypatch.setattr(leasing, "CANDIDATES", 3)
    for number in range(7):
        backlog = register(studio, receiver.url, *EVENTS, principal=f"user:{number}")
        publish(service, backlog, 4 * EACH)
    service.clock.advance(minutes=1)
    new = register(studio, receiver.url, *EVENTS, principal="user:new")
    publish(service, new, 1)
    turns, told = Turns(), []
    while parcels := lease(service.context, turns):
        for each in parcels:
            turns.begin(each.webhook.id, each.webhook.principal)
            told.append(each.webhook.principal)
        outcome = Outcome(status=204)
        settle(service.context, [Ended(parcel=each, outcome=outcome) for each in parcels])
        for each in parcels:
            turns.end(each.webhook.id, each.webhook.principal)
    assert len(told) == 7 * 4 * EACH + 1
    assert len(set(told[: 7 * EACH + 1])) == 8


def test_what_is_cancelled_within_ends_neither_the_thread_nor_the_others(
    service: RunningService,
    studio: httpx2.Client,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    webhook = register(studio, receiver.url, *EVENTS)
    first, second = (ping(studio, webhook) for _ in range(2))
    leased, sent = leasing.lease, Sender.send
    rounds: list[int] = []

    def cancelled_once(*args: Any) -> list[Parcel] | None:
        rounds.append(1)
        if len(rounds) == 1:
            raise asyncio.CancelledError
        return leased(*args)

    async def cancelled(self: Sender, url: str, body: bytes, headers: Any) -> Outcome:
        if headers["webhook-id"] == first:
            raise asyncio.CancelledError
        return await sent(self, url, body, headers)

    monkeypatch.setattr(delivering_module, "lease", cancelled_once)
    with monkeypatch.context() as patched:
        patched.setattr(Sender, "send", cancelled)
        with delivering(service.context):
            until(lambda: receiver.ids == [second])
            until(lambda: "webhook not sent" in caplog.text)
    assert "webhooks were not sent" in caplog.text
    service.clock.advance(minutes=2)
    deliver(service)
    assert receiver.ids == [second, first]
    assert {each["status"] for each in deliveries(studio, webhook)} == {"delivered"}
