"""Archives: everything about one person and nothing private of another, verified offline."""

import base64
import io
import json
from dataclasses import replace

import httpx2
import pytest

from cameo_service.callers import Caller, Scope
from cameo_service.erasure.finishing import finish
from cameo_service.exports.making import Wanted, make
from cameo_service.exports.writing import ExportTooLarge
from cameo_service.log.auditing import audit
from cameo_service.offline.archives import verify_archive
from cameo_service.problems import status_of
from storage.records import DisclosureRecord
from tests.service.receipts.archives import EXPORT, exported, files_in
from tests.service.receipts.keeping import sequence, trusted
from tests.service.running import Refusal, RunningService, verification
from verification.report import Sample, Verdict


def test_an_archive_holds_everything_about_a_person_and_verifies(
    service: RunningService, platform: httpx2.Client, world: dict[str, str]
) -> None:
    package = DisclosureRecord(
        id="dis_1",
        cameo_id=world["ann"],
        permit_id="per_1",
        holder="app:studio",
        requester="user:bob",
        facets=("face",),
        contents=({"modality": "face"},),
        encrypted_to=None,
        log_number=0,
        created_at=service.clock(),
    )
    with service.context.store.write() as tx:
        tx.disclosures.add(package)
    archive = exported(platform, "user:ann")
    found = verify_archive(io.BytesIO(archive), trusted(service))
    assert (found.subject, found.issuer) == ("user:ann", "http://127.0.0.1:8400")
    assert (found.receipts, found.statements, found.by_own_keys) == (1, 3, False)
    assert found.entries >= 6
    assert verify_archive(io.BytesIO(archive)).by_own_keys
    files = files_in(archive)
    folder = f"cameos/{world['ann']}"
    documents = {
        name: json.loads(content) for name, content in files.items() if name.endswith("json")
    }
    assert documents["person.json"]["principal"] == "user:ann"
    [enrollment] = documents["enrollments.json"]
    assert enrollment["statement"]["accepted_at"] is not None
    assert {"name": "digits", "outcome": "pass", "code": None} in enrollment["checks"]
    assert all(set(check) == {"name", "outcome", "code"} for check in enrollment["checks"])
    [cameo] = documents["cameos.json"]
    assert (cameo["id"], cameo["credential"] is None) == (world["ann"], False)
    grants = documents[f"{folder}/grants.json"]
    assert {each["id"] for each in grants} == {world["ann-grant"], world["ann-other"]}
    assert len(documents[f"{folder}/policies.json"]) == 2
    assert [each["id"] for each in documents[f"{folder}/uses.json"]] == [world["use"]]
    [disclosed] = documents[f"{folder}/disclosures.json"]
    assert (disclosed["holder"], disclosed["encrypted"]) == ("app:studio", False)
    assert {each["blocked"] for each in documents["relations/blocks.json"]} == {"user:foe-of-ann"}
    assert documents["relations/mutuals.json"] == ["user:dora"]
    assert f"grants/{world['ann-grant']}.record.jsonld" in files
    assert f"grants/{world['ann-grant']}.odrl.jsonld" in files
    [linked] = [name for name in files if name.startswith("consent-receipts/")]
    of_use = json.loads(files[linked])
    assert of_use["@type"] == "dpv:ConsentReceipt"
    proven = documents[f"receipts/{of_use['dct:identifier']}.json"]
    assert of_use["cameo:statement"] == proven["statement"]
    kinds = [each["event"]["event"] for each in documents["log.json"] if each["event"]]
    assert {"cameo.enrolled", "grant.offered", "grant.ended", "use.reported"} <= set(kinds)
    assert not [name for name in files if "biometrics" in name]
    assert b"0.123456" not in b"".join(files.values())


def test_the_webhooks_of_a_person_are_in_it_without_their_secrets(
    service: RunningService, platform: httpx2.Client
) -> None:
    made, pinged = {}, {}
    for person in ("user:ann", "user:ben"):
        body = {"principal": person, "url": "https://studio.example/", "events": ["use.recalled"]}
        made[person] = platform.post("/v1/webhooks", json=body).json()
        tried = platform.post(f"/v1/webhooks/{made[person]['id']}/test")
        assert tried.status_code == 202
        pinged[person] = tried.json()["id"]
    sequence(service)
    files = files_in(exported(platform, "user:ann"))
    ann, ben = made["user:ann"], made["user:ben"]
    [webhook] = json.loads(files["webhooks.json"])
    assert webhook == {name: value for name, value in ann.items() if name != "secret"}
    [delivery] = json.loads(files[f"webhooks/{ann['id']}.json"])
    assert (delivery["id"], delivery["status"]) == (pinged["user:ann"], "pending")
    whole = b"\n".join(files.values()).decode()
    assert not [each for each in (ann["secret"], ben["id"], pinged["user:ben"]) if each in whole]


def test_nothing_private_of_another_person_is_in_it(
    platform: httpx2.Client, world: dict[str, str]
) -> None:
    for one, other in (("ann", "ben"), ("ben", "ann")):
        whole = b"\n".join(files_in(exported(platform, f"user:{one}")).values()).decode()
        secrets = [world[other], world[f"{other}-grant"], world[f"{other}-other"]]
        secrets += [f"words-of-{other}", f"friend-of-{other}", f"foe-of-{other}"]
        secrets += ["user:carl" if one == "ann" else "user:dora"]
        for secret in secrets:
            assert secret not in whole, secret
        if one == "ann":
            # that Ben blocks her is his alone, and so is that he is in the use
            assert "user:ben" not in whole
    log = json.loads(files_in(exported(platform, "user:ann"))["log.json"])
    withheld = [each for each in log if each["withheld"]]
    assert withheld
    assert all(each["opening"] is None and each["event"] is None for each in withheld)
    # an entry says in the open of what kind it is: that somebody blocks her is not in it either
    kinds = [json.loads(base64.b64decode(each["proof"]["entry"]))["kind"] for each in log]
    events = [each["event"]["event"] for each in log if each["event"]]
    own = [event for event in events if event in ("policy.set", "block.set", "block.lifted")]
    assert own.count("block.set") == 1
    assert kinds.count("rules.changed") == len(own)


def test_only_who_acts_for_the_person_gets_it(service: RunningService, refused: Refusal) -> None:
    service.enroll("user:ann")
    sequence(service)
    key = service.key(Scope.EXPORTS_READ, principal="org:small", acts_for=("user:ann",))
    with service.client(key) as small:
        files = files_in(exported(small, "user:ann"))
        assert json.loads(files["manifest.json"])["subject"] == "user:ann"
        refused(small.get(EXPORT, params={"principal": "user:ben"}), 403, "not_acting_for")
        more: dict[str, str | bool] = {"principal": "user:ann", "include_biometrics": True}
        refused(small.get(EXPORT, params=more), 403, "missing_scope")
        refused(small.get(EXPORT), 422, "invalid_request")


def test_templates_are_in_it_on_request(service: RunningService, platform: httpx2.Client) -> None:
    body = {"principal": "user:ann"}
    id = platform.post("/v1/enrollments", json=body).json()["id"]
    samples = (
        Sample(modality="face", media_type="image/png", content=b"a still"),
        Sample(modality="voice", media_type="audio/wav", content=b"speech"),
    )
    service.conclude(id, replace(verification(Verdict.VERIFIED), samples=samples))
    cameo = str(platform.get(f"/v1/enrollments/{id}").json()["cameo_id"])
    sequence(service)
    archive = exported(platform, "user:ann", include_biometrics=True)
    files = files_in(archive)
    templates = json.loads(files[f"cameos/{cameo}/biometrics/templates.json"])
    with service.context.store.read() as tx:
        kept = tx.templates.of_cameo(cameo)
    # whatever the machine knows of media types
    assert files[f"cameos/{cameo}/biometrics/face-0.png"] == b"a still"
    assert files[f"cameos/{cameo}/biometrics/voice-1.wav"] == b"speech"
    assert [each["vector"] for each in templates] == [list(each.vector) for each in kept]
    assert json.loads(files["manifest.json"])["biometrics"] is True
    assert verify_archive(io.BytesIO(archive), trusted(service)).files == len(files) - 2


def test_an_erased_cameo_is_in_it_with_its_erasure(
    service: RunningService, platform: httpx2.Client, world: dict[str, str]
) -> None:
    erased = platform.post(f"/v1/cameos/{world['ann']}/erase")
    assert erased.status_code == 200, erased.text
    finish(service.context, erased.json()["id"])
    sequence(service)
    assert audit(service.context).erased > 0  # and nothing else is missing
    archive = exported(platform, "user:ann", include_biometrics=True)
    assert verify_archive(io.BytesIO(archive), trusted(service)).receipts == 1
    files = files_in(archive)
    erasure = json.loads(files[f"cameos/{world['ann']}/erasure.json"])
    assert erasure["id"] == erased.json()["id"]
    found = verify_archive(io.BytesIO(archive), trusted(service))
    # the grants that are left, and the certificate
    grants = json.loads(files[f"cameos/{world['ann']}/grants.json"])
    assert found.statements == len(grants) + 1
    assert erasure["certificate"] is not None
    assert json.loads(files[f"cameos/{world['ann']}/biometrics/templates.json"]) == []


def test_before_the_checkpoint_and_above_the_limit_it_says_so(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    service.enroll("user:ann")
    answer = platform.get(EXPORT, params={"principal": "user:ann"})
    refused(answer, 503, "not_yet_logged")
    assert answer.headers["retry-after"] == "1"
    sequence(service)
    assert exported(platform, "org:platform")
    small = service.context.settings.model_copy(update={"export_limit_mb": 0})
    caller = Caller(key_id="ck_1", principal="user:ann", scopes=frozenset(), acts_for=())
    wanted = Wanted(principal="user:ann", include_biometrics=False)
    with pytest.raises(ExportTooLarge, match="more than 0 bytes") as too_large:
        make(replace(service.context, settings=small), caller, wanted)
    assert status_of(too_large.value) == 413
