"""Offline verification: what the signer makes stands, and everything else falls with its code."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import AllowedOKPKeys, OKPAlgorithm

from cameo_service.client import (
    ConsentRequest,
    Likeness,
    Obligation,
    StatusPlace,
    TokenError,
    verify_credential,
    verify_grant,
    verify_permit,
)
from cameo_service.consent.canonical import request_hash
from cameo_service.consent.questions import ConsentIn, read_json
from cameo_service.signing import Signer, epoch
from permissions.vocabulary import Action, AppearanceChange, Facet
from storage.keys import Purpose, SigningKey
from tests.client.signing import (
    CONTEXT,
    ISSUER,
    NOW,
    REQUEST,
    STUDIO,
    KeysInMemory,
    permit_claims,
)

KEYS = KeysInMemory()
SIGNER = Signer(KEYS)
JWKS = SIGNER.jwks()


def verified(token: str, *, jwks: Mapping[str, Any] = JWKS, now: datetime = NOW) -> str:
    return verify_permit(token, jwks, audience=STUDIO, issuer=ISSUER, now=now, request=REQUEST).id


def code_of(token: str, *, jwks: Mapping[str, Any] = JWKS, now: datetime = NOW) -> str:
    with pytest.raises(TokenError) as caught:
        verified(token, jwks=jwks, now=now)
    return caught.value.code


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def with_header(**header: object) -> str:
    """A permit under the right key and signature, with another header."""
    claims = json.dumps(permit_claims()).encode()
    full = {"typ": "cameo-permit+jwt", "kid": KEYS.key.kid, **header}
    return jwt.api_jws.PyJWS(algorithms=["EdDSA"]).encode(
        claims, KEYS.key.private_key, algorithm="EdDSA", headers=full
    )


def test_a_permit_of_the_service_says_what_was_signed() -> None:
    token = SIGNER.sign(Purpose.PERMIT, permit_claims())
    permit = verify_permit(token, JWKS, audience=STUDIO, issuer=ISSUER, now=NOW, request=REQUEST)
    assert (permit.id, permit.requester, permit.action) == ("per_1", "user:bob", "generate")
    assert permit.likenesses == (
        Likeness(cameo_id="cam_1", facets=("face",), appearance_change="subtle"),
        Likeness(cameo_id="cam_2", facets=("face", "voice")),
    )
    assert permit.request.hash() == REQUEST.hash()
    assert (permit.request.territories, permit.request.co_appearing) == (("AT", "DE"), ())
    assert permit.grants[0].id == "gra_1"
    assert permit.obligations == (Obligation(kind="watermark"),)
    assert permit.status == StatusPlace(idx=3, uri=f"{ISSUER}/v1/status-lists/0")
    assert permit.expires_at - permit.issued_at == timedelta(minutes=2)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": "https://other.example"}, "wrong_issuer"),
        ({"iss": None}, "wrong_issuer"),
        ({"aud": "app:other"}, "wrong_audience"),
        ({"aud": [STUDIO]}, "wrong_audience"),
        ({"aud": None}, "wrong_audience"),
        ({"nbf": epoch(NOW) + 1}, "not_yet_valid"),
        ({"exp": epoch(NOW)}, "expired"),
        ({"exp": None}, "claims_malformed"),
        ({"exp": "never"}, "claims_malformed"),
        ({"exp": True}, "claims_malformed"),
        ({"exp": 10**15}, "claims_malformed"),
        ({"nbf": None}, "claims_malformed"),
        ({"likenesses": None}, "claims_malformed"),
        ({"likenesses": ["cam_1"]}, "claims_malformed"),
        ({"request_hash": "0" * 64}, "request_mismatch"),
        ({"request_hash": None}, "claims_malformed"),
        ({"action": "publish"}, "request_mismatch"),
        ({"sub": "user:eve"}, "request_mismatch"),
        ({"draft": "use_1"}, "request_mismatch"),
        ({"context": {**CONTEXT, "territories": ["DE", "AT", "FR"]}}, "request_mismatch"),
        ({"context": {**CONTEXT, "co_appearing": None}}, "request_mismatch"),
        ({"context": {"purpose": "entertainment"}}, "claims_malformed"),
        ({"context": None}, "claims_malformed"),
        ({"obligations": None}, "claims_malformed"),
        ({"obligations": ["watermark"]}, "claims_malformed"),
        ({"status": None}, "claims_malformed"),
        ({"status": {"status_list": {"idx": "3", "uri": "x"}}}, "claims_malformed"),
    ],
)
def test_a_permit_with_a_wrong_claim_is_refused(changes: dict[str, Any], code: str) -> None:
    assert code_of(SIGNER.sign(Purpose.PERMIT, permit_claims(**changes))) == code


@pytest.mark.parametrize("kind", [Purpose.GRANT, Purpose.IDENTITY])
def test_no_other_kind_of_statement_is_a_permit(kind: Purpose) -> None:
    assert code_of(SIGNER.sign(kind, permit_claims())) == "wrong_type"


def test_a_permit_for_another_request_is_refused() -> None:
    token = SIGNER.sign(Purpose.PERMIT, permit_claims())
    other = ConsentRequest(
        requester="user:bob",
        action="publish",
        likenesses=REQUEST.likenesses,
    )
    with pytest.raises(TokenError) as caught:
        verify_permit(token, JWKS, audience=STUDIO, issuer=ISSUER, now=NOW, request=other)
    assert caught.value.code == "request_mismatch"


def test_leeway_admits_an_early_clock_and_never_a_late_one() -> None:
    token = SIGNER.sign(Purpose.PERMIT, permit_claims())

    def at(now: datetime) -> None:
        verify_permit(
            token, JWKS, audience=STUDIO, issuer=ISSUER, now=now, leeway=timedelta(seconds=5)
        )

    at(NOW - timedelta(seconds=5))
    with pytest.raises(TokenError, match="expired"):
        at(NOW + timedelta(minutes=2))
    with pytest.raises(ValueError, match="no time zone"):
        at(NOW.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"typ": "JWT"}, "wrong_type"),
        ({"typ": "application/cameo-permit+jwt"}, "wrong_type"),
        ({"kid": "key-2"}, "unknown_key"),
        ({"jku": "https://evil.example/keys"}, "token_malformed"),
        ({"jwk": JWKS["keys"][0]}, "token_malformed"),
        ({"x5u": "https://evil.example/cert"}, "token_malformed"),
    ],
)
def test_a_header_that_the_service_does_not_write_is_refused(
    header: dict[str, Any], code: str
) -> None:
    assert code_of(with_header(**header)) == code


def test_unsigned_and_differently_signed_tokens_are_refused() -> None:
    header = {"typ": "cameo-permit+jwt", "kid": KEYS.key.kid}
    claims = permit_claims()
    unsigned = f"{encoded({'alg': 'none', **header})}.{encoded(claims)}."
    assert code_of(unsigned) == "wrong_algorithm"
    x = base64.urlsafe_b64decode(JWKS["keys"][0]["x"] + "=")
    confused = jwt.encode(claims, x, algorithm="HS256", headers=header)
    assert code_of(confused) == "wrong_algorithm"
    elliptic = jwt.encode(claims, generate_private_key(SECP256R1()), "ES256", headers=header)
    assert code_of(elliptic) == "wrong_algorithm"


def test_altered_bytes_and_foreign_keys_are_refused() -> None:
    head, _, signature = SIGNER.sign(Purpose.PERMIT, permit_claims()).split(".")
    forged = f"{head}.{encoded(permit_claims(sub='user:mallory'))}.{signature}"
    assert code_of(forged) == "bad_signature"
    stranger = SigningKey.of(Purpose.PERMIT, Ed25519PrivateKey.generate())
    foreign = Signer(KeysInMemory(stranger)).sign(Purpose.PERMIT, permit_claims())
    assert code_of(foreign) == "unknown_key"
    posing = Signer(KeysInMemory(replace(stranger, kid=KEYS.key.kid)))
    assert code_of(posing.sign(Purpose.PERMIT, permit_claims())) == "bad_signature"


@pytest.mark.parametrize(
    "token", ["", "a", "a.b.c", "a.b.c.d", "..", "é.b.c", f"{'a' * 100_001}.b.c"]
)
def test_what_is_no_token_is_malformed(token: str) -> None:
    assert code_of(token) == "token_malformed"


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_lone_surrogate_is_malformed(part: int) -> None:
    parts = SIGNER.sign(Purpose.PERMIT, permit_claims()).split(".")
    parts[part] += "\ud800"
    assert code_of(".".join(parts)) == "token_malformed"


HALF_A_PAIR = permit_claims(context={**CONTEXT, "purpose": "\ud800"})


@pytest.mark.parametrize("payload", [b"[1]", b"{", b"[" * 50_000, json.dumps(HALF_A_PAIR).encode()])
def test_a_statement_that_is_no_document_is_malformed(payload: bytes) -> None:
    signed = jwt.api_jws.PyJWS(algorithms=["EdDSA"]).encode(
        payload,
        KEYS.key.private_key,
        algorithm="EdDSA",
        headers={"typ": "cameo-permit+jwt", "kid": KEYS.key.kid},
    )
    assert code_of(signed) == "claims_malformed"


NO_TEXT: tuple[object, ...] = (5, None, [], "\ud800")
NO_KEY = [
    *({"x": x} for x in ("", "A", "AA", "é", "!!!!", *NO_TEXT)),
    *({"crv": crv} for crv in NO_TEXT),
]


def jwk_of(key: AllowedOKPKeys) -> dict[str, Any]:
    made = OKPAlgorithm.to_jwk(key, as_dict=True)
    return {**made, "kid": KEYS.key.kid, "use": "sig", "alg": "EdDSA"}


@pytest.mark.parametrize(
    "keys",
    [
        [],
        None,
        [KEYS.key.kid],
        [JWKS["keys"][0], JWKS["keys"][0]],
        [{**JWKS["keys"][0], "use": "enc"}],
        [{**JWKS["keys"][0], "alg": "ES256"}],
        [{**JWKS["keys"][0], "crv": "X25519"}],
        [{**JWKS["keys"][0], "kty": "oct"}],
        *([{**JWKS["keys"][0], **wrong}] for wrong in NO_KEY),
        [jwk_of(Ed448PrivateKey.generate().public_key())],
        [{**JWKS["keys"][0], "d": JWKS["keys"][0]["x"]}],
    ],
)
def test_a_key_set_without_one_fitting_key_verifies_nothing(keys: object) -> None:
    token = SIGNER.sign(Purpose.PERMIT, permit_claims())
    assert code_of(token, jwks={"keys": keys}) == "unknown_key"


def test_a_credential_and_a_grant_verify_as_what_they_are() -> None:
    credential = SIGNER.sign(
        Purpose.IDENTITY,
        {
            "iss": ISSUER,
            "sub": "user:alice",
            "jti": "cred_1",
            "iat": epoch(NOW),
            "nbf": epoch(NOW),
            "exp": epoch(NOW) + 10,
            "cameo": "cam_1",
            "enrollment": "enr_1",
        },
    )
    assert verify_credential(credential, JWKS, issuer=ISSUER, now=NOW).cameo_id == "cam_1"
    with pytest.raises(TokenError, match="expired"):
        verify_credential(credential, JWKS, issuer=ISSUER, now=NOW + timedelta(seconds=10))
    grant = SIGNER.sign(
        Purpose.GRANT,
        {
            "iss": ISSUER,
            "sub": "user:bob",
            "jti": "gra_1",
            "iat": epoch(NOW),
            "cameo": "cam_1",
            "grantor": "user:alice",
            "terms": {"actions": ["generate"]},
            "version": 1,
        },
    )
    assert verify_grant(grant, JWKS, issuer=ISSUER).grantee == "user:bob"
    with pytest.raises(TokenError, match="wrong_type"):
        verify_grant(credential, JWKS, issuer=ISSUER)
    with pytest.raises(TokenError, match="wrong_issuer"):
        verify_grant(grant, JWKS, issuer="https://other.example")


def test_a_permit_without_a_request_to_compare_states_its_own() -> None:
    draft = replace(REQUEST, action="publish", draft="use_3")
    claims = permit_claims(action="publish", draft="use_3", request_hash=draft.hash())
    token = SIGNER.sign(Purpose.PERMIT, claims)
    permit = verify_permit(token, JWKS, audience=STUDIO, issuer=ISSUER, now=NOW)
    assert permit.request.draft == "use_3"
    forged = SIGNER.sign(Purpose.PERMIT, {**claims, "draft": "use_4"})
    with pytest.raises(TokenError, match="request_mismatch"):
        verify_permit(forged, JWKS, audience=STUDIO, issuer=ISSUER, now=NOW)


LIKENESSES = st.lists(
    st.builds(
        Likeness,
        cameo_id=st.text("abc_1", min_size=1, max_size=6),
        facets=st.lists(st.sampled_from(sorted(Facet)), min_size=1, max_size=3, unique=True).map(
            tuple
        ),
        appearance_change=st.none() | st.sampled_from(sorted(AppearanceChange)),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda likeness: likeness.cameo_id,
).map(tuple)
CODES = st.none() | st.lists(st.text("aäz.é😀", min_size=1, max_size=4), max_size=4).map(tuple)
REQUESTS = st.builds(
    ConsentRequest,
    requester=st.just("user:bob"),
    action=st.sampled_from(sorted(Action)),
    likenesses=LIKENESSES,
    purpose=st.none() | st.text("abc.", min_size=1),
    categories=CODES,
    territories=CODES,
    co_appearing=CODES,
    remix_of=st.lists(st.sampled_from(["use_1", "use_2", "use_3"]), max_size=4).map(tuple),
    draft=st.none() | st.just("use_9"),
)


@given(asked=REQUESTS)
def test_client_and_service_hash_a_request_alike(asked: ConsentRequest) -> None:
    read = read_json(ConsentIn, json.dumps(asked.body()).encode())
    assert asked.hash() == request_hash(read.to_request(), read.draft)


@given(asked=REQUESTS)
def test_what_is_asked_in_another_order_is_the_same_question(asked: ConsentRequest) -> None:
    turned = replace(
        asked,
        likenesses=asked.likenesses[::-1],
        remix_of=asked.remix_of[::-1],
        categories=asked.categories[::-1] if asked.categories is not None else None,
    )
    assert turned.hash() == asked.hash()


def test_undeclared_is_another_question_than_none() -> None:
    assert replace(REQUEST, co_appearing=None).hash() != REQUEST.hash()


def test_a_key_of_p256_verifies_es256_and_nothing_else() -> None:
    keys = KeysInMemory(SigningKey.of(Purpose.PERMIT, generate_private_key(SECP256R1())))
    signer = Signer(keys)
    token = signer.sign(Purpose.PERMIT, permit_claims())
    jwk = signer.jwks()["keys"][0]
    assert (jwk["kty"], jwk["crv"], jwk["alg"]) == ("EC", "P-256", "ES256")
    assert verified(token, jwks={"keys": [jwk]}) == "per_1"
    head, claims, signature = token.split(".")
    confused = encoded({**json.loads(base64.urlsafe_b64decode(head + "==")), "alg": "EdDSA"})
    assert code_of(f"{confused}.{claims}.{signature}", jwks={"keys": [jwk]}) == "wrong_algorithm"
    forged = f"{head}.{encoded(permit_claims(sub='user:mallory'))}.{signature}"
    assert code_of(forged, jwks={"keys": [jwk]}) == "bad_signature"
    for wrong in ({"alg": "EdDSA"}, {"crv": "P-384"}, {"y": "AA"}, {"kty": "OKP"}, {"d": "AA"}):
        assert code_of(token, jwks={"keys": [{**jwk, **wrong}]}) == "unknown_key"


def test_no_character_of_a_permit_can_be_altered_unseen() -> None:
    token = SIGNER.sign(Purpose.PERMIT, permit_claims())
    for altered in (token[:-1] + chr(ord(token[-1]) ^ 1), token + "=", token.replace(".", "=.", 1)):
        assert code_of(altered) in {"token_malformed", "bad_signature"}
