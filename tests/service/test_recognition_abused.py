"""What somebody would try with faces that are not theirs, and when packs change."""

from dataclasses import dataclass, replace
from typing import Any

import httpx2
import pytest

from cameo_service.enrollments.uniqueness import others_alike
from cameo_service.recognition.beside import probes_of, require_searched
from cameo_service.scans import working
from cameo_service.worker import Worker
from storage.errors import FaceIndexUnavailable
from storage.records import EnrollmentRecord
from tests.service import making
from tests.service.pictures import ann, both, encoded, eve, nobody, verified
from tests.service.recognizing import enroll, notices, protect, recognized, scan
from tests.service.running import RunningService
from verification.faces.contracts import Embedding, Face, Image
from verification.packs.loading import Models
from verification.packs.manifest import Role
from verification.report import Sample

ELSEWHERE = "e" * 64


@dataclass
class Turned:
    """The same faces by another recognizer, whose vectors lie elsewhere."""

    inner: Any
    name: str = "another"
    sha256: str = ELSEWHERE

    def detect(self, image: Image, near: Any = None) -> list[Face]:
        found: list[Face] = self.inner.detect(image, near)
        return found

    def embed(self, image: Image, face: Face) -> Embedding:
        vector: Embedding = self.inner.embed(image, face)[::-1].copy()
        return vector


@pytest.fixture
def another_pack(open_models: Models) -> Models:
    return replace(open_models, pack="another", faces=Turned(open_models.faces))


def test_nobody_protects_a_face_that_is_proven_to_be_anothers(
    service: RunningService, platform: httpx2.Client, open_models: Models
) -> None:
    """It would be denied everywhere, and its protector told by notices where it is shown."""
    cameo = enroll(service, platform, open_models, "user:ann", ann())["cameo_id"]
    worker = Worker(service.context, load=lambda: open_models)
    planted = protect(platform, encoded(ann()), principal="user:mallory").json()["id"]
    assert worker.step()
    entry = platform.get(f"/v1/protected-faces/{planted}").json()
    assert (entry["status"], entry["error"]) == ("failed", "face_known")
    with service.context.store.read() as tx:
        assert tx.templates.of_cameo(planted) == []
    (notice,) = notices(platform, "user:ann")
    assert (notice["kind"], notice["body"]) == ("face_matched", {"cameo_id": cameo})
    assert notices(platform, "user:mallory") == []
    answer = scan(platform, worker, encoded(ann()))
    assert [reasons for _, _, reasons in recognized(answer)] == [["nothing_asked"]]
    assert notices(platform, "user:mallory") == []
    # the person may, and so may an operator for nobody in particular
    for principal in ({"principal": "user:ann"}, {}):
        id = protect(platform, encoded(ann()), **principal).json()["id"]
        assert worker.step()
        assert platform.get(f"/v1/protected-faces/{id}").json()["status"] == "active"


def test_a_scan_knows_those_that_only_another_pack_knows(
    service: RunningService, platform: httpx2.Client, open_models: Models, another_pack: Models
) -> None:
    cameo = enroll(service, platform, another_pack, "user:ann", ann())["cameo_id"]

    def others(role: Role, sha256: str) -> Models | None:
        assert role is Role.RECOGNIZER
        return another_pack if sha256 == ELSEWHERE else None

    worker = Worker(service.context, load=lambda: open_models, others=others)
    answer = scan(platform, worker, encoded(both()))
    assert (answer["status"], answer["decision"]) == ("done", "deny")
    assert recognized(answer) == [(cameo, False, ["nothing_asked"])]
    stranger = scan(platform, worker, encoded(eve()))
    assert (stranger["decision"], len(stranger["faces"])) == ("allow", 1)


def test_without_that_pack_there_is_no_answer(
    service: RunningService, platform: httpx2.Client, open_models: Models, another_pack: Models
) -> None:
    enroll(service, platform, another_pack, "user:ann", ann())
    worker = Worker(service.context, load=lambda: open_models)
    answer = scan(platform, worker, encoded(ann()))
    assert (answer["status"], answer["decision"]) == ("processing", None)
    with service.context.store.read() as tx, pytest.raises(FaceIndexUnavailable):
        require_searched(tx, open_models, ())
    with service.context.store.read() as tx:
        require_searched(tx, open_models, (another_pack,))


def test_who_is_known_by_another_pack_alone_is_not_enrolled_again(
    service: RunningService, platform: httpx2.Client, open_models: Models, another_pack: Models
) -> None:
    cameo = enroll(service, platform, another_pack, "user:ann", ann())["cameo_id"]
    id = platform.post("/v1/enrollments", json={"principal": "user:mallory"}).json()["id"]
    still = Sample(modality="face", media_type="image/png", content=encoded(ann()))
    verification = replace(verified(open_models, ann()), samples=(still,))
    probes = probes_of(verification, (another_pack,))
    context = service.context
    context.faces.refresh(context.store)
    with context.store.read() as tx:
        record: EnrollmentRecord = tx.enrollments.get(id)
        within = open_models.thresholds.face_search.value
        assert others_alike(tx, context, record, verification, within=within) == ()
        (found,) = others_alike(tx, context, record, verification, within=within, beside=probes)
    assert found.id == cameo
    blank = replace(still, content=encoded(nobody()))
    with pytest.raises(FaceIndexUnavailable):
        probes_of(replace(verification, samples=(blank,)), (another_pack,))


def test_a_crowd_is_not_searched_for_while_everybody_waits(
    service: RunningService,
    platform: httpx2.Client,
    open_models: Models,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(working, "MOST_FACES", 1)
    worker = Worker(service.context, load=lambda: open_models)
    assert scan(platform, worker, encoded(ann()))["status"] == "done"
    answer = scan(platform, worker, encoded(both()))
    assert (answer["status"], answer["error"], answer["decision"]) == (
        "failed",
        "too_many_faces",
        None,
    )


def test_who_waits_with_anothers_face_has_no_say_in_it(
    service: RunningService, platform: httpx2.Client, open_models: Models
) -> None:
    """Neither by denying it where the person allows it, nor by learning where it is shown."""
    cameo = enroll(service, platform, open_models, "user:ann", ann())["cameo_id"]
    held = enroll(service, platform, open_models, "user:mallory", ann())
    assert held["status"] == "needs_review"
    making.grant(platform, cameo)
    issued = making.permit(platform, making.question(cameo))
    worker = Worker(service.context, load=lambda: open_models)
    answer = scan(platform, worker, encoded(ann()), permit=issued["id"])
    assert (answer["decision"], recognized(answer)) == ("allow", [(cameo, True, ["in_permit"])])
    assert scan(platform, worker, encoded(ann()))["decision"] == "deny"
    enroll(service, platform, open_models, "user:cleo", ann())
    assert notices(platform, "user:mallory") == []
    assert {each["kind"] for each in notices(platform, "user:ann")} == {
        "face_matched",
        "scan_denied",
    }
