"""Offline verification: what the signer makes stands, and everything else falls with its code."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
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
    TokenError,
    verify_credential,
    verify_grant,
    verify_permit,
)
from cameo_service.consent import request_hash
from cameo_service.signing import Signer, epoch
from permissions import request as permission_request
from permissions.vocabulary import Action, Facet, Principal
from storage.keys import PublicKey, Purpose, SigningKey

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ISSUER = "https://cameo.example"
STUDIO = "app:studio"
REQUEST = ConsentRequest(
    requester="user:bob",
    action="generate",
    likenesses=(
        Likeness(cameo_id="cam_2", facets=("voice", "face")),
        Likeness(cameo_id="cam_1", facets=("face",)),
    ),
)


@dataclass
class KeysInMemory:
    """One key for every purpose, which is the hardest case to tell the kinds apart in."""

    key: SigningKey = field(
        default_factory=lambda: SigningKey.of(Purpose.PERMIT, Ed25519PrivateKey.generate())
    )

    def signing_key(self, purpose: Purpose) -> SigningKey:
        assert purpose
        return self.key

    def public_keys(self) -> list[PublicKey]:
        return [self.key.public]


KEYS = KeysInMemory()
SIGNER = Signer(KEYS)
JWKS = SIGNER.jwks()


def permit_claims(**changes: object) -> dict[str, Any]:
    claims = {
        "iss": ISSUER,
        "aud": STUDIO,
        "sub": "user:bob",
        "jti": "per_1",
        "iat": epoch(NOW),
        "nbf": epoch(NOW),
        "exp": epoch(NOW + timedelta(minutes=2)),
        "action": "generate",
        "likenesses": REQUEST.canonical()["likenesses"],
        "request_hash": REQUEST.hash(),
        "grants": [{"id": "gra_1", "version": 1}],
        "revision": 7,
    }
    return {key: value for key, value in {**claims, **changes}.items() if value is not None}


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
        Likeness(cameo_id="cam_1", facets=("face",)),
        Likeness(cameo_id="cam_2", facets=("face", "voice")),
    )
    assert permit.grants[0].id == "gra_1"
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


def test_a_statement_that_is_no_document_is_malformed() -> None:
    signed = jwt.api_jws.PyJWS(algorithms=["EdDSA"]).encode(
        b"[1]",
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
        [jwk_of(KEYS.key.private_key)],
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


LIKENESSES = st.lists(
    st.tuples(
        st.text("abc_1", min_size=1, max_size=6),
        st.lists(st.sampled_from([facet.value for facet in Facet]), min_size=1, max_size=4),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda likeness: likeness[0],
)


@given(likenesses=LIKENESSES, action=st.sampled_from(list(Action)))
def test_client_and_service_hash_a_request_alike(
    likenesses: list[tuple[str, list[str]]], action: Action
) -> None:
    asked = ConsentRequest(
        requester="user:bob",
        action=action.value,
        likenesses=tuple(Likeness(cameo_id=id, facets=tuple(facets)) for id, facets in likenesses),
    )
    decided = permission_request.ConsentRequest(
        requester=Principal("user:bob"),
        action=action,
        likenesses=tuple(
            permission_request.Likeness(
                cameo_id=id, facets=frozenset(Facet(facet) for facet in facets)
            )
            for id, facets in likenesses
        ),
    )
    assert asked.hash() == request_hash(decided)
