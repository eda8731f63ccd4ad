"""Webhooks, from the event to a receiver that verifies it: over HTTP, sent by a real deliverer."""

import base64
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from cameo_service import touched
from cameo_service.client import WebhookError
from cameo_service.context import Context
from cameo_service.housekeeping import sweep
from cameo_service.permits.ending import end_permits
from cameo_service.settings import Settings
from cameo_service.webhooks import delivering as delivering_module
from cameo_service.webhooks.attempts import MOST, pause
from cameo_service.webhooks.deliveries import MOST_PINGS
from cameo_service.webhooks.delivering import delivering
from cameo_service.webhooks.endpoints import MOST_OF_ONE
from cameo_service.webhooks.outbox import store
from cameo_service.webhooks.telling import tell_revoked
from storage.errors import KeyUnavailable
from storage.wrapping import NAMED, Holder, mark_for
from tests.counting import counting
from tests.kinds import Kind
from tests.service import making
from tests.service.erasing import enroll, hand_out, likeness
from tests.service.receiving import Receiver, deliver, deliveries, receiving, register
from tests.service.running import Refusal, RunningService

EVERYTHING = ("erasure.requested", "permit.revoked", "use.recalled")
LOCAL = {"webhook_private_networks": "127.0.0.0/8", "webhook_timeout_s": 10.0}


@pytest.fixture
def settings(tmp_path: Any, databases: Kind) -> Iterator[Settings]:
    with databases.settings(tmp_path / "data") as chosen:
        yield chosen.model_copy(update=LOCAL)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def studio(service: RunningService) -> Iterator[httpx2.Client]:
    """A generator, which acts for itself and for whoever asks it."""
    with service.client(service.key(principal="app:studio", acts_for=("user:*",))) as client:
        yield client


def erase(platform: httpx2.Client, cameo: str) -> str:
    response = platform.post(f"/v1/cameos/{cameo}/erase")
    assert response.status_code == 200, response.text
    return str(response.json()["id"])


def ping(client: httpx2.Client, webhook: dict[str, Any]) -> str:
    response = client.post(f"/v1/webhooks/{webhook['id']}/test")
    assert response.status_code == 202, response.text
    return str(response.json()["id"])


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


def told_in(received: Any) -> dict[str, Any]:
    document: dict[str, Any] = httpx2.Response(200, content=received.body).json()
    assert set(document) == {"type", "timestamp", "data"}
    return document


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
    service.clock.advance(minutes=1)
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
        service.clock.advance(minutes=1)
        with service.context.store.write() as tx:
            [held] = tx.webhook_deliveries.lease(
                {webhook["id"]: 1},
                token="lease_2",
                now=service.clock(),
                lease_for=timedelta(minutes=1),
                at_most=MOST,
                pause=pause,
            )
        receiver.hold.set()
        stalled.result()
    with service.context.store.write() as tx:
        assert tx.webhook_deliveries.find(id) == held
        tx.webhook_deliveries.finish(id, token="lease_2", status=204, now=service.clock())


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


def test_an_event_that_is_rolled_back_is_told_to_nobody(
    service: RunningService, platform: httpx2.Client, studio: httpx2.Client, receiver: Receiver
) -> None:
    webhook = register(studio, receiver.url, *EVERYTHING)
    cameo, _ = enroll(service, "user:ann", likeness())
    making.grant(platform, cameo)
    permit = making.permit(studio, making.question(cameo))["id"]
    with suppress(Killed), service.context.store.write() as tx:
        assert end_permits(tx, touched.cameo(cameo), now=service.clock()) == [permit]
        assert len(tx.webhook_deliveries.of(webhook["id"], state=None, limit=9)) == 1
        raise Killed
    assert deliveries(studio, webhook) == []


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


def test_it_is_sent_beside_a_worker(
    service: RunningService, studio: httpx2.Client, receiver: Receiver
) -> None:
    webhook = register(studio, receiver.url, *EVERYTHING)
    with delivering(service.context):
        id = ping(studio, webhook)
        assert receiver.arrived.wait(60)
    assert receiver.ids == [id]
    assert [each["status"] for each in deliveries(studio, webhook)] == ["delivered"]
