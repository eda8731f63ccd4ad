"""What is destroyed with a cameo, and what ends: a numbered procedure of one transaction.

counts = destroy(tx, context, cameo, ended_by="ck_…")

What stays, and why, stands in `docs/erasure.md`: ids, what was agreed, what was made of it, and the
log's entries, which say nothing without the openings that are destroyed here.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from cameo_service import touched
from cameo_service.altered import passed_over
from cameo_service.context import Context
from cameo_service.enrollments import withdrawal
from cameo_service.enrollments.emptying import empty, is_empty
from cameo_service.enrollments.sessions import VERIFY_JOB
from cameo_service.enrollments.transitions import is_over
from cameo_service.erasure.enrollments import ErasedEnrollments, enrollments_of
from cameo_service.erasure.texts import destroy_texts
from cameo_service.events import Event, Said, record_all
from cameo_service.permits import ending
from cameo_service.uses import recalls
from permissions.facts import CameoStatus
from storage.contracts import Transaction
from storage.records import CameoRecord, Document

Counts = dict[str, int]
NOBODY: Document = {"audience": {}, "approved": []}
"""The policy that lets nobody, in place of every version of the owner's."""

AT_ONCE = 200
CAUSE = "cameo_erased"


def destroy(tx: Transaction, context: Context, cameo: CameoRecord, *, ended_by: str) -> Counts:
    """Destroy what is held of `cameo` in the database; return the counts, by kind."""
    enrollments = enrollments_of(tx, cameo)
    # 1. templates, samples and data keys, of the cameo and of renewals that wait; with the keys
    #    go the vectors of an index in the database
    own = [*[each.id for each in enrollments.own], *enrollments.altered]
    counts = _under_keys(tx, [cameo.id, *own])
    # 2. enrollments and renewals that are under way; what the others keep
    counts |= _enrollments(tx, context, cameo, enrollments)
    # 3. answers that are kept for repeated requests
    counts["kept_answers"] = tx.idempotency.empty(cameo.id, *enrollments.ids)
    # 4. the credential, and the cameo itself
    counts["credentials"] = _cameo(tx, context, cameo)
    # 5. what was written about it, and about its owner with the last of the cameos
    texts = destroy_texts(tx, cameo, now=context.clock())
    counts |= texts.counts
    # 6. what rested on it: grants, permits, uses
    rights, altered = _rights(tx, context, cameo, ended_by=ended_by)
    counts |= rights
    counts["altered_uses"] = len(texts.altered.union(altered))
    # 7. requests that ask for it and can never become a yes: ended as those that nobody answers,
    #    so that nobody else answers them without the words that the job takes out of them
    _close_requests(tx, cameo.id, now=context.clock())
    # 8. what its owner ruled and wrote, was told, and who asked
    counts["policy_versions"] = tx.policies.empty(cameo.id, NOBODY)
    counts["character_versions"] = tx.characters.empty(cameo.id)
    counts["notices"] = tx.notices.forget(cameo.owner, cameo.id)
    counts["inquiries"] = tx.inquiries.forget(cameo.id)
    # 9. what opens the log's commitments, but for receipts, which stay verifiable; what opens the
    #    ends of the grants was never kept
    counts["log_openings"] = rights["grants_ended"] + tx.log.forget(
        cameo.id, but=frozenset(tx.receipts.entries_of(touched.cameo(cameo.id)))
    )
    return counts


def _under_keys(tx: Transaction, holders: Sequence[str]) -> Counts:
    destroyed = [tx.templates.destroy(each) for each in holders]
    return {
        "templates": sum(each.templates for each in destroyed),
        "samples": sum(each.samples for each in destroyed),
        "data_keys": sum(each.keys for each in destroyed),
    }


def _enrollments(
    tx: Transaction, context: Context, cameo: CameoRecord, enrollments: ErasedEnrollments
) -> Counts:
    now, fruitless = context.clock(), enrollments.fruitless
    under_way = [each for each in enrollments.own if not is_over(each)]
    for each in under_way:
        withdrawal.end(tx, context, each)
    # those that the retention schedule emptied before have nothing left to destroy
    full = [each for each in enrollments.own if not is_empty(each)]
    for each in full:
        empty(tx, tx.enrollments.get(each.id), now=now)
    # the moves and the emptying of above for all of these at once: there may be thousands
    emptied = tx.enrollments.end_fruitless(
        cameo.owner, before=cameo.created_at, renews=cameo.id, now=now
    )
    # what somebody altered goes without being believed
    unread = tx.enrollments.end_altered(enrollments.altered, now=now)
    passed_over("enrollment", enrollments.altered)
    recorded = [*enrollments.altered, *[each.id for each in fruitless if each.was_recorded]]
    kept = ("enrollment", "recording")
    return {
        "enrollments": len(full) + emptied + unread,
        "altered_enrollments": unread,
        "enrollments_withdrawn": len(under_way) + sum(not each.is_over for each in fruitless),
        # deleted by the job, or before it by a sweep that finds nobody to name them any more
        "recordings": sum(each.recording_blob is not None for each in enrollments.own)
        + sum(each.holds_recording for each in fruitless),
        "jobs": tx.jobs.forget(
            VERIFY_JOB, "enrollment", [*[each.id for each in enrollments.own], *recorded], kept=kept
        ),
    }


def _cameo(tx: Transaction, context: Context, cameo: CameoRecord) -> int:
    """Withdrawing its enrollment may have changed it meanwhile."""
    current = tx.cameos.get(cameo.id)
    tx.cameos.save(
        replace(
            current,
            status=CameoStatus.ERASED,
            credential=None,
            credential_expires_at=None,
            assurance=None,
            enrolled=(),
            updated_at=context.clock(),
        )
    )
    tx.revisions.touch(touched.cameo(cameo.id), touched.principal(cameo.owner), now=context.clock())
    return int(current.credential is not None)


def _rights(
    tx: Transaction, context: Context, cameo: CameoRecord, *, ended_by: str
) -> tuple[Counts, list[str]]:
    """End what rested on it; the counts, and the uses that cannot be read."""
    now, key = context.clock(), touched.cameo(cameo.id)
    ended = _end_grants(tx, cameo, ended_by=ended_by, now=now)
    permits = ending.end_permits(tx, key, now=now)
    recalled = recalls.recall(tx, key, cause=CAUSE, now=now)
    return {
        "grants_ended": ended,
        "permits_revoked": len(permits),
        "uses_recalled": len(recalled.uses),
    }, recalled.altered


def _end_grants(tx: Transaction, cameo: CameoRecord, *, ended_by: str, now: datetime) -> int:
    """End every grant on it, in a few statements for all: there may be a hundred thousand."""
    ended = tx.grants.end_on_cameo(cameo.id, by=ended_by, reason=CAUSE, now=now)
    passed_over("grant", ended.altered)
    sides = {each.id: (each.grantor, each.grantee) for each in ended.records}
    # whose the others are, nobody can tell
    ids = sorted([*sides, *ended.altered])
    record_all(
        tx,
        [
            Said(
                event=Event.GRANT_ENDED,
                document={"grant": id, "cameo": cameo.id, "by": None},
                subjects=(cameo.id, cameo.owner, *sides.get(id, ())),
            )
            for id in ids
        ],
        now=now,
        # it would be destroyed below
        opened=False,
    )
    grantees = {touched.principal(each.grantee) for each in ended.records}
    tx.revisions.touch(*map(touched.grant, ids), *sorted(grantees), now=now)
    return len(ids)


def _close_requests(tx: Transaction, cameo_id: str, *, now: datetime) -> None:
    after = None
    while page := tx.access_requests.naming(cameo_id, pending=True, limit=AT_ONCE, after=after):
        after = page[-1]
        tx.access_requests.expire(page, now=now)
