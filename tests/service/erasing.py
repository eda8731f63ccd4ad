"""What tests of erasures do: enroll with samples, hand out packages, let a worker work."""

import random
from datetime import datetime
from typing import NoReturn

from cameo_service.context import Context
from cameo_service.log.sequencing import Sequencer
from cameo_service.worker import Worker
from storage.records import DisclosureRecord
from tests.service.running import RunningService, verification
from verification.faces.contracts import FaceTemplate
from verification.report import Report, Sample, Verdict, Verification
from verification.voices.contracts import VoiceTemplate

DIGITS = random.Random(7)


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
