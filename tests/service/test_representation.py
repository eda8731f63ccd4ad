"""Mandates over HTTP: agents appointed by owners; guardians and estates attested."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from cameo_service.callers import Scope
from cameo_service.people.mandates import MOST_MANDATES
from tests.service.effects import watching
from tests.service.running import Refusal, RunningService

SCOPE = {"actions": ["generate", "publish"], "facets": ["face", "voice"]}
TEEN = {"age_band": "teen", "birth_date": "2012-05-04"}
DEATH = "2026-11-01T08:00:00Z"
OWNERS_SCOPES = tuple(
    scope for scope in Scope if scope not in (Scope.REPRESENTATION_ATTEST, Scope.DEPLOYMENT_WRITE)
)


def mandate(kind: str = "agent", **changes: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "represented": "user:ann",
        "representative": "org:agency",
        "scope": SCOPE,
        "evidence": "contract 2026/17",
        **changes,
    }


def appoint(client: httpx2.Client, kind: str = "agent", **changes: Any) -> dict[str, Any]:
    response = client.post("/v1/representations", json=mandate(kind, **changes))
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def report(client: httpx2.Client, **said: Any) -> None:
    body = {"minor": None, "deceased_at": None, **said}
    response = client.put("/v1/people/user:ann", json=body)
    assert response.status_code == 200, response.text


def status_of(client: httpx2.Client, made: dict[str, Any]) -> str:
    return str(client.get(f"/v1/representations/{made['id']}").json()["status"])


@pytest.fixture
def owner(service: RunningService) -> Iterator[httpx2.Client]:
    """A key that acts for the owner and attests nothing."""
    with service.client(service.key(*OWNERS_SCOPES, acts_for=("user:ann",))) as client:
        yield client


@pytest.fixture
def agency(service: RunningService) -> Iterator[httpx2.Client]:
    key = service.key(*OWNERS_SCOPES, principal="org:agency", acts_for=())
    with service.client(key) as client:
        yield client


@pytest.fixture
def stranger(service: RunningService) -> Iterator[httpx2.Client]:
    key = service.key(*OWNERS_SCOPES, principal="org:other", acts_for=("user:zoe",))
    with service.client(key) as client:
        yield client


@pytest.fixture
def attester(service: RunningService) -> Iterator[httpx2.Client]:
    """A key that attests and acts for nobody but itself."""
    key = service.key(Scope.REPRESENTATION_ATTEST, principal="org:court", acts_for=())
    with service.client(key) as client:
        yield client


def test_an_owner_appoints_an_agent(service: RunningService, owner: httpx2.Client) -> None:
    with watching(service) as seen:
        made = appoint(owner)
    assert (made["kind"], made["status"], made["evidence"]) == (
        "agent",
        "active",
        "contract 2026/17",
    )
    assert made["scope"]["actions"] == ["generate", "publish"]
    assert seen.touched == {"principal:user:ann"}
    assert owner.get(f"/v1/representations/{made['id']}").json() == made


def test_an_organisation_has_agents_too(platform: httpx2.Client, refused: Refusal) -> None:
    assert appoint(platform, represented="org:platform")["represented"] == "org:platform"
    answer = platform.post(
        "/v1/representations", json=mandate("guardian", represented="org:platform")
    )
    refused(answer, 422, "not_a_person")


def test_the_same_appointment_twice_is_one_mandate(owner: httpx2.Client) -> None:
    answers = [
        owner.post("/v1/representations", json=mandate(), headers={"Idempotency-Key": "k1"})
        for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()


def test_only_who_acts_for_the_owner_appoints_agents(
    agency: httpx2.Client, attester: httpx2.Client, refused: Refusal
) -> None:
    refused(agency.post("/v1/representations", json=mandate()), 403, "not_acting_for")
    problem = refused(attester.post("/v1/representations", json=mandate()), 403, "missing_scope")
    assert "`representation:write`" in problem["detail"]


@pytest.mark.parametrize("kind", ["guardian", "estate"])
def test_only_attesters_say_who_is_guardian_or_estate(
    owner: httpx2.Client, refused: Refusal, kind: str
) -> None:
    problem = refused(owner.post("/v1/representations", json=mandate(kind)), 403, "missing_scope")
    assert "`representation:attest`" in problem["detail"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"representative": "user:ann"}, "represents_itself"),
        ({"evidence": ""}, "invalid_request"),
        ({"scope": {**SCOPE, "actions": []}}, "invalid_request"),
        ({"scope": {**SCOPE, "not_after": "2026-11-22T12:00:00Z"}}, "mandate_window_past"),
        (
            {
                "scope": {
                    **SCOPE,
                    "not_before": "2028-01-01T00:00:00Z",
                    "not_after": "2027-01-01T00:00:00Z",
                }
            },
            "mandate_window_empty",
        ),
        ({"kind": "friend"}, "invalid_request"),
        ({"represented": "ann"}, "invalid_request"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_mandate_without_sense_is_refused(
    owner: httpx2.Client, refused: Refusal, changes: dict[str, Any], code: str
) -> None:
    refused(owner.post("/v1/representations", json={**mandate(), **changes}), 422, code)


def test_a_guardian_ends_with_the_minority(
    owner: httpx2.Client, attester: httpx2.Client, refused: Refusal
) -> None:
    report(owner, minor=TEEN)
    assert appoint(attester, "guardian")["scope"]["not_after"] == "2030-05-04T00:00:00+00:00"
    sooner = {**SCOPE, "not_after": "2028-01-01T00:00:00Z"}
    assert appoint(attester, "guardian", scope=sooner)["scope"]["not_after"].startswith("2028")
    later = mandate("guardian", scope={**SCOPE, "not_before": "2031-01-01T00:00:00Z"})
    refused(attester.post("/v1/representations", json=later), 422, "mandate_window_empty")


def test_a_guardian_does_not_end_with_a_platforms_word(
    owner: httpx2.Client, attester: httpx2.Client
) -> None:
    report(owner, minor={"age_band": "teen", "vouched_until": "2026-12-01T00:00:00Z"})
    assert appoint(attester, "guardian")["scope"]["not_after"] is None


def test_there_is_nothing_to_guard_after_eighteen(
    service: RunningService, owner: httpx2.Client, attester: httpx2.Client, refused: Refusal
) -> None:
    report(owner, minor=TEEN)
    service.clock.advance(days=365 * 5)
    answer = attester.post("/v1/representations", json=mandate("guardian"))
    refused(answer, 409, "minority_ended")


def test_minors_and_the_dead_appoint_nobody(platform: httpx2.Client, refused: Refusal) -> None:
    def refuse(kind: str, code: str) -> None:
        refused(platform.post("/v1/representations", json=mandate(kind)), 409, code)

    refuse("estate", "represented_is_alive")
    report(platform, minor=TEEN)
    refuse("agent", "represented_is_minor")
    report(platform, minor=TEEN, deceased_at=DEATH)
    refuse("agent", "represented_is_deceased")
    refuse("guardian", "represented_is_deceased")
    assert appoint(platform, "estate")["kind"] == "estate"


def test_who_is_a_minor_guards_nobody(platform: httpx2.Client, refused: Refusal) -> None:
    minor = {"minor": TEEN, "deceased_at": None}
    platform.put("/v1/people/user:tom", json=minor)
    body = mandate("guardian", representative="user:tom")
    refused(platform.post("/v1/representations", json=body), 409, "representative_unfit")


def test_mandates_are_not_without_number(owner: httpx2.Client, refused: Refusal) -> None:
    made = [appoint(owner) for _ in range(MOST_MANDATES)]
    refused(owner.post("/v1/representations", json=mandate()), 409, "too_many_mandates")
    owner.post(f"/v1/representations/{made[0]['id']}/revoke")
    appoint(owner)


def test_both_sides_and_attesters_see_a_mandate_and_nobody_else(
    owner: httpx2.Client,
    agency: httpx2.Client,
    attester: httpx2.Client,
    stranger: httpx2.Client,
    refused: Refusal,
) -> None:
    made = appoint(owner)
    path = f"/v1/representations/{made['id']}"
    for client in (owner, agency, attester):
        assert client.get(path).json() == made
    for method, end in (("GET", ""), ("POST", "/revoke")):
        existing = refused(stranger.request(method, f"{path}{end}"), 404, "unknown")
        absent = stranger.request(method, f"/v1/representations/man_1{end}")
        assert (
            existing["detail"].replace(made["id"], "man_1")
            == (refused(absent, 404, "unknown")["detail"])
        )
    for side in ({"represented": "user:ann"}, {"representative": "org:agency"}):
        refused(stranger.get("/v1/representations", params=side), 403, "not_acting_for")


def test_mandates_are_listed_by_either_side(
    owner: httpx2.Client, agency: httpx2.Client, attester: httpx2.Client, refused: Refusal
) -> None:
    ids = sorted(appoint(owner)["id"] for _ in range(3))
    owner.post(f"/v1/representations/{ids[0]}/revoke")
    over, of = {"represented": "user:ann"}, {"representative": "org:agency"}
    for client, side in ((owner, over), (agency, of), (attester, over), (attester, of)):
        page = client.get("/v1/representations", params=side).json()
        assert [each["id"] for each in page["data"]] == ids
    page = owner.get("/v1/representations", params={**over, "limit": 2}).json()
    assert ([each["id"] for each in page["data"]], page["has_more"]) == (ids[:2], True)
    rest = owner.get("/v1/representations", params={**over, "after": page["next_cursor"]}).json()
    assert ([each["id"] for each in rest["data"]], rest["has_more"]) == (ids[2:], False)
    for sides in ({}, {**over, **of}):
        refused(owner.get("/v1/representations", params=sides), 422, "one_side_needed")
    refused(owner.get("/v1/representations", params={"represented": "x"}), 422, "invalid_request")


@pytest.mark.parametrize("who", ["owner", "agency", "attester"])
def test_either_side_or_an_attester_ends_a_mandate(
    service: RunningService, owner: httpx2.Client, request: pytest.FixtureRequest, who: str
) -> None:
    client: httpx2.Client = request.getfixturevalue(who)
    made = appoint(owner)
    path = f"/v1/representations/{made['id']}/revoke"
    with watching(service, "principal:user:ann") as seen:
        ended = client.post(path, json={"reason": "we part"}).json()
    assert ended["status"] == "revoked"
    assert "we part" not in str(ended)
    assert seen.ended == seen.touched == {"principal:user:ann"}
    with watching(service, "principal:user:ann") as seen:
        assert client.post(path).json() == ended
    assert seen.ended == seen.touched == set()


def test_a_reader_ends_nothing(
    service: RunningService, owner: httpx2.Client, refused: Refusal
) -> None:
    made = appoint(owner)
    with service.client(service.key(Scope.REPRESENTATION_READ)) as reader:
        path = f"/v1/representations/{made['id']}"
        assert reader.get(path).json() == made
        refused(reader.post(f"{path}/revoke"), 403, "missing_scope")


def test_what_a_person_is_decides_which_mandates_go_on(platform: httpx2.Client) -> None:
    agent = appoint(platform)
    report(platform, minor=TEEN)
    assert status_of(platform, agent) == "revoked"
    guardian = appoint(platform, "guardian")
    report(platform)
    assert status_of(platform, guardian) == "revoked"
    agent, guardian = appoint(platform), appoint(platform, "guardian")
    report(platform, deceased_at=DEATH)
    assert [status_of(platform, each) for each in (agent, guardian)] == ["revoked", "revoked"]
    estate = appoint(platform, "estate")
    report(platform)
    assert status_of(platform, estate) == "revoked"


def test_what_a_representative_is_decides_too(platform: httpx2.Client) -> None:
    def hold(kind: str) -> dict[str, Any]:
        return appoint(platform, kind, represented="user:kid", representative="user:ann")

    agent, guardian = hold("agent"), hold("guardian")
    report(platform, minor=TEEN)
    assert [status_of(platform, each) for each in (agent, guardian)] == ["active", "revoked"]
    report(platform, minor=TEEN, deceased_at=DEATH)
    assert status_of(platform, agent) == "revoked"


def test_another_word_on_the_same_minority_ends_no_guardian(platform: httpx2.Client) -> None:
    report(platform, minor=TEEN)
    guardian = appoint(platform, "guardian")
    report(platform, minor={**TEEN, "vouched_until": "2027-06-01T00:00:00Z"})
    assert status_of(platform, guardian) == "active"
