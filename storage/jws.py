"""A compact JWS, made and verified to the letter (RFC 7515): one key, one `typ`, nothing beside.

The standard library and `cryptography` only, since verifiers outside use it too.

    >>> from storage.algorithms import Algorithm, new_private_key, sign
    >>> key = new_private_key(Algorithm.EDDSA)
    >>> token = compact({"typ": "x+jwt"}, {"a": 1}, sign=lambda said: sign(key, said))
    >>> header_of(token), verified(token, key.public_key())
    ({'typ': 'x+jwt'}, {'a': 1})
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any

from storage.algorithms import BadSignature, PublicHalf, verify

LONGEST = 1_000_000
"""Characters of a token that are looked at."""


class MalformedToken(ValueError):
    """The text is not a compact JWS over a JSON object."""


def compact(
    header: Mapping[str, Any], claims: Mapping[str, Any], *, sign: Callable[[bytes], bytes]
) -> str:
    """The JWS over the claims, as JSON with its members in order."""
    said = f"{_text(_json(header))}.{_text(_json(claims))}"
    return f"{said}.{_text(sign(said.encode()))}"


def header_of(token: str) -> dict[str, Any]:
    """What the header says, before anything is verified. Raises `MalformedToken`."""
    return _object(_parts(token)[0])


def verified(token: str, key: PublicHalf) -> dict[str, Any]:
    """The claims, once the signature by `key` stands. The header is the caller's to judge.

    Raises `MalformedToken` or `BadSignature`.
    """
    header, claims, signature = _parts(token)
    verify(key, _bytes(signature), f"{header}.{claims}".encode())
    return _object(claims)


def _parts(token: str) -> tuple[str, str, str]:
    parts = token.split(".") if len(token) <= LONGEST and token.isascii() else []
    if len(parts) != 3:
        raise MalformedToken("not a compact JWS")
    return parts[0], parts[1], parts[2]


def _object(part: str) -> dict[str, Any]:
    try:
        found = json.loads(_bytes(part))
    except (ValueError, RecursionError) as error:
        raise MalformedToken("a part of the token is no JSON") from error
    if not isinstance(found, dict):
        raise MalformedToken("a part of the token is no JSON object")
    return found


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise MalformedToken("a part of the token is not base64url") from error
    # the last character has bits that carry nothing: they are not to be altered either
    if _text(data) != text:
        raise MalformedToken("a part of the token is not canonical base64url")
    return data


__all__ = ["BadSignature", "MalformedToken", "compact", "header_of", "verified"]
