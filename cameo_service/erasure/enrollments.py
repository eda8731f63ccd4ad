"""The enrollments that are erased with a cameo: all that this service looked at its person for.

for enrollment in enrollments_of(tx, cameo):
    ...
"""

from collections.abc import Iterator

from storage.contracts import Transaction
from storage.records import CameoRecord, EnrollmentRecord

AT_ONCE = 200


def enrollments_of(tx: Transaction, cameo: CameoRecord) -> list[EnrollmentRecord]:
    """Those it came of and those that were to renew it, and of its owner those that were begun
    before it and became nothing: attempts that failed, and any that goes on beside it still.

    The same today and tomorrow: whoever begins anew after the erasure is not among them.
    """
    if cameo.kind != "person":
        return []
    found = {each.id: each for each in tx.enrollments.of_cameo(cameo.id)}
    for each in _every(tx, cameo.owner):
        became_nothing = each.cameo_id is None and each.renews is None
        if became_nothing and each.created_at < cameo.created_at:
            found.setdefault(each.id, each)
    return [found[id] for id in sorted(found)]


def _every(tx: Transaction, principal: str) -> Iterator[EnrollmentRecord]:
    after = None
    while page := tx.enrollments.of(principal, limit=AT_ONCE, after=after):
        yield from page
        after = page[-1].id
