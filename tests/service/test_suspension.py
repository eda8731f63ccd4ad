"""Cameos suspended, reinstated and ended, of persons and of characters."""

import httpx2
import pytest

from tests.service.characters import register, settle, sheet
from tests.service.effects import watching
from tests.service.running import Refusal, RunningService

pytestmark = pytest.mark.both_databases


def test_a_suspended_character_cannot_slip_back(
    service: RunningService,
    studio: httpx2.Client,
    reviewer: httpx2.Client,
    operator: httpx2.Client,
    refused: Refusal,
) -> None:
    id = register(studio)["id"]
    path = f"/v1/characters/{id}"
    refused(operator.post(f"{path}/suspend"), 409, "wrong_state")
    refused(operator.post(f"{path}/reinstate"), 409, "wrong_state")
    settle(reviewer, id)
    with watching(service, f"cameo:{id}") as seen:
        assert operator.post(f"{path}/suspend").json()["status"] == "suspended"
    assert (seen.ended, seen.touched) == ({f"cameo:{id}"}, {f"cameo:{id}"})
    assert operator.post(f"{path}/suspend").json()["status"] == "suspended"
    approve = {"decision": "approve"}
    refused(reviewer.post(f"{path}/review", json=approve), 409, "wrong_state")
    assert studio.put(path, json=sheet(name="Zed II")).json()["status"] == "suspended"
    assert reviewer.get("/v1/characters/awaiting-review").json()["data"] == []
    with watching(service) as seen:
        assert operator.post(f"{path}/reinstate").json()["status"] == "pending"
    assert seen.touched == {f"cameo:{id}"}
    assert settle(reviewer, id)["status"] == "active"
    operator.post(f"{path}/suspend")
    assert operator.post(f"{path}/reinstate").json()["status"] == "active"


def test_a_person_is_suspended_and_reinstated(
    service: RunningService, operator: httpx2.Client, refused: Refusal
) -> None:
    id = service.enroll("user:ann")
    with watching(service, f"cameo:{id}") as seen:
        assert operator.post(f"/v1/cameos/{id}/suspend").json()["status"] == "suspended"
    assert (seen.ended, seen.touched) == ({f"cameo:{id}"}, {f"cameo:{id}"})
    assert operator.post(f"/v1/cameos/{id}/reinstate").json() == {
        "object": "cameo_status",
        "id": id,
        "kind": "person",
        "status": "active",
        "updated_at": service.clock().isoformat().replace("+00:00", "Z"),
    }
    refused(operator.post("/v1/cameos/cam_1/suspend"), 404, "unknown")


def test_an_ended_character_stays_ended(
    service: RunningService,
    studio: httpx2.Client,
    reviewer: httpx2.Client,
    operator: httpx2.Client,
    refused: Refusal,
) -> None:
    id = register(studio)["id"]
    settle(reviewer, id)
    with watching(service, f"cameo:{id}") as seen:
        assert studio.post(f"/v1/cameos/{id}/revoke").json()["status"] == "revoked"
    assert seen.ended == {f"cameo:{id}"}
    assert f"cameo:{id}" in seen.touched
    path = f"/v1/characters/{id}"
    assert studio.get(path).json()["review"] is None
    refused(studio.put(path, json=sheet(name="Zed II")), 409, "wrong_state")
    approve = {"decision": "approve"}
    refused(reviewer.post(f"{path}/review", json=approve), 409, "wrong_state")
    for verb in ("suspend", "reinstate"):
        refused(operator.post(f"{path}/{verb}"), 409, "wrong_state")
