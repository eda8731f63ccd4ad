"""The erasure certificate: what the service signs about what it destroyed.

>>> digest_of("a.b.c")[:8]
'845e3044'
"""

import hashlib
from collections.abc import Sequence

from cameo_service.context import Context
from cameo_service.signing import epoch
from storage.contracts import Transaction
from storage.keys import Purpose
from storage.records import ErasureRecord, ErasureTellingRecord


def certificate_of(
    tx: Transaction,
    context: Context,
    erasure: ErasureRecord,
    tellings: Sequence[ErasureTellingRecord],
) -> str:
    """The signed certificate of an erasure that is complete.

    Its digest goes into the log with the event `cameo.erased`: a certificate that does not stand
    there is none. Who confirmed, later, is told beside it.
    """
    if erasure.completed_at is None:
        raise ValueError(f"erasure `{erasure.id}` is not complete")
    claims = {
        "iss": context.settings.issuer,
        "sub": erasure.owner,
        "jti": erasure.id,
        "iat": epoch(erasure.completed_at),
        "cameo": erasure.cameo_id,
        "requested_by": erasure.requested_by,
        "requested_at": epoch(erasure.requested_at),
        "completed_at": epoch(erasure.completed_at),
        "destroyed": erasure.destroyed,
        "told": [
            {"holder": each.holder, "disclosures": list(each.disclosures)} for each in tellings
        ],
    }
    return context.signer.sign_in(tx, Purpose.ERASURE, claims)


def digest_of(certificate: str) -> str:
    """SHA-256 in hex of the certificate as it stands: the compact JWS."""
    return hashlib.sha256(certificate.encode()).hexdigest()
