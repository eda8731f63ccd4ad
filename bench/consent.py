"""Over HTTP: checks against the server's own speed, permits, and the revocation of a grant.

The peer of the check is a route of the same server, in the same process and the same run, that
answers a constant: what is left of its rate is what a decision costs. Rounds of both alternate,
and the middle one counts. The load comes from a process of its own on the same machine (`load`).
"""

import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import bare
from bench.load import spread
from bench.serving import Service, serving_beside_bare
from cameo_service import touched
from cameo_service.callers import Scope, create_key
from cameo_service.documents import policy_document
from cameo_service.settings import Settings
from cameo_service.wiring import build
from permissions.facts import CameoStatus
from permissions.policy import Policy
from storage.records import CameoRecord, PolicyRecord
from storage.store import migrate

CONNECTIONS = (1, 16)
ROUNDS = 3
SECONDS = 4.0
REVOCATIONS = 100
CAMEO = "cam_bench"


def measure(models: Path) -> dict[str, Any]:
    """Milliseconds and requests per second. No models are involved."""
    del models
    with tempfile.TemporaryDirectory(prefix="cameo-bench-") as folder:
        key = _furnish(Path(folder))
        with serving_beside_bare(Path(folder)) as service:
            revocations = _revocations(service, key)
            _grant(service, key)
            found: dict[str, Any] = {}
            for count in CONNECTIONS:
                found |= _beside_bare(service, key, count)
                permits = _under_load(service, key, "/v1/permits", count)
                found[f"permit_{count}_connections"] = permits
    return {**found, "revoke_1_connection": revocations}


def _beside_bare(service: Service, key: str, connections: int) -> dict[str, Any]:
    """The middle of several rounds of the bare route and of the check, in turn."""
    rounds = [
        {
            "bare": _under_load(service, key, bare.PATH, connections),
            "check": _under_load(service, key, "/v1/consent/check", connections),
        }
        for _ in range(ROUNDS)
    ]
    middle = {
        name: sorted((each[name] for each in rounds), key=lambda one: one["per_second"])[
            ROUNDS // 2
        ]
        for name in ("bare", "check")
    }
    ratios = [each["check"]["per_second"] / each["bare"]["per_second"] for each in rounds]
    return {
        **{f"{name}_{connections}_connections": spread for name, spread in middle.items()},
        f"check_to_bare_{connections}_connections": round(statistics.median(ratios), 3),
    }


def _under_load(service: Service, key: str, path: str, connections: int) -> dict[str, float]:
    """Requests as fast as they are answered, for `SECONDS`."""
    body = json.dumps(_question()).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    ran = subprocess.run(  # noqa: S603 (our own interpreter and module)
        [sys.executable, "-m", "bench.load", str(service.port), str(connections), str(SECONDS)],
        input=head.encode() + body,
        capture_output=True,
        check=False,
    )
    if ran.returncode != 0:
        raise RuntimeError(ran.stderr.decode())
    found: dict[str, float] = json.loads(ran.stdout)
    return found


class Sender:
    """Sends JSON to the service over one connection, and keeps the time of each answer."""

    def __init__(self, service: Service, key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self.seconds: list[float] = []

    def post(self, path: str, body: object, *, status: int) -> Any:  # noqa: ANN401 (any JSON)
        """The answer; raise unless it has this status."""
        payload = json.dumps(body)
        started = time.perf_counter()
        self._connection.request("POST", path, payload, self._headers)
        response = self._connection.getresponse()
        content = response.read()
        self.seconds.append(time.perf_counter() - started)
        if response.status != status:
            raise RuntimeError(f"{path} answered {response.status}: {content.decode()}")
        return json.loads(content)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


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
                enrolled=("face", "voice"),
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
        tx.revisions.touch(touched.cameo(CAMEO), now=now)
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
    load = Sender(service, key)
    terms = {"actions": ["generate"], "facets": ["face", "voice"]}
    body = {"cameo_id": CAMEO, "grantee": "user:bob", "terms": terms}
    made = load.post("/v1/grants", body, status=201)
    load.close()
    return str(made["id"])


def _revocations(service: Service, key: str) -> dict[str, float]:
    grants = [_grant(service, key) for _ in range(REVOCATIONS)]
    load = Sender(service, key)
    for grant in grants:
        load.post(f"/v1/grants/{grant}/revoke", {}, status=200)
    load.close()
    return spread(load.seconds, sum(load.seconds))
