"""One compact JWE, opened with a private key: ECDH-ES+A256KW and A256GCM, and nothing else.

>>> opened("a.b.c", None, longest=100)
'a.b.c'
>>> opened("a.b.c.d.e", None, longest=100)
Traceback (most recent call last):
    ...
cameo_service.client.errors.TokenError: package_sealed: the package is encrypted: give the \
private key
"""

from collections.abc import Mapping
from typing import Any

from cameo_service.client.errors import TokenError

ALGORITHMS = ("ECDH-ES+A256KW", "A256GCM")
PARTS = 5
CURVES = {("EC", "P-256"), ("OKP", "X25519")}


def opened(token: str, private_key: Mapping[str, Any] | None, *, longest: int) -> str:
    """What `token` holds, or `token` itself where nothing was to be encrypted.

    Raises `TokenError`: `package_sealed` without a key for an encrypted one, `package_not_sealed`
    with a key for one in the clear, `package_unopened` for another key or damage.
    """
    if len(token) > longest or not token.isascii():
        raise TokenError("token_malformed", "not a compact JWS or JWE")
    sealed = token.count(".") == PARTS - 1
    if private_key is None:
        if sealed:
            raise TokenError("package_sealed", "the package is encrypted: give the private key")
        return token
    if not sealed:
        raise TokenError("package_not_sealed", "the package is not encrypted to the key")
    return _decrypted(token, private_key, longest=longest)


def _decrypted(token: str, private_key: Mapping[str, Any], *, longest: int) -> str:
    from joserfc.errors import JoseError
    from joserfc.jwe import JWERegistry, decrypt_compact
    from joserfc.jwk import ECKey, OKPKey

    if (private_key.get("kty"), private_key.get("crv")) not in CURVES or "d" not in private_key:
        raise ValueError("`private_key` is no private JWK of `P-256` or `X25519`")
    registry = JWERegistry(algorithms=list(ALGORITHMS))
    # the library's own bound is 64 KiB
    registry.max_ciphertext_length = longest
    kind = ECKey if private_key["kty"] == "EC" else OKPKey
    try:
        key = kind.import_key(dict(private_key))
        plain = decrypt_compact(token, key, registry=registry).plaintext
        return (plain or b"").decode("ascii")
    except (JoseError, ValueError, TypeError, KeyError):
        raise TokenError("package_unopened", "the package does not open with this key") from None
