"""What tests of identity packages do: enroll with samples, ask for a permit, fetch, verify.

issued = permit(studio, asked(cameo, "face"))
package = verified(service, fetched(studio, cameo, issued))
"""

from dataclasses import replace
from typing import Any

import httpx2
import numpy as np
from joserfc.jwk import ECKey, OKPKey

from cameo_service.callers import Scope
from cameo_service.client import IdentityPackage, verify_package
from tests.service.making import question
from tests.service.running import RunningService, verification
from verification.report import Sample, Verdict
from verification.sampling import encode_speech

STUDIO = "app:studio"
STUDIO_SCOPES = (Scope.PERMITS_ISSUE, Scope.PACKAGES_FETCH, Scope.USES_WRITE)
STILL = Sample(modality="face", media_type="image/png", content=b"\x89PNG a still")
SPEECH = Sample(
    modality="voice",
    media_type="audio/wav",
    content=encode_speech(np.full(1_600, 0.1, np.float32)),
)
BOTH = ("face", "voice")
HolderKey = ECKey | OKPKey


def enroll(service: RunningService, who: str, statement: dict[str, str] | None = None) -> str:
    """A verified cameo of `who` with a still and speech, under the default statement."""
    with service.client(service.key()) as platform:
        body = {"principal": who} | ({} if statement is None else {"statement": statement})
        response = platform.post("/v1/enrollments", json=body)
        assert response.status_code == 201, response.text
        id = response.json()["id"]
        found = replace(verification(Verdict.VERIFIED), samples=(STILL, SPEECH))
        service.conclude(id, found)
        return str(platform.get(f"/v1/enrollments/{id}").json()["cameo_id"])


def asked(cameo: str, *facets: str, **changes: Any) -> dict[str, Any]:
    """Bob's question to generate with these facets, face and voice where none is named."""
    likeness = {"cameo_id": cameo, "facets": list(facets or BOTH), "appearance_change": "none"}
    return question(cameo, likenesses=[likeness], **changes)


def fetch(client: httpx2.Client, cameo: str, permit: str, **body: Any) -> httpx2.Response:
    """Ask for the package of `cameo` with a permit's token."""
    return client.post(f"/v1/cameos/{cameo}/identity-package", json={"permit": permit, **body})


def fetched(
    client: httpx2.Client, cameo: str, issued: dict[str, Any], **body: Any
) -> dict[str, Any]:
    """The answer to that, for a permit as it was issued."""
    response = fetch(client, cameo, issued["permit"], **body)
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    answer: dict[str, Any] = response.json()
    return answer


def verified(service: RunningService, answer: dict[str, Any], **changes: Any) -> IdentityPackage:
    """The package in an answer, as its holder verifies it; `changes` are to how."""
    how: dict[str, Any] = {
        "audience": STUDIO,
        "cameo_id": answer["cameo_id"],
        "permit_id": answer["permit_id"],
        "issuer": service.context.settings.issuer,
        "now": service.clock(),
    }
    return verify_package(answer["package"], service.context.signer.jwks(), **{**how, **changes})


def disclosures(platform: httpx2.Client, cameo: str) -> list[dict[str, Any]]:
    """What the owner reads of who was handed what."""
    found: list[dict[str, Any]] = platform.get(f"/v1/cameos/{cameo}/disclosures").json()["data"]
    return found


def public_half(key: HolderKey) -> dict[str, Any]:
    """What a holder sends of its key."""
    public = key.as_dict(private=False)
    return {name: public[name] for name in ("kty", "crv", "x", "y") if name in public}
