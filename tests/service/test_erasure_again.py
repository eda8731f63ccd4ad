"""Erasing again, and what the retention schedule took before or after: one true certificate."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx2
import pytest

from cameo_service.enrollments.recordings import blob_name
from cameo_service.housekeeping import sweep
from cameo_service.offline.erasures import verify_erasure
from cameo_service.offline.keys import published_keys
from cameo_service.offline.log import keys_in
from permissions.facts import CameoStatus
from tests.service.erasing import (
    counted,
    enroll,
    erase,
    likeness,
    logged,
    proven,
    sequence,
    shown,
    work,
)
from tests.service.running import Refusal, RunningService
from verification.report import Verdict

pytestmark = pytest.mark.both_databases


def waiting_recording(service: RunningService, enrollment: str) -> str:
    """A recording that waits for a reviewer, named by its enrollment."""
    with service.context.store.write() as tx:
        waiting = tx.enrollments.get(enrollment)
        blob = blob_name(waiting, now=service.clock())
        service.context.blobs.put(blob, io.BytesIO(b"recorded"), limit=9)
        tx.enrollments.save(replace(waiting, recording_blob=blob, recording_mime="video/webm"))
    return blob


def test_after_a_revocation(service: RunningService, platform: httpx2.Client) -> None:
    cameo, enrollment = enroll(service, "user:ann", likeness())
    platform.post(f"/v1/cameos/{cameo}/revoke")
    with service.context.store.read() as tx:
        assert tx.enrollments.get(enrollment).report is not None
    erased = erase(platform, cameo)
    with service.context.store.read() as tx:
        assert tx.enrollments.get(enrollment).report is None
        assert tx.cameos.get(cameo).status is CameoStatus.ERASED
    work(service.context)
    # the templates went with the revocation, and what is written of them says so
    assert counted(proven(service, platform, erased["id"])) == {
        "credentials": 1,
        "enrollments": 1,
        "policy_versions": 1,
    }
    assert erase(platform, cameo) == shown(platform, erased["id"])
    assert platform.post(f"/v1/cameos/{cameo}/revoke").json()["status"] == "erased"


def test_what_the_schedule_emptied_before_is_not_counted(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    service.clock.advance(days=91)
    sweep(service.context)
    erased = erase(platform, cameo)
    work(service.context)
    assert counted(proven(service, platform, erased["id"])) == {
        "credentials": 1,
        "data_keys": 1,
        "policy_versions": 1,
        "samples": 3,
        "templates": 2,
    }


def test_after_a_recording_that_nobody_reviewed(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo, enrollment = enroll(service, "user:ann", likeness(Verdict.NEEDS_REVIEW))
    blob = waiting_recording(service, enrollment)
    service.clock.advance(days=31)
    sweep(service.context)
    assert blob not in service.context.blobs.list()
    erased = erase(platform, cameo)
    work(service.context)
    assert counted(proven(service, platform, erased["id"])) == {
        "enrollments": 1,
        "policy_versions": 1,
    }


def test_a_sweep_between_the_two_halves_takes_nothing_from_the_count(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo, enrollment = enroll(service, "user:ann", likeness(Verdict.NEEDS_REVIEW))
    blob = waiting_recording(service, enrollment)
    service.clock.advance(days=3)
    erased = erase(platform, cameo)
    # nobody names the recording any more, and it is old
    sweep(service.context)
    assert blob not in service.context.blobs.list()
    work(service.context)
    assert proven(service, platform, erased["id"]).destroyed["recordings"] == 1


def test_by_the_owner_after_the_schedule(service: RunningService, platform: httpx2.Client) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    service.clock.advance(days=1_095 - 29)
    sweep(service.context)
    service.clock.advance(days=31)
    sweep(service.context)
    erased = erase(platform, cameo)
    assert erased["requested_by"] == "deployment"
    work(service.context)
    assert proven(service, platform, erased["id"]).requested_by == "deployment"
    # and the other way round: an erased cameo is not inactive
    service.clock.advance(days=1_095)
    for _ in range(2):
        sweep(service.context)
    assert erase(platform, cameo)["id"] == erased["id"]
    assert proven(service, platform, erased["id"]).id == erased["id"]


def test_after_the_erasure_itself_went_there_is_no_second_certificate(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    erased = erase(platform, cameo)
    work(service.context)
    first = proven(service, platform, erased["id"])
    kept = shown(platform, erased["id"])
    service.clock.advance(days=3_651)
    sweep(service.context)
    refused(platform.get(f"/v1/erasures/{erased['id']}"), 404, "unknown")
    refused(platform.post(f"/v1/cameos/{cameo}/erase"), 409, "erased_before")
    work(service.context)
    sequence(service.context)
    assert logged(service.context, cameo).count("cameo.erased") == 1
    jwks = platform.get("/.well-known/jwks.json").json()
    again = verify_erasure(
        kept["certificate"], kept["proof"], keys=published_keys(jwks), log_keys=keys_in(jwks)
    )
    assert again == first


def test_the_next_cameo_of_a_person_has_an_erasure_of_its_own(
    service: RunningService, platform: httpx2.Client
) -> None:
    ids = []
    for _ in range(2):
        cameo, _ = enroll(service, "user:ann", likeness())
        service.clock.advance(minutes=1)
        ids.append(erase(platform, cameo)["id"])
        work(service.context)
    found = [proven(service, platform, id) for id in ids]
    assert found[0].cameo != found[1].cameo
    assert [each.destroyed["enrollments"] for each in found] == [1, 1]


def test_two_who_erase_at_once(service: RunningService, platform: httpx2.Client) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    together = threading.Barrier(4)

    def ask(_: int) -> str:
        with service.client(service.key()) as client:
            together.wait(60)
            return str(erase(client, cameo)["id"])

    with ThreadPoolExecutor(4) as threads:
        [id] = set(threads.map(ask, range(4)))
    work(service.context)
    assert proven(service, platform, id).destroyed["templates"] == 2
    assert logged(service.context, cameo).count("cameo.revoked") == 1
