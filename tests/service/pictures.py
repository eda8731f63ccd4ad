"""Stills and clips to scan: the studio's actor and a stranger, encoded."""

import io
from functools import cache

import av
import numpy as np

from verification.faces.contracts import FaceTemplate, Image
from verification.packs.loading import Models
from verification.report import Check, Outcome, Report, Verdict, Verification
from verification.studio.actors import astronaut
from verification.studio.strangers import stranger
from verification.voices.contracts import VoiceTemplate


@cache
def ann() -> Image:
    return np.ascontiguousarray(astronaut().image[:320])


@cache
def eve() -> Image:
    return np.ascontiguousarray(stranger(astronaut()).image[:320])


@cache
def both() -> Image:
    return np.hstack([ann(), eve()])


@cache
def nobody() -> Image:
    return np.full((240, 320, 3), 120, np.uint8)


def encoded(image: Image, codec: str = "png") -> bytes:
    import cv2

    done, data = cv2.imencode(f".{codec}", image[..., ::-1])
    assert done
    return bytes(data.tobytes())


def clip(*images: Image, container: str = "mp4", rate: int = 4) -> bytes:
    """A silent clip of these frames, each for a second."""
    target = io.BytesIO()
    with av.open(target, "w", format=container) as out:
        stream = out.add_stream("libx264" if container == "mp4" else "libvpx", rate=rate)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for image in images:
            for _ in range(rate):
                out.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        out.mux(stream.encode(None))
    return target.getvalue()


def template(models: Models, image: Image) -> FaceTemplate:
    (face, *_) = models.faces.detect(image)
    vector = models.faces.embed(image, face)
    return FaceTemplate.made_by(models.faces, vector)


def verified(models: Models, image: Image) -> Verification:
    """A verifier's yes to the face in `image`."""
    check = Check(name="one_face", outcome=Outcome.PASS)
    return Verification(
        report=Report(verdict=Verdict.VERIFIED, checks=(check,), pack="open"),
        face=template(models, image),
        voice=VoiceTemplate(model="voice-model", model_sha256="b" * 64, vector=(1.0, 0.0)),
    )
