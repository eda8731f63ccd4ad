"""A small world, and how AuthZEN's questions about it are put."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
import uvicorn

from cameo_service import touched
from cameo_service.app import create_app
from cameo_service.callers import Scope
from cameo_service.documents import policy_document, scope_document
from cameo_service.settings import Settings
from cameo_service.wiring import build as wired
from permissions.facts import CameoStatus
from permissions.policy import Policy
from permissions.scope import ALL
from storage.records import CameoRecord, CharacterRecord, PolicyRecord
from storage.store import migrate
from tests.service.running import Clock, RunningService

EVALUATION = "/access/v1/evaluation"
EVALUATIONS = "/access/v1/evaluations"
SUBJECTS = "/access/v1/search/subject"
RESOURCES = "/access/v1/search/resource"
ACTIONS = "/access/v1/search/action"
REQUESTS = "/access/v1/requests"
QUESTIONS = (EVALUATION, EVALUATIONS, SUBJECTS, RESOURCES, ACTIONS)
SCOPES = {
    ("POST", EVALUATION): Scope.CONSENT_CHECK,
    ("POST", EVALUATIONS): Scope.CONSENT_CHECK,
    ("POST", SUBJECTS): Scope.CONSENT_SEARCH,
    ("POST", RESOURCES): Scope.CONSENT_SEARCH,
    ("POST", ACTIONS): Scope.CONSENT_SEARCH,
    ("POST", REQUESTS): Scope.ACCESS_REQUEST,
    ("GET", REQUESTS + "/{id}"): Scope.ACCESS_REQUEST,
    ("POST", REQUESTS + "/{id}/cancel"): Scope.ACCESS_REQUEST,
}
"""Every route of AuthZEN that needs a key, and the scope that the key needs."""
EVERYBODY = ("user:*", "org:*", "app:*")


def asked(
    cameo: str, subject: str = "user:bob", action: str = "generate", /, **more: Any
) -> dict[str, Any]:
    """One evaluation request; `more` goes in at the top."""
    kind, _, id = subject.partition(":")
    return {
        "subject": {"type": kind, "id": id},
        "action": {"name": action},
        "resource": {"type": "cameo", "id": cameo},
        **more,
    }


@dataclass
class World:
    """Ann lets everyone tag her, approved people generate, mutuals remix; a studio has a grant."""

    service: RunningService
    pep: httpx2.Client
    ann: str
    character: str
    asker: str = "user:eve"

    def post(self, path: str, body: object, *, status: int = 200) -> dict[str, Any]:
        response = self.pep.post(path, json=body)
        assert response.status_code == status, response.text
        document: dict[str, Any] = response.json()
        return document

    def evaluate(self, body: object) -> dict[str, Any]:
        return self.post(EVALUATION, body)

    def check(self, body: object) -> dict[str, Any]:
        return self.post("/v1/consent/check", body)


@contextmanager
def started(folder: Path) -> Iterator[RunningService]:
    """A service over an empty store in `folder`."""
    settings, clock = Settings(data_dir=folder), Clock()
    migrate(settings.resolved_database_url)
    with wired(settings) as built:
        context = replace(built, clock=clock)
        app = create_app(context)
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            while not server.started:
                thread.join(0.005)
                assert thread.is_alive()
            port = server.servers[0].sockets[0].getsockname()[1]
            yield RunningService(
                context=context,
                clock=clock,
                url=f"http://127.0.0.1:{port}",
                inquiries=app.state.inquiries,
            )
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive()


@contextmanager
def running(folder: Path) -> Iterator[World]:
    """A world in a service of its own, which the tests of a module may share."""
    with started(folder) as service, service.client(service.key(acts_for=EVERYBODY)) as pep:
        yield build(service, pep)


def build(service: RunningService, pep: httpx2.Client) -> World:
    ann = service.enroll("user:ann")
    policy = {
        "audience": {"tag": "everyone", "generate": "approved", "remix": "mutuals"},
        "approved": ["user:bob", "user:bea"],
        "obligations": [{"kind": "watermark"}],
    }
    set_policy(pep, ann, policy)
    mutual(service, "user:ann", "user:mia")
    terms = {"actions": ["generate", "publish"], "facets": ["face"]}
    granted = pep.post(
        "/v1/grants", json={"cameo_id": ann, "grantee": "org:studio", "terms": terms}
    )
    assert granted.status_code == 201, granted.text
    character = register(service, "org:acme", "chr_fox")
    set_policy(pep, character, {"audience": {"generate": "everyone"}})
    return World(service=service, pep=pep, ann=ann, character=character)


def set_policy(pep: httpx2.Client, cameo: str, policy: dict[str, Any]) -> None:
    response = pep.put(f"/v1/cameos/{cameo}/policy", json=policy)
    assert response.status_code == 200, response.text


def mutual(service: RunningService, one: str, other: str) -> None:
    now = service.clock()
    with service.context.store.write() as tx:
        tx.relationships.add([(one, other), (other, one)], now=now)
        tx.revisions.touch(touched.principal(one), touched.principal(other), now=now)


def register(service: RunningService, owner: str, id: str) -> str:
    """An active character of `owner`."""
    now = service.clock()
    with service.context.store.write() as tx:
        tx.cameos.add(
            CameoRecord(
                id=id,
                version=1,
                kind="character",
                owner=owner,
                status=CameoStatus.ACTIVE,
                enrollment_id=None,
                credential=None,
                credential_expires_at=None,
                created_at=now,
                updated_at=now,
            )
        )
        tx.characters.add(
            CharacterRecord(
                id=id,
                version=1,
                owner=owner,
                handle=id,
                name=id,
                description="",
                references=(),
                rights_statement="drawn by us",
                territories=scope_document(ALL),
                underlying=(),
                created_by="ck_1",
                created_at=now,
                updated_at=now,
            )
        )
        tx.policies.append(
            PolicyRecord(
                cameo_id=id,
                version=1,
                document=policy_document(Policy()),
                created_by="ck_1",
                created_at=now,
            )
        )
        tx.revisions.touch(touched.cameo(id), touched.principal(owner), now=now)
    return id
