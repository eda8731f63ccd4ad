"""Who speaks for an owner, over HTTP: agents, guardians and estates within their mandates."""

from dataclasses import replace
from datetime import date
from typing import Any

import httpx2
import pytest

from cameo_service.callers import Caller
from cameo_service.cameos import finding
from cameo_service.errors import NotActingFor, Unknown
from permissions.deployment import Ceiling, DeploymentRules
from permissions.representation import AgeBand
from permissions.scope import Scope
from permissions.terms import Terms
from permissions.vocabulary import Action, Audience, Facet
from tests.service.making import check, permitted, plain_grant, question
from tests.service.running import Refusal, RunningService
from tests.service.seeded import ANYTHING, deployed, known, mandate

ADVERTISING = replace(
    ANYTHING,
    actions=frozenset({Action.GENERATE}),
    facets=frozenset({Facet.FACE}),
    purposes=Scope(included=frozenset({"advertising"})),
)
ADVERT = {
    "actions": ["generate"],
    "facets": ["face"],
    "purposes": {"included": ["advertising.product"]},
}


def caller(*principals: str) -> Caller:
    return Caller(key_id="ck_1", principal="app:x", scopes=frozenset(), acts_for=principals)


def spoken(service: RunningService, cameo: str, *acts_for: str, acting_as: str | None) -> str:
    with service.context.store.read() as tx:
        _, speaker = finding.speaking(
            tx, caller(*acts_for), cameo, acting_as=acting_as, now=service.clock()
        )
    return speaker.principal


def test_the_owner_and_who_represents_them_speak(service: RunningService) -> None:
    cameo = service.enroll("user:ann")
    mandate(service, "user:ann", "org:agency")
    assert spoken(service, cameo, "user:ann", acting_as=None) == "user:ann"
    assert spoken(service, cameo, "user:ann", acting_as="user:ann") == "user:ann"
    assert spoken(service, cameo, "org:agency", acting_as="org:agency") == "org:agency"


def test_nobody_else_speaks(service: RunningService) -> None:
    cameo = service.enroll("user:ann")
    mandate(service, "user:ann", "org:agency")
    for acts_for, acting_as, error in (
        (("user:eve",), None, Unknown),
        (("user:eve",), "user:eve", Unknown),
        (("user:eve",), "user:ann", NotActingFor),
        (("user:eve",), "org:agency", NotActingFor),
        (("user:ann",), "org:agency", NotActingFor),
        (("user:ann", "user:eve"), "user:eve", NotActingFor),
        (("org:agency",), None, NotActingFor),
    ):
        with pytest.raises(error):
            spoken(service, cameo, *acts_for, acting_as=acting_as)
        with pytest.raises((Unknown, NotActingFor)):
            spoken(service, "cam_none", *acts_for, acting_as=acting_as)


@pytest.mark.parametrize(
    "mandated",
    [
        {"evidence": ""},
        {"scope": replace(ANYTHING, not_after=None), "revoked": True},
        {"scope": "past"},
        {"scope": "to come"},
    ],
    ids=["unproven", "revoked", "past", "to come"],
)
def test_a_mandate_that_does_not_stand_gives_no_say(
    service: RunningService, mandated: dict[str, Any]
) -> None:
    cameo, now = service.enroll("user:ann"), service.clock()
    windows = {
        "past": replace(ANYTHING, not_after=now),
        "to come": replace(ANYTHING, not_before=now.replace(year=2027)),
    }
    scope = mandated.get("scope", ANYTHING)
    scope = windows[scope] if isinstance(scope, str) else scope
    evidence = mandated.get("evidence", "contract 7")
    mandate(service, "user:ann", "org:agency", scope=scope, evidence=evidence)
    if mandated.get("revoked"):
        with service.context.store.write() as tx:
            tx.mandates.save(replace(tx.mandates.get("man_1"), revoked_at=now))
    with pytest.raises(Unknown):
        spoken(service, cameo, "org:agency", acting_as="org:agency")


def test_over_minors_and_the_dead_only_their_own_count(service: RunningService) -> None:
    for owner, state, kind in (
        ("user:ann", {"age_band": "teen"}, "guardian"),
        ("user:ben", {"deceased_at": service.clock()}, "estate"),
    ):
        cameo = service.enroll(owner)
        mandate(service, owner, "org:agency", id=f"man_{kind}_0")
        mandate(service, owner, "user:mum", kind=kind, id=f"man_{kind}")
        known(service, owner, **state)
        assert spoken(service, cameo, "user:mum", acting_as="user:mum") == "user:mum"
        with pytest.raises(Unknown):
            spoken(service, cameo, "org:agency", acting_as="org:agency")


@pytest.fixture
def agency(service: RunningService) -> Any:
    with service.client(service.key(principal="org:agency", acts_for=())) as client:
        yield client


def grant(cameo: str, **changes: Any) -> dict[str, Any]:
    terms = {**ADVERT, **changes.pop("terms", {})}
    sent = {"cameo_id": cameo, "grantee": "user:bob", "acting_as": "org:agency", "terms": terms}
    return {**sent, **changes}


def test_an_agent_grants_within_the_mandate_and_in_its_own_name(
    service: RunningService, platform: httpx2.Client, agency: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    mandate(service, "user:ann", "org:agency", scope=ADVERTISING)
    response = agency.post("/v1/grants", json=grant(cameo))
    assert response.status_code == 201, response.text
    assert response.json()["grantor"] == "org:agency"
    asked = question(cameo, purpose="advertising.product")
    assert permitted(platform, asked)
    with service.context.store.write() as tx:
        record = tx.mandates.get("man_1")
        tx.mandates.save(replace(record, revoked_at=service.clock()))
        tx.revisions.touch("principal:user:ann", now=service.clock())
    assert not permitted(platform, asked)


@pytest.mark.parametrize(
    ("terms", "aspect"),
    [
        ({"actions": ["publish"]}, "actions"),
        ({"facets": ["voice"]}, "facets"),
        ({"purposes": {"included": ["*"]}}, "purposes"),
        ({"sublicence_depth": 1}, "sublicence_depth"),
        ({"on_revocation": "published_stays"}, "on_revocation"),
    ],
    ids=str,
)
def test_an_agent_grants_nothing_beyond_the_mandate(
    service: RunningService,
    agency: httpx2.Client,
    refused: Refusal,
    terms: dict[str, Any],
    aspect: str,
) -> None:
    cameo = service.enroll("user:ann")
    mandate(service, "user:ann", "org:agency", scope=ADVERTISING)
    response = agency.post("/v1/grants", json=grant(cameo, terms=terms))
    problem = refused(response, 403, "mandate_too_narrow")
    assert f"`{aspect}`" in problem["detail"]


def test_a_grant_does_not_outlast_the_mandate(
    service: RunningService, agency: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    ends = service.clock().replace(year=2027)
    mandate(service, "user:ann", "org:agency", scope=replace(ADVERTISING, not_after=ends))
    refused(agency.post("/v1/grants", json=grant(cameo)), 403, "mandate_too_narrow")
    fitting = grant(cameo, terms={"not_after": ends.isoformat()})
    assert agency.post("/v1/grants", json=fitting).status_code == 201


def test_one_of_several_mandates_is_enough(service: RunningService, agency: httpx2.Client) -> None:
    cameo = service.enroll("user:ann")
    narrow = Terms(actions=frozenset({Action.TAG}), facets=frozenset({Facet.NAME}))
    mandate(service, "user:ann", "org:agency", scope=narrow)
    mandate(service, "user:ann", "org:agency", scope=ADVERTISING, id="man_2")
    assert agency.post("/v1/grants", json=grant(cameo)).status_code == 201


def test_an_agent_names_itself(
    service: RunningService, agency: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    mandate(service, "user:ann", "org:agency", scope=ADVERTISING)
    problem = refused(
        agency.post("/v1/grants", json=grant(cameo, acting_as=None)), 403, "not_acting_for"
    )
    assert "`acting_as`" in problem["detail"]
    refused(
        agency.post("/v1/grants", json=grant(cameo, acting_as="user:ann")), 403, "not_acting_for"
    )


def test_an_agent_sees_and_ends_what_is_on_the_cameo(
    service: RunningService, platform: httpx2.Client, agency: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    own = plain_grant(platform, cameo)
    paths = (
        f"/v1/cameos/{cameo}",
        f"/v1/cameos/{cameo}/policy/history",
        f"/v1/cameos/{cameo}/grants",
        f"/v1/grants/{own}",
    )
    for path in paths:
        refused(agency.get(path), 404, "unknown")
    query = {"owner": "user:ann"}
    refused(agency.get("/v1/cameos", params=query), 403, "not_acting_for")
    mandate(service, "user:ann", "org:agency", scope=ADVERTISING)
    for path in paths:
        assert agency.get(path).status_code == 200
    assert len(agency.get("/v1/cameos", params=query).json()["data"]) == 1
    assert len(agency.get("/v1/grants", params={"cameo_id": cameo}).json()["data"]) == 1
    sent = {"acting_as": "org:other"}
    refused(agency.post(f"/v1/grants/{own}/revoke", json=sent), 403, "not_acting_for")
    assert agency.post(f"/v1/grants/{own}/revoke").json()["status"] == "revoked"


def test_standing_rules_take_a_whole_mandate(
    service: RunningService, agency: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    mandate(service, "user:ann", "org:agency", scope=ADVERTISING)
    sent = {"audience": {"generate": "everyone"}, "acting_as": "org:agency"}
    refused(agency.put(f"/v1/cameos/{cameo}/policy", json=sent), 403, "mandate_too_narrow")
    mandate(service, "user:ann", "org:agency", id="man_2")
    stored = agency.put(f"/v1/cameos/{cameo}/policy", json=sent)
    assert stored.status_code == 200, stored.text
    assert stored.json()["set_by"] == "org:agency"
    with service.context.store.read() as tx:
        assert tx.policies.current(cameo).document["set_by"] == "org:agency"


def test_agents_end_no_cameo_and_estates_do(
    service: RunningService, agency: httpx2.Client, refused: Refusal
) -> None:
    ann, ben = service.enroll("user:ann"), service.enroll("user:ben")
    sent = {"acting_as": "org:agency"}
    mandate(service, "user:ann", "org:agency")
    refused(agency.post(f"/v1/cameos/{ann}/revoke", json=sent), 403, "mandate_too_narrow")
    mandate(service, "user:ben", "org:agency", kind="estate", id="man_2")
    known(service, "user:ben", deceased_at=service.clock())
    assert agency.post(f"/v1/cameos/{ben}/revoke", json=sent).json()["status"] == "revoked"


def test_a_guardian_gives_for_at_most_five_years(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    majority = service.clock().replace(year=2029)
    known(service, "user:ann", age_band="older_teen", vouched_until=majority)
    mandate(service, "user:ann", "user:mum", kind="guardian")
    given = grant(cameo, acting_as="user:mum")
    assert platform.post("/v1/grants", json=given).json()["terms"]["not_after"] == (
        majority.isoformat()
    )
    long = grant(cameo, acting_as="user:mum", terms={"not_after": "2031-11-22T12:00:01Z"})
    problem = refused(platform.post("/v1/grants", json=long), 422, "grant_too_long")
    assert "5 years" in problem["detail"]


def test_no_end_tells_the_birthday_of_a_minor(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    known(service, "user:ann", age_band="older_teen", birth_date=date(2009, 10, 17))
    mandate(service, "user:ann", "user:mum", kind="guardian")
    ceilings = {AgeBand.OLDER_TEEN: Ceiling(terms=ANYTHING, audience=Audience.EVERYONE)}
    deployed(service, DeploymentRules(ceilings=ceilings))
    sent = grant(cameo, acting_as="user:mum")
    for months_ahead, told in ((0, "2027-01-01T00:00:00"), (2, "2027-10-01T00:00:00")):
        service.clock.advance(days=31 * months_ahead)
        given = platform.post("/v1/grants", json=sent).json()
        assert given["terms"]["not_after"].startswith(told)
        answer = check(platform, question(cameo, purpose="advertising.product"))
        assert answer["permitted"], answer
        assert answer["expires_at"].startswith(told)


def test_a_guardian_sets_the_rules_of_a_minor(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    majority = service.clock().replace(year=2029)
    known(service, "user:ann", age_band="older_teen", vouched_until=majority)
    mandate(service, "user:ann", "user:mum", kind="guardian")
    ceilings = {AgeBand.OLDER_TEEN: Ceiling(terms=ANYTHING, audience=Audience.EVERYONE)}
    deployed(service, DeploymentRules(ceilings=ceilings))
    sent = {"audience": {"generate": "everyone"}, "acting_as": "user:mum"}
    assert platform.put(f"/v1/cameos/{cameo}/policy", json=sent).status_code == 200
    answer = check(platform, question(cameo))
    assert answer["permitted"], answer
