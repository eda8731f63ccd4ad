"""What tests of characters send over HTTP."""

from typing import Any

import httpx2

from cameo_service.callers import Scope

OWNER = "org:studio"
REVIEW_SCOPES = (Scope.CHARACTERS_REVIEW, Scope.CHARACTERS_READ)
OWNER_SCOPES = tuple(
    scope for scope in Scope if scope not in (Scope.CHARACTERS_REVIEW, Scope.DEPLOYMENT_WRITE)
)


OUTCOMES = ("status", "review", "note", "decided_at")


def sheet(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Zed",
        "description": "A bear in a hat.",
        "references": [{"url": "https://studio.example/zed"}],
        "rights_statement": "Created by the studio in 2019.",
        "territories": {"included": ["*"], "excluded": ["FR"]},
        "underlying": [],
        **changes,
    }


def character(handle: str = "zed", **changes: Any) -> dict[str, Any]:
    return {"owner": OWNER, "handle": handle, **sheet(**changes)}


def register(client: httpx2.Client, handle: str = "zed", **changes: Any) -> dict[str, Any]:
    response = client.post("/v1/characters", json=character(handle, **changes))
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def settle(client: httpx2.Client, id: str, decision: str = "approve", **more: Any) -> Any:
    response = client.post(f"/v1/characters/{id}/review", json={"decision": decision, **more})
    assert response.status_code == 200, response.text
    return response.json()


def underlying(*cameos: str) -> list[dict[str, Any]]:
    return [{"cameo_id": cameo, "facets": ["voice", "face"]} for cameo in cameos]
