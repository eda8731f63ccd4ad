"""What the tests of webhooks ask of the service."""

from typing import Any

import httpx2

EVERYTHING = ("erasure.requested", "permit.revoked", "use.recalled")


def erase(platform: httpx2.Client, cameo: str) -> str:
    response = platform.post(f"/v1/cameos/{cameo}/erase")
    assert response.status_code == 200, response.text
    return str(response.json()["id"])


def ping(client: httpx2.Client, webhook: dict[str, Any]) -> str:
    response = client.post(f"/v1/webhooks/{webhook['id']}/test")
    assert response.status_code == 202, response.text
    return str(response.json()["id"])


def told_in(received: Any) -> dict[str, Any]:
    document: dict[str, Any] = httpx2.Response(200, content=received.body).json()
    assert set(document) == {"type", "timestamp", "data"}
    return document
