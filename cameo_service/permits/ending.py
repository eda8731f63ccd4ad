"""What ends with something else: permits, and what they reserved.

end_permits(tx, touched.grant("gra_1"), now=now)
"""

from datetime import datetime

from cameo_service.events import Event, record
from cameo_service.permits import counts
from cameo_service.permits.concerned import concerned_by
from cameo_service.webhooks.telling import tell_revoked
from storage.contracts import Transaction


def end_permits(tx: Transaction, *keys: str, now: datetime) -> list[str]:
    """Revoke every live permit that rests on one of `keys`; return their ids, in order.

    What they had reserved is given back. Where a permit ended, `keys` are touched, since a status
    list is as old as its revision, the log has one entry for all that ended, and those who carry
    them are told.
    """
    ended = tx.permits.revoke_resting_on(*keys, now=now)
    if ended:
        tx.revisions.touch(*keys, now=now)
        counts.release(tx, *ended, now=now)
        subjects = tuple(concerned_by(tx, *keys))
        record(tx, Event.PERMIT_REVOKED, {"permits": ended}, subjects=subjects, now=now)
        tell_revoked(tx, ended, now=now)
    return ended
