"""Protected faces: who adds them, what protects, and what follows."""

from collections.abc import Callable

import httpx2
import pytest

from cameo_service.callers import Scope
from cameo_service.worker import Worker
from tests.service.pictures import ann, both, encoded, eve, nobody
from tests.service.recognizing import blobs_of, enroll, notices, protect, recognized, scan
from tests.service.running import Refusal, RunningService
from verification.faces.contracts import Image
from verification.packs.loading import Models


def test_a_protected_face_is_a_denial_and_holds_an_enrollment(
    service: RunningService,
    platform: httpx2.Client,
    open_models: Models,
    worker: Worker,
) -> None:
    begun = protect(platform, encoded(ann()), encoded(ann(), "jpg"), principal="user:ann")
    assert (begun.status_code, begun.json()["status"]) == (202, "pending")
    assert still_waits(service)
    assert worker.step()
    entry = platform.get(f"/v1/protected-faces/{begun.json()['id']}").json()
    assert (entry["status"], entry["model"]) == ("active", open_models.faces.name)
    answer = scan(platform, worker, encoded(ann()))
    assert answer["decision"] == "deny"
    assert recognized(answer) == [(None, False, ["protected"])]
    held = enroll(service, platform, open_models, "user:mallory", ann())
    assert held["last_error"]["code"] == "face_known"
    kinds = [notice["kind"] for notice in notices(platform, "user:ann")]
    assert sorted(set(kinds)) == ["face_matched", "scan_denied"]
    # the person themself is not kept out, and then speaks through the cameo
    cameo = enroll(service, platform, open_models, "user:ann", ann())
    assert cameo["status"] == "needs_review"  # mallory waits with the same face
    removed = platform.post(f"/v1/protected-faces/{entry['id']}/remove").json()
    assert removed["status"] == "removed"
    with service.context.store.read() as tx:
        assert tx.templates.of_cameo(entry["id"]) == []


def still_waits(service: RunningService) -> bool:
    with service.context.store.read() as tx:
        (entry,) = tx.protected_faces.of("user:ann", limit=9)
        return tx.templates.of_cameo(entry.id) == [] and bool(entry.stills)


@pytest.mark.parametrize(
    ("stills", "code"),
    [
        ([nobody], "no_face"),
        ([both], "several_faces"),
        ([ann, eve], "faces_differ"),
        ([ann, nobody], "no_face"),
    ],
    ids=["none", "two", "others", "one_without"],
)
def test_stills_that_show_no_one_person_protect_nobody(
    service: RunningService,
    platform: httpx2.Client,
    worker: Worker,
    stills: list[Callable[[], Image]],
    code: str,
) -> None:
    id = protect(platform, *(encoded(each()) for each in stills), principal="user:ann").json()["id"]
    assert worker.step()
    entry = platform.get(f"/v1/protected-faces/{id}").json()
    assert (entry["status"], entry["error"]) == ("failed", code)
    assert blobs_of(service) == []


def test_who_may_protect_whom(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    still = encoded(ann())
    terms = {"actions": ["generate"], "facets": ["face"]}
    mandate = {
        "kind": "agent",
        "represented": "user:ann",
        "representative": "org:agency",
        "scope": terms,
        "evidence": "contract",
    }
    scopes = (Scope.PROTECTED_WRITE, Scope.PROTECTED_READ)
    with service.client(service.key(*scopes, principal="org:agency", acts_for=())) as agency:
        refused(protect(agency, still, principal="user:ann"), 403, "not_acting_for")
        acting = {"principal": "user:ann", "acting_as": "org:agency"}
        refused(protect(agency, still, **acting), 403, "not_acting_for")
        platform.post("/v1/representations", json=mandate)
        entry = protect(agency, still, **acting).json()
        assert (entry["added_by"], entry["principal"]) == ("org:agency", "user:ann")
        refused(protect(agency, still), 403, "missing_scope")
        refused(agency.get("/v1/protected-faces"), 403, "missing_scope")
        listed = agency.get("/v1/protected-faces", params={"principal": "user:ann"}).json()
        assert [each["id"] for each in listed["data"]] == [entry["id"]]
    anonymous = protect(platform, still).json()
    assert (anonymous["principal"], anonymous["added_by"]) == (None, "org:platform")
    assert platform.get("/v1/protected-faces").json()["data"] == [anonymous]
    with service.client(service.key(*scopes, principal="org:other", acts_for=())) as other:
        for id in (entry["id"], anonymous["id"]):
            refused(other.get(f"/v1/protected-faces/{id}"), 404, "unknown")
            refused(other.post(f"/v1/protected-faces/{id}/remove"), 404, "unknown")
