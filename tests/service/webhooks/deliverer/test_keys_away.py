"""Keys that are away while secrets are opened."""

import threading

import httpx2
import pytest

from cameo_service.webhooks.turns import AT_ONCE, EACH
from storage.errors import KeyUnavailable
from tests.service.receiving import Receiver, deliver, deliveries, register
from tests.service.running import RunningService
from tests.service.webhooks.deliverer.working import WITHIN_S
from tests.service.webhooks.posting import EVERYTHING, ping


@pytest.mark.both_databases
def test_a_key_that_is_away_holds_up_its_own_endpoint_alone(
    service: RunningService,
    studio: httpx2.Client,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    lost = [register(studio, receiver.url, *EVERYTHING) for _ in range(3)]
    fine = register(studio, receiver.url, *EVERYTHING)
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


def test_a_key_service_that_hangs_is_waited_for_once_by_all_who_need_it(
    service: RunningService,
    studio: httpx2.Client,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    webhooks = [
        register(studio, receiver.url, *EVERYTHING, principal=f"user:{number // 2}")
        for number in range(AT_ONCE // EACH)
    ]
    sent = [ping(studio, each) for each in webhooks]
    everybody = threading.Barrier(len(webhooks))

    def hang(wrapped: bytes, *, of: str) -> bytes:
        # the time is over for none before all have asked
        everybody.wait(WITHIN_S)
        raise KeyUnavailable(f"the key service failed: {len(wrapped)} bytes of `{of}`")

    with monkeypatch.context() as patched:
        patched.setattr(service.context.keys.webhooks, "unwrap", hang)
        deliver(service)
    assert receiver.received == []
    assert caplog.text.count("webhooks unreadable") == 1
    service.clock.advance(minutes=1)
    deliver(service)
    assert sorted(receiver.ids) == sorted(sent)
