"""People over HTTP: minors, the dead, and what follows from it."""

from typing import Any

import httpx2
import pytest

from cameo_service.callers import Scope
from tests.service.effects import watching
from tests.service.running import Refusal, RunningService

ANN = "/v1/people/user:ann"
TEEN = {"age_band": "teen", "birth_date": "2012-05-04", "vouched_until": None}
OF_AGE = {"minor": None, "deceased_at": None}
DEATH = "2026-11-01T08:00:00Z"
PLATFORM_SCOPES = tuple(scope for scope in Scope if scope is not Scope.DEPLOYMENT_WRITE)


def minor(**changes: Any) -> dict[str, Any]:
    return {"minor": {**TEEN, **changes}, "deceased_at": None}


def report(client: httpx2.Client, body: dict[str, Any]) -> dict[str, Any]:
    response = client.put(ANN, json=body)
    assert response.status_code == 200, response.text
    told: dict[str, Any] = response.json()
    return told


def test_of_whom_nothing_was_said_is_of_age(platform: httpx2.Client) -> None:
    assert platform.get(ANN).json() == {
        "object": "person",
        "principal": "user:ann",
        "version": 0,
        "minor": None,
        "deceased_at": None,
    }


def test_minority_holds_at_once_also_for_a_live_cameo(
    service: RunningService, platform: httpx2.Client
) -> None:
    service.enroll("user:ann")
    with watching(service, "principal:user:ann") as seen:
        told = report(platform, minor())
    assert told["minor"] == TEEN
    assert platform.get(ANN).json() == told
    assert seen.ended == seen.touched == {"principal:user:ann"}


def test_what_is_said_already_ends_nothing(
    service: RunningService, platform: httpx2.Client
) -> None:
    told = report(platform, minor())
    with watching(service, "principal:user:ann") as seen:
        assert report(platform, minor()) == told
    assert (seen.ended, seen.touched) == (set(), set())


def test_minority_is_not_taken_back_under_a_live_cameo(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    report(platform, minor())
    cameo = service.enroll("user:ann")
    problem = refused(platform.put(ANN, json=OF_AGE), 409, "minor_has_cameo")
    assert cameo in problem["detail"]
    assert "enroll again" in problem["detail"]
    assert platform.get(ANN).json()["minor"] == TEEN
    platform.post(f"/v1/cameos/{cameo}/revoke")
    assert report(platform, OF_AGE)["minor"] is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"birth_date": None}, "minority_unproven"),
        ({"birth_date": "2027-01-01"}, "birth_date_in_future"),
        ({"birth_date": "9999-01-01"}, "birth_date_in_future"),
        ({"birth_date": "2008-11-22"}, "of_age"),
        ({"birth_date": "0001-01-01"}, "of_age"),
        ({"vouched_until": "2026-11-22T12:00:00Z"}, "vouched_until_past"),
        ({"vouched_until": "2027-01-01T00:00:00"}, "invalid_request"),
        ({"vouched_until": "9999-12-31T23:59:59-12:00"}, "invalid_request"),
        ({"age_band": "adult"}, "invalid_request"),
    ],
)
def test_a_minority_without_sense_is_refused_and_not_repeated(
    platform: httpx2.Client, refused: Refusal, changes: dict[str, Any], code: str
) -> None:
    problem = refused(platform.put(ANN, json=minor(**changes)), 422, code)
    assert str(changes.get("birth_date") or "2012-05-04") not in str(problem)
    assert platform.get(ANN).json()["version"] == 0


@pytest.mark.parametrize("left_out", ["minor", "deceased_at"])
def test_nothing_is_undone_by_leaving_it_out(
    platform: httpx2.Client, refused: Refusal, left_out: str
) -> None:
    body = {name: value for name, value in OF_AGE.items() if name != left_out}
    refused(platform.put(ANN, json=body), 422, "invalid_request")


def test_whoever_turned_eighteen_can_still_be_reported_dead(
    service: RunningService, platform: httpx2.Client
) -> None:
    report(platform, minor())
    service.enroll("user:ann")
    service.clock.advance(days=365 * 5)
    assert report(platform, {"minor": TEEN, "deceased_at": DEATH})["deceased_at"] == DEATH


def test_a_death_holds_at_once_and_only_the_deployment_takes_it_back(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    with service.client(service.key(*PLATFORM_SCOPES)) as client:
        with watching(service, "principal:user:ann") as seen:
            assert report(client, {**OF_AGE, "deceased_at": DEATH})["deceased_at"] == DEATH
        assert seen.ended == seen.touched == {"principal:user:ann"}
        problem = refused(client.put(ANN, json=OF_AGE), 403, "missing_scope")
        assert "`deployment:write`" in problem["detail"]
    assert report(platform, OF_AGE)["deceased_at"] is None


def test_nobody_dies_in_the_future(platform: httpx2.Client, refused: Refusal) -> None:
    body = {**OF_AGE, "deceased_at": "2027-01-01T00:00:00Z"}
    refused(platform.put(ANN, json=body), 422, "death_in_future")
    assert report(platform, {**OF_AGE, "deceased_at": "1955-09-30T00:00:00Z"})["version"] == 1


def test_only_persons_have_an_age(platform: httpx2.Client, refused: Refusal) -> None:
    path = "/v1/people/org:platform"
    refused(platform.put(path, json=minor()), 422, "not_a_person")
    refused(platform.get("/v1/people/ann"), 422, "invalid_request")


def test_age_is_for_those_who_act_for_the_person(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    report(platform, minor())
    with service.client(service.key(principal="org:other", acts_for=("user:zoe",))) as other:
        for person in ("user:ann", "user:nobody"):
            refused(other.get(f"/v1/people/{person}"), 403, "not_acting_for")
            refused(other.put(f"/v1/people/{person}", json=OF_AGE), 403, "not_acting_for")
    assert platform.get(ANN).json()["minor"] == TEEN


def test_a_birth_date_reaches_no_log(
    platform: httpx2.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    report(platform, minor())
    platform.put(ANN, json=minor(birth_date="2012-13-99"))
    platform.get(ANN)
    # a request is recorded once it was answered: when the next one is read, it has been
    platform.get("/healthz")
    logged = [str(record.__dict__) for record in caplog.records]
    assert sum("/v1/people/{principal}" in line for line in logged) == 3
    assert not any("2012-" in line for line in logged)


def test_an_enrollment_says_that_the_person_is_a_minor(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    body = {"principal": "user:ann", "minor": TEEN}
    with watching(service, "principal:user:ann") as seen:
        assert platform.post("/v1/enrollments", json=body).status_code == 201
    assert "principal:user:ann" in seen.ended & seen.touched
    assert platform.get(ANN).json()["minor"] == TEEN
    # saying so again is no contradiction, leaving it out takes nothing back, another age is one
    assert platform.post("/v1/enrollments", json=body).status_code == 201
    assert platform.post("/v1/enrollments", json={"principal": "user:ann"}).status_code == 201
    older = {**body, "minor": {**TEEN, "birth_date": "2010-01-01"}}
    refused(platform.post("/v1/enrollments", json=older), 409, "minority_differs")
    unproven = {"principal": "user:ben", "minor": {"age_band": "teen"}}
    refused(platform.post("/v1/enrollments", json=unproven), 422, "minority_unproven")
    assert platform.get(ANN).json()["minor"] == TEEN
    assert platform.get("/v1/people/user:ben").json()["version"] == 0
