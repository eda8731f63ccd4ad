"""A signed statement, verified: a credential, a grant, a permit, a receipt, an erasure certificate.

    claims = claims_of(token, certified_keys(document, root=pin), typ="cameo-receipt+jwt")

The signature only. What the statement says of its issuer and its time is the caller's to judge.

    >>> claims_of("a.b", {}, typ="cameo-receipt+jwt")
    Traceback (most recent call last):
        ...
    cameo_service.offline.errors.NotProven: not a compact JWS
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cameo_service.offline.errors import NotProven
from cameo_service.offline.keys import VerifyingKey
from storage.jws import BadSignature, MalformedToken, header_of, verified
from storage.log.entries import TIME

STATUS_LISTS = "statuslist+jwt"


def claims_of(token: str, keys: Mapping[str, VerifyingKey], *, typ: str) -> dict[str, Any]:
    """What `token` states, once a key of `keys` is shown to have signed it as a `typ`.

    Raises `NotProven`: `token_malformed`, `wrong_type`, `unknown_key`, `wrong_algorithm`,
    `wrong_purpose`, `bad_signature`, and `key_withdrawn` where the root or the service withdrew
    that key: when it was signed, a statement alone does not prove.
    """
    signed = signed_statement(token, keys, typ=typ)
    signed.require_standing(None)
    return signed.claims


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedStatement:
    """What was stated, and the key that signed it, which may have been withdrawn since."""

    claims: dict[str, Any]
    key: VerifyingKey

    def require_standing(self, logged: str | None) -> None:
        """Raise `NotProven`, `key_withdrawn`, for what a thief may have signed.

        `logged` is the time of a log entry that commits to the statement, as `LoggedEntry` has it.
        """
        revoked_at = self.key.revoked_at
        if revoked_at is None:
            return
        if logged is None or _moment(logged) >= revoked_at:
            raise NotProven(
                "key_withdrawn",
                f"the key `{self.key.kid}` was withdrawn as of `{revoked_at.isoformat()}`, and "
                "nothing proves that it signed this before",
            )


def signed_statement(token: str, keys: Mapping[str, VerifyingKey], *, typ: str) -> SignedStatement:
    """What `claims_of` gives, of a withdrawn key too: `require_standing` is the caller's to ask."""
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
        return SignedStatement(claims=verified(token, key.public_key), key=key)
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


def _moment(logged: str) -> datetime:
    try:
        return datetime.strptime(logged, TIME).replace(tzinfo=UTC)
    except ValueError as error:
        raise NotProven("entry_malformed", f"`{logged}` is not the time of an entry") from error


def _typ_of(purpose: str) -> str:
    return STATUS_LISTS if purpose == "status-list" else f"cameo-{purpose}+jwt"
