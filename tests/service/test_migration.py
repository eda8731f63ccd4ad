"""Migration to another pack: old and new templates side by side, then the new ones alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import cv2
import httpx2
import jwt
import numpy as np
import pytest

from cameo_service.templates import migration
from cameo_service.templates.migration import MIGRATE_JOB, PAGE
from cameo_service.templates.retirement import NotMigrated, retire
from cameo_service.templates.targets import Target
from cameo_service.worker import Worker
from storage.records import JobState
from tests.service.making import permit, permitted, plain_grant, question
from tests.service.running import RunningService, verification
from verification.faces.contracts import Embedding, Face, Image
from verification.report import Sample, Verdict
from verification.sampling import encode_speech

OLD = Target(pack="old", face="a" * 64, voice="b" * 64)
NEW = Target(pack="new", face="c" * 64, voice="b" * 64)
FIVE = np.array([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], np.float32)


class NewFaces:
    """Sees one face in any picture; embeds by its shade."""

    name, sha256 = "new-face", NEW.face

    def detect(self, image: Image) -> list[Face]:
        del image
        return [Face(box=(10, 10, 90, 90), score=1.0, five=FIVE, landmarks=None)]

    def embed(self, image: Image, face: Face) -> Embedding:
        del face
        return np.array([1.0, float(image.mean()) / 255], np.float32)


class SameVoice:
    name, sha256 = "voice-model", NEW.voice

    def embed(self, samples: Any) -> Embedding:
        del samples
        return np.array([0.0, 1.0], np.float32)


@dataclass(frozen=True)
class NewModels:
    pack = "new"
    faces = NewFaces()
    voice = SameVoice()


def png(shade: int) -> bytes:
    return bytes(cv2.imencode(".png", np.full((100, 100, 3), shade, np.uint8))[1].tobytes())


SAMPLES = (
    Sample(modality="face", media_type="image/png", content=png(120)),
    Sample(
        modality="voice",
        media_type="audio/wav",
        content=encode_speech(np.full(16_000, 0.1, np.float32)),
    ),
)


def enroll(service: RunningService, principal: str, samples: tuple[Sample, ...] = SAMPLES) -> str:
    with service.client(service.key()) as platform:
        id = platform.post("/v1/enrollments", json={"principal": principal}).json()["id"]
        service.conclude(id, replace(verification(Verdict.VERIFIED), samples=samples))
        return str(platform.get(f"/v1/enrollments/{id}").json()["cameo_id"])


def begin(service: RunningService) -> str:
    with service.context.store.write() as tx:
        return migration.begin(tx, service.context, NEW).id


def work(service: RunningService) -> int:
    """Let a worker do all there is; return how many jobs there were."""
    worker = Worker(service.context, load=NewModels)  # type: ignore[arg-type]  # what is used of them
    done = 0
    while worker.step():
        done += 1
    return done


def models_of(service: RunningService, cameo: str) -> set[str]:
    with service.context.store.read() as tx:
        return {template.model_sha256[0] for template in tx.templates.of_cameo(cameo)}


def claims(platform: httpx2.Client, cameo: str) -> dict[str, Any]:
    token = platform.get(f"/v1/cameos/{cameo}").json()["credential"]
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def test_new_templates_stand_beside_the_old_ones_and_the_credential_names_both(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = enroll(service, "user:ann")
    plain_grant(platform, cameo)
    issued, before = permit(platform, question(cameo)), claims(platform, cameo)
    service.clock.advance(days=30)
    begin(service)
    work(service)
    assert models_of(service, cameo) == {"a", "b", "c"}
    after = claims(platform, cameo)
    assert {each["model_sha256"][0] for each in after["templates"]} == {"a", "b", "c"}
    assert [after[name] == before[name] for name in ("exp", "assurance", "enrollment", "sub")] == (
        [True] * 4
    )
    assert after["iat"] > before["iat"]
    assert after["jti"] != before["jti"]
    assert permitted(platform, question(cameo))
    service.clock.advance(days=-30)
    found = platform.post("/v1/permits/introspect", json={"permit": issued["permit"]}).json()
    assert found["active"]


def test_it_goes_page_by_page_and_leaves_who_has_no_samples(service: RunningService) -> None:
    cameos = [enroll(service, f"user:u{number}") for number in range(PAGE + 1)]
    without = enroll(service, "user:none", samples=())
    broken = enroll(service, "user:broken", samples=(replace(SAMPLES[0], content=b"no picture"),))
    first = begin(service)
    assert work(service) == 3
    assert all(models_of(service, cameo) == {"a", "b", "c"} for cameo in cameos)
    assert models_of(service, without) == models_of(service, broken) == {"a", "b"}
    with service.context.store.read() as tx:
        assert tx.jobs.get(first).state is JobState.DONE
        assert migration.lacking(tx, NEW, limit=9) == sorted([without, broken])
    with pytest.raises(NotMigrated):
        retire(service.context, OLD, kept=NEW)


def test_a_worker_that_dies_loses_nothing(service: RunningService) -> None:
    cameos = [enroll(service, f"user:u{number}") for number in range(2)]
    begin(service)
    with service.context.store.write() as tx:
        lost = tx.jobs.lease(
            (MIGRATE_JOB,),
            token="dead",
            now=service.clock(),
            lease_for=service.context.settings.permit_lifetime,
            at_most=5,
        )
    assert lost is not None
    assert work(service) == 0
    service.clock.advance(minutes=5)
    assert work(service) == 2
    assert all("c" in models_of(service, cameo) for cameo in cameos)


def test_what_both_have_is_dropped_of_the_old_alone(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = enroll(service, "user:ann")
    begin(service)
    work(service)
    assert retire(service.context, OLD, kept=NEW) == 1
    assert models_of(service, cameo) == {"b", "c"}
    assert {each["model_sha256"][0] for each in claims(platform, cameo)["templates"]} == {"b", "c"}
    assert retire(service.context, OLD, kept=NEW) == 0
    assert permitted(platform, question(cameo, "user:ann"))


def test_a_cameo_that_ended_is_not_migrated(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = enroll(service, "user:ann")
    begin(service)
    platform.post(f"/v1/cameos/{cameo}/revoke")
    work(service)
    assert models_of(service, cameo) == set()


def test_models_that_were_chosen_since_are_loaded_and_others_are_refused(
    service: RunningService,
) -> None:
    enroll(service, "user:ann")
    other = replace_faces("d" * 64)
    loads = iter([other, NewModels()])
    worker = Worker(service.context, load=lambda: next(loads))
    begin(service)
    assert worker.step()
    with service.context.store.read() as tx:
        assert tx.templates.lacking("face", NEW.face, limit=9) == []
    stale = Worker(service.context, load=lambda: other)
    id = begin(service)
    while stale.step():
        service.clock.advance(minutes=1)
    with service.context.store.read() as tx:
        job = tx.jobs.get(id)
    assert (job.state, job.error) == (JobState.DEAD, "PackNotActive")


def replace_faces(sha256: str) -> Any:
    faces = type("Faces", (NewFaces,), {"sha256": sha256})()
    return type("Models", (), {"faces": faces, "voice": SameVoice(), "pack": "x"})()


@contextmanager
def revoked_meanwhile(platform: httpx2.Client, cameo: str) -> Iterator[Any]:
    """Models that take so long that the cameo is revoked while they embed."""

    class Slow(NewFaces):
        def embed(self, image: Image, face: Face) -> Embedding:
            platform.post(f"/v1/cameos/{cameo}/revoke")
            return super().embed(image, face)

    yield type("Models", (), {"faces": Slow(), "voice": SameVoice(), "pack": "new"})()


def test_a_cameo_that_is_revoked_while_its_template_is_made_stays_empty(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = enroll(service, "user:ann")
    begin(service)
    with revoked_meanwhile(platform, cameo) as models:
        worker = Worker(service.context, load=lambda: models)
        while worker.step():
            pass
    assert models_of(service, cameo) == set()
    assert platform.get(f"/v1/cameos/{cameo}").json()["status"] == "revoked"
