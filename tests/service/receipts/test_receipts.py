"""Receipts: made with the report, committed to in the log, shown to whom they are made out."""

import base64
import hashlib
import json
from typing import Any

import httpx2
import pytest

from cameo_service.offline.receipts import (
    ReceiptNotProven,
    Trusted,
    verify_asset,
    verify_receipt,
)
from tests.service.characters import register, settle, underlying
from tests.service.making import (
    ASSET,
    draft,
    grant,
    permit,
    publication,
    published,
    question,
    report,
)
from tests.service.receipts.keeping import receipts, sequence, trusted
from tests.service.running import Refusal, RunningService

WATERMARK = {"kind": "watermark", "text": ""}
CREDIT = {"kind": "credit", "text": "Ann"}


@pytest.fixture
def trust(service: RunningService) -> Trusted:
    return trusted(service)


def claims_in(trust: Trusted, document: dict[str, Any]) -> dict[str, Any]:
    return verify_receipt(document, trust).claims


def test_a_report_gives_its_holder_and_each_owner_a_receipt(
    service: RunningService, platform: httpx2.Client, trust: Trusted
) -> None:
    cameo = service.enroll("user:ann")
    given = grant(platform, cameo, obligations=[WATERMARK, CREDIT])
    with service.client(service.key(principal="app:studio", acts_for=("user:bob",))) as studio:
        issued = permit(studio, question(cameo))
        use = report(studio, issued["id"], assets=[ASSET], obligations_met=[WATERMARK])
        [held] = receipts(service, studio, use)
    [owned] = receipts(service, platform, use)
    signed = platform.get(f"/v1/grants/{given}").json()["signed"]
    at = service.clock().isoformat()
    mine = claims_in(trust, held)
    assert (mine["aud"], mine["view"], held["cameo_id"]) == ("app:studio", "holder", None)
    assert mine["use"] == {
        "id": use["id"],
        "status": "draft",
        "action": "generate",
        "requester": "user:bob",
        "holder": "app:studio",
        "location": None,
        "permit": issued["id"],
        "remix_of": [],
    }
    [likeness] = question(cameo)["likenesses"]
    assert mine["likenesses"] == [{**likeness, "reason": "covered_by_grant"}]
    assert mine["grants"] == [
        {
            "id": given,
            "version": 1,
            "cameo_id": cameo,
            "terms_version": 1,
            "sha256": hashlib.sha256(signed.encode()).hexdigest(),
        }
    ]
    assert mine["obligations"] == [
        {**CREDIT, "stated_met": False},
        {**WATERMARK, "stated_met": True},
    ]
    assert mine["assets"] == [ASSET]
    assert mine["times"] == {"permitted_at": at, "reported_at": at, "published_at": None}
    hers = claims_in(trust, owned)
    assert (hers["aud"], hers["view"], hers["cameo"]) == ("user:ann", "owner", cameo)
    assert owned["cameo_id"] == cameo
    assert "permit" not in hers["use"]
    assert hers["grants"] == mine["grants"]
    assert verify_asset(mine, ASSET["sha256"]) == "video/mp4"


def test_the_event_in_the_log_holds_the_hash_of_the_statement(
    service: RunningService, platform: httpx2.Client, trust: Trusted
) -> None:
    cameo = service.enroll("user:ann")
    use = draft(platform, question(cameo, "user:ann"))
    for document in receipts(service, platform, use):
        event = json.loads(base64.b64decode(document["opening"]["event"]))
        assert event["event"] == "use.reported"
        assert event["statement_sha256"] == (
            hashlib.sha256(document["statement"].encode()).hexdigest()
        )
        assert verify_receipt(document, trust).entry.kind == "use.reported"


def test_a_publication_has_receipts_of_its_own(
    service: RunningService, platform: httpx2.Client, trust: Trusted
) -> None:
    cameo = service.enroll("user:ann")
    making = grant(platform, cameo, actions=["generate"])
    use = draft(platform, question(cameo))
    publishing = grant(platform, cameo, actions=["publish"], obligations=[CREDIT])
    service.clock.advance(seconds=5)
    out = published(platform, use, location="https://x.example/1", obligations_met=[CREDIT])
    again = platform.post(
        f"/v1/uses/{use['id']}/publish",
        json={"permit_id": latest_permit(service, use), "location": "https://x.example/1"},
    )
    assert again.json() == out
    first, _, second, _ = receipts(service, platform, use)
    assert [claims_in(trust, each)["use"]["status"] for each in (first, second)] == [
        "draft",
        "published",
    ]
    said = claims_in(trust, second)
    assert {each["id"] for each in said["grants"]} == {making, publishing}
    assert said["use"]["location"] == "https://x.example/1"
    assert said["obligations"] == [{**CREDIT, "stated_met": True}]
    assert said["times"]["published_at"] == service.clock().isoformat()


def latest_permit(service: RunningService, use: dict[str, Any]) -> str:
    with service.context.store.read() as tx:
        statement = tx.receipts.of_use(use["id"])[-2].statement
    payload = statement.split(".")[1]
    said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return str(said["use"]["permit"])


def test_what_is_published_at_once_is_logged_as_published(
    service: RunningService, platform: httpx2.Client, trust: Trusted
) -> None:
    cameo = service.enroll("user:ann")
    issued = permit(platform, question(cameo, "user:ann", action="tag"))
    use = report(platform, issued["id"])
    first, _ = receipts(service, platform, use)
    assert verify_receipt(first, trust).entry.kind == "use.published"


def test_an_obligation_that_the_permit_does_not_name_is_refused(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    grant(platform, cameo, obligations=[CREDIT])
    issued = permit(platform, question(cameo))
    for met in (WATERMARK, {"kind": "credit", "text": "Ben"}):
        body = {"permit_id": issued["id"], "obligations_met": [met]}
        refused(platform.post("/v1/uses", json=body), 422, "obligation_unknown")
    body = {"permit_id": issued["id"], "obligations_met": [{"kind": "applause"}]}
    refused(platform.post("/v1/uses", json=body), 422, "invalid_request")
    use = report(platform, issued["id"], obligations_met=[CREDIT])
    publishing = permit(platform, publication(use))
    body = {"permit_id": publishing["id"], "obligations_met": [WATERMARK]}
    answer = platform.post(f"/v1/uses/{use['id']}/publish", json=body)
    refused(answer, 422, "obligation_unknown")


def test_owners_of_one_use_see_nothing_of_each_other(
    service: RunningService, platform: httpx2.Client, trust: Trusted
) -> None:
    ann, ben = service.enroll("user:ann"), service.enroll("user:ben")
    for cameo, name in ((ann, "Ann"), (ben, "Ben")):
        grant(platform, cameo, obligations=[{"kind": "credit", "text": name}])
    both = [
        {"cameo_id": cameo, "facets": ["face"], "appearance_change": "none"}
        for cameo in sorted((ann, ben))
    ]
    with service.client(service.key(principal="app:studio", acts_for=("user:bob",))) as studio:
        use = draft(studio, question(ann, likenesses=both))
        [held] = receipts(service, studio, use)
    assert {each["cameo_id"] for each in claims_in(trust, held)["likenesses"]} == {ann, ben}
    assert len(claims_in(trust, held)["obligations"]) == 2
    for owner, own, other in (("user:ann", ann, ben), ("user:ben", ben, ann)):
        with service.client(service.key(principal="app:small", acts_for=(owner,))) as client:
            [document] = receipts(service, client, use)
        said = claims_in(trust, document)
        event = base64.b64decode(document["opening"]["event"]).decode()
        whole = json.dumps([said, event])
        theirs = {"user:ann": "user:ben", "user:ben": "user:ann"}[owner]
        names = {"user:ann": "Ben", "user:ben": "Ann"}[owner]
        assert own in whole
        for secret in (other, theirs, names):
            assert secret not in whole


def test_what_lies_beneath_a_character_is_in_no_receipt_but_its_owners(
    service: RunningService,
    platform: httpx2.Client,
    studio: httpx2.Client,
    reviewer: httpx2.Client,
    trust: Trusted,
) -> None:
    voice = service.enroll("user:ann")
    licence = grant(platform, voice, "org:studio", sublicence_depth=1)
    zed = str(register(studio, underlying=underlying(voice))["id"])
    settle(reviewer, zed)
    use = draft(studio, question(zed, "org:studio"))
    held = receipts(service, studio, use)
    said = [claims_in(trust, each) for each in held]
    assert [each["view"] for each in said] == ["holder", "owner"]
    for secret in (voice, licence, "user:ann"):
        assert secret not in json.dumps(said)
    [hers] = receipts(service, platform, use)
    performer = claims_in(trust, hers)
    assert (performer["cameo"], performer["likenesses"]) == (voice, [])
    assert [each["id"] for each in performer["grants"]] == [licence]
    assert zed not in json.dumps(performer)


def test_nobody_else_has_receipts(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    use = draft(platform, question(cameo, "user:ann"))
    first, *_ = receipts(service, platform, use)
    with service.client(service.key(principal="org:other", acts_for=("user:eve",))) as other:
        refused(other.get(f"/v1/uses/{use['id']}/receipts"), 404, "unknown")
        refused(other.get(f"/v1/receipts/{first['id']}/record"), 404, "unknown")
    refused(platform.get("/v1/uses/use_9/receipts"), 404, "unknown")
    refused(platform.get("/v1/receipts/rcp_9/record"), 404, "unknown")


def test_before_the_checkpoint_it_says_when_to_try_again(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    use = draft(platform, question(cameo, "user:ann"))
    answer = platform.get(f"/v1/uses/{use['id']}/receipts")
    refused(answer, 503, "not_yet_logged")
    assert answer.headers["retry-after"] == "1"
    sequence(service)
    assert platform.get(f"/v1/uses/{use['id']}/receipts").status_code == 200


def test_the_end_of_one_cameos_openings_leaves_the_holder_the_proof(
    service: RunningService, platform: httpx2.Client, trust: Trusted
) -> None:
    cameo = service.enroll("user:ann")
    use = draft(platform, question(cameo, "user:ann"))
    with service.context.store.write() as tx:
        assert tx.log.forget(cameo) > 0
    held, owned = receipts(service, platform, use)
    assert verify_receipt(held, trust).claims["sub"] == use["id"]
    assert owned["opening"] is None
    with pytest.raises(ReceiptNotProven) as refused:
        verify_receipt(owned, trust)
    assert refused.value.code == "opening_erased"
