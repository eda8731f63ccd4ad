"""What tests of erasures do: enroll with samples, hand out packages, let a worker work."""

import io
import json
import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, BinaryIO, NoReturn

import httpx2

from cameo_service.context import Context
from cameo_service.enrollments.recordings import blob_name
from cameo_service.log.sequencing import Sequencer
from cameo_service.offline.erasures import ProvenErasure, verify_erasure
from cameo_service.offline.keys import published_keys
from cameo_service.offline.log import keys_in
from cameo_service.worker import Worker
from storage.contracts import Blobs
from storage.errors import StoreUnavailable
from storage.records import DisclosureRecord
from tests.service.running import RunningService, verification
from tests.storage import samples
from verification.faces.contracts import FaceTemplate
from verification.report import Report, Sample, Verdict, Verification
from verification.voices.contracts import VoiceTemplate

DIGITS = random.Random(7)
SIMILAR = {"name": "unique_face", "evidence": {"similarities": [0.98, 0.97]}}


def vector(size: int) -> tuple[float, ...]:
    return tuple(DIGITS.uniform(-1, 1) for _ in range(size))


def likeness(verdict: Verdict = Verdict.VERIFIED) -> Verification:
    """A verification with templates of the usual sizes, two stills and speech."""
    report: Report = verification(verdict).report
    return Verification(
        report=report,
        face=FaceTemplate(model="face-model", model_sha256="a" * 64, vector=vector(128)),
        voice=VoiceTemplate(model="voice-model", model_sha256="b" * 64, vector=vector(256)),
        samples=(
            Sample(modality="face", media_type="image/png", content=DIGITS.randbytes(3000)),
            Sample(modality="face", media_type="image/png", content=DIGITS.randbytes(3000)),
            Sample(modality="voice", media_type="audio/wav", content=DIGITS.randbytes(9000)),
        ),
    )


def enroll(service: RunningService, principal: str, judged: Verification) -> tuple[str, str]:
    """A cameo of `principal`, verified as `judged`; its id and the enrollment's."""
    with service.client(service.key()) as platform:
        id = platform.post("/v1/enrollments", json={"principal": principal}).json()["id"]
    service.conclude(id, judged)
    with service.context.store.read() as tx:
        cameo = tx.enrollments.get(id).cameo_id
    assert cameo is not None
    return cameo, str(id)


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


def named_elsewhere(service: RunningService, cameo: str) -> str:
    """A report on another's face, a scan and an access request that speak of a cameo.

    Returns the id of the enrollment with that report.
    """
    _, twins = enroll(service, "user:twin", likeness(Verdict.NEEDS_REVIEW))
    recognized = [{"cameo_id": cameo}, {"cameo_id": "cam_other"}]
    result = {"decision": "deny", "faces": [{"recognized": recognized}]}
    asks = tuple(
        {"cameo_id": each, "principal": f"user:{each}", "note": f"Said of {each}."}
        for each in (cameo, "cam_other")
    )
    with service.context.store.write() as tx:
        waits = tx.enrollments.get(twins)
        report = {**(waits.report or {}), "alike": alike(cameo), "checks": [SIMILAR]}
        tx.enrollments.save(replace(waits, report=report))
        tx.scans.add(samples.scan(id="sca_1", result=result, created_at=service.clock()))
        tx.access_requests.add(
            samples.access_request(asks=asks, expires_at=service.clock() + timedelta(days=9))
        )
    return twins


def alike(cameo: str) -> list[dict[str, Any]]:
    return [{"id": cameo, "similarity": 0.98}, {"id": "cam_other", "similarity": 0.97}]


def proven(service: RunningService, client: httpx2.Client, id: str) -> ProvenErasure:
    """A finished erasure, its certificate and proof verified; there is no other of its cameo."""
    sequence(service.context)
    completed = shown(client, id)
    assert completed["status"] == "completed"
    jwks = client.get("/.well-known/jwks.json").json()
    erasure = verify_erasure(
        completed["certificate"],
        completed["proof"],
        keys=published_keys(jwks),
        log_keys=keys_in(jwks),
    )
    assert erasure.destroyed == completed["destroyed"]
    assert logged(service.context, erasure.cameo).count("cameo.erased") == 1
    return erasure


def logged(context: Context, cameo: str) -> list[str]:
    """The kinds of the events about a cameo that can be opened still, in order."""
    with context.store.read() as tx:
        return [json.loads(each.document)["event"] for each in tx.log.about(cameo, limit=999)]


def counted(erasure: ProvenErasure) -> dict[str, int]:
    """What was destroyed, without what is none, and without what is written every few seconds."""
    return {
        name: count
        for name, count in erasure.destroyed.items()
        if count and name not in {"inquiries", "log_openings"}
    }


def hand_out(
    context: Context, cameo: str, holder: str, *, id: str = "dis_1", now: datetime
) -> None:
    """An identity package that `holder` was handed."""
    with context.store.write() as tx:
        number = tx.log.append("package.disclosed", {}, subjects=(cameo, holder), now=now)
        tx.disclosures.add(
            DisclosureRecord(
                id=id,
                cameo_id=cameo,
                permit_id="per_1",
                holder=holder,
                requester="user:bob",
                facets=("face",),
                contents=(),
                encrypted_to=None,
                log_number=number,
                created_at=now,
            )
        )


def no_models() -> NoReturn:
    raise AssertionError("an erasure needs no models")


def work(context: Context) -> None:
    """Let a new worker do every job that is due."""
    worker = Worker(context, load=no_models)
    while worker.step():
        pass


def sequence(context: Context) -> None:
    """Publish what was logged."""
    Sequencer(context).catch_up()


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
