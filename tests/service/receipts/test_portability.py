"""Consent records in DPV and licences in ODRL: complete, and readable without a network."""

from typing import Any

import httpx2

from tests.service.characters import register, settle
from tests.service.making import draft, grant, question, revoke
from tests.service.receipts.keeping import receipts
from tests.service.running import Refusal, RunningService


def linked(client: httpx2.Client, path: str) -> dict[str, Any]:
    response = client.get(path)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/ld+json"
    document: dict[str, Any] = response.json()
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
    assert [each["skos:broader"]["@id"] for each in process["dpv:hasPurpose"]] == [
        "dpv:Advertising",
        "dpv:Purpose",
    ]
    assert process["cameo:exceptPurpose"] == ["advertising.political"]
    assert process["dct:description"] == "a trailer"
    [data] = process["dpv:hasPersonalData"]
    assert data["skos:broader"] == {"@id": "pd:FacialPrint"}
    assert [each["dct:identifier"] for each in process["dpv:hasDataController"]] == [
        service.context.settings.issuer,
        "user:bob",
    ]
    assert process["dpv:hasLocation"] == [{"@id": "loc:DE"}, {"@id": "cameo:territory-US-CA"}]
    assert process["dpv:hasNotice"]["dct:language"] == "en"
    assert process["dpv:hasRecipient"] == {"@id": "cameo:party-user:bob"}
    control = process["dpv:hasConsentControl"]
    assert control["dpv:isExercisedAt"]["@id"].endswith(f"/v1/grants/{given}/revoke")
    assert {each["@type"] for each in process["dpv:hasStorageCondition"]} == {
        "dpv:StorageDeletion",
        "dpv:StorageDuration",
        "dpv:StorageLocation",
    }
    rights = [each["dpv:isExercisedAt"]["@id"] for each in process["dpv:hasRight"]]
    assert [right.partition("/v1/")[2] for right in rights] == [
        "me/export",
        f"cameos/{cameo}/erase",
    ]
    [event] = record["dpv:hasConsentStatus"]
    assert event["@type"] == "dpv:ConsentGiven"
    assert event["dpv:isIndicatedBy"] == {"@id": "cameo:party-user:ann"}
    service.clock.advance(days=1)
    revoke(platform, given)
    ended = linked(platform, f"/v1/grants/{given}/record")["dpv:hasConsentStatus"]
    assert [each["@type"] for each in ended] == ["dpv:ConsentGiven", "dpv:ConsentWithdrawn"]
    assert ended[1]["dpv:isIndicatedAtTime"]["@value"] == service.clock().isoformat()


def test_a_grants_end_is_its_status(service: RunningService, platform: httpx2.Client) -> None:
    cameo = service.enroll("user:ann")
    until = service.clock().replace(year=2027).isoformat()
    above = grant(platform, cameo, "user:cleo", sublicence_depth=1)
    below = grant(platform, cameo, parent=above, not_after=until)
    other = grant(platform, cameo, not_after=until)
    revoke(platform, above)
    ended = linked(platform, f"/v1/grants/{below}/record")
    assert ended["dpv:hasConsentStatus"][-1]["@type"] == "dpv:ConsentRevoked"
    assert ended["dct:requires"]["@id"].endswith(f"/v1/grants/{above}/record")
    # by the owner or by who sublicensed: which of them, the record does not say
    revoke(platform, below)
    [_, end] = linked(platform, f"/v1/grants/{below}/record")["dpv:hasConsentStatus"]
    assert end["@type"] == "dpv:ConsentStatusInvalidForProcessing"
    assert end["dpv:isIndicatedAtTime"]["@value"] == service.clock().isoformat()
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
        assert process["dpv:hasProcessing"]["skos:broader"] == {"@id": "dpv:Generate"}
        assert process["cameo:reportedAt"]["@value"] == service.clock().isoformat()
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
