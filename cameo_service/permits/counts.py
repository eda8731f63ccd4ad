"""What can be used so many times: reserved by a permit, used by a use, free again at its end.

Whoever changes a count touches what facts of it depend on, so that no decision in memory goes on
with the old one.

reserve(tx, ["grant:gra_1", "approval:apr_1"], permit_id="per_1", expires_at=end, now=now)
"""

from collections.abc import Iterable
from datetime import datetime

from cameo_service import touched
from cameo_service.documents import terms_from
from storage.contracts import Transaction


def reserve(
    tx: Transaction,
    keys: Iterable[str],
    *,
    permit_id: str,
    expires_at: datetime,
    now: datetime,
) -> None:
    """Take one of each of `keys` for a permit until it expires. The caller knows there is one."""
    taken = sorted(set(keys))
    for key in taken:
        tx.reservations.reserve(key, permit_id, expires_at=expires_at)
    touch(tx, taken, now=now)


def use_up(tx: Transaction, keys: Iterable[str], *, permit_id: str, now: datetime) -> bool:
    """Turn what a permit reserves into used; whether it had one of each of `keys` for itself.

    The caller undoes everything where it had not. On one clock it always has; a replica whose
    clock is ahead gives to others what the clock of this one still holds reserved.
    """
    had = tx.reservations.commit(permit_id, now=now)
    return set(had) == set(keys) and all(
        tx.reservations.taken(key, now=now).count <= most_of(tx, key) for key in had
    )


def most_of(tx: Transaction, key: str) -> int:
    """How often that which `key` counts can be used. An approval is for one use."""
    kind, _, id = key.partition(":")
    count = terms_from(tx.grants.get(id).terms).count if kind == "grant" else 1
    if count is None:
        raise LookupError(f"`{key}` is not counted")
    return count


def release(tx: Transaction, *permit_ids: str, now: datetime) -> None:
    """Give back what these permits reserve. What was used stays used."""
    touch(tx, tx.reservations.release(*permit_ids), now=now)


def touch(tx: Transaction, keys: Iterable[str], *, now: datetime) -> None:
    """Touch what decisions over these counts depend on.

    An approval counts among what is known of its requester.
    """
    changed = set(keys)
    approvals = {key for key in changed if key.startswith(touched.approval(""))}
    ids = [key.partition(":")[2] for key in approvals]
    requesters = {touched.principal(each) for each in tx.approvals.requesters(ids)}
    changed = changed - approvals | requesters
    if changed:
        tx.revisions.touch(*sorted(changed), now=now)
