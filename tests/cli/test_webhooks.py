"""Webhooks sent by a real worker, which is killed between sending and noting that it was sent."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from cameo_service.client import CameoClient
from tests.cli.running import PATIENCE_S, cameo, serving, workers_of
from tests.service.receiving import receiving

SETTINGS = {
    "CAMEO_WEBHOOK_PRIVATE_NETWORKS": "127.0.0.1/32",
    "CAMEO_WEBHOOK_TIMEOUT_S": "3",
    "CAMEO_WORKER_LEASE_S": "2",
}
WITHIN_S = 120.0


def once_delivered(client: CameoClient, webhook: str) -> int:
    """How many attempts the one delivery took."""
    deadline = time.monotonic() + WITHIN_S
    while True:
        [delivery] = client.list_webhook_deliveries(webhook)
        if delivery.status == "delivered":
            return delivery.attempts
        assert time.monotonic() < deadline, delivery
        time.sleep(0.1)


@pytest.mark.timeout(300)
def test_a_worker_killed_before_it_noted_a_delivery_has_it_sent_again(
    data_dir: Path, tmp_path: Path
) -> None:
    key = cameo(
        *("keys", "create", "--name", "G", "--principal", "app:studio", "--json"),
        *("--scope", "webhooks:read", "--scope", "webhooks:write"),
        data_dir=data_dir,
    ).document["key"]
    with (
        receiving() as receiver,
        serving("--worker", data_dir=data_dir, log=tmp_path / "log", **SETTINGS) as service,
        CameoClient(service.url, key=key, timeout_s=PATIENCE_S) as client,
    ):
        receiver.hold = threading.Event()
        webhook = client.register_webhook("app:studio", receiver.url, ["erasure.requested"])
        sent = client.ping_webhook(webhook.id)
        assert receiver.arrived.wait(WITHIN_S)
        for worker in workers_of(data_dir):
            os.kill(worker, signal.SIGKILL)
        receiver.hold.set()
        # the next worker waits for the lease to end
        assert once_delivered(client, webhook.id) > 1
        assert set(receiver.ids) == {sent.id}
        assert len(receiver.ids) > 1
