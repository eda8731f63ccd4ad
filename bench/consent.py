"""Latency over HTTP: check and permit at 1 and at 16 connections, and the revocation of a grant.

The load comes from the same machine, over keep-alive connections of the standard library, one
thread each; its own time is part of every figure.
"""

import http.client
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.serving import Service, serving
from cameo_service.callers import Scope, create_key
from cameo_service.documents import policy_document
from cameo_service.settings import Settings
from cameo_service.wiring import build
from permissions.facts import CameoStatus
from permissions.policy import Policy
from storage.records import CameoRecord, PolicyRecord
from storage.store import migrate

CONNECTIONS = (1, 16)
CHECKS = 2_000
PERMITS = 400
REVOCATIONS = 100
WARM_UP = 50
CAMEO = "cam_bench"


class Load:
    """Sends JSON to the service over one connection, and keeps the time of each answer."""

    def __init__(self, service: Service, key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self.milliseconds: list[float] = []

    def post(self, path: str, body: object, *, status: int) -> Any:  # noqa: ANN401 (any JSON)
        """The answer; raise unless it has this status."""
        payload = json.dumps(body)
        started = time.perf_counter()
        self._connection.request("POST", path, payload, self._headers)
        response = self._connection.getresponse()
        content = response.read()
        self.milliseconds.append((time.perf_counter() - started) * 1000)
        if response.status != status:
            raise RuntimeError(f"{path} answered {response.status}: {content.decode()}")
        return json.loads(content)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def measure(models: Path) -> dict[str, Any]:
    """Milliseconds and requests per second. No models are involved."""
    del models
    with tempfile.TemporaryDirectory(prefix="cameo-bench-") as folder:
        key = _furnish(Path(folder))
        with serving(Path(folder)) as service:
            revocations = _revocations(service, key)
            _grant(service, key)
            question = _question()
            checks = {
                f"check_{count}_connections": _under_load(
                    service,
                    key,
                    count,
                    CHECKS,
                    lambda load: load.post("/v1/consent/check", question, status=200),
                )
                for count in CONNECTIONS
            }
            permits = {
                f"permit_{count}_connections": _under_load(
                    service,
                    key,
                    count,
                    PERMITS,
                    lambda load: load.post("/v1/permits", question, status=201),
                )
                for count in CONNECTIONS
            }
    return {**checks, **permits, "revoke_1_connection": revocations}


def _furnish(data_dir: Path) -> str:
    """A database with one active cameo of user:alice; returns a key for everything."""
    settings = Settings(data_dir=data_dir, database_url=None, blob_url=None)
    migrate(settings.resolved_database_url)
    now = datetime.now(UTC)
    with build(settings) as context, context.store.write() as tx:
        tx.cameos.add(
            CameoRecord(
                id=CAMEO,
                version=1,
                kind="person",
                owner="user:alice",
                status=CameoStatus.ACTIVE,
                enrollment_id="enr_bench",
                credential=None,
                credential_expires_at=now + timedelta(days=365),
                created_at=now,
                updated_at=now,
            )
        )
        tx.policies.append(
            PolicyRecord(
                cameo_id=CAMEO,
                version=1,
                document=policy_document(Policy()),
                created_by="user:alice",
                created_at=now,
            )
        )
        _, key = create_key(
            tx,
            name="bench",
            principal="app:bench",
            scopes=frozenset(Scope),
            acts_for=("user:*",),
            now=now,
        )
    return key


def _question() -> dict[str, Any]:
    likeness = {"cameo_id": CAMEO, "facets": ["face", "voice"]}
    return {"requester": "user:bob", "action": "generate", "likenesses": [likeness]}


def _grant(service: Service, key: str) -> str:
    load = Load(service, key)
    terms = {"actions": ["generate"], "facets": ["face", "voice"]}
    body = {"cameo_id": CAMEO, "grantee": "user:bob", "terms": terms}
    made = load.post("/v1/grants", body, status=201)
    load.close()
    return str(made["id"])


def _revocations(service: Service, key: str) -> dict[str, float]:
    grants = [_grant(service, key) for _ in range(REVOCATIONS)]
    load = Load(service, key)
    for grant in grants:
        load.post(f"/v1/grants/{grant}/revoke", {}, status=200)
    load.close()
    return _spread(load.milliseconds)


def _under_load(
    service: Service, key: str, connections: int, requests: int, send: Callable[[Load], object]
) -> dict[str, float]:
    loads = [Load(service, key) for _ in range(connections)]
    failures: list[Exception] = []

    def work(load: Load, count: int) -> None:
        try:
            for _ in range(count):
                send(load)
        except (OSError, RuntimeError, http.client.HTTPException) as error:
            failures.append(error)

    def run(count: int) -> float:
        threads = [
            threading.Thread(target=work, args=(load, count // connections)) for load in loads
        ]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.perf_counter() - started

    run(WARM_UP)
    for load in loads:
        load.milliseconds.clear()
    seconds = run(requests)
    for load in loads:
        load.close()
    if failures:
        raise failures[0]
    times = [each for load in loads for each in load.milliseconds]
    return {**_spread(times), "per_second": round(len(times) / seconds, 1)}


def _spread(milliseconds: list[float]) -> dict[str, float]:
    parts = statistics.quantiles(milliseconds, n=100)
    return {
        "requests": len(milliseconds),
        "p50_ms": round(parts[49], 2),
        "p95_ms": round(parts[94], 2),
        "p99_ms": round(parts[98], 2),
    }
