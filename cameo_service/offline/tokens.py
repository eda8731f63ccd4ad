"""A signed statement, verified: a credential, a grant, a permit, a receipt, an erasure certificate.

    claims = claims_of(token, certified_keys(document, root=pin), typ="cameo-receipt+jwt")

The signature only. What the statement says of its issuer and its time is the caller's to judge.

    >>> claims_of("a.b", {}, typ="cameo-receipt+jwt")
    Traceback (most recent call last):
        ...
    cameo_service.offline.errors.NotProven: not a compact JWS
"""

from collections.abc import Mapping
from typing import Any

from cameo_service.offline.errors import NotProven
from cameo_service.offline.keys import VerifyingKey
from storage.jws import BadSignature, MalformedToken, header_of, verified

STATUS_LISTS = "statuslist+jwt"


def claims_of(token: str, keys: Mapping[str, VerifyingKey], *, typ: str) -> dict[str, Any]:
    """What `token` states, once a key of `keys` is shown to have signed it as a `typ`.

    Raises `NotProven`: `token_malformed`, `wrong_type`, `unknown_key`, `wrong_algorithm`,
    `wrong_purpose`, `bad_signature`.
    """
    try:
        # 1. The header is one that the service writes, for this kind of statement.
        header = header_of(token)
        if header.get("typ") != typ:
            raise NotProven("wrong_type", f"the statement is not a `{typ}`")
        if set(header) != {"alg", "kid", "typ"}:
            raise NotProven("token_malformed", "the header has members of other kinds of token")
        # 2. The key is one of those trusted, and fits what it is used for.
        key = _key(header, keys)
        # 3. The signature.
        return verified(token, key.public_key)
    except MalformedToken as error:
        raise NotProven("token_malformed", str(error)) from error
    except BadSignature as error:
        raise NotProven("bad_signature", "the signature does not fit the statement") from error


def _key(header: Mapping[str, Any], keys: Mapping[str, VerifyingKey]) -> VerifyingKey:
    kid = header["kid"]
    key = keys.get(kid) if isinstance(kid, str) else None
    if key is None:
        raise NotProven("unknown_key", "no trusted key has the statement's `kid`")
    if header["alg"] != key.algorithm.value:
        raise NotProven("wrong_algorithm", f"the key signs with `{key.algorithm.value}` only")
    if key.purpose is not None and header["typ"] != _typ_of(key.purpose):
        raise NotProven("wrong_purpose", f"the key was certified for `{key.purpose}` only")
    return key


def _typ_of(purpose: str) -> str:
    return STATUS_LISTS if purpose == "status-list" else f"cameo-{purpose}+jwt"
