"""Consent records in DPV and licences in ODRL: complete, and readable without a network."""

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from cameo_service.portability.vocabulary import (
    ODRL_ACTIONS,
    ODRL_DUTIES,
    PREFIXES,
    personal_data,
    processing,
    purpose,
)
from permissions.taxonomy import PURPOSES
from permissions.vocabulary import Action, Facet
from tests.service.characters import register, settle
from tests.service.making import draft, grant, question, revoke
from tests.service.receipts.keeping import receipts
from tests.service.running import Refusal, RunningService


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


DPV = words(
    """
    Adapt Advertising ConsentExpired ConsentGiven ConsentNotice ConsentReceipt ConsentRecord
    ConsentRevoked ConsentStatusInvalidForProcessing ConsentWithdrawn CustomerCare DataController
    DataSubject ExplicitlyExpressedConsent Generate LegalEntity MakeAvailable NonCommercialPurpose
    PoliticalCampaign Process Purpose RecruitmentAdvertising ScientificResearch SellProducts
    ServiceProvision StorageDeletion StorageDuration StorageLocation Use WithdrawConsent
    hasAddress hasConsentControl hasConsentStatus hasContact hasDataController hasDataSubject
    hasJurisdiction hasLegalBasis hasLocation hasName hasNotice hasPersonalData hasProcess
    hasProcessing hasPurpose hasRecipient hasRecordOfActivity hasStorageCondition
    isImplementedByEntity
    """
)
"""Terms of DPV 2.2, each of them read in its published list (`2.2/dpv/dpv.csv`, modules)."""
PD = frozenset({"Biometric", "FacialPrint", "Name"})
"""Of its personal data extension (`2.2/pd/pd.csv`)."""
ODRL = words(
    """
    Agreement AssetCollection action assignee assigner attribute compensate constraint count
    dateTime derive distribute duty grantUse gteq index inform inheritFrom isAnyOf isNoneOf
    leftOperand lt lteq modify obtainConsent operator permission profile purpose
    refinement rightOperand source spatial target watermark
    """
)
"""Terms that ODRL 2.2 has, core and common vocabulary (`ODRL22.ttl`), none of them deprecated."""
TERM = re.compile(r"\b(dpv|pd|odrl):([A-Za-z]+)")


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield name
            yield from texts(member)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)


def require_known_terms(document: dict[str, Any]) -> None:
    known = {"dpv": DPV, "pd": PD, "odrl": ODRL}
    context = document["@context"]
    for text in texts({name: part for name, part in document.items() if name != "@context"}):
        for prefix, name in TERM.findall(text):
            assert name in known[prefix], text
        if re.match(r"^[a-z]+:[A-Za-z]", text) and not text.startswith(("http", "urn", "user")):
            prefix = text.partition(":")[0]
            assert prefix in context or prefix in ("org", "app"), text


def linked(client: httpx2.Client, path: str) -> dict[str, Any]:
    response = client.get(path)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/ld+json"
    document: dict[str, Any] = response.json()
    require_known_terms(document)
    return document


def test_a_grant_is_a_consent_record(service: RunningService, platform: httpx2.Client) -> None:
    cameo = service.enroll("user:ann")
    given = grant(
        platform,
        cameo,
        purposes={"included": ["advertising", "satire"], "excluded": ["advertising.political"]},
        territories={"included": ["DE", "US-CA"]},
        intended_use="a trailer",
    )
    record = linked(platform, f"/v1/grants/{given}/record")
    assert record["@type"] == "dpv:ConsentRecord"
    assert record["dct:conformsTo"] == {"@id": "https://w3id.org/dpv/schema/dpv-27560#record"}
    assert record["dct:identifier"] == given
    assert record["dpv:hasDataSubject"]["dct:identifier"] == "user:ann"
    process = record["dpv:hasProcess"]
    assert [each["@type"] for each in process["dpv:hasPurpose"]] == [
        "dpv:Advertising",
        "dpv:Purpose",
    ]
    assert process["cameo:exceptPurpose"] == ["advertising.political"]
    assert process["dct:description"] == "a trailer"
    assert [each["@type"] for each in process["dpv:hasPersonalData"]] == ["pd:FacialPrint"]
    assert process["dpv:hasLocation"] == [{"@id": "loc:DE"}, {"@id": "cameo:territory-US-CA"}]
    assert process["dpv:hasNotice"]["dct:language"] == "en"
    assert process["dpv:hasRecipient"] == {"@id": "cameo:party-user:bob"}
    control = process["dpv:hasConsentControl"]
    assert control["rdfs:seeAlso"]["@id"].endswith(f"/v1/grants/{given}/revoke")
    assert {each["@type"] for each in process["dpv:hasStorageCondition"]} == {
        "dpv:StorageDeletion",
        "dpv:StorageDuration",
        "dpv:StorageLocation",
    }
    [event] = record["dpv:hasConsentStatus"]
    assert event["@type"] == "dpv:ConsentGiven"
    assert event["dpv:isImplementedByEntity"] == {"@id": "cameo:party-user:ann"}
    service.clock.advance(days=1)
    revoke(platform, given)
    ended = linked(platform, f"/v1/grants/{given}/record")["dpv:hasConsentStatus"]
    assert [each["@type"] for each in ended] == ["dpv:ConsentGiven", "dpv:ConsentWithdrawn"]
    assert ended[1]["dct:date"]["@value"] == service.clock().isoformat()


def test_a_grants_end_is_its_status(service: RunningService, platform: httpx2.Client) -> None:
    cameo = service.enroll("user:ann")
    until = service.clock().replace(year=2027).isoformat()
    above = grant(platform, cameo, "user:cleo", sublicence_depth=1)
    below = grant(platform, cameo, parent=above, not_after=until)
    other = grant(platform, cameo, not_after=until)
    revoke(platform, above)
    ended = linked(platform, f"/v1/grants/{below}/record")
    assert ended["dpv:hasConsentStatus"][-1]["@type"] == "dpv:ConsentRevoked"
    assert ended["dct:isPartOf"]["@id"].endswith(f"/v1/grants/{above}/record")
    # by the owner or by who sublicensed: which of them, the record does not say
    revoke(platform, below)
    [_, end] = linked(platform, f"/v1/grants/{below}/record")["dpv:hasConsentStatus"]
    assert end["@type"] == "dpv:ConsentStatusInvalidForProcessing"
    assert end["dct:date"]["@value"] == service.clock().isoformat()
    service.clock.advance(days=400)
    over = linked(platform, f"/v1/grants/{other}/record")
    assert over["dpv:hasConsentStatus"][-1]["@type"] == "dpv:ConsentExpired"


def test_a_sublicensee_does_not_learn_who_the_owner_is(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    above = grant(platform, cameo, "user:cleo", sublicence_depth=1)
    below = grant(platform, cameo, parent=above)
    with service.client(service.key(principal="app:small", acts_for=("user:bob",))) as bob:
        for form in ("record", "odrl"):
            document = linked(bob, f"/v1/grants/{below}/{form}")
            assert "user:ann" not in str(document)
        assert linked(bob, f"/v1/grants/{below}/record")["dpv:hasDataSubject"][
            "dct:identifier"
        ] == (cameo)


def test_a_grant_is_an_odrl_agreement(service: RunningService, platform: httpx2.Client) -> None:
    cameo = service.enroll("user:ann")
    until = service.clock().replace(year=2027).isoformat()
    given = grant(
        platform,
        cameo,
        actions=["generate", "publish"],
        purposes={"included": ["entertainment"], "excluded": ["entertainment.game"]},
        territories={"included": ["*"], "excluded": ["FR"]},
        categories={"included": ["*"], "excluded": ["politics"]},
        count=3,
        not_after=until,
        approval_before_publishing=True,
        obligations=[{"kind": "credit", "text": "Ann"}, {"kind": "watermark"}],
    )
    policy = linked(platform, f"/v1/grants/{given}/odrl")
    assert policy["type"] == "Agreement"
    assert [each["action"] for each in policy["permission"]] == ["odrl:derive", "odrl:distribute"]
    first = policy["permission"][0]
    assert (first["assigner"], first["assignee"]) == (
        "cameo:party-user:ann",
        "cameo:party-user:bob",
    )
    assert first["target"]["source"].endswith(f"/v1/cameos/{cameo}")
    assert first["target"]["refinement"][0]["rightOperand"] == ["face"]
    limits = {
        (each["leftOperand"], each["operator"]): each["rightOperand"]
        for each in first["constraint"]
    }
    assert limits["odrl:purpose", "odrl:isAnyOf"] == [{"@id": "cameo:purpose-entertainment"}]
    assert limits["odrl:purpose", "odrl:isNoneOf"] == [{"@id": "cameo:purpose-entertainment.game"}]
    assert limits["odrl:spatial", "odrl:isNoneOf"] == [{"@id": "loc:FR"}]
    assert ("odrl:spatial", "odrl:isAnyOf") not in limits
    assert limits["odrl:dateTime", "odrl:lt"]["@value"] == until
    assert limits["cameo:uses", "odrl:lteq"] == 3  # of both together, which `odrl:count` is not
    assert ("odrl:count", "odrl:lteq") not in limits
    assert limits["cameo:category", "odrl:isNoneOf"] == ["politics"]
    to_make, to_publish = (
        {owed["action"] for owed in each["duty"]} for each in policy["permission"]
    )
    assert to_make >= {"odrl:attribute", "odrl:watermark"}
    assert to_publish == to_make | {"odrl:obtainConsent"}  # a condition of what it stands at alone
    # what it does not permit another grant may: nothing is prohibited
    assert "prohibition" not in policy


def test_a_count_of_one_action_is_odrls_own(
    service: RunningService, platform: httpx2.Client
) -> None:
    given = grant(platform, service.enroll("user:ann"), actions=["generate"], count=3)
    (only,) = linked(platform, f"/v1/grants/{given}/odrl")["permission"]
    limits = {each["leftOperand"]: each["rightOperand"] for each in only["constraint"]}
    assert limits["odrl:count"] == 3
    assert "cameo:uses" not in limits


def test_a_right_to_sublicense_is_permitted_so_deep(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    given = grant(platform, cameo, actions=["generate"], count=3, sublicence_depth=2)
    _, sublicense = linked(platform, f"/v1/grants/{given}/odrl")["permission"]
    assert sublicense["action"] == "odrl:grantUse"
    limits = {each["leftOperand"]: each["rightOperand"] for each in sublicense["constraint"]}
    assert limits["cameo:sublicenceDepth"] == 2
    assert "odrl:count" not in limits


def test_a_receipt_is_a_consent_receipt(service: RunningService, platform: httpx2.Client) -> None:
    cameo = service.enroll("user:ann")
    given = grant(platform, cameo)
    use = draft(platform, question(cameo))
    for receipt in receipts(service, platform, use):
        document = linked(platform, f"/v1/receipts/{receipt['id']}/record")
        assert document["@type"] == "dpv:ConsentReceipt"
        assert document["dct:identifier"] == receipt["id"]
        assert document["cameo:statement"] == receipt["statement"]
        assert document["dpv:hasRecordOfActivity"][0]["@id"].endswith(f"/v1/grants/{given}/record")
        process = document["dpv:hasProcess"]
        assert process["dpv:hasProcessing"]["@type"] == "dpv:Generate"
        assert process["dpv:hasPurpose"][0]["dct:identifier"] == "entertainment"


def test_a_characters_licence_is_no_consent_but_a_licence(
    platform: httpx2.Client, studio: httpx2.Client, reviewer: httpx2.Client, refused: Refusal
) -> None:
    character = str(register(studio)["id"])
    settle(reviewer, character)
    given = grant(studio, character)
    refused(studio.get(f"/v1/grants/{given}/record"), 422, "no_data_subject")
    assert linked(studio, f"/v1/grants/{given}/odrl")["type"] == "Agreement"
    refused(platform.get("/v1/grants/gra_9/record"), 404, "unknown")
    refused(platform.get("/v1/grants/gra_9/odrl"), 404, "unknown")


def test_strangers_see_no_form_of_a_grant(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    given = grant(platform, service.enroll("user:ann"))
    with service.client(service.key(principal="org:other", acts_for=("user:eve",))) as other:
        for form in ("record", "odrl"):
            refused(other.get(f"/v1/grants/{given}/{form}"), 404, "unknown")


@pytest.mark.parametrize("facet", sorted(Facet))
def test_every_facet_has_a_term_of_dpv(facet: Facet) -> None:
    node = personal_data(facet.value)
    assert node["@type"].removeprefix("pd:") in PD
    assert node["dct:identifier"] == facet.value


@pytest.mark.parametrize("action", sorted(Action))
def test_every_action_has_a_term_of_dpv_and_of_odrl(action: Action) -> None:
    assert processing(action.value)["@type"].removeprefix("dpv:") in DPV
    assert ODRL_ACTIONS[action].removeprefix("odrl:") in ODRL
    assert {each.removeprefix("odrl:") for each in ODRL_DUTIES.values()} <= ODRL


@pytest.mark.parametrize("code", sorted(PURPOSES))
def test_every_purpose_has_a_term_of_dpv(code: str) -> None:
    node = purpose(code)
    assert node["@type"].removeprefix("dpv:") in DPV
    assert node["dct:identifier"] == code
    assert node["@id"].partition(":")[0] in PREFIXES
