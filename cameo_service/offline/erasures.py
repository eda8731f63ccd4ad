"""An erasure certificate, verified with its proof from the consent log.

    shown = json.loads(…)                              # GET /v1/erasures/era_…
    keys = certified_keys(document, root=pin)          # /.well-known/cameo-root, and your pin
    erasure = verify_erasure(
        shown["certificate"], shown["proof"], keys=keys, log_keys=log_keys(keys)
    )
    erasure.destroyed["templates"]

The certificate alone says what the service claims; the proof, that it claims it before everybody.

    >>> verify_erasure("a.b", {}, keys={}, log_keys=[])
    Traceback (most recent call last):
        ...
    cameo_service.offline.errors.NotProven: not a compact JWS
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cameo_service.offline.errors import NotProven
from cameo_service.offline.keys import VerifyingKey
from cameo_service.offline.log import (
    LoggedEntry,
    verify_opening,
    verify_proof,
    withdrawn_log_keys,
)
from cameo_service.offline.tokens import signed_statement

TYP = "cameo-erasure+jwt"
KIND = "cameo.erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenErasure:
    """What a certificate states, and the log's entry that has its digest.

    `destroyed` are counts by kind; `told` the holders of identity packages, each with the ids of
    what it was handed.
    """

    id: str
    issuer: str
    owner: str
    cameo: str
    requested_by: str
    requested_at: datetime
    completed_at: datetime
    destroyed: Mapping[str, int]
    told: Mapping[str, tuple[str, ...]]
    entry: LoggedEntry


def verify_erasure(
    certificate: str,
    proof: Mapping[str, Any],
    *,
    keys: Mapping[str, VerifyingKey],
    log_keys: Iterable[Ed25519PublicKey],
    origin: str | None = None,
) -> ProvenErasure:
    """The erasure that `certificate` states, which `proof` shows to be in the log.

    `proof` is the one that the service gives with the erasure, `salt` and `event` in it. Raises
    `NotProven`: what `claims_of`, `verify_proof` and `verify_opening` raise, `key_withdrawn` for
    what was not logged before that, `certificate_malformed`, `opening_missing`, and `not_logged`
    for a proof of something else.
    """
    # 1. The service signed it, as a certificate of erasure.
    signed = signed_statement(certificate, keys, typ=TYP)
    claims = signed.claims
    # 2. The proof is of an entry of the log, opened.
    entry = verify_proof(proof, log_keys, origin=origin, withdrawn=withdrawn_log_keys(keys))
    event = verify_opening(entry, salt=_bytes(proof, "salt"), event=_bytes(proof, "event"))
    # 3. The entry is of exactly this certificate.
    digest = hashlib.sha256(certificate.encode()).hexdigest()
    logged = (entry.kind, event.get("certificate"), event.get("erasure"), event.get("cameo"))
    if logged != (KIND, digest, claims.get("jti"), claims.get("cameo")):
        raise NotProven("not_logged", f"entry `{entry.index}` is not of this certificate")
    # 4. By a key that was not withdrawn, or logged before it was.
    signed.require_standing(entry.time)
    return _read(claims, entry)


def _bytes(proof: Mapping[str, Any], name: str) -> bytes:
    text = proof.get(name)
    if not isinstance(text, str):
        raise NotProven("opening_missing", f"the proof has no `{name}`")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotProven("proof_malformed", "what should be base64 is damaged") from error


def _read(claims: Mapping[str, Any], entry: LoggedEntry) -> ProvenErasure:
    try:
        return ProvenErasure(
            id=str(claims["jti"]),
            issuer=str(claims["iss"]),
            owner=str(claims["sub"]),
            cameo=str(claims["cameo"]),
            requested_by=str(claims["requested_by"]),
            requested_at=_moment(claims["requested_at"]),
            completed_at=_moment(claims["completed_at"]),
            destroyed={str(name): int(count) for name, count in claims["destroyed"].items()},
            told={
                str(each["holder"]): tuple(map(str, each["disclosures"])) for each in claims["told"]
            },
            entry=entry,
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
        raise NotProven("certificate_malformed", "the certificate is not complete") from error


def _moment(seconds: object) -> datetime:
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        raise TypeError("a moment is whole seconds since 1970")
    return datetime.fromtimestamp(seconds, UTC)
