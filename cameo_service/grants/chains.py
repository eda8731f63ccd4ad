"""Chains of grants: from a sublicence up to the grant that the owner gave.

links = chain_of(tx, record)
"""

from datetime import datetime

from cameo_service.documents import terms_from
from permissions.licences import MOST_LINKS
from storage.contracts import Transaction
from storage.records import GrantRecord


def chain_of(tx: Transaction, record: GrantRecord) -> tuple[GrantRecord, ...]:
    """`record` and every link above it, the owner's own grant last."""
    links = [record]
    while links[-1].parent is not None and len(links) < MOST_LINKS:
        links.append(tx.grants.get(links[-1].parent))
    return tuple(links)


def has_ended(record: GrantRecord, *, now: datetime) -> bool:
    """Whether this link was revoked or its time is over."""
    return record.revoked_at is not None or terms_from(record.terms).is_past_at(now)
