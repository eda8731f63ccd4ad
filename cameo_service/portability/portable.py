"""Grants in the forms of others, for those who may see them.

licence_document_of(context, caller, "gra_…")["type"]
"""

from typing import Any

from cameo_service.callers import Caller
from cameo_service.context import Context
from cameo_service.grants import granted
from cameo_service.people.speaking import is_on_owners_side
from cameo_service.portability.consent_records import consent_record
from cameo_service.portability.licences import licence_of


def consent_record_of(context: Context, caller: Caller, id: str) -> dict[str, Any]:
    """The consent record of a grant. Raises `Unknown`, and `Invalid` for a character's."""
    now = context.clock()
    with context.store.read() as tx:
        record = granted.visible(tx, caller, id, now=now)
        owner = tx.cameos.get(record.cameo_id).owner
        return consent_record(
            tx,
            granted.seen(tx, caller, record, now=now),
            names_subject=is_on_owners_side(tx, caller, owner, now=now),
            settings=context.settings,
            now=now,
        )


def licence_document_of(context: Context, caller: Caller, id: str) -> dict[str, Any]:
    """The ODRL agreement that a grant is. Raises `Unknown`."""
    now = context.clock()
    with context.store.read() as tx:
        record = granted.visible(tx, caller, id, now=now)
        seen = granted.seen(tx, caller, record, now=now)
    return licence_of(seen, issuer=context.settings.issuer)
