"""What tests of receipts do again and again: publish the log, get receipts, trust the service."""

from typing import Any

import httpx2

from cameo_service.log.sequencing import Sequencer
from cameo_service.offline.receipts import Trusted, certified
from tests.service.running import RunningService


def sequence(service: RunningService) -> None:
    """Publish a checkpoint over everything that was committed."""
    Sequencer(service.context).catch_up()


def receipts(
    service: RunningService, client: httpx2.Client, use: dict[str, Any]
) -> list[dict[str, Any]]:
    sequence(service)
    response = client.get(f"/v1/uses/{use['id']}/receipts")
    assert response.status_code == 200, response.text
    document = response.json()
    assert document["use_id"] == use["id"]
    found: list[dict[str, Any]] = document["data"]
    return found


def trusted(service: RunningService) -> Trusted:
    """Trust as somebody has it who pinned the root key."""
    with service.client() as anyone:
        document = anyone.get("/.well-known/cameo-root").json()
    return certified(document, root=document["root"]["kid"])
