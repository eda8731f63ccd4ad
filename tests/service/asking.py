"""What tests of access requests say over HTTP."""

from typing import Any

import httpx2

from tests.service.making import permit, report


def question(cameo: str, requester: str = "user:bob", **changes: Any) -> dict[str, Any]:
    """A question that declares nothing of its context."""
    return {
        "requester": requester,
        "action": "generate",
        "likenesses": [{"cameo_id": cameo, "facets": ["face"]}],
        **changes,
    }


def ask(
    platform: httpx2.Client, asked: dict[str, Any], message: str = "for a film"
) -> dict[str, Any]:
    """A new access request."""
    body = {"request": asked, "message": message}
    response = platform.post("/v1/access-requests", json=body)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def state(platform: httpx2.Client, id: str) -> str:
    return str(platform.get(f"/v1/access-requests/{id}").json()["status"])


def inbox(platform: httpx2.Client, asked: str, **query: Any) -> list[dict[str, Any]]:
    response = platform.get("/v1/access-requests/inbox", params={"asked": asked, **query})
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["data"]
    return items


def decide(platform: httpx2.Client, id: str, verb: str, **body: Any) -> httpx2.Response:
    """Approve (once, unless said otherwise) or deny, as the owner unless said otherwise."""
    usual = {"capacity": "owner"} if verb == "deny" else {"capacity": "owner", "manner": "once"}
    return platform.post(f"/v1/access-requests/{id}/{verb}", json={**usual, **body})


def approve(platform: httpx2.Client, id: str, **body: Any) -> dict[str, Any]:
    """A yes that is taken; returns the ask as it stands then."""
    response = decide(platform, id, "approve", **body)
    assert response.status_code == 200, response.text
    (answered,) = response.json()["asks"]
    given: dict[str, Any] = answered
    return given


def use(platform: httpx2.Client, asked: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A use of a new permit."""
    return report(platform, permit(platform, asked)["id"], **changes)
