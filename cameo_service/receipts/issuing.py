"""Receipts are made in the transaction of the report: there is no use without its receipts.

issue(tx, context, Reported(use=use, permit=permit, met=()), now=now)
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from cameo_service.context import Context
from cameo_service.events import Event, record
from cameo_service.identifiers import new_id
from cameo_service.receipts.statements import (
    Reported,
    digest_of,
    holder_claims,
    owner_claims,
)
from storage.contracts import Transaction
from storage.keys import Purpose
from storage.records import ReceiptRecord, UseState


class _Part(NamedTuple):
    """One receipt to make. `named` is what its event says, `subjects` whose erasure closes it."""

    id: str
    cameo_id: str | None
    claims: Mapping[str, Any]
    named: Mapping[str, str]
    subjects: tuple[str, ...]


def issue(tx: Transaction, context: Context, reported: Reported, *, now: datetime) -> None:
    """Sign, log and keep the receipts of a use that was just reported or published.

    Each has an entry of its own, so that what opens one shows nothing of another. The event holds
    the SHA-256 of the signed statement.
    """
    published = reported.use.state is UseState.PUBLISHED
    event = Event.USE_PUBLISHED if published else Event.USE_REPORTED
    for part in _parts(tx, context, reported, now=now):
        statement = context.signer.sign_in(tx, Purpose.RECEIPT, part.claims)
        document = {**part.named, "receipt": part.id, "statement_sha256": digest_of(statement)}
        number = record(tx, event, document, subjects=part.subjects, now=now)
        tx.receipts.add(
            ReceiptRecord(
                id=part.id,
                use_id=reported.use.id,
                cameo_id=part.cameo_id,
                statement=statement,
                log_number=number,
                created_at=now,
            )
        )


def _parts(
    tx: Transaction, context: Context, reported: Reported, *, now: datetime
) -> Iterator[_Part]:
    use, issuer = reported.use, context.settings.issuer
    id = new_id("rcp")
    yield _Part(
        id,
        None,
        holder_claims(tx, reported, id=id, issuer=issuer, now=now),
        {"use": use.id, "permit": reported.permit.id},
        (use.holder,),
    )
    owners = {party["cameo_id"]: party["owner"] for party in use.basis["parties"]}
    for cameo_id in sorted(owners):
        id = new_id("rcp")
        claims = owner_claims(tx, reported, cameo_id, id=id, issuer=issuer, now=now)
        named = {"use": use.id, "cameo": cameo_id}
        yield _Part(id, cameo_id, claims, named, (cameo_id, owners[cameo_id]))
