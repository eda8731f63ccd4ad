"""What tests of permits and uses ask for and make, over HTTP."""

from datetime import timedelta
from typing import Any

import httpx2
import jwt

from cameo_service.consent.canonical import reference_of, request_from
from permissions.vocabulary import Facet
from storage.records import ApprovalRecord
from tests.service.running import RunningService

LIKELY = {"territories": ["DE"], "purpose": "entertainment", "categories": [], "co_appearing": []}
SHA = "0123456789abcdef" * 4
ASSET = {"sha256": SHA, "media_type": "video/mp4"}


def question(cameo: str, requester: str = "user:bob", **changes: Any) -> dict[str, Any]:
    """A question that declares everything."""
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


def check(client: httpx2.Client, asked: dict[str, Any]) -> dict[str, Any]:
    response = client.post("/v1/consent/check", json=asked)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def permitted(client: httpx2.Client, asked: dict[str, Any]) -> bool:
    return bool(check(client, asked)["permitted"])


def plain_grant(client: httpx2.Client, cameo: str, grantee: str = "user:bob", **body: Any) -> str:
    """The id of a grant; `terms` add to an action and a facet, `body` to the rest."""
    terms = {"actions": ["generate"], "facets": ["face"], **body.pop("terms", {})}
    sent = {"cameo_id": cameo, "grantee": grantee, "terms": terms, **body}
    response = client.post("/v1/grants", json=sent)
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
    response = client.post("/v1/uses", json={"permit_id": permit_id, **fields})
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
    response = client.post(
        f"/v1/uses/{use['id']}/publish", json={"permit_id": issued["id"], **fields}
    )
    assert response.status_code == 200, response.text
    shown: dict[str, Any] = response.json()
    return shown


def refused_codes(response: httpx2.Response) -> list[str]:
    """The codes of a refused permit's reasons, as the requester reads them."""
    assert response.status_code == 403, response.text
    document = response.json()
    assert document["code"] == "consent_denied", document
    return [reason["code"] for reason in document["decision"]["reasons"]]


def approve(service: RunningService, cameo: str, asked: dict[str, Any], id: str = "apr_1") -> None:
    """A one-off approval of `asked` by the owner, as `approvals` stores it."""
    with service.context.store.write() as tx:
        request, draft_id = request_from(canonical(asked))
        tx.approvals.add(
            ApprovalRecord(
                id=id,
                version=1,
                cameo_id=cameo,
                approver=tx.cameos.get(cameo).owner,
                requester=request.requester,
                action=request.action.value,
                facets=tuple(sorted(Facet)),
                reference=reference_of(tx, request, draft_id),
                not_after=service.clock() + timedelta(days=1),
                created_by="ck_1",
                created_at=service.clock(),
            )
        )
        tx.revisions.touch(f"principal:{request.requester}", now=service.clock())


def canonical(asked: dict[str, Any]) -> dict[str, Any]:
    """The document of a question that is sent in its canonical order."""
    return {"remix_of": [], "draft": None, **asked, "version": 2}


def shown(client: httpx2.Client, use: dict[str, Any]) -> dict[str, Any]:
    response = client.get(f"/v1/uses/{use['id']}")
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def forged(token: str) -> str:
    """The token with another signature, whatever it ends in."""
    signed, dot, signature = token.rpartition(".")
    return f"{signed}{dot}{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


def claims_of(issued: dict[str, Any]) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(issued["permit"], options={"verify_signature": False})
    return claims
