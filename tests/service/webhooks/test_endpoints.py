"""Endpoints: their secrets, their ends, and how much they may hold."""

import base64
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from cameo_service import touched
from cameo_service.client import WebhookError
from cameo_service.context import Context
from cameo_service.housekeeping import sweep
from cameo_service.permits.ending import end_permits
from cameo_service.webhooks.attempts import MOST
from cameo_service.webhooks.deliveries import MOST_PINGS
from cameo_service.webhooks.endpoints import MOST_OF_ONE
from cameo_service.webhooks.outbox import Message, WebhookEvent, publish
from storage.errors import KeyUnavailable
from storage.wrapping import NAMED, Holder, mark_for
from tests.service import making
from tests.service.erasing import enroll, hand_out, likeness
from tests.service.receiving import Receiver, deliver, deliveries, register
from tests.service.running import Refusal, RunningService
from tests.service.webhooks.posting import EVERYTHING, erase, ping


def test_after_a_rotation_both_secrets_sign_for_a_day(
    service: RunningService, studio: httpx2.Client, receiver: Receiver
) -> None:
    webhook = register(studio, receiver.url, *EVERYTHING)
    rotated = studio.post(f"/v1/webhooks/{webhook['id']}/rotate-secret").json()
    assert rotated["secret"] != webhook["secret"]
    assert "secret" not in studio.get(f"/v1/webhooks/{webhook['id']}").json()
    ping(studio, webhook)
    deliver(service)
    for secret in (webhook["secret"], rotated["secret"]):
        assert receiver.received[-1].verified(secret, now=service.clock()).type == "ping"
    service.clock.advance(hours=25)
    ping(studio, webhook)
    deliver(service)
    last = receiver.received[-1]
    assert last.verified(rotated["secret"], now=service.clock()).type == "ping"
    with pytest.raises(WebhookError, match="wrong_signature"):
        last.verified(webhook["secret"], now=service.clock())


def test_410_disables_and_gives_up_until_it_is_enabled(
    service: RunningService, studio: httpx2.Client, receiver: Receiver, refused: Refusal
) -> None:
    webhook = register(studio, receiver.url, *EVERYTHING)
    path = f"/v1/webhooks/{webhook['id']}"
    receiver.answers = [410]
    first = ping(studio, webhook)
    deliver(service)
    shown = studio.get(path).json()
    assert (shown["status"], shown["disabled_by"]) == ("disabled", "gone")
    assert [each["status"] for each in deliveries(studio, webhook)] == ["dead"]
    refused(studio.post(f"{path}/test"), 409, "webhook_disabled")
    refused(studio.post(f"{path}/deliveries/{first}/replay"), 409, "webhook_disabled")
    refused(studio.post(f"{path}/deliveries/replay-dead"), 409, "webhook_disabled")
    change = {"url": f"{receiver.url}/new", "events": ["use.recalled"]}
    shown = studio.put(path, json=change).json()
    assert (shown["status"], shown["disabled_by"]) == ("enabled", None)
    receiver.answers = [204]
    assert studio.post(f"{path}/deliveries/replay-dead").json()["replayed"] == 1
    deliver(service)
    assert receiver.ids == [first, first]
    assert receiver.received[-1].path == "/hook/new"


def test_who_disables_or_removes_is_told_nothing_more(
    service: RunningService, platform: httpx2.Client, studio: httpx2.Client, receiver: Receiver
) -> None:
    disabled = register(studio, receiver.url, *EVERYTHING)
    removed = register(studio, receiver.url, *EVERYTHING)
    for each in (disabled, removed):
        ping(studio, each)
    change = {"url": receiver.url, "events": ["erasure.requested"], "enabled": False}
    assert (
        studio.put(f"/v1/webhooks/{disabled['id']}", json=change).json()["disabled_by"] == "caller"
    )
    assert studio.delete(f"/v1/webhooks/{removed['id']}").status_code == 204
    cameo, _ = enroll(service, "user:ann", likeness())
    hand_out(service.context, cameo, "app:studio", now=service.clock())
    erase(platform, cameo)
    deliver(service)
    assert receiver.received == []
    [given_up] = deliveries(studio, disabled)
    assert (given_up["status"], given_up["last_error"]) == ("dead", "disabled")
    listed = studio.get("/v1/webhooks?principal=app:studio").json()["data"]
    assert [each["id"] for each in listed] == [disabled["id"]]


def test_the_secret_is_shown_once_and_kept_wrapped_for_its_own_endpoint(
    service: RunningService, studio: httpx2.Client, receiver: Receiver
) -> None:
    webhook, other = (register(studio, receiver.url, *EVERYTHING) for _ in range(2))
    id = ping(studio, webhook)
    with service.context.store.write() as tx:
        stored, strange = tx.webhooks.get(webhook["id"]), tx.webhooks.get(other["id"])
        secret = base64.b64decode(webhook["secret"].removeprefix("whsec_"))
        assert len(secret) == 32
        assert secret not in stored.secret
        assert webhook["secret"] not in repr(stored)
        tx.webhooks.save(replace(stored, secret=strange.secret))
    # a row that changed places with another's signs nothing, and nothing is lost by it
    for _ in range(MOST + 1):
        deliver(service)
        service.clock.advance(minutes=2)
    assert receiver.received == []
    [waiting] = deliveries(studio, webhook)
    assert (waiting["id"], waiting["status"], waiting["attempts"]) == (id, "pending", 0)
    with service.context.store.write() as tx:
        tx.webhooks.save(replace(tx.webhooks.get(webhook["id"]), secret=stored.secret))
    deliver(service)
    assert receiver.received[-1].verified(webhook["secret"], now=service.clock()).id == id
    again = studio.post(
        "/v1/webhooks", json={"principal": "app:studio", "url": receiver.url, "events": EVERYTHING}
    )
    assert again.json()["secret"] not in (webhook["secret"], other["secret"])


def test_a_key_service_that_is_away_costs_no_attempt(
    service: RunningService,
    studio: httpx2.Client,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    webhook = register(studio, receiver.url, *EVERYTHING)
    ping(studio, webhook)

    def away(wrapped: bytes, *, of: str) -> bytes:
        raise KeyUnavailable(f"the key service is away: {len(wrapped)} bytes of `{of}`")

    with monkeypatch.context() as patched:
        patched.setattr(service.context.keys.webhooks, "unwrap", away)
        deliver(service)
    assert [each["attempts"] for each in deliveries(studio, webhook)] == [0]
    service.clock.advance(minutes=1)
    deliver(service)
    assert len(receiver.received) == 1


def test_no_key_service_is_asked_while_the_writer_is_held(
    service: RunningService,
    studio: httpx2.Client,
    receiver: Receiver,
    refused: Refusal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    context = service.context
    wrap, asked = context.keys.webhooks.wrap, []

    def slow(secret: bytes, *, of: str, under: bytes | None) -> bytes:
        # as a revocation in another thread would
        with ThreadPoolExecutor(1) as pool:
            pool.submit(revoke_nothing).result()
        asked.append(of)
        return wrap(secret, of=of, under=under)

    def revoke_nothing() -> None:
        with context.store.write() as tx:
            assert end_permits(tx, touched.cameo("cam_none"), now=service.clock()) == []

    monkeypatch.setattr(context.keys.webhooks, "wrap", slow)
    webhook = register(studio, receiver.url, *EVERYTHING)
    rotation = f"/v1/webhooks/{webhook['id']}/rotate-secret"
    assert studio.post(rotation).status_code == 200
    assert asked == [webhook["id"]] * 2
    refused(studio.post("/v1/webhooks/whk_none/rotate-secret"), 404, "unknown")
    assert len(asked) == 2

    def exchanging(secret: bytes, *, of: str, under: bytes | None) -> bytes:
        wrapped = wrap(secret, of=of, under=under)
        with context.store.write() as tx:
            tx.sealed_keys.put_secret(NAMED, mark_for(Holder.LOCAL, bytes(32)) + b"named")
        return wrapped

    monkeypatch.setattr(context.keys.webhooks, "wrap", exchanging)
    refused(studio.post(rotation), 409, "conflict")


def test_a_principal_has_so_many_webhooks_and_registers_one_once(
    studio: httpx2.Client, refused: Refusal
) -> None:
    body = {"principal": "app:studio", "url": "https://a.example", "events": ["use.recalled"]}
    once = [
        studio.post("/v1/webhooks", json=body, headers={"Idempotency-Key": "k"}).json()
        for _ in range(2)
    ]
    assert once[0] == once[1]
    for _ in range(MOST_OF_ONE - 1):
        assert studio.post("/v1/webhooks", json=body).status_code == 201
    refused(studio.post("/v1/webhooks", json=body), 409, "too_many_webhooks")
    refused(studio.post("/v1/webhooks", json={**body, "events": []}), 422, "invalid_request")
    refused(studio.post("/v1/webhooks", json={**body, "events": ["x"]}), 422, "invalid_request")
    refused(
        studio.post("/v1/webhooks", json={**body, "principal": "app:other"}), 403, "not_acting_for"
    )


def test_so_many_pings_wait_and_no_more(
    service: RunningService, studio: httpx2.Client, receiver: Receiver, refused: Refusal
) -> None:
    webhook, other = (register(studio, receiver.url, *EVERYTHING) for _ in range(2))
    for _ in range(MOST_PINGS):
        ping(studio, webhook)
    refused(studio.post(f"/v1/webhooks/{webhook['id']}/test"), 429, "too_many_pings")
    ping(studio, other)
    deliver(service)
    ping(studio, webhook)


@pytest.mark.both_databases
def test_what_is_full_is_told_of_erasures_alone_and_shows_it(
    service: RunningService,
    platform: httpx2.Client,
    studio: httpx2.Client,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cameo_service.webhooks.outbox.MOST_UNDELIVERED", 2)
    full, other = (register(studio, receiver.url, *EVERYTHING) for _ in range(2))
    first, _ = ping(studio, full), ping(studio, full)
    cameo, _ = enroll(service, "user:ann", likeness())
    making.grant(platform, cameo)
    making.permit(studio, making.question(cameo))
    hand_out(service.context, cameo, "app:studio", now=service.clock())
    erase(platform, cameo)
    told = [[each["type"] for each in deliveries(studio, one)] for one in (full, other)]
    assert told == [
        ["ping", "ping", "erasure.requested"],
        ["permit.revoked", "erasure.requested"],
    ]
    path = f"/v1/webhooks/{full['id']}"
    assert studio.get(path).json()["missed_at"] is not None
    assert studio.get(f"/v1/webhooks/{other['id']}").json()["missed_at"] is None
    change = {"url": receiver.url, "events": list(EVERYTHING)}
    assert studio.put(path, json=change).json()["missed_at"] is None
    deliver(service)
    assert first in receiver.ids


@pytest.mark.both_databases
def test_what_there_is_room_for_is_kept_of_one_step_and_each_is_looked_at_once(
    service: RunningService,
    studio: httpx2.Client,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cameo_service.webhooks.outbox.MOST_UNDELIVERED", 3)
    nearly, empty = (register(studio, receiver.url, *EVERYTHING) for _ in range(2))
    ping(studio, nearly)
    recalled, erased = WebhookEvent.USE_RECALLED, WebhookEvent.ERASURE_REQUESTED
    happened = (recalled, recalled, erased, recalled, erased, recalled)
    messages = [
        Message(event=event, principal="app:studio", data={"number": number})
        for number, event in enumerate(happened)
    ]

    def compared(one: object, other: object) -> bool:
        raise AssertionError(one, other)

    with monkeypatch.context() as patched:
        # among thousands it takes minutes, and a revocation holds the writer of all
        patched.setattr(Message, "__eq__", compared)
        with service.context.store.write() as tx:
            publish(tx, messages, now=service.clock())
    told = [[each["type"] for each in deliveries(studio, one)] for one in (nearly, empty)]
    assert told == [
        ["ping", recalled, recalled, erased, erased],
        [recalled, recalled, erased, erased],
    ]
    for webhook in (nearly, empty):
        assert studio.get(f"/v1/webhooks/{webhook['id']}").json()["missed_at"] is not None


@pytest.mark.both_databases
def test_what_was_delivered_goes_in_portions_before_its_endpoint(
    service: RunningService,
    studio: httpx2.Client,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A month of it takes seconds, and the writer is everybody's."""
    monkeypatch.setattr("cameo_service.webhooks.endpoints.DISCARDED_AT_ONCE", 2)
    webhook, other = (register(studio, receiver.url, *EVERYTHING) for _ in range(2))
    for _ in range(5):
        ping(studio, webhook)
    kept = ping(studio, other)
    deliver(service)
    ping(studio, webhook)
    writes, write = [], service.context.store.write
    with monkeypatch.context() as counting:

        def counted() -> Any:
            writes.append(1)
            return write()

        counting.setattr(service.context.store, "write", counted)
        assert studio.delete(f"/v1/webhooks/{webhook['id']}").status_code == 204
    assert len(writes) == 4
    assert studio.get(f"/v1/webhooks/{webhook['id']}").status_code == 404
    assert [each["id"] for each in deliveries(studio, other)] == [kept]


def test_a_url_that_is_refused_by_now_can_be_disabled_and_not_enabled(
    service: RunningService, studio: httpx2.Client, refused: Refusal
) -> None:
    webhook = register(studio, "https://studio.example/hook", *EVERYTHING)
    url, path = "https://10.1.2.3/hook", f"/v1/webhooks/{webhook['id']}"
    with service.context.store.write() as tx:
        tx.webhooks.save(replace(tx.webhooks.get(webhook["id"]), url=url))
    change = {"url": url, "events": ["use.recalled"]}
    refused(studio.put(path, json=change), 422, "webhook_url_not_public")
    assert studio.put(path, json={**change, "enabled": False}).json()["status"] == "disabled"
    other = {**change, "url": "https://10.1.2.4/hook", "enabled": False}
    refused(studio.put(path, json=other), 422, "webhook_url_not_public")


@pytest.mark.both_databases
def test_a_former_secret_is_destroyed_when_it_signs_no_more(
    context: Context, service: RunningService, studio: httpx2.Client, receiver: Receiver
) -> None:
    webhook = register(studio, receiver.url, *EVERYTHING)
    assert studio.post(f"/v1/webhooks/{webhook['id']}/rotate-secret").is_success

    def former() -> tuple[bytes | None, Any]:
        with context.store.read() as tx:
            record = tx.webhooks.get(webhook["id"])
        return record.former_secret, record.former_until

    service.clock.advance(hours=23)
    sweep(context)
    assert None not in former()
    service.clock.advance(hours=1)
    sweep(context)
    assert former() == (None, None)
