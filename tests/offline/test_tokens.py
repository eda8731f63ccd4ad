"""Statements verified with nothing but published keys, or a pinned root and its certificates."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cameo_service.offline.errors import NotProven
from cameo_service.offline.keys import VerifyingKey, certified_keys, published_keys
from cameo_service.offline.tokens import claims_of
from cameo_service.signing import Signer, typ_of
from storage.algorithms import Algorithm, PrivateHalf, jwk_of, new_private_key, sign, thumbprint
from storage.certificates import Certificate
from storage.jws import compact
from storage.keys import PublicKey, Purpose, SigningKey, WithdrawnKey

ROOT_DIRECTORY = Path(__file__).parents[2]
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Keys:
    """A key for each purpose, EdDSA and ES256 by turns."""

    def __init__(self) -> None:
        algorithms = [list(Algorithm)[place % 2] for place in range(len(Purpose))]
        self.keys = {
            purpose: SigningKey.of(purpose, new_private_key(algorithm))
            for purpose, algorithm in zip(Purpose, algorithms, strict=True)
        }

    def signing_key(self, purpose: Purpose, *, fresh: bool = False) -> SigningKey:
        assert not fresh
        return self.keys[purpose]

    def public_keys(self) -> list[PublicKey]:
        return [key.public for key in self.keys.values()]

    def withdrawn_keys(self) -> list[WithdrawnKey]:
        return []


KEYS = Keys()
SIGNER = Signer(KEYS)
PUBLISHED = published_keys(SIGNER.jwks())


def certificate(root: PrivateHalf, key: SigningKey, **changes: Any) -> str:
    stated = Certificate.of(
        key.purpose.value, key.public.public_key, created_at=NOON, active_from=NOON
    )
    stated = replace(stated, **changes)
    return stated.signed(root.public_key(), sign=lambda said: sign(root, said))


def document(root: PrivateHalf, **changes: Any) -> dict[str, Any]:
    certificates = [certificate(root, key) for key in KEYS.keys.values()]
    return {"root": jwk_of(root.public_key()), "certificates": certificates, **changes}


def code_of(token: str, keys: dict[str, VerifyingKey], typ: str) -> str:
    with pytest.raises(NotProven) as caught:
        claims_of(token, keys, typ=typ)
    return caught.value.code


@pytest.mark.parametrize("algorithm", Algorithm)
def test_every_statement_verifies_by_published_and_by_certified_keys(algorithm: Algorithm) -> None:
    root = new_private_key(algorithm)
    certified = certified_keys(document(root), root=thumbprint(root.public_key()))
    assert {key.purpose for key in certified.values()} == {purpose.value for purpose in Purpose}
    for purpose in Purpose:
        token = SIGNER.sign(purpose, {"jti": "1"})
        for keys in (PUBLISHED, certified):
            assert claims_of(token, keys, typ=typ_of(purpose)) == {"jti": "1"}
            assert SIGNER.open(purpose, token) == {"jti": "1"}


@pytest.mark.parametrize("purpose", [Purpose.IDENTITY, Purpose.PERMIT])
def test_every_altered_character_is_found(purpose: Purpose) -> None:
    token = SIGNER.sign(purpose, {"jti": "1", "more": [1, 2, 3]})
    for place, character in enumerate(token):
        other = "A" if character != "A" else "B"
        altered = token[:place] + other + token[place + 1 :]
        with pytest.raises(NotProven):
            claims_of(altered, PUBLISHED, typ=typ_of(purpose))
    last = token[:-1] + chr(ord(token[-1]) ^ 1)
    with pytest.raises(NotProven):
        claims_of(last, PUBLISHED, typ=typ_of(purpose))


def test_what_is_wrong_has_a_code() -> None:
    token = SIGNER.sign(Purpose.RECEIPT, {"jti": "1"})
    typ = typ_of(Purpose.RECEIPT)
    key = KEYS.keys[Purpose.RECEIPT]
    header = {"alg": key.algorithm.value, "kid": key.kid, "typ": typ}
    other = new_private_key(Algorithm.EDDSA)

    def made(private: PrivateHalf = key.private_key, **changes: Any) -> str:
        return compact({**header, **changes}, {}, sign=lambda said: sign(private, said))

    assert code_of(token, PUBLISHED, "cameo-permit+jwt") == "wrong_type"
    assert code_of(token, {}, typ) == "unknown_key"
    assert code_of(made(alg="none"), PUBLISHED, typ) == "wrong_algorithm"
    assert code_of(made(alg="HS256"), PUBLISHED, typ) == "wrong_algorithm"
    wrong = Algorithm.EDDSA if key.algorithm is Algorithm.ES256 else Algorithm.ES256
    assert code_of(made(alg=wrong.value), PUBLISHED, typ) == "wrong_algorithm"
    assert code_of(made(crit=["x"]), PUBLISHED, typ) == "token_malformed"
    assert code_of(made(kid=["x"]), PUBLISHED, typ) == "unknown_key"
    assert code_of(made(other), PUBLISHED, typ) == "bad_signature"
    for malformed in ("", "a.b", "a.b.c", "é.b.c", token + "=", token + ".", f" {token}"):
        assert code_of(malformed, PUBLISHED, typ) == "token_malformed"


def test_a_certified_key_signs_for_its_purpose_alone() -> None:
    root = new_private_key(Algorithm.EDDSA)
    certified = certified_keys(document(root), root=thumbprint(root.public_key()))
    key = KEYS.keys[Purpose.GRANT]
    header = {"alg": key.algorithm.value, "kid": key.kid, "typ": typ_of(Purpose.PERMIT)}
    forged = compact(header, {}, sign=lambda said: sign(key.private_key, said))
    assert code_of(forged, certified, typ_of(Purpose.PERMIT)) == "wrong_purpose"


def test_only_the_pinned_root_certifies() -> None:
    root, other = new_private_key(Algorithm.EDDSA), new_private_key(Algorithm.EDDSA)
    pin = thumbprint(root.public_key())
    key = KEYS.keys[Purpose.PERMIT]
    genuine = certificate(root, key)
    refused = [
        (document(other), "root_differs"),
        ({**document(other), "root": jwk_of(root.public_key())}, "key_not_certified"),
        (
            document(root, certificates=[genuine, genuine[:-1] + chr(ord(genuine[-1]) ^ 1)]),
            "key_not_certified",
        ),
        (document(root, certificates=[certificate(root, key, kid="mine")]), "key_not_certified"),
        (document(root, certificates=[7]), "key_not_certified"),
        (document(root, certificates=None), "keys_malformed"),
        ({**document(root), "root": None}, "keys_malformed"),
        ({}, "keys_malformed"),
    ]
    for given, code in refused:
        with pytest.raises(NotProven) as caught:
            certified_keys(given, root=pin)
        assert caught.value.code == code, given


def test_published_keys_of_other_kinds_are_left_out_and_no_kid_comes_twice() -> None:
    jwk = SIGNER.jwks()["keys"][0]
    others = [
        {**jwk, "use": "enc"},
        {**jwk, "alg": "RS256"},
        {**jwk, "crv": "X25519"},
        {**jwk, "d": jwk["x"]},
        {**jwk, "kid": 7},
        {**jwk, "x": "AA"},
        "no key",
    ]
    assert published_keys({"keys": others}) == {}
    assert list(published_keys({"keys": [*others, jwk]})) == [jwk["kid"]]
    for malformed in ({"keys": [jwk, jwk]}, {"keys": 7}, {}):
        with pytest.raises(NotProven) as caught:
            published_keys(malformed)
        assert caught.value.code == "keys_malformed"


ALONE = """
import sys

class Only:
    def find_spec(self, name, path, target=None):
        allowed = {*sys.stdlib_module_names, "cryptography", "_cffi_backend"}
        if name.partition(".")[0] not in allowed | {"cameo_service", "storage"}:
            raise ImportError(f"the offline verifier imports {name}")

sys.meta_path.insert(0, Only())
import cameo_service.offline.keys, cameo_service.offline.tokens
print(*sorted(name for name in sys.modules if name.startswith(("cameo_service.", "storage."))))
"""


def test_nothing_but_cryptography_is_needed() -> None:
    ran = subprocess.run(  # noqa: S603 (our own interpreter)
        [sys.executable, "-c", ALONE],
        cwd=ROOT_DIRECTORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split() == [
        "cameo_service.offline",
        "cameo_service.offline.errors",
        "cameo_service.offline.keys",
        "cameo_service.offline.tokens",
        "storage.algorithms",
        "storage.certificates",
        "storage.jws",
        "storage.log",
        "storage.log.entries",
        "storage.revocations",
    ]


def test_a_certificate_has_these_bytes() -> None:
    root = Ed25519PrivateKey.from_private_bytes(b"root".ljust(32, b"."))
    key = SigningKey.of(
        Purpose.PERMIT, Ed25519PrivateKey.from_private_bytes(b"permit".ljust(32, b"."))
    )
    assert certificate(root, key) == (
        "eyJhbGciOiJFZERTQSIsImtpZCI6ImQzdVpqbjdSZlE5aUtNYUx4MVV6QjIydVBOUUZBWWlKcTE3eHQ0"
        "N08zUlUiLCJ0eXAiOiJjYW1lby1rZXktY2VydGlmaWNhdGUrand0In0.eyJpYXQiOjE3OTUzNDg4MDAs"
        "Imp3ayI6eyJjcnYiOiJFZDI1NTE5Iiwia3R5IjoiT0tQIiwieCI6Im04VDN1c1hCWThXY3FHRHM5VkN2"
        "NTcxa0doXzdYRWdqczVEYmZWOGFhX0EifSwia2lkIjoiczdtUzhjLUVHYXN3U3p0WUp1X254OGx2TmpS"
        "TEdtSnBDb2lreDhmNzdIVSIsIm5iZiI6MTc5NTM0ODgwMCwicHVycG9zZSI6InBlcm1pdCJ9.UcvuQj6"
        "5Ikq6whtT9vMxYIrxNfIAwbGhSqJNoSgxZyw5Ho6eF1iqbmEdCCjuPCoiD7ALCk1aeGq0LsT7SCkDCQ"
    )
