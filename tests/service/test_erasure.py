"""Erasing a cameo: what ends, what is destroyed, who is told, what is signed, what stays."""

import base64
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import httpx2
import pytest

from cameo_service.callers import Scope
from cameo_service.cli.configuration import environment_of
from cameo_service.enrollments.recordings import blob_name
from cameo_service.erasure.finishing import ERASE_JOB
from cameo_service.housekeeping import sweep
from cameo_service.offline.log import keys_in, verify_opening, verify_proof
from cameo_service.worker import ATTEMPTS
from permissions.facts import CameoStatus
from storage.contracts import Blobs
from storage.errors import StoreUnavailable
from storage.keys import Purpose
from storage.records import EnrollmentState
from tests.service import making
from tests.service.erasing import enroll, hand_out, likeness, sequence, work
from tests.service.running import Refusal, RunningService
from tests.storage import samples
from verification.report import Verdict

ROOT = Path(__file__).parents[2]


def erase(client: httpx2.Client, cameo: str, **body: str) -> dict[str, Any]:
    response = client.post(f"/v1/cameos/{cameo}/erase", json=body or None)
    assert response.status_code == 200, response.text
    shown: dict[str, Any] = response.json()
    return shown


def shown(client: httpx2.Client, id: str) -> dict[str, Any]:
    response = client.get(f"/v1/erasures/{id}")
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def record(service: RunningService, enrollment: str) -> str:
    """A recording of this enrollment, stored; returns its name."""
    with service.context.store.read() as tx:
        name = blob_name(tx.enrollments.get(enrollment), now=service.clock())
    service.context.blobs.put(name, io.BytesIO(b"recorded"), limit=99)
    return name


def test_everything_that_rests_on_it_ends(service: RunningService, platform: httpx2.Client) -> None:
    cameo, enrollment = enroll(service, "user:ann", likeness())
    renewal = platform.post(
        "/v1/enrollments", json={"principal": "user:ann", "renews": cameo}
    ).json()["id"]
    asked = making.question(cameo)
    grant = making.grant(platform, cameo)
    draft = making.draft(platform, asked)
    issued = making.permit(platform, asked)
    erased = erase(platform, cameo)
    assert not making.permitted(platform, asked)
    assert not platform.post("/v1/permits/introspect", json={"permit": issued["permit"]}).json()[
        "active"
    ]
    assert platform.get(f"/v1/grants/{grant}").json()["revoked_at"] is not None
    assert making.shown(platform, draft)["recall"]["cause"] == "cameo_erased"
    after = platform.get(f"/v1/cameos/{cameo}").json()
    assert (after["status"], after["credential"], after["enrolled"]) == ("erased", None, [])
    assert erased["status"] == "processing"
    destroyed = {name: count for name, count in erased["destroyed"].items() if count}
    destroyed.pop("inquiries", None)  # written every few seconds
    assert destroyed == {
        "templates": 2,
        "samples": 3,
        "data_keys": 1,
        "credentials": 1,
        "policy_versions": 1,
        "enrollments": 2,
        "enrollments_withdrawn": 1,
        "grants_ended": 1,
        "permits_revoked": 2,
        "uses_recalled": 1,
        "log_openings": destroyed["log_openings"],
    }
    with service.context.store.read() as tx:
        assert tx.templates.of_cameo(cameo) == [] == tx.templates.samples_of(cameo)
        assert tx.enrollments.get(renewal).state is EnrollmentState.CANCELED
        for each in (enrollment, renewal):
            emptied = tx.enrollments.get(each)
            assert (emptied.report, emptied.challenge, emptied.last_error) == (None, {}, None)
            assert (emptied.client_secret_hash, emptied.session_hash) == ("", None)
        opened = [json.loads(each.document)["event"] for each in tx.log.about(cameo, limit=99)]
    # the draft's receipt stays verifiable
    assert opened == ["use.reported", "cameo.revoked"]
    # the person may begin anew
    assert platform.post("/v1/enrollments", json={"principal": "user:ann"}).status_code == 201


def test_the_certificate_says_what_was_destroyed_and_stands_in_the_log(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo, enrollment = enroll(service, "user:ann", likeness())
    hand_out(service.context, cameo, "app:studio", now=service.clock())
    recording = record(service, enrollment)
    erased = erase(platform, cameo)
    assert (erased["certificate"], erased["proof"]) == (None, None)
    work(service.context)
    assert recording not in service.context.blobs.list()
    completed = shown(platform, erased["id"])
    assert completed["status"] == "completed"
    assert completed["proof"] is None
    sequence(service.context)
    completed = shown(platform, erased["id"])
    claims = service.context.signer.open(Purpose.ERASURE, completed["certificate"])
    assert claims["destroyed"] == completed["destroyed"]
    assert (claims["destroyed"]["recordings"], claims["destroyed"]["templates"]) == (1, 2)
    assert (claims["jti"], claims["cameo"], claims["sub"]) == (erased["id"], cameo, "user:ann")
    assert claims["requested_by"] == "user:ann"
    assert claims["told"] == [{"holder": "app:studio", "disclosures": ["dis_1"]}]
    jwks = platform.get("/.well-known/jwks.json").json()
    proof = completed["proof"]
    logged = verify_proof(proof, keys_in(jwks))
    salt, event = (base64.b64decode(proof[name]) for name in ("salt", "event"))
    stated = verify_opening(logged, salt=salt, event=event)
    assert stated == {
        "event": "cameo.erased",
        "cameo": cameo,
        "erasure": erased["id"],
        "certificate": hashlib.sha256(completed["certificate"].encode()).hexdigest(),
    }


def test_again_and_after_a_revocation(service: RunningService, platform: httpx2.Client) -> None:
    cameo, enrollment = enroll(service, "user:ann", likeness())
    platform.post(f"/v1/cameos/{cameo}/revoke")
    with service.context.store.read() as tx:
        assert tx.enrollments.get(enrollment).report is not None
    erased = erase(platform, cameo)
    assert erased["destroyed"]["templates"] == 0
    with service.context.store.read() as tx:
        assert tx.enrollments.get(enrollment).report is None
        assert tx.cameos.get(cameo).status is CameoStatus.ERASED
    work(service.context)
    assert erase(platform, cameo) == shown(platform, erased["id"])
    assert platform.post(f"/v1/cameos/{cameo}/revoke").json()["status"] == "erased"


def test_agents_erase_nothing_and_guardians_do(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    terms = {"actions": ["generate"], "facets": ["face"]}
    mandate = {"represented": "user:ann", "scope": terms, "evidence": "contract 7"}
    platform.post(
        "/v1/representations",
        json={**mandate, "kind": "agent", "representative": "user:agent"},
    )
    with service.client(service.key(acts_for=("user:agent",))) as agent:
        response = agent.post(f"/v1/cameos/{cameo}/erase", json={"acting_as": "user:agent"})
        refused(response, 403, "mandate_too_narrow")
    minor = {"age_band": "teen", "birth_date": "2012-05-01", "vouched_until": None}
    platform.put("/v1/people/user:ann", json={"minor": minor, "deceased_at": None})
    made = platform.post(
        "/v1/representations",
        json={**mandate, "kind": "guardian", "representative": "user:mum"},
    )
    assert made.status_code == 201, made.text
    with service.client(service.key(acts_for=("user:mum",))) as mum:
        assert erase(mum, cameo, acting_as="user:mum")["requested_by"] == "user:mum"


def test_holders_of_packages_are_told_and_confirm(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    for holder, id in (("app:studio", "dis_1"), ("app:other", "dis_2"), ("app:studio", "dis_3")):
        hand_out(service.context, cameo, holder, id=id, now=service.clock())
    erased = erase(platform, cameo)
    held = {each["holder"]: each for each in erased["holders"]}
    assert held["app:studio"]["disclosures"] == ["dis_1", "dis_3"]
    studio_key = service.key(principal="app:studio", acts_for=())
    other_key = service.key(principal="app:another", acts_for=())
    listed = "/v1/erasures?holder=app:studio&unconfirmed=true"
    with service.client(studio_key) as studio, service.client(other_key) as stranger:
        [notice] = studio.get(listed).json()["data"]
        assert (notice["erasure_id"], notice["cameo_id"]) == (erased["id"], cameo)
        [told] = studio.get("/v1/notices?principal=app:studio").json()["data"]
        assert (told["kind"], told["body"]["erasure_id"]) == ("cameo_erased", erased["id"])
        refused(studio.get(f"/v1/erasures/{erased['id']}"), 404, "unknown")
        refused(stranger.get(listed), 403, "not_acting_for")
        confirm = f"/v1/erasures/{erased['id']}/confirm"
        refused(stranger.post(confirm), 404, "unknown")
        refused(stranger.post(confirm, json={"holder": "app:studio"}), 404, "unknown")
        confirmed = studio.post(confirm).json()
        service.clock.advance(days=1)
        assert studio.post(confirm).json() == confirmed
        assert studio.get(listed).json()["data"] == []
        assert len(studio.get("/v1/erasures?holder=app:studio").json()["data"]) == 1
    seen = {each["holder"]: each for each in shown(platform, erased["id"])["holders"]}
    assert seen["app:studio"]["confirmed_at"] == confirmed["confirmed_at"] is not None
    assert seen["app:other"]["confirmed_at"] is None
    with service.context.store.read() as tx:
        kinds = [json.loads(each.document)["event"] for each in tx.log.about(cameo, limit=99)]
    assert kinds.count("erasure.confirmed") == 1


KILLED = """
import os, signal, sys
from dataclasses import replace
from datetime import datetime
from cameo_service.settings import Settings
from cameo_service.wiring import build
from tests.service.erasing import work

class Killing:
    def __init__(self, blobs):
        self._blobs, self._left = blobs, 1

    def __getattr__(self, name):
        return getattr(self._blobs, name)

    def delete(self, name):
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1
        self._blobs.delete(name)

now = datetime.fromisoformat(sys.argv[1])
with build(Settings()) as context:
    work(replace(context, blobs=Killing(context.blobs), clock=lambda: now))
"""
"""A worker that is killed at its second deletion."""


@pytest.mark.parametrize("by", ["the next worker", "the sweep"])
def test_what_a_killed_process_leaves_is_finished(
    service: RunningService, platform: httpx2.Client, by: str
) -> None:
    cameo, enrollment = enroll(service, "user:ann", likeness())
    recordings = {record(service, enrollment) for _ in range(3)}
    erased = erase(platform, cameo)
    killed = subprocess.run(  # noqa: S603 (our own interpreter)
        [sys.executable, "-c", KILLED, service.clock().isoformat()],
        cwd=ROOT,
        env={**os.environ, **environment_of(service.context.settings)},
        check=False,
        timeout=60,
    )
    assert killed.returncode == -signal.SIGKILL
    assert len(recordings & set(service.context.blobs.list())) == 2
    assert shown(platform, erased["id"])["status"] == "processing"
    service.clock.advance(minutes=5)
    if by == "the next worker":
        work(service.context)
    else:
        sweep(service.context)
    assert recordings & set(service.context.blobs.list()) == set()
    completed = shown(platform, erased["id"])
    assert (completed["status"], completed["destroyed"]["recordings"]) == ("completed", 3)


class Failing:
    """Blobs on a disk that fails at every deletion."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    def put(self, name: str, source: BinaryIO, *, limit: int) -> int:
        return self._blobs.put(name, source, limit=limit)

    def fetch(self, name: str, target: BinaryIO) -> int:
        return self._blobs.fetch(name, target)

    def list(self, prefix: str = "") -> list[str]:
        return self._blobs.list(prefix)

    def delete(self, name: str) -> None:
        raise StoreUnavailable(f"no disk for `{name}`")


def test_a_disk_that_fails_delays_the_certificate_and_nothing_else(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo, enrollment = enroll(service, "user:ann", likeness())
    for _ in range(2):
        record(service, enrollment)
    erased = erase(platform, cameo)
    failing = replace(service.context, blobs=Failing(service.context.blobs))
    for _ in range(ATTEMPTS + 1):
        work(failing)
        service.clock.advance(minutes=1)
    with service.context.store.read() as tx:
        assert tx.jobs.waiting() == 0
    sweep(failing)
    assert shown(platform, erased["id"])["status"] == "processing"
    sweep(service.context)
    assert shown(platform, erased["id"])["status"] == "completed"
    with service.context.store.read() as tx:
        assert tx.jobs.buried((ERASE_JOB,), limit=9) == []


def test_others_keep_their_reports_and_scans_without_the_cameo(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    twin, twins = enroll(service, "user:twin", likeness(Verdict.NEEDS_REVIEW))
    assert twin
    result = {
        "decision": "deny",
        "faces": [{"recognized": [{"cameo_id": cameo}, {"cameo_id": "cam_other"}]}],
    }
    alike = [{"id": cameo, "similarity": 0.98}, {"id": "cam_other", "similarity": 0.97}]
    check = {"name": "unique_face", "evidence": {"similarities": [0.98, 0.97]}}
    with service.context.store.write() as tx:
        waits = tx.enrollments.get(twins)
        report = {**(waits.report or {}), "alike": alike, "checks": [check]}
        tx.enrollments.save(replace(waits, report=report))
        tx.scans.add(samples.scan(id="sca_1", result=result, created_at=service.clock()))
    erased = erase(platform, cameo)
    work(service.context)
    destroyed = shown(platform, erased["id"])["destroyed"]
    assert (destroyed["reports_of_others"], destroyed["scans"]) == (1, 1)
    with service.context.store.read() as tx:
        left = tx.enrollments.get(twins).report
        scan = tx.scans.find("sca_1")
    assert left is not None
    assert left["alike"] == alike[1:]
    assert left["checks"] == [{**check, "evidence": {"similarities": [0.97]}}]
    assert scan is not None
    assert scan.result == {
        "decision": "deny",
        "faces": [{"recognized": [{"cameo_id": None}, {"cameo_id": "cam_other"}]}],
    }


def test_a_repeated_request_learns_that_its_answer_was_erased(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    again = {"Idempotency-Key": "k1"}
    body = {"principal": "user:ann"}
    id = platform.post("/v1/enrollments", json=body, headers=again).json()["id"]
    service.conclude(id, likeness())
    with service.context.store.read() as tx:
        cameo = tx.enrollments.get(id).cameo_id
    asked = making.question(str(cameo), "user:ann")
    platform.post("/v1/permits", json=asked, headers={"Idempotency-Key": "k2"})
    other = {"principal": "user:zoe"}
    kept = platform.post("/v1/enrollments", json=other, headers={"Idempotency-Key": "k3"})
    erased = erase(platform, str(cameo))
    assert erased["destroyed"]["kept_answers"] == 2
    refused(platform.post("/v1/enrollments", json=body, headers=again), 409, "answer_erased")
    repeated = platform.post("/v1/enrollments", json=other, headers={"Idempotency-Key": "k3"})
    assert repeated.json()["id"] == kept.json()["id"]


def test_receipts_stay_verifiable(service: RunningService, platform: httpx2.Client) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    making.grant(platform, cameo)
    use = making.draft(platform, making.question(cameo))
    erase(platform, cameo)
    with service.context.store.read() as tx:
        kept = tx.receipts.of_use(use["id"])
        assert [each.cameo_id for each in kept] == [None, cameo]
        assert all(tx.log.opening(each.log_number) is not None for each in kept)


def test_a_character_is_erased_to_its_handle_and_name(
    service: RunningService, studio: httpx2.Client
) -> None:
    sheet = {
        "name": "Zed",
        "description": "Tall and green.",
        "rights_statement": "Created in 2019.",
        "references": [{"url": "https://studio.example/zed"}],
        "territories": {"included": ["*"]},
        "underlying": [],
    }
    owner = service.context
    made = studio.post(
        "/v1/characters", json={"owner": "org:studio", "handle": "zed", **sheet}
    ).json()
    changed = {**sheet, "description": "Short and green."}
    assert studio.put(f"/v1/characters/{made['id']}", json=changed).status_code == 200
    erased = erase(studio, made["id"])
    assert erased["destroyed"]["character_versions"] == 2
    with owner.store.read() as tx:
        for version in tx.characters.history(made["id"]):
            assert (version.handle, version.name) == ("zed", "Zed")
            assert (version.description, version.references) == ("", ())
            assert (version.rights_statement, version.note) == ("", None)
    work(owner)
    assert shown(studio, erased["id"])["status"] == "completed"


def test_an_erased_cameo_takes_no_policy(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    platform.put(f"/v1/cameos/{cameo}/policy", json={"audience": {"tag": "everyone"}})
    erase(platform, cameo)
    history = platform.get(f"/v1/cameos/{cameo}/policy/history").json()["data"]
    assert [each["audience"] for each in history] == [history[0]["audience"]] * 2
    assert "everyone" not in str(history)
    refused(platform.put(f"/v1/cameos/{cameo}/policy", json={"audience": {}}), 409, "wrong_state")
    with service.client(service.key(Scope.CAMEOS_READ)) as reader:
        refused(reader.post(f"/v1/cameos/{cameo}/erase"), 403, "missing_scope")
