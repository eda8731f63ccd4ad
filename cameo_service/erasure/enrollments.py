"""The enrollments that are erased with a cameo: all that this service looked at its person for.

enrollments = enrollments_of(tx, cameo)
enrollments.ids    # the same today and tomorrow
"""

from dataclasses import dataclass

from storage.contracts import Transaction
from storage.records import CameoRecord, EnrollmentRecord, EnrollmentTrace


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedEnrollments:
    """`own` are few, and hold what has to be taken from each; of the `fruitless` there may be
    thousands, and only what is counted is read of them. Of the `altered` there are ids alone:
    nobody can read what somebody put there, and all of it goes."""

    own: tuple[EnrollmentRecord, ...] = ()
    fruitless: tuple[EnrollmentTrace, ...] = ()
    altered: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """All of them, in order of id."""
        own = [each.id for each in self.own]
        return tuple(sorted([*own, *self.altered, *[each.id for each in self.fruitless]]))


def enrollments_of(tx: Transaction, cameo: CameoRecord) -> ErasedEnrollments:
    """Those it came of and those that were to renew it, and of its owner those that were begun
    before it and became nothing: attempts that failed, and any that goes on beside it still.

    Whoever begins anew after the erasure is not among them.
    """
    # a kind that is none was a person's, for all that anybody knows
    if cameo.kind == "character":
        return ErasedEnrollments()
    fruitless = tx.enrollments.fruitless(cameo.owner, before=cameo.created_at, renews=cameo.id)
    counted = {each.id for each in fruitless}
    found = tx.enrollments.of_cameo(cameo.id)
    return ErasedEnrollments(
        own=tuple(each for each in found.records if each.id not in counted),
        fruitless=tuple(fruitless),
        altered=tuple(each for each in found.altered if each not in counted),
    )
