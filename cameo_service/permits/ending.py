"""What ends with something else: permits, and what they reserved.

end_permits(tx, touched.grant("gra_1"), now=now)
"""

from datetime import datetime

from cameo_service.permits import counts
from storage.contracts import Transaction


def end_permits(tx: Transaction, *keys: str, now: datetime) -> list[str]:
    """Revoke every live permit that rests on one of `keys`; return their ids, in order.

    What they had reserved is given back. Where a permit ended, `keys` are touched: a status list
    is as old as its revision.
    """
    ended = tx.permits.revoke_resting_on(*keys, now=now)
    if ended:
        tx.revisions.touch(*keys, now=now)
        counts.release(tx, *ended, now=now)
    return ended
