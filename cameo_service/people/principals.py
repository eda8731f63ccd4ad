"""What is kept of a principal: standing, minority, death. The one way to write a change of it.

record = keep(tx, replace(known(tx, "user:ann", now=now), age_band="teen"), caller, now=now)
"""

from dataclasses import replace
from datetime import datetime

from cameo_service import touched
from cameo_service.callers import Caller
from cameo_service.permits import ending
from permissions.vocabulary import Standing
from storage.contracts import Transaction
from storage.records import PrincipalRecord


def known(tx: Transaction, principal: str, *, now: datetime) -> PrincipalRecord:
    """What is known of `principal`. Of whom nothing is: of age, alive, active, version 0."""
    record = tx.principals.find(principal)
    if record is not None:
        return record
    return PrincipalRecord(
        id=principal,
        version=0,
        standing=Standing.ACTIVE,
        standing_reason=None,
        age_band=None,
        birth_date=None,
        vouched_until=None,
        deceased_at=None,
        updated_by="",
        updated_at=now,
    )


def keep(
    tx: Transaction, record: PrincipalRecord, caller: Caller, *, now: datetime
) -> PrincipalRecord:
    """Store what is known by now; every permit that rests on the principal ends."""
    changed = replace(record, updated_by=caller.key_id, updated_at=now)
    if changed.version == 0:
        changed = replace(changed, version=1)
        tx.principals.add(changed)
    else:
        changed = tx.principals.save(changed)
    key = touched.principal(record.id)
    ending.end_permits(tx, key, now=now)
    tx.revisions.touch(key, now=now)
    return changed
