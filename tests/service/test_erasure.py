"""Erasing a cameo: what ends, who may, what is signed, what stays."""

import base64
import hashlib
import json

import httpx2

from cameo_service.callers import Scope
from cameo_service.offline.log import keys_in, verify_opening, verify_proof
from storage.keys import Purpose
from storage.records import EnrollmentState
from tests.service import making
from tests.service.erasing import (
    enroll,
    erase,
    hand_out,
    likeness,
    record,
    sequence,
    shown,
    work,
)
from tests.service.running import Refusal, RunningService


def test_everything_that_rests_on_it_ends(service: RunningService, platform: httpx2.Client) -> None:
    cameo, enrollment = enroll(service, "user:ann", likeness())
    renewal = platform.post(
        "/v1/enrollments", json={"principal": "user:ann", "renews": cameo}
    ).json()["id"]
    asked = making.question(cameo)
    grant = making.grant(platform, cameo)
    draft = making.draft(platform, asked)
    issued = making.permit(platform, asked)
    erased = erase(platform, cameo)
    assert not making.permitted(platform, asked)
    assert not platform.post("/v1/permits/introspect", json={"permit": issued["permit"]}).json()[
        "active"
    ]
    assert platform.get(f"/v1/grants/{grant}").json()["revoked_at"] is not None
    assert making.shown(platform, draft)["recall"]["cause"] == "cameo_erased"
    after = platform.get(f"/v1/cameos/{cameo}").json()
    assert (after["status"], after["credential"], after["enrolled"]) == ("erased", None, [])
    assert erased["status"] == "processing"
    destroyed = {name: count for name, count in erased["destroyed"].items() if count}
    destroyed.pop("inquiries", None)  # written every few seconds
    assert destroyed == {
        "templates": 2,
        "samples": 3,
        "data_keys": 1,
        "credentials": 1,
        "policy_versions": 1,
        "enrollments": 2,
        "enrollments_withdrawn": 1,
        "grants_ended": 1,
        "permits_revoked": 2,
        "uses_recalled": 1,
        "log_openings": destroyed["log_openings"],
    }
    with service.context.store.read() as tx:
        assert tx.templates.of_cameo(cameo) == [] == tx.templates.samples_of(cameo)
        assert tx.enrollments.get(renewal).state is EnrollmentState.CANCELED
        for each in (enrollment, renewal):
            emptied = tx.enrollments.get(each)
            assert (emptied.report, emptied.challenge, emptied.last_error) == (None, {}, None)
            assert (emptied.client_secret_hash, emptied.session_hash) == ("", None)
        opened = [json.loads(each.document)["event"] for each in tx.log.about(cameo, limit=99)]
    # the draft's receipt stays verifiable
    assert opened == ["use.reported", "cameo.revoked"]
    # the person may begin anew
    assert platform.post("/v1/enrollments", json={"principal": "user:ann"}).status_code == 201


def test_the_certificate_says_what_was_destroyed_and_stands_in_the_log(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo, enrollment = enroll(service, "user:ann", likeness())
    hand_out(service.context, cameo, "app:studio", now=service.clock())
    recording = record(service, enrollment)
    erased = erase(platform, cameo)
    assert (erased["certificate"], erased["proof"]) == (None, None)
    work(service.context)
    assert recording not in service.context.blobs.list()
    completed = shown(platform, erased["id"])
    assert completed["status"] == "completed"
    assert completed["proof"] is None
    sequence(service.context)
    completed = shown(platform, erased["id"])
    claims = service.context.signer.open(Purpose.ERASURE, completed["certificate"])
    assert claims["destroyed"] == completed["destroyed"]
    assert (claims["destroyed"]["recordings"], claims["destroyed"]["templates"]) == (1, 2)
    assert (claims["jti"], claims["cameo"], claims["sub"]) == (erased["id"], cameo, "user:ann")
    assert claims["requested_by"] == "user:ann"
    assert claims["told"] == [{"holder": "app:studio", "disclosures": ["dis_1"]}]
    jwks = platform.get("/.well-known/jwks.json").json()
    proof = completed["proof"]
    logged = verify_proof(proof, keys_in(jwks))
    salt, event = (base64.b64decode(proof[name]) for name in ("salt", "event"))
    stated = verify_opening(logged, salt=salt, event=event)
    assert stated == {
        "event": "cameo.erased",
        "cameo": cameo,
        "erasure": erased["id"],
        "certificate": hashlib.sha256(completed["certificate"].encode()).hexdigest(),
    }


def test_agents_erase_nothing_and_guardians_do(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    terms = {"actions": ["generate"], "facets": ["face"]}
    mandate = {"represented": "user:ann", "scope": terms, "evidence": "contract 7"}
    platform.post(
        "/v1/representations",
        json={**mandate, "kind": "agent", "representative": "user:agent"},
    )
    with service.client(service.key(acts_for=("user:agent",))) as agent:
        response = agent.post(f"/v1/cameos/{cameo}/erase", json={"acting_as": "user:agent"})
        refused(response, 403, "mandate_too_narrow")
    minor = {"age_band": "teen", "birth_date": "2012-05-01", "vouched_until": None}
    platform.put("/v1/people/user:ann", json={"minor": minor, "deceased_at": None})
    made = platform.post(
        "/v1/representations",
        json={**mandate, "kind": "guardian", "representative": "user:mum"},
    )
    assert made.status_code == 201, made.text
    with service.client(service.key(acts_for=("user:mum",))) as mum:
        assert erase(mum, cameo, acting_as="user:mum")["requested_by"] == "user:mum"


def test_receipts_stay_verifiable(service: RunningService, platform: httpx2.Client) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    making.grant(platform, cameo)
    use = making.draft(platform, making.question(cameo))
    erase(platform, cameo)
    with service.context.store.read() as tx:
        kept = tx.receipts.of_use(use["id"])
        assert [each.cameo_id for each in kept] == [None, cameo]
        assert all(tx.log.opening(each.log_number) is not None for each in kept)


def test_a_character_is_erased_to_its_handle_and_name(
    service: RunningService, studio: httpx2.Client
) -> None:
    sheet = {
        "name": "Zed",
        "description": "Tall and green.",
        "rights_statement": "Created in 2019.",
        "references": [{"url": "https://studio.example/zed"}],
        "territories": {"included": ["*"]},
        "underlying": [],
    }
    owner = service.context
    made = studio.post(
        "/v1/characters", json={"owner": "org:studio", "handle": "zed", **sheet}
    ).json()
    changed = {**sheet, "description": "Short and green."}
    assert studio.put(f"/v1/characters/{made['id']}", json=changed).status_code == 200
    erased = erase(studio, made["id"])
    assert erased["destroyed"]["character_versions"] == 2
    with owner.store.read() as tx:
        for version in tx.characters.history(made["id"]):
            assert (version.handle, version.name) == ("zed", "Zed")
            assert (version.description, version.references) == ("", ())
            assert (version.rights_statement, version.note) == ("", None)
    work(owner)
    assert shown(studio, erased["id"])["status"] == "completed"


def test_an_erased_cameo_takes_no_policy(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    platform.put(f"/v1/cameos/{cameo}/policy", json={"audience": {"tag": "everyone"}})
    erase(platform, cameo)
    history = platform.get(f"/v1/cameos/{cameo}/policy/history").json()["data"]
    assert [each["audience"] for each in history] == [history[0]["audience"]] * 2
    assert "everyone" not in str(history)
    refused(platform.put(f"/v1/cameos/{cameo}/policy", json={"audience": {}}), 409, "wrong_state")
    with service.client(service.key(Scope.CAMEOS_READ)) as reader:
        refused(reader.post(f"/v1/cameos/{cameo}/erase"), 403, "missing_scope")
