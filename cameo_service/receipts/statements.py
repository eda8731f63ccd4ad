"""What a receipt states: the whole use to its holder, to each owner what is theirs in it.

>>> from permissions.decision import ReasonCode
>>> shown_reason(ReasonCode.ALLOWED_BY_POLICY.value)
'in_audience'
"""

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cameo_service.documents.reading import moment_text
from cameo_service.signing import epoch
from permissions.decision import ReasonCode
from storage.contracts import Transaction
from storage.records import Document, PermitRecord, UseRecord

VERSION = 1
CONTEXT = ("purpose", "categories", "territories")
"""What owners read of the question: by what their consent was measured, and nobody else's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A use as it was just reported, the permit that was spent on it, the obligations stated met.

    `met` are obligations' documents of this permit.
    """

    use: UseRecord
    permit: PermitRecord
    met: tuple[Document, ...]


def holder_claims(
    tx: Transaction, reported: Reported, *, id: str, issuer: str, now: datetime
) -> dict[str, Any]:
    """What the holder's receipt states: what the permit told its requester, and what came of it.

    Of a chain it names the grant that the requester holds; of what lies beneath a character,
    nothing.
    """
    use, basis = reported.use, reported.use.basis
    parties = [party for party in basis["parties"] if party["underlies"] is None]
    shown = set(basis.get("shown", []))
    return {
        **_head(use, id=id, issuer=issuer, audience=use.holder, now=now),
        "view": "holder",
        "use": {
            **_use(use),
            "permit": reported.permit.id,
            "remix_of": list(use.remix_of),
        },
        "likenesses": [_with_reason(likeness, parties) for likeness in use.likenesses],
        "context": {name: reported.permit.request[name] for name in (*CONTEXT, "co_appearing")},
        "grants": _grants(tx, [each for each in basis["grants"] if each["id"] in shown]),
        "approvals": sorted({each for party in parties for each in party.get("approvals", [])}),
        "obligations": _obligations(basis.get("obligations", []), reported.met),
        "assets": list(use.assets),
        "times": _times(reported),
    }


def owner_claims(
    tx: Transaction, reported: Reported, cameo_id: str, *, id: str, issuer: str, now: datetime
) -> dict[str, Any]:
    """What the receipt for the owner of `cameo_id` states: that cameo's part, and no other's.

    It names the likeness as it was asked for; none where the cameo lies beneath a character.
    """
    use = reported.use
    parties = [each for each in use.basis["parties"] if each["cameo_id"] == cameo_id]
    owed = [each for party in parties for each in party.get("obligations", [])]
    return {
        **_head(use, id=id, issuer=issuer, audience=parties[0]["owner"], now=now),
        "view": "owner",
        "cameo": cameo_id,
        "use": _use(use),
        "reasons": sorted({party["reason"] for party in parties}),
        "likenesses": [each for each in use.likenesses if each["cameo_id"] == cameo_id],
        "context": {name: reported.permit.request[name] for name in CONTEXT},
        "grants": _grants(
            tx, [each for each in use.basis["grants"] if each["cameo_id"] == cameo_id]
        ),
        "approvals": sorted({each for party in parties for each in party.get("approvals", [])}),
        "obligations": _obligations(owed, reported.met),
        "assets": list(use.assets),
        "times": _times(reported),
    }


def shown_reason(code: str) -> str:
    """The reason as the requester read it: not in which circle the owner counts them."""
    standing_word = {ReasonCode.IN_AUDIENCE.value, ReasonCode.ALLOWED_BY_POLICY.value}
    return ReasonCode.IN_AUDIENCE.value if code in standing_word else code


def digest_of(statement: str) -> str:
    """SHA-256 in hex over a signed statement's characters, which the log's event holds."""
    return hashlib.sha256(statement.encode("ascii")).hexdigest()


def stated_in(statement: str) -> dict[str, Any]:
    """What a statement says that was signed here and comes from our own store."""
    payload = statement.split(".")[1]
    claims: dict[str, Any] = json.loads(
        base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    )
    return claims


def _head(use: UseRecord, *, id: str, issuer: str, audience: str, now: datetime) -> dict[str, Any]:
    return {
        "iss": issuer,
        "aud": audience,
        "sub": use.id,
        "jti": id,
        "iat": epoch(now),
        "version": VERSION,
    }


def _use(use: UseRecord) -> dict[str, Any]:
    return {
        "id": use.id,
        "status": use.state.value,
        "action": use.action,
        "requester": use.requester,
        "holder": use.holder,
        "location": use.location,
    }


def _with_reason(likeness: Document, parties: Iterable[Document]) -> Document:
    cameo_id = likeness["cameo_id"]
    reasons = [party["reason"] for party in parties if party["cameo_id"] == cameo_id]
    return {**likeness, "reason": shown_reason(reasons[0]) if reasons else None}


def _grants(tx: Transaction, documents: Iterable[Document]) -> list[Document]:
    """Each grant, with the SHA-256 of its signed form, which never changes."""
    found = []
    for document in documents:
        record = tx.grants.get(document["id"])
        found.append(
            {
                "id": record.id,
                "version": document["version"],
                "cameo_id": record.cameo_id,
                "terms_version": record.terms.get("version"),
                "sha256": digest_of(record.signed),
            }
        )
    return found


def _obligations(owed: Iterable[Document], met: Iterable[Document]) -> list[Document]:
    unique = {(each["kind"], each["text"]): each for each in owed}
    stated = {(each["kind"], each["text"]) for each in met}
    return [{**unique[key], "stated_met": key in stated} for key in sorted(unique)]


def _times(reported: Reported) -> dict[str, str | None]:
    use = reported.use
    return {
        "permitted_at": moment_text(reported.permit.issued_at),
        "reported_at": moment_text(use.created_at),
        "published_at": moment_text(use.published_at),
    }
