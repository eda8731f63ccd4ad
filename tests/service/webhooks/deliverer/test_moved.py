"""URLs that change while something is sent, or about to be."""

import threading
from typing import Any

import httpx2
import pytest

from cameo_service.webhooks import leasing
from cameo_service.webhooks.endpoints import secrets_of
from cameo_service.webhooks.turns import EACH
from tests.service.receiving import Receiver, deliver, deliveries, receiving, register
from tests.service.running import RunningService
from tests.service.webhooks.deliverer.working import WITHIN_S, delivering_beside, until
from tests.service.webhooks.posting import EVERYTHING, ping


def move(client: httpx2.Client, webhook: dict[str, Any], url: str) -> None:
    change = {"url": url, "events": EVERYTHING}
    response = client.put(f"/v1/webhooks/{webhook['id']}", json=change)
    assert response.status_code == 200, response.text


@pytest.mark.parametrize("answer", [410, 500, 204])
@pytest.mark.both_databases
def test_what_an_old_url_answers_decides_nothing_about_the_new_one(
    service: RunningService, studio: httpx2.Client, receiver: Receiver, answer: int
) -> None:
    webhook = register(studio, receiver.url, *EVERYTHING)
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
    webhook = register(studio, receiver.url, *EVERYTHING)
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
