"""What ends with something else: permits, what they reserved, and the uses that were made of them.

end_permits(tx, touched.grant("gra_1"), now=now)
"""

from datetime import datetime

from storage.contracts import Transaction


def end_permits(tx: Transaction, *keys: str, now: datetime) -> list[str]:
    """Revoke every live permit that rests on one of `keys`; return their ids, in order.

    What they had reserved is given back, and the counts that change are touched.
    """
    ended = sorted({id for key in keys for id in tx.permits.revoke_resting_on(key, now=now)})
    released = sorted({key for id in ended for key in tx.reservations.release(id)})
    if released:
        tx.revisions.touch(*released, now=now)
    return ended
