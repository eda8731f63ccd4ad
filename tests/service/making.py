"""What tests of permits and uses ask for and make, over HTTP."""

from typing import Any

import httpx2

LIKELY = {"territories": ["DE"], "purpose": "entertainment", "categories": [], "co_appearing": []}
SHA = "0123456789abcdef" * 4
ASSET = {"sha256": SHA, "media_type": "video/mp4"}


def question(cameo: str, requester: str = "user:bob", **changes: Any) -> dict[str, Any]:
    return {
        "requester": requester,
        "action": "generate",
        "likenesses": [{"cameo_id": cameo, "facets": ["face"], "appearance_change": "none"}],
        **LIKELY,
        **changes,
    }


def grant(
    platform: httpx2.Client,
    cameo: str,
    grantee: str = "user:bob",
    parent: str | None = None,
    **terms: Any,
) -> str:
    covered = {
        "actions": ["generate", "remix", "publish"],
        "facets": ["face"],
        "approval_before_publishing": False,
        **terms,
    }
    body = {"cameo_id": cameo, "grantee": grantee, "terms": covered}
    if parent is not None:
        body["parent"] = parent
    response = platform.post("/v1/grants", json=body)
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


def revoke(platform: httpx2.Client, grant_id: str) -> None:
    response = platform.post(f"/v1/grants/{grant_id}/revoke")
    assert response.status_code == 200, response.text


def permit(client: httpx2.Client, asked: dict[str, Any]) -> dict[str, Any]:
    response = client.post("/v1/permits", json=asked)
    assert response.status_code == 201, response.text
    issued: dict[str, Any] = response.json()
    return issued


def report(client: httpx2.Client, permit_id: str, **fields: Any) -> dict[str, Any]:
    response = client.post("/v1/uses", json={"permit": permit_id, **fields})
    assert response.status_code == 201, response.text
    use: dict[str, Any] = response.json()
    return use


def draft(client: httpx2.Client, asked: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A use that was reported on a permit for `asked`."""
    return report(client, permit(client, asked)["id"], **{"assets": [ASSET], **fields})


def publication(use: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The question whether this draft may be published."""
    return {
        "requester": use["requester"],
        "action": "publish",
        "likenesses": use["likenesses"],
        "remix_of": use["remix_of"],
        "draft": use["id"],
        **LIKELY,
        **changes,
    }


def published(client: httpx2.Client, use: dict[str, Any], **fields: Any) -> dict[str, Any]:
    issued = permit(client, publication(use))
    response = client.post(f"/v1/uses/{use['id']}/publish", json={"permit": issued["id"], **fields})
    assert response.status_code == 200, response.text
    shown: dict[str, Any] = response.json()
    return shown


def refused_codes(response: httpx2.Response) -> list[str]:
    """The codes of a refused permit's reasons, as the requester reads them."""
    assert response.status_code == 403, response.text
    document = response.json()
    assert document["code"] == "consent_denied", document
    return [reason["code"] for reason in document["decision"]["reasons"]]
