"""Faces that are known: enrolled, protected, and scanned for, over HTTP with real models."""

from collections.abc import Callable
from typing import Any

import httpx2

from cameo_service.enrollments.uniqueness import others_alike
from cameo_service.worker import Worker
from storage.errors import FaceIndexUnavailable
from storage.faces.scanned import ScannedFaces
from tests.service import making
from tests.service.pictures import verified
from tests.service.running import RunningService
from verification.faces.contracts import Image
from verification.packs.loading import Models

Scan = Callable[..., dict[str, Any]]
QUESTION = {"requester": "user:bob", "action": "generate", **making.LIKELY}


class Broken(ScannedFaces):
    """An index that cannot be searched."""

    def search(self, *_: Any, **__: Any) -> Any:
        raise FaceIndexUnavailable("the index is away")


def scan(platform: httpx2.Client, worker: Worker, *files: bytes, **fields: str) -> dict[str, Any]:
    """Upload, let the worker look, and read the answer."""
    parts = [("files", (f"f{n}", data, "image/png")) for n, data in enumerate(files)]
    begun = platform.post("/v1/scans", files=parts, data=fields)
    assert begun.status_code == 202, begun.text
    assert begun.json()["status"] == "processing"
    assert begun.json()["decision"] is None
    assert worker.step()
    answer = platform.get(f"/v1/scans/{begun.json()['id']}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def enroll(
    service: RunningService, platform: httpx2.Client, models: Models, principal: str, image: Image
) -> dict[str, Any]:
    """What the worker does with a verified recording of `image`."""
    id = platform.post("/v1/enrollments", json={"principal": principal}).json()["id"]
    context, verification = service.context, verified(models, image)
    context.faces.refresh(context.store)
    with context.store.read() as tx:
        record = tx.enrollments.get(id)
        within = models.thresholds.face_search.value
        alike = others_alike(tx, context, record, verification, within=within)
    service.conclude(id, verification, alike=alike)
    shown: dict[str, Any] = platform.get(f"/v1/enrollments/{id}").json()
    return shown


def protect(platform: httpx2.Client, *stills: bytes, **fields: str) -> httpx2.Response:
    files = [("files", (f"{n}", still, "image/jpeg")) for n, still in enumerate(stills)]
    data = {"label": "Ann", "reason": "asked for", **fields}
    return platform.post("/v1/protected-faces", files=files, data=data)


def recognized(answer: dict[str, Any]) -> list[tuple[str | None, bool, list[str]]]:
    return [
        (each["cameo_id"], each["consent"], each["reasons"])
        for face in answer["faces"]
        for each in face["recognized"]
    ]


def notices(platform: httpx2.Client, principal: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = platform.get(
        "/v1/notices", params={"principal": principal}
    ).json()["data"]
    return found


def blobs_of(service: RunningService) -> list[str]:
    return [*service.context.blobs.list("scans/"), *service.context.blobs.list("protected/")]
