"""AuthZEN's metadata over HTTP: where it is, what it says, signed and unsigned."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import jwt
import pytest

from tests.kinds import Kind
from tests.service.authzen_asking import (
    ACTIONS,
    EVALUATION,
    EVALUATIONS,
    QUESTIONS,
    RESOURCES,
    SUBJECTS,
    World,
    asked,
    running,
    started,
)
from tests.service.running import RunningService


@pytest.fixture(scope="module")
def world(databases: Kind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(databases, tmp_path_factory.mktemp("authzen")) as shared:
        yield shared


@pytest.fixture(scope="module")
def service(world: World) -> RunningService:
    return world.service


def test_a_public_url_with_a_path_has_its_metadata_behind_the_well_known_path(
    databases: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAMEO_PUBLIC_URL", "https://pdp.example/tenant1/")
    with started(databases, tmp_path) as tenant, tenant.client() as anyone:
        document = anyone.get("/.well-known/authzen-configuration/tenant1").json()
        assert anyone.get("/.well-known/authzen-configuration/tenant2").status_code == 404
    assert document["policy_decision_point"] == "https://pdp.example/tenant1"
    assert document["access_evaluation_endpoint"] == f"https://pdp.example/tenant1{EVALUATION}"


def test_the_metadata_is_where_and_what_the_standard_says(service: RunningService) -> None:
    with service.client() as anyone:
        response = anyone.get("/.well-known/authzen-configuration")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert "max-age" in response.headers["cache-control"]
    document = response.json()
    base = service.context.settings.issuer
    assert document["policy_decision_point"] == base
    assert document["access_evaluation_endpoint"] == base + EVALUATION
    assert document["access_evaluations_endpoint"] == base + EVALUATIONS
    assert document["search_subject_endpoint"] == base + SUBJECTS
    assert document["search_resource_endpoint"] == base + RESOURCES
    assert document["search_action_endpoint"] == base + ACTIONS
    assert all(isinstance(each, str) for each in document["capabilities"])
    assert None not in document.values()
    assert [] not in document.values()
    assert set(document["drafts"]) == set(document["capabilities"])


def test_the_signed_metadata_verifies_and_says_the_same(service: RunningService) -> None:
    with service.client() as anyone:
        document = anyone.get("/.well-known/authzen-configuration").json()
        keys = {key["kid"]: key for key in anyone.get("/.well-known/jwks.json").json()["keys"]}
    signed = document.pop("signed_metadata")
    header = jwt.get_unverified_header(signed)
    assert header["typ"] == "cameo-metadata+jwt"
    claims = jwt.decode(
        signed,
        jwt.PyJWK(keys[header["kid"]]).key,
        algorithms=["EdDSA"],
        options={"verify_iat": False},
    )
    assert claims.pop("iss") == service.context.settings.issuer
    assert claims.pop("iat") == int(service.clock().timestamp())
    assert claims == document
    assert "signed_metadata" not in claims


def test_every_endpoint_of_the_metadata_answers(world: World) -> None:
    document = world.pep.get("/.well-known/authzen-configuration").json()
    base = document["policy_decision_point"]
    names = [name for name in document if name.endswith("_endpoint")]
    assert len(names) == 6
    for name in names:
        response = world.pep.post(document[name].removeprefix(base), json=asked(world.ann))
        assert response.status_code in {200, 400}, name


def test_openapi_has_every_path(service: RunningService) -> None:
    with service.client() as anyone:
        paths = anyone.get("/openapi.json").json()["paths"]
    for path in QUESTIONS:
        assert set(paths[path]) == {"post"}
        assert "requestBody" in paths[path]["post"]
    assert "get" in paths["/.well-known/authzen-configuration"]
    assert httpx2.URL(EVALUATION).path in paths
