"""Holders of identity packages are told of an erasure, and confirm that they erased them too.

for telling in told(tx, caller, holder="app:studio", unconfirmed=True, limit=20, after=None):
    confirm(tx, context, caller, id=telling.erasure_id, holder=None)
"""

from typing import NamedTuple

from cameo_service.callers import Caller
from cameo_service.context import Context
from cameo_service.errors import Unknown
from cameo_service.events import Event, record
from cameo_service.notices.telling import NoticeKind, tell
from cameo_service.webhooks.telling import tell_erasure
from storage.contracts import Transaction
from storage.records import ErasureRecord, ErasureTellingRecord


class Told(NamedTuple):
    """What a holder is told, and the cameo that it is about."""

    telling: ErasureTellingRecord
    cameo_id: str


def tell_holders(tx: Transaction, context: Context, erasure: ErasureRecord) -> None:
    """Tell everybody who was ever handed a package of the cameo, with the ids of what they hold."""
    holders = tx.disclosures.holders_of(erasure.cameo_id)
    for holder, disclosures in holders.items():
        tx.erasures.tell(
            ErasureTellingRecord(
                erasure_id=erasure.id,
                holder=holder,
                disclosures=disclosures,
                told_at=context.clock(),
            )
        )
        body = {
            "cameo_id": erasure.cameo_id,
            "erasure_id": erasure.id,
            "disclosures": list(disclosures),
        }
        tell(tx, context, holder, NoticeKind.CAMEO_ERASED, body)
    tell_erasure(tx, erasure, holders, now=context.clock())


def told(
    tx: Transaction,
    caller: Caller,
    *,
    holder: str,
    unconfirmed: bool,
    limit: int,
    after: str | None,
) -> list[Told]:
    """What `holder` is told, in order of erasure. Raises `NotActingFor`."""
    caller.require_acting_for(holder)
    found = tx.erasures.told(holder, unconfirmed=unconfirmed, limit=limit, after=after)
    return [Told(each, tx.erasures.get(each.erasure_id).cameo_id) for each in found]


def confirm(
    tx: Transaction, context: Context, caller: Caller, *, id: str, holder: str | None
) -> Told:
    """Note that `holder`, or the caller itself, erased what it held. The first word stands.

    Raises `Unknown` for an erasure that this holder was not told of, or another's holder.
    """
    name = holder or caller.principal
    telling = _telling(tx, id, name) if caller.acts_for_principal(name) else None
    erasure = tx.erasures.find(id)
    if telling is None or erasure is None:
        raise Unknown(f"there is no erasure `{id}`")
    if telling.confirmed_at is not None:
        return Told(telling, erasure.cameo_id)
    now = context.clock()
    confirmed = tx.erasures.confirm(id, name, by=caller.key_id, now=now)
    document = {"erasure": id, "cameo": erasure.cameo_id, "holder": name}
    subjects = (erasure.cameo_id, name)
    record(tx, Event.ERASURE_CONFIRMED, document, subjects=subjects, now=now)
    return Told(confirmed, erasure.cameo_id)


def _telling(tx: Transaction, id: str, holder: str) -> ErasureTellingRecord | None:
    return next((each for each in tx.erasures.tellings(id) if each.holder == holder), None)
