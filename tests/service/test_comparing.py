"""Which earlier template a renewal is compared with, and by which model."""

from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from cameo_service.enrollments.comparing import earlier_of, no_others
from cameo_service.worker import Worker
from storage.records import TemplateRecord
from tests.service.running import RunningService, verification
from tests.storage import samples
from verification.packs.loading import Models
from verification.packs.manifest import Role
from verification.report import Verdict

pytestmark = pytest.mark.both_databases


@dataclass(frozen=True)
class Named:
    sha256: str


@dataclass(frozen=True)
class Bound:
    value: float


@dataclass(frozen=True)
class Matching:
    face_match: Bound
    voice_match: Bound


@dataclass(frozen=True)
class Pack:
    """A pack by the hashes of its models and its bounds."""

    faces: Named
    voice: Named
    thresholds: Matching


def pack(face: str, voice: str, bound: float) -> Models:
    made = Pack(Named(face), Named(voice), Matching(Bound(bound), Bound(1 - bound)))
    return cast("Models", made)


NEW, OLD = pack("nf", "nv", 0.1), pack("of", "nv", 0.2)
FACE_OF_OLD = samples.template(model_sha256="of")
FACE_OF_NEW = samples.template(model_sha256="nf")
VOICE = samples.template(modality="voice", model_sha256="nv")


def only_old(role: Role, sha256: str) -> Models | None:
    return OLD if (role, sha256) == (Role.RECOGNIZER, "of") else None


def test_the_template_of_the_models_at_hand_comes_first() -> None:
    found = earlier_of([FACE_OF_OLD, FACE_OF_NEW, VOICE], NEW, only_old)
    assert found is not None
    assert (found.face.template.model_sha256, found.face.model) == ("nf", NEW.faces)
    assert found.face.at_most == 0.1
    assert found.voice is not None
    assert (found.voice.model, found.voice.at_least) == (NEW.voice, 0.9)


def test_else_its_own_pack_with_its_own_bound() -> None:
    found = earlier_of([FACE_OF_OLD, VOICE], NEW, only_old)
    assert found is not None
    assert (found.face.model, found.face.at_most) == (OLD.faces, 0.2)


def test_of_a_pack_that_is_gone_there_is_no_model() -> None:
    found = earlier_of([FACE_OF_OLD], NEW, no_others)
    assert found is not None
    assert (found.face.model, found.voice) == (None, None)


@pytest.mark.parametrize("templates", [[], [VOICE]])
def test_without_a_face_there_is_nothing_to_compare(templates: list[TemplateRecord]) -> None:
    assert earlier_of(templates, NEW, no_others) is None


def test_a_worker_compares_a_renewal_and_no_first_enrollment(
    service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    cameo, asked = service.enroll("user:ann"), []

    def judge(*_: Any, earlier: Any, **__: Any) -> Any:
        asked.append(earlier)
        return verification(Verdict.VERIFIED)

    monkeypatch.setattr("cameo_service.worker.verify", judge)
    worker = Worker(service.context, load=lambda: pack("a" * 64, "b" * 64, 0.1))
    with service.context.store.read() as tx:
        record = tx.enrollments.get(str(tx.cameos.get(cameo).enrollment_id))
    service.context.blobs.put("recordings/x", _recording(), limit=9)
    for renews in (None, cameo):
        worker._judge(replace(record, recording_blob="recordings/x", renews=renews))
    assert asked[0] is None
    assert asked[1].face.template.vector == (0.6, 0.8)
    assert asked[1].voice.template.vector == (1.0, 0.0)


def _recording() -> Any:
    import io

    return io.BytesIO(b"x")
