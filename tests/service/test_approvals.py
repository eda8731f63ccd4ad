"""One-off approvals, as those who may take them back read them."""

from typing import Any

import httpx2
import pytest

from cameo_service.callers import Scope
from tests.service.asking import approve, ask, question
from tests.service.making import permit, report
from tests.service.running import Refusal, RunningService
from tests.storage import samples

APPROVERS = {"apr_a": "user:ann", "apr_b": "deployment", "apr_c": "user:lee", "apr_d": "user:ann"}


def listed(caller: httpx2.Client, cameo: str, **query: Any) -> dict[str, Any]:
    response = caller.get("/v1/approvals", params={"cameo_id": cameo, **query})
    assert response.status_code == 200, response.text
    page: dict[str, Any] = response.json()
    return page


def ids(caller: httpx2.Client, cameo: str) -> list[str]:
    return [each["id"] for each in listed(caller, cameo)["data"]]


def test_an_approval_tells_where_it_stands(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    made = ask(platform, question(cameo))["id"]
    id = approve(platform, made)["approval_id"]
    path, now = f"/v1/approvals/{id}", service.clock().isoformat().replace("+00:00", "Z")
    shown = platform.get(path).json()
    assert shown == {
        "object": "approval",
        "id": id,
        "status": "standing",
        "cameo_id": cameo,
        "approver": "user:ann",
        "requester": "user:bob",
        "action": "generate",
        "facets": ["face"],
        "access_request_id": made,
        "not_after": "2026-12-22T12:00:00Z",
        "created_at": now,
        "revoked_at": None,
    }
    assert listed(platform, cameo)["data"] == [shown]
    issued = permit(platform, question(cameo))["id"]
    assert platform.get(path).json()["status"] == "taken"
    platform.post(f"/v1/permits/{issued}/release")
    assert platform.get(path).json()["status"] == "standing"
    platform.post(f"{path}/revoke")
    assert platform.get(path).json()["status"] == "revoked"


def test_a_used_approval_stays_taken_and_an_unused_one_expires(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    used = approve(platform, ask(platform, question(cameo))["id"])["approval_id"]
    report(platform, permit(platform, question(cameo))["id"])
    unused = approve(platform, ask(platform, question(cameo, "user:eve"))["id"])["approval_id"]
    service.clock.advance(days=30)
    found = {each["id"]: each["status"] for each in listed(platform, cameo)["data"]}
    assert found == {used: "taken", unused: "expired"}


@pytest.mark.parametrize(
    ("acts_for", "also", "seen"),
    [
        ("user:ann", (), ["apr_a", "apr_c", "apr_d"]),
        ("user:ann", (Scope.DEPLOYMENT_WRITE,), ["apr_a", "apr_b", "apr_c", "apr_d"]),
        ("user:lee", (), ["apr_c"]),
        ("user:zoe", (Scope.DEPLOYMENT_WRITE,), ["apr_b"]),
        ("user:bob", (), []),
    ],
)
def test_who_may_take_an_approval_back_reads_it(
    service: RunningService,
    refused: Refusal,
    acts_for: str,
    also: tuple[Scope, ...],
    seen: list[str],
) -> None:
    cameo = service.enroll("user:ann")
    with service.context.store.write() as tx:
        for id, approver in APPROVERS.items():
            tx.approvals.add(samples.approval(id=id, cameo_id=cameo, approver=approver))
        tx.approvals.add(samples.approval(id="apr_e", cameo_id="cam_x", approver="user:ann"))
    key = service.key(Scope.ACCESS_DECIDE, *also, principal="org:reader", acts_for=(acts_for,))
    with service.client(key) as caller:
        if seen:
            assert ids(caller, cameo) == seen
        else:
            refused(caller.get("/v1/approvals", params={"cameo_id": cameo}), 404, "unknown")
        for id, approver in APPROVERS.items():
            response = caller.get(f"/v1/approvals/{id}")
            if id in seen:
                assert response.json()["approver"] == approver
            else:
                refused(response, 404, "unknown")


def test_what_is_not_ones_own_does_not_shorten_a_page(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    assert listed(platform, cameo)["data"] == []
    with service.context.store.write() as tx:
        for number in range(230):
            approver = "user:lee" if number in {0, 110, 229} else "user:kim"
            made = samples.approval(id=f"apr_{number:03}", cameo_id=cameo, approver=approver)
            tx.approvals.add(made)
    with service.client(service.key(principal="org:lee", acts_for=("user:lee",))) as licensor:
        first = listed(licensor, cameo, limit=2)
        assert [each["id"] for each in first["data"]] == ["apr_000", "apr_110"]
        rest = listed(licensor, cameo, limit=2, after=first["next_cursor"])
        assert ([each["id"] for each in rest["data"]], rest["has_more"]) == (["apr_229"], False)
