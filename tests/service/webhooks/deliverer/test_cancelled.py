"""What is cancelled within the deliverer, by a fault of ours."""

import asyncio
from typing import Any

import httpx2
import pytest

from cameo_service.webhooks import delivering as delivering_module
from cameo_service.webhooks import leasing
from cameo_service.webhooks.delivering import delivering
from cameo_service.webhooks.leasing import Parcel
from cameo_service.webhooks.sending import Outcome, Sender
from tests.service.receiving import Receiver, deliver, deliveries, register
from tests.service.running import RunningService
from tests.service.webhooks.deliverer.working import until
from tests.service.webhooks.posting import EVERYTHING, ping


def test_what_is_cancelled_within_ends_neither_the_thread_nor_the_others(
    service: RunningService,
    studio: httpx2.Client,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    webhook = register(studio, receiver.url, *EVERYTHING)
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
