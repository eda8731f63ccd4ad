"""A package that is encrypted to its holder's key, and keys that nothing is encrypted to."""

from typing import Any

import httpx2
import pytest
from joserfc.jwe import decrypt_compact
from joserfc.jwk import ECKey, KeySet, OKPKey

from cameo_service.client import TokenError
from cameo_service.client.tokens.packages import LONGEST
from cameo_service.packages.contents import MOST_BYTES
from tests.service.making import forged, permit
from tests.service.packages.asking import (
    STILL,
    HolderKey,
    asked,
    disclosures,
    fetch,
    fetched,
    public_half,
    verified,
)
from tests.service.running import Refusal, RunningService


def curve() -> HolderKey:
    return ECKey.generate_key("P-256")


def point() -> HolderKey:
    return OKPKey.generate_key("X25519")


@pytest.mark.parametrize("make", [curve, point])
def test_it_is_encrypted_to_the_holders_key(
    service: RunningService, studio: httpx2.Client, cameo: str, make: Any
) -> None:
    issued = permit(studio, asked(cameo))
    mine, other = make(), make()
    plain = fetched(studio, cameo, issued)
    answer = fetched(studio, cameo, issued, encrypt_to=public_half(mine))
    assert answer["encrypted_to"] == mine.thumbprint()
    private = mine.as_dict(private=True)
    package = verified(service, answer, private_key=private)
    assert package.samples[0].content == STILL.content
    damaged = {**answer, "package": forged(answer["package"])}
    for key, given, code in (
        (None, answer, "package_sealed"),
        (other.as_dict(private=True), answer, "package_unopened"),
        (private, damaged, "package_unopened"),
        (private, plain, "package_not_sealed"),
    ):
        with pytest.raises(TokenError) as caught:
            verified(service, given, private_key=key)
        assert caught.value.code == code


@pytest.mark.parametrize("make", [curve, point])
@pytest.mark.parametrize("own", ["farm-7/2026", None])
def test_its_header_calls_the_key_as_its_holder_does(
    service: RunningService, studio: httpx2.Client, cameo: str, make: Any, own: str | None
) -> None:
    mine = make()
    called = {} if own is None else {"kid": own}
    issued = permit(studio, asked(cameo))
    answer = fetched(studio, cameo, issued, encrypt_to={**public_half(mine), **called})
    assert answer["encrypted_to"] == mine.thumbprint()  # whatever it is called
    private = {**mine.as_dict(private=True), "kid": own or mine.thumbprint()}
    assert verified(service, answer, private_key=private).samples
    # a library that has many keys looks for the one that the header names
    keys = KeySet.import_key_set({"keys": [make().as_dict(private=True), private]})
    opened = decrypt_compact(answer["package"], keys, algorithms=["ECDH-ES+A256KW", "A256GCM"])
    assert opened.headers()["kid"] == private["kid"]


def test_the_largest_package_that_is_handed_out_is_looked_at() -> None:
    """Base64 in the claims, the JWS and the JWE, with room for embeddings and a credential."""
    assert MOST_BYTES * (4 / 3) ** 3 + 1_000_000 < LONGEST


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
        refused(fetch(studio, cameo, issued["permit"], encrypt_to=key), 422, code)
    assert disclosures(platform, cameo) == []
