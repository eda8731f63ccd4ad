"""What ended is not handed out: permits, and all that they rest on, seen in one transaction."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from cameo_service.callers import key_id_of, revoke_key
from permissions.facts import CameoStatus
from tests.service.making import permit, report
from tests.service.packages.asking import STUDIO, asked, disclosures, fetch, fetched
from tests.service.running import Refusal, RunningService

RULES: dict[str, Any] = {"rules": [], "ceilings": {}, "obligations": []}
End = Callable[[httpx2.Client, str], httpx2.Response]


def revoke_grant(platform: httpx2.Client, cameo: str) -> httpx2.Response:
    (grant,) = platform.get(f"/v1/cameos/{cameo}/grants").json()["data"]
    return platform.post(f"/v1/grants/{grant['id']}/revoke")


ENDS: dict[str, End] = {
    "grant": revoke_grant,
    "suspended": lambda client, cameo: client.post(f"/v1/cameos/{cameo}/suspend"),
    "revoked": lambda client, cameo: client.post(f"/v1/cameos/{cameo}/revoke"),
    "erased": lambda client, cameo: client.post(f"/v1/cameos/{cameo}/erase"),
    "requester blocked": lambda client, _: client.put("/v1/principals/user:ann/blocks/user:bob"),
    "requester suspended": lambda client, _: client.put(
        "/v1/principals/user:bob/standing", json={"standing": "suspended"}
    ),
    "restricted": lambda client, cameo: client.put(
        f"/v1/cameos/{cameo}/policy",
        json={"audience": {}, "restrictions": [{"id": "r1", "effect": "deny", "when": {}}]},
    ),
    "protected": lambda client, cameo: client.put(
        "/v1/deployment/rules", json={**RULES, "protected": [cameo]}
    ),
    "deployment's rules": lambda client, _: client.put(
        "/v1/deployment/rules", json={**RULES, "protected": []}
    ),
}
HOLDERS: dict[str, End] = {
    "blocked": lambda client, _: client.put(f"/v1/principals/user:ann/blocks/{STUDIO}"),
    "suspended": lambda client, _: client.put(
        f"/v1/principals/{STUDIO}/standing", json={"standing": "suspended"}
    ),
}


@pytest.mark.parametrize("end", ENDS)
def test_what_was_ended_in_the_middle_is_not_handed_out(
    studio: httpx2.Client, platform: httpx2.Client, cameo: str, refused: Refusal, end: str
) -> None:
    issued = permit(studio, asked(cameo))
    assert fetched(studio, cameo, issued)
    response = ENDS[end](platform, cameo)
    assert response.is_success, response.text
    refused(fetch(studio, cameo, issued["permit"]), 409, "permit_ended")
    assert len(disclosures(platform, cameo)) == 1


@pytest.mark.parametrize("end", HOLDERS)
def test_a_holder_that_is_not_wanted_is_handed_nothing(
    studio: httpx2.Client, platform: httpx2.Client, cameo: str, refused: Refusal, end: str
) -> None:
    """Bob may still generate: a permit is about him, and a package goes to the generator."""
    issued = permit(studio, asked(cameo))
    response = HOLDERS[end](platform, cameo)
    assert response.is_success, response.text
    refused(fetch(studio, cameo, issued["permit"]), 403, "package_not_permitted")
    assert disclosures(platform, cameo) == []


def test_a_key_that_ended_fetches_nothing(
    service: RunningService, studio: httpx2.Client, cameo: str, refused: Refusal
) -> None:
    issued = permit(studio, asked(cameo))
    with service.context.store.write() as tx:
        (key,) = (each for each in tx.keys.list() if each.principal == STUDIO)
        revoke_key(tx, key_id_of(key.id), now=service.clock())
    refused(fetch(studio, cameo, issued["permit"]), 401, "unauthenticated")


def test_a_permit_that_ended_is_good_for_nothing(
    service: RunningService,
    studio: httpx2.Client,
    platform: httpx2.Client,
    cameo: str,
    refused: Refusal,
) -> None:
    spent = permit(studio, asked(cameo))
    report(studio, spent["id"])
    refused(fetch(studio, cameo, spent["permit"]), 409, "permit_spent")
    released = permit(studio, asked(cameo))
    studio.post(f"/v1/permits/{released['id']}/release")
    refused(fetch(studio, cameo, released["permit"]), 409, "permit_ended")
    late = permit(studio, asked(cameo))
    service.clock.advance(seconds=service.context.settings.permit_lifetime_s)
    refused(fetch(studio, cameo, late["permit"]), 409, "permit_ended")
    assert disclosures(platform, cameo) == []


def test_a_cameo_that_is_held_is_not_handed_out_whatever_its_permits_say(
    service: RunningService, studio: httpx2.Client, cameo: str, refused: Refusal
) -> None:
    """Suspending ends permits; here is what stands if a permit were forgotten."""
    issued = permit(studio, asked(cameo))
    with service.context.store.write() as tx:
        found = tx.cameos.get(cameo)
        tx.cameos.save(replace(found, status=CameoStatus.SUSPENDED))
    refused(fetch(studio, cameo, issued["permit"]), 409, "cameo_not_usable")
