"""A small world, and how AuthZEN's questions about it are put."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2

from cameo_service import touched
from cameo_service.callers import Scope
from cameo_service.wiring import build as wired
from tests.kinds import Kind
from tests.service.running import Clock, RunningService, serving
from tests.service.seeded import character

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
def started(databases: Kind, folder: Path) -> Iterator[RunningService]:
    """A service over an empty store, with `folder` for its data directory."""
    clock = Clock()
    with (
        databases.begun(folder) as settings,
        wired(settings) as context,
        serving(replace(context, clock=clock), clock) as service,
    ):
        yield service


@contextmanager
def running(databases: Kind, folder: Path) -> Iterator[World]:
    """A world in a service of its own, which the tests of a module may share."""
    with (
        started(databases, folder) as service,
        service.client(service.key(acts_for=EVERYBODY)) as pep,
    ):
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
    fox = character(service, "org:acme", "chr_fox")
    set_policy(pep, fox, {"audience": {"generate": "everyone"}})
    return World(service=service, pep=pep, ann=ann, character=fox)


def set_policy(pep: httpx2.Client, cameo: str, policy: dict[str, Any]) -> None:
    response = pep.put(f"/v1/cameos/{cameo}/policy", json=policy)
    assert response.status_code == 200, response.text


def mutual(service: RunningService, one: str, other: str) -> None:
    now = service.clock()
    with service.context.store.write() as tx:
        tx.relationships.add([(one, other), (other, one)], now=now)
        tx.revisions.touch(touched.principal(one), touched.principal(other), now=now)
