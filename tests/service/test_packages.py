"""Identity packages: what is in one, who gets one, what is recorded, and what never leaves."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx2
import jwt
import numpy as np
import pytest
from joserfc.jwk import ECKey, OKPKey

from cameo_service.callers import Scope, key_id_of, revoke_key
from cameo_service.client import IdentityPackage, TokenError, verify_package
from cameo_service.events import Event
from cameo_service.packages.contents import gather
from permissions.facts import CameoStatus
from storage.collections.trust import SqlDisclosures
from storage.errors import StorageError
from storage.keys import Purpose
from tests.service.making import permit, plain_grant, question, report
from tests.service.running import Refusal, RunningService, verification
from verification.report import Sample, Verdict
from verification.sampling import encode_speech

STUDIO = "app:studio"
STUDIO_SCOPES = (Scope.PERMITS_ISSUE, Scope.PACKAGES_FETCH, Scope.USES_WRITE)
STILL = Sample(modality="face", media_type="image/png", content=b"\x89PNG a still")
SPEECH = Sample(
    modality="voice",
    media_type="audio/wav",
    content=encode_speech(np.full(1_600, 0.1, np.float32)),
)
AGREED = {"version": "2027-01", "locale": "en"}
EARLIER = {"version": "2026-12", "locale": "en"}
BOTH = ["face", "voice"]


@pytest.fixture
def studio(service: RunningService) -> Iterator[httpx2.Client]:
    """A generator, which acts for Bob."""
    key = service.key(*STUDIO_SCOPES, principal=STUDIO, acts_for=("user:bob",))
    with service.client(key) as client:
        yield client


@pytest.fixture
def cameo(service: RunningService, platform: httpx2.Client) -> str:
    """Ann's cameo, of which Bob may make anything."""
    id = enroll(service, platform, "user:ann", AGREED)
    plain_grant(platform, id, terms={"facets": ["face", "voice", "name"]})
    return id


def enroll(
    service: RunningService, platform: httpx2.Client, who: str, statement: dict[str, str]
) -> str:
    body = {"principal": who, "statement": statement}
    id = platform.post("/v1/enrollments", json=body).json()["id"]
    samples = (STILL, SPEECH)
    service.conclude(id, replace(verification(Verdict.VERIFIED), samples=samples))
    return str(platform.get(f"/v1/enrollments/{id}").json()["cameo_id"])


def asked(cameo: str, *facets: str, **changes: Any) -> dict[str, Any]:
    likeness = {"cameo_id": cameo, "facets": list(facets or BOTH), "appearance_change": "none"}
    return question(cameo, likenesses=[likeness], **changes)


def fetch(client: httpx2.Client, cameo: str, **body: Any) -> httpx2.Response:
    return client.post(f"/v1/cameos/{cameo}/identity-package", json=body)


def fetched(client: httpx2.Client, cameo: str, **body: Any) -> dict[str, Any]:
    response = fetch(client, cameo, **body)
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    answer: dict[str, Any] = response.json()
    return answer


def verified(service: RunningService, token: str, **changes: Any) -> IdentityPackage:
    how: dict[str, Any] = {
        "audience": STUDIO,
        "issuer": service.context.settings.issuer,
        "now": service.clock(),
    }
    return verify_package(token, service.context.signer.jwks(), **{**how, **changes})


def disclosures(platform: httpx2.Client, cameo: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = platform.get(f"/v1/cameos/{cameo}/disclosures").json()["data"]
    return found


def test_the_holder_of_a_permit_is_handed_what_it_covers(
    service: RunningService, studio: httpx2.Client, cameo: str
) -> None:
    issued = permit(studio, asked(cameo))
    answer = fetched(studio, cameo, permit=issued["id"])
    package = verified(service, answer["package"])
    assert [(one.modality, one.model, one.vector) for one in package.embeddings] == [
        ("face", "face-model", (np.float32(0.6), np.float32(0.8))),
        ("voice", "voice-model", (1.0, 0.0)),
    ]
    assert [(one.modality, one.media_type, one.content) for one in package.samples] == [
        ("face", "image/png", STILL.content),
        ("voice", "audio/wav", SPEECH.content),
    ]
    assert (package.cameo_id, package.owner) == (cameo, "user:ann")
    assert (package.permit_id, package.requester) == (issued["id"], "user:bob")
    assert package.credential.cameo_id == cameo
    assert package.withheld == ()
    assert package.expires_at.isoformat() == issued["expires_at"].replace("Z", "+00:00")
    header = jwt.get_unverified_header(answer["package"])
    assert header["typ"] == "cameo-identity-package+jwt"
    published = {each["kid"] for each in service.context.signer.jwks()["keys"]}
    assert header["kid"] in published


def test_only_the_facets_of_the_permit_are_in_it(
    service: RunningService, studio: httpx2.Client, cameo: str
) -> None:
    for facets, holds in (
        (["face"], ["face"]),
        (["voice"], ["voice"]),
        (["name"], []),
        (["face", "name"], ["face"]),
    ):
        issued = permit(studio, asked(cameo, *facets))
        package = verified(service, fetched(studio, cameo, permit=issued["permit"])["package"])
        assert list(package.facets) == facets
        assert [each.modality for each in package.embeddings] == holds
        assert [each.modality for each in package.samples] == holds


OWN = {"version": "7", "locale": "en", "text": "I agree to be measured in this recording."}


def test_samples_are_handed_out_where_the_person_agreed_to_it(
    service: RunningService, platform: httpx2.Client
) -> None:
    """The statement of 2026-12 says that they are kept to be measured again, and nothing else."""
    context, cameos = service.context, {}
    for who, statement in (("eve", EARLIER), ("ann", AGREED), ("zoe", OWN)):
        cameos[who] = enroll(service, platform, f"user:{who}", statement)
    with context.store.write() as tx:
        kept = tx.templates.samples_of(cameos["ann"])
        zoes = [replace(each, cameo_id=cameos["zoe"]) for each in kept]
        tx.templates.keep_samples(cameos["zoe"], zoes)
        for who, word, handed in (
            ("eve", "built_in", 0),
            ("eve", "always", 0),
            ("ann", "built_in", 1),
            ("ann", "never", 0),
            ("zoe", "built_in", 0),
            ("zoe", "always", 1),
        ):
            settings = context.settings.model_copy(update={"disclose_samples": word})
            cameo = tx.cameos.get(cameos[who])
            found = gather(tx, replace(context, settings=settings), cameo, ("face",))
            assert (len(found.samples), len(found.embeddings)) == (handed, 1), (who, word)
            assert found.withheld == (() if handed else ("samples",))


def test_it_is_encrypted_to_the_holders_key(
    service: RunningService, studio: httpx2.Client, cameo: str
) -> None:
    issued = permit(studio, asked(cameo))
    plain = fetched(studio, cameo, permit=issued["id"])["package"]
    curves = [ECKey.generate_key("P-256") for _ in range(2)]
    points = [OKPKey.generate_key("X25519") for _ in range(2)]
    for mine, other in (curves, points):
        public = mine.as_dict(private=False)
        sent = {name: public[name] for name in ("kty", "crv", "x", "y") if name in public}
        answer = fetched(studio, cameo, permit=issued["id"], encrypt_to=sent)
        assert answer["encrypted_to"] == mine.thumbprint()
        private = mine.as_dict(private=True)
        package = verified(service, answer["package"], private_key=private)
        assert package.samples[0].content == STILL.content
        for key, token, code in (
            (None, answer["package"], "package_sealed"),
            (other.as_dict(private=True), answer["package"], "package_unopened"),
            (private, answer["package"][:-4] + "AAAA", "package_unopened"),
            (private, plain, "package_not_sealed"),
        ):
            with pytest.raises(TokenError) as caught:
                verified(service, token, private_key=key)
            assert caught.value.code == code


POINT = "A" * 43


UNFIT = (
    ({"kty": "EC", "crv": "P-256", "x": POINT, "y": POINT}, "encryption_key_unfit"),
    ({"kty": "EC", "crv": "P-256", "x": POINT}, "encryption_key_unfit"),
    ({"kty": "OKP", "crv": "X25519", "x": POINT}, "encryption_key_unfit"),
    ({"kty": "EC", "crv": "X25519", "x": POINT, "y": POINT}, "encryption_key_unfit"),
    ({"kty": "OKP", "crv": "X25519", "x": POINT, "d": POINT}, "invalid_request"),
    ({"kty": "EC", "crv": "secp256k1", "x": POINT, "y": POINT}, "invalid_request"),
    ({"kty": "OKP", "crv": "Ed25519", "x": POINT}, "invalid_request"),
    ({"kty": "RSA", "n": POINT, "e": "AQAB"}, "invalid_request"),
    ({"kty": "oct", "k": POINT}, "invalid_request"),
    ({"kty": "OKP", "crv": "X25519", "x": POINT, "alg": "dir"}, "invalid_request"),
    ({"kty": "OKP", "crv": "X25519", "x": POINT, "use": "sig"}, "invalid_request"),
    ({"kty": "OKP", "crv": "X25519", "x": "A" * 44}, "invalid_request"),
)


def test_nothing_is_encrypted_to_an_unfit_key(
    platform: httpx2.Client, studio: httpx2.Client, cameo: str, refused: Refusal
) -> None:
    issued = permit(studio, asked(cameo))
    for key, code in UNFIT:
        refused(fetch(studio, cameo, permit=issued["id"], encrypt_to=key), 422, code)
    assert disclosures(platform, cameo) == []


def test_every_package_is_logged_and_shown_to_the_owner(
    service: RunningService, platform: httpx2.Client, studio: httpx2.Client, cameo: str
) -> None:
    issued = permit(studio, asked(cameo))
    answers = [fetched(studio, cameo, permit=issued["id"]) for _ in range(3)]
    shown = disclosures(platform, cameo)
    assert [each["id"] for each in shown] == [each["id"] for each in answers]
    first = shown[0]
    assert (first["holder"], first["requester"], first["permit_id"]) == (
        STUDIO,
        "user:bob",
        issued["id"],
    )
    kinds = [(each["kind"], each["modality"]) for each in first["contents"]]
    assert kinds == [(kind, each) for kind in ("embedding", "sample") for each in BOTH]
    with service.context.store.read() as tx:
        opening = tx.log.opening(first["log_number"])
        assert tx.disclosures.holders_of(cameo) == {STUDIO: tuple(each["id"] for each in shown)}
    assert opening is not None
    event = json.loads(opening.document)
    assert (event["event"], event["disclosure"]) == (Event.PACKAGE_DISCLOSED, first["id"])
    assert set(opening.subjects) == {cameo, "user:ann", STUDIO}


def test_the_owners_list_comes_page_by_page_and_to_nobody_else(
    service: RunningService,
    platform: httpx2.Client,
    studio: httpx2.Client,
    cameo: str,
    refused: Refusal,
) -> None:
    issued = permit(studio, asked(cameo))
    ids = [fetched(studio, cameo, permit=issued["id"])["id"] for _ in range(3)]
    path = f"/v1/cameos/{cameo}/disclosures"
    page = platform.get(path, params={"limit": 2}).json()
    assert ([each["id"] for each in page["data"]], page["next_cursor"]) == (ids[:2], ids[1])
    rest = platform.get(path, params={"limit": 2, "after": ids[1]}).json()
    assert ([each["id"] for each in rest["data"]], rest["has_more"]) == (ids[2:], False)
    refused(platform.get(path, params={"after": "dis_none"}), 422, "cursor_unknown")
    with service.client(service.key(principal=STUDIO, acts_for=("user:bob",))) as holder:
        refused(holder.get(path), 404, "unknown")


def test_what_cannot_be_recorded_does_not_leave(
    service: RunningService,
    studio: httpx2.Client,
    platform: httpx2.Client,
    cameo: str,
    monkeypatch: pytest.MonkeyPatch,
    refused: Refusal,
) -> None:
    issued = permit(studio, asked(cameo))
    with service.context.store.read() as tx:
        before = tx.log.size()

    def fail(*_: object) -> None:
        raise StorageError("no room")

    with monkeypatch.context() as patched:
        patched.setattr(SqlDisclosures, "add", fail)
        refused(fetch(studio, cameo, permit=issued["id"]), 500, "internal_error")
    with service.context.store.read() as tx:
        assert tx.log.size() == before
    assert disclosures(platform, cameo) == []


def test_no_answer_is_kept_to_be_repeated(
    service: RunningService, studio: httpx2.Client, platform: httpx2.Client, cameo: str
) -> None:
    issued = permit(studio, asked(cameo))
    for _ in range(2):
        response = studio.post(
            f"/v1/cameos/{cameo}/identity-package",
            json={"permit": issued["id"]},
            headers={"Idempotency-Key": "once"},
        )
        assert response.status_code == 200
    assert len(disclosures(platform, cameo)) == 2
    path = service.context.settings.data_dir / "cameo.sqlite"
    stored = b"".join(file.read_bytes() for file in path.parent.glob("cameo.sqlite*"))
    assert STILL.content not in stored
    assert response.json()["package"].encode() not in stored


def test_no_log_line_holds_anything_of_it(
    studio: httpx2.Client, cameo: str, caplog: pytest.LogCaptureFixture
) -> None:
    issued = permit(studio, asked(cameo))
    caplog.clear()
    answer = fetched(studio, cameo, permit=issued["permit"])
    seen = "".join(each.getMessage() for each in caplog.records)
    assert "identity package disclosed" in seen
    assert answer["id"] in seen
    for secret in (answer["package"], issued["permit"], "0.6", "PNG", "user:ann"):
        assert secret not in seen


def test_nobody_but_the_holder_is_handed_anything(
    service: RunningService,
    studio: httpx2.Client,
    platform: httpx2.Client,
    cameo: str,
    refused: Refusal,
) -> None:
    """Another app; and one who may act for every app, which is not the app itself."""
    issued = permit(studio, asked(cameo))
    for principal, acts_for in (("app:other", ()), ("org:platform", ("user:*", "app:*"))):
        key = service.key(principal=principal, acts_for=acts_for)
        with service.client(key) as other:
            for named in (issued["id"], issued["permit"]):
                refused(fetch(other, cameo, permit=named), 404, "unknown")
    another = service.key(Scope.PACKAGES_FETCH, principal=STUDIO, acts_for=())
    with service.client(another) as own:
        package = verified(service, fetched(own, cameo, permit=issued["id"])["package"])
    assert package.holder == STUDIO
    assert len(disclosures(platform, cameo)) == 1


def test_a_permit_for_another_cameo_is_good_for_none_but_its_own(
    service: RunningService,
    studio: httpx2.Client,
    platform: httpx2.Client,
    cameo: str,
    refused: Refusal,
) -> None:
    other = enroll(service, platform, "user:cleo", AGREED)
    plain_grant(platform, other)
    issued = permit(studio, asked(other, "face"))
    there = refused(fetch(studio, cameo, permit=issued["id"]), 404, "unknown")
    nowhere = refused(fetch(studio, "cam_none", permit=issued["id"]), 404, "unknown")
    assert there["detail"].replace(cameo, "cam_none") == nowhere["detail"]
    assert verified(service, fetched(studio, other, permit=issued["id"])["package"]).owner == (
        "user:cleo"
    )


def test_a_permit_that_ended_is_good_for_nothing(
    service: RunningService,
    studio: httpx2.Client,
    platform: httpx2.Client,
    cameo: str,
    refused: Refusal,
) -> None:
    spent = permit(studio, asked(cameo))
    report(studio, spent["id"])
    refused(fetch(studio, cameo, permit=spent["id"]), 409, "permit_spent")
    released = permit(studio, asked(cameo))
    studio.post(f"/v1/permits/{released['id']}/release")
    refused(fetch(studio, cameo, permit=released["id"]), 409, "permit_ended")
    late = permit(studio, asked(cameo))
    service.clock.advance(seconds=service.context.settings.permit_lifetime_s)
    refused(fetch(studio, cameo, permit=late["permit"]), 409, "permit_ended")
    assert disclosures(platform, cameo) == []


@pytest.mark.parametrize("ending", ["grant", "suspend", "revoke", "block", "key"])
def test_what_was_ended_in_the_middle_is_not_handed_out(
    service: RunningService,
    studio: httpx2.Client,
    platform: httpx2.Client,
    cameo: str,
    refused: Refusal,
    ending: str,
) -> None:
    issued = permit(studio, asked(cameo))
    assert fetched(studio, cameo, permit=issued["id"])
    if ending == "grant":
        (grant,) = platform.get(f"/v1/cameos/{cameo}/grants").json()["data"]
        assert platform.post(f"/v1/grants/{grant['id']}/revoke").status_code == 200
    elif ending == "block":
        platform.put("/v1/principals/user:ann/blocks/user:bob").raise_for_status()
    elif ending == "key":
        with service.context.store.write() as tx:
            (key,) = (each for each in tx.keys.list() if each.principal == STUDIO)
            revoke_key(tx, key_id_of(key.id), now=service.clock())
        refused(fetch(studio, cameo, permit=issued["id"]), 401, "unauthenticated")
        return
    else:
        platform.post(f"/v1/cameos/{cameo}/{ending}").raise_for_status()
    refused(fetch(studio, cameo, permit=issued["id"]), 409, "permit_ended")
    assert len(disclosures(platform, cameo)) == 1


def test_a_cameo_that_is_held_is_not_handed_out_whatever_its_permits_say(
    service: RunningService, studio: httpx2.Client, cameo: str, refused: Refusal
) -> None:
    """Suspending ends permits; here is what stands if a permit were forgotten."""
    issued = permit(studio, asked(cameo))
    with service.context.store.write() as tx:
        found = tx.cameos.get(cameo)
        tx.cameos.save(replace(found, status=CameoStatus.SUSPENDED))
    refused(fetch(studio, cameo, permit=issued["id"]), 409, "cameo_not_usable")


def test_a_tag_or_a_publication_takes_no_package(
    platform: httpx2.Client, studio: httpx2.Client, cameo: str, refused: Refusal
) -> None:
    plain_grant(platform, cameo, terms={"actions": ["tag"], "facets": ["face"]})
    issued = permit(studio, asked(cameo, "face", action="tag"))
    refused(fetch(studio, cameo, permit=issued["id"]), 403, "package_not_covered")


def test_forged_tokens_are_no_permits(
    service: RunningService, studio: httpx2.Client, cameo: str, refused: Refusal
) -> None:
    issued = permit(studio, asked(cameo))
    claims = jwt.decode(issued["permit"], options={"verify_signature": False})
    sign = service.context.signer.sign
    forged = [
        issued["permit"][:-4] + "AAAA",
        sign(Purpose.GRANT, claims),
        sign(Purpose.PERMIT, {**claims, "aud": "app:other"}),
        sign(Purpose.PERMIT, {**claims, "iss": "https://elsewhere.example"}),
        sign(Purpose.PERMIT, {**claims, "request_hash": "0" * 64}),
        sign(Purpose.PERMIT, {**claims, "jti": "per_none"}),
        "a.b.c",
    ]
    for token in forged:
        refused(fetch(studio, cameo, permit=token), 404, "unknown")


def test_a_character_has_no_package_and_neither_has_who_is_beneath_it(
    platform: httpx2.Client, reviewer: httpx2.Client, cameo: str, refused: Refusal
) -> None:
    """Whose face a character has stays undisclosed (ADR 15)."""
    plain_grant(platform, cameo, "org:platform")
    sheet = {
        "owner": "org:platform",
        "handle": "zed",
        "name": "Zed",
        "rights_statement": "Mine.",
        "territories": {"included": ["*"]},
        "underlying": [{"cameo_id": cameo, "facets": ["face"]}],
    }
    registered = platform.post("/v1/characters", json=sheet)
    assert registered.status_code == 201, registered.text
    character = registered.json()["id"]
    reviewed = reviewer.post(f"/v1/characters/{character}/review", json={"decision": "approve"})
    assert reviewed.status_code == 200, reviewed.text
    issued = permit(platform, asked(character, "face", requester="org:platform"))
    refused(fetch(platform, character, permit=issued["id"]), 422, "package_not_of_person")
    beneath = refused(fetch(platform, cameo, permit=issued["id"]), 404, "unknown")
    nobody = refused(fetch(platform, "cam_none", permit=issued["id"]), 404, "unknown")
    assert beneath["detail"].replace(cameo, "cam_none") == nobody["detail"]


def test_a_package_is_for_one_holder_and_a_short_time(
    service: RunningService, studio: httpx2.Client, cameo: str
) -> None:
    issued = permit(studio, asked(cameo))
    token = fetched(studio, cameo, permit=issued["id"])["package"]
    claims = jwt.decode(token, options={"verify_signature": False})
    sign = service.context.signer.sign
    face = claims["embeddings"][0]
    swapped = {**claims, "embeddings": [{**face, "modality": "voice"}]}
    bad_still = {**claims, "samples": [{**claims["samples"][0], "content": "AAAA"}]}
    other = {**claims, "cameo": "cam_other"}
    too_much = {**claims, "facets": ["voice"]}
    late = service.clock.now.replace(year=2027)
    cases: list[tuple[str, dict[str, Any], str]] = [
        (token, {"audience": "app:other"}, "wrong_audience"),
        (token, {"issuer": "https://elsewhere.example"}, "wrong_issuer"),
        (token, {"now": late}, "expired"),
        (token[:-4] + "AAAA", {}, "bad_signature"),
        (sign(Purpose.IDENTITY, claims), {}, "wrong_type"),
        (sign(Purpose.PACKAGE, swapped), {}, "digest_mismatch"),
        (sign(Purpose.PACKAGE, bad_still), {}, "digest_mismatch"),
        (sign(Purpose.PACKAGE, other), {}, "digest_mismatch"),
        (sign(Purpose.PACKAGE, too_much), {}, "claims_malformed"),
    ]
    for given, how, code in cases:
        with pytest.raises(TokenError) as caught:
            verified(service, given, **how)
        assert caught.value.code == code
