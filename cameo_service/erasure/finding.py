"""Erasures, for the side of who owned the cameo.

seen = visible(tx, caller, "era_…", now=now)
"""

from datetime import datetime

from cameo_service.callers import Caller
from cameo_service.errors import Unknown
from cameo_service.people.speaking import is_on_owners_side
from storage.contracts import Transaction
from storage.records import ErasureRecord


def visible(tx: Transaction, caller: Caller, id: str, *, now: datetime) -> ErasureRecord:
    """The erasure, to the owner's side; else `Unknown`, existing or not."""
    erasure = tx.erasures.find(id)
    if erasure is None or not is_on_owners_side(tx, caller, erasure.owner, now=now):
        raise Unknown(f"there is no erasure `{id}`")
    return erasure
