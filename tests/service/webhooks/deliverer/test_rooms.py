"""Rooms and turns: whoever answers slowly, or has much to be told, takes no time of others."""

import threading
import time
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from cameo_service.webhooks import leasing
from cameo_service.webhooks.delivering import Deliverer
from cameo_service.webhooks.leasing import lease
from cameo_service.webhooks.sending import Outcome
from cameo_service.webhooks.settling import Ended, settle
from cameo_service.webhooks.turns import EACH, Turns
from tests.plain import NO_AUTHORITIES
from tests.service.receiving import Receiver, deliveries, receiving, register
from tests.service.running import RunningService
from tests.service.webhooks.deliverer.working import WITHIN_S, delivering_beside, publish, until
from tests.service.webhooks.posting import EVERYTHING


def test_whoever_answers_slowly_keeps_its_own_rooms_and_nobody_waits_for_it(
    service: RunningService, studio: httpx2.Client, receiver: Receiver
) -> None:
    with receiving() as slow:
        slow.hold = threading.Event()
        held = register(studio, slow.url, *EVERYTHING)
        publish(service, held, 2 * EACH)
        quick = register(studio, receiver.url, *EVERYTHING, principal="user:bob")
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

    held = register(studio, "https://never.example/", *EVERYTHING)
    publish(service, held, 5 * EACH)

    def waiting() -> list[dict[str, Any]]:
        return deliveries(studio, held, status="pending")

    quick = register(
        studio, receiver.url.replace("127.0.0.1", "localhost"), *EVERYTHING, principal="user:bob"
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
        backlog = register(studio, receiver.url, *EVERYTHING, principal=f"user:{number}")
        publish(service, backlog, 4 * EACH)
    service.clock.advance(minutes=1)
    new = register(studio, receiver.url, *EVERYTHING, principal="user:new")
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
