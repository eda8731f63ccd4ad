"""Samples of a person: what templates of another model can be made of, later and without them.

    samples = samples_of(evidence)
    face, voice = face_from(samples, models.faces), voice_from(samples, models.voice)

A few of the best stills, cut around the face, and what was said in the windows of the digits. They
are as personal as the recording was, and whoever keeps them keeps them sealed.
"""

import io
import wave
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from verification.faces.contracts import FaceModel, FaceTemplate, Image
from verification.matching import weighted_direction
from verification.quality import quality_of
from verification.report import Sample
from verification.templates import (
    facing_stills,
    quality_at,
    voice_template,
    weight_of,
)
from verification.track import Still
from verification.voices.contracts import SAMPLE_RATE, Samples, VoiceModel, VoiceTemplate

if TYPE_CHECKING:
    from verification.evidence import Evidence

STILLS = 4
MARGIN = 0.6
"""Of the face's height, on every side: detectors want to see what is around a face."""

LARGEST = 512
"""Pixels of the longer side of a kept still."""


def samples_of(evidence: "Evidence") -> tuple[Sample, ...]:
    """The best stills that face the camera, the best first, and the speech where there is some."""
    stills = [one.still for one in facing_stills(evidence)]
    best = sorted(stills, key=quality_at, reverse=True)[:STILLS]
    faces = [
        Sample(modality="face", media_type="image/png", content=encode_still(still))
        for still in best
    ]
    if not evidence.challenge.digits:
        return tuple(faces)
    speech = Sample(modality="voice", media_type="audio/wav", content=encode_speech(evidence.said))
    return (*faces, speech)


def face_from(samples: Iterable[Sample], faces: FaceModel) -> FaceTemplate | None:
    """The template that `faces` makes of the kept stills; None where it finds no face in any."""
    embeddings, weights = [], []
    for sample in samples:
        if sample.modality == "face":
            image = decode_still(sample.content)
            for face in faces.detect(image)[:1]:
                embeddings.append(faces.embed(image, face))
                weights.append(weight_of(quality_of(image, face)))
    if not embeddings:
        return None
    return FaceTemplate.made_by(faces, weighted_direction(embeddings, weights))


def voice_from(samples: Iterable[Sample], voice: VoiceModel) -> VoiceTemplate | None:
    """The template that `voice` makes of the kept speech; None where there is none."""
    for sample in samples:
        if sample.modality == "voice":
            return voice_template(voice, decode_speech(sample.content))
    return None


def encode_still(still: Still) -> bytes:
    """The part of the still around its face, as PNG."""
    import cv2

    height, width = still.image.shape[:2]
    left, top, right, bottom = still.face.box
    margin = MARGIN * still.face.height
    rows = slice(max(0, round(top - margin)), min(height, round(bottom + margin)))
    columns = slice(max(0, round(left - margin)), min(width, round(right + margin)))
    part = still.image[rows, columns]
    scale = min(1.0, LARGEST / max(part.shape[:2]))
    small = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    _, encoded = cv2.imencode(".png", cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
    return encoded.tobytes()


def decode_still(content: bytes) -> Image:
    """The picture that `encode_still` wrote. Raises `ValueError` for anything else."""
    import cv2

    decoded = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    if decoded is None:
        raise ValueError("a kept still is no picture")
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)


def encode_speech(speech: Samples) -> bytes:
    """The sound as WAV, 16 bits a sample.

    >>> decode_speech(encode_speech(np.float32([0.0, 0.5, -1.0]))).round(3).tolist()
    [0.0, 0.5, -1.0]
    """
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((speech.clip(-1.0, 1.0) * 32_767).round().astype("<i2").tobytes())
    return target.getvalue()


def decode_speech(content: bytes) -> Samples:
    """The sound that `encode_speech` wrote."""
    with wave.open(io.BytesIO(content), "rb") as file:
        frames = file.readframes(file.getnframes())
    return np.asarray(np.frombuffer(frames, "<i2") / 32_767, np.float32)
