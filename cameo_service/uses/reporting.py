"""What holders report of their uses: made, with these assets, published, removed.

use = report(tx, context, caller, permit_id="per_…", assets=[], location=None)
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from cameo_service import touched
from cameo_service.callers import Caller
from cameo_service.consent.decisions import require_publishable
from cameo_service.context import Context
from cameo_service.errors import Invalid
from cameo_service.events import Event, record
from cameo_service.identifiers import new_id
from cameo_service.permits import counts, ending, issuing
from cameo_service.permits.concerned import concerned_by
from cameo_service.receipts.issuing import issue
from cameo_service.receipts.obligations import stated
from cameo_service.receipts.statements import Reported
from cameo_service.uses import finding
from permissions.vocabulary import Action
from storage.contracts import Transaction
from storage.records import Document, PermitRecord, RecallState, UseRecord, UseState

MOST_ASSETS = 256

_FIRST = {
    Action.TAG: UseState.PUBLISHED,
    Action.GENERATE: UseState.DRAFT,
    Action.REMIX: UseState.DRAFT,
    Action.PUBLISH: UseState.PUBLISHED,
}


def report(
    tx: Transaction,
    context: Context,
    caller: Caller,
    *,
    permit_id: str,
    assets: Sequence[Document],
    location: str | None,
    obligations_met: Sequence[Document] = (),
) -> UseRecord:
    """Store the use that came of a permit, which spends the permit and what it reserved.

    It must come while the permit lives. Its receipts are made with it; they repeat which of the
    permit's obligations the holder states to have met. Raises `Unknown`, `PermitEnded`,
    `PermitSpent`, and `Invalid` for an obligation that the permit does not name.
    """
    permit = issuing.held(tx, caller, permit_id)
    now = context.clock()
    issuing.require_live(permit, now=now)
    if permit.draft is not None:
        raise Invalid(
            "permit_for_draft",
            f"permit `{permit.id}` is for publishing the use `{permit.draft}`",
        )
    met = stated(permit.basis, obligations_met, permit_id=permit.id)
    use = _use_of(permit, assets=_merged((), assets), location=location, now=now)
    tx.uses.add(use)
    _spend(tx, permit, use, now=now)
    issue(tx, context, Reported(use=use, permit=permit, met=met), now=now)
    return use


def _use_of(
    permit: PermitRecord, *, assets: tuple[Document, ...], location: str | None, now: datetime
) -> UseRecord:
    state = _FIRST[Action(permit.action)]
    parties = permit.basis["parties"]
    return UseRecord(
        id=new_id("use"),
        version=1,
        permit_id=permit.id,
        requester=permit.requester,
        holder=permit.audience,
        action=permit.action,
        state=state,
        likenesses=tuple(permit.request["likenesses"]),
        remix_of=tuple(permit.request["remix_of"]),
        # the links above each of them are found from it
        grants=tuple(sorted({party["grants"][0] for party in parties if party["grants"]})),
        basis=permit.basis,
        rests_on=permit.rests_on,
        assets=assets,
        location=location,
        recall=RecallState.NONE,
        recall_document=None,
        created_at=now,
        updated_at=now,
        published_at=now if state is UseState.PUBLISHED else None,
    )


def _spend(tx: Transaction, permit: PermitRecord, use: UseRecord, *, now: datetime) -> None:
    """What was reserved is used: as much is taken as before, so no count is touched.

    Raises `PermitEnded` where another replica, by a faster clock, gave it to somebody else.
    """
    tx.permits.spend(permit.id, use_id=use.id)
    if not counts.use_up(tx, permit.basis["counted"], permit_id=permit.id, now=now):
        raise issuing.PermitEnded(f"permit `{permit.id}` has expired")
    tx.revisions.touch(touched.use(use.id), now=now)


def add_assets(
    tx: Transaction, context: Context, caller: Caller, *, id: str, assets: Sequence[Document]
) -> UseRecord:
    """Add assets to a draft, each digest once.

    With another asset it is another draft: permits and approvals to publish it as it was are over.
    """
    now = context.clock()
    use = finding.held(tx, caller, id, now=now)
    require_publishable(use)
    merged = _merged(use.assets, assets)
    if merged == use.assets:
        return use
    saved = tx.uses.save(replace(use, assets=merged, updated_at=now))
    _end_what_rests_on(tx, use, now=now)
    return saved


def _merged(known: Sequence[Document], new: Sequence[Document]) -> tuple[Document, ...]:
    merged: dict[Any, Document] = {}
    for asset in (*known, *new):
        merged.setdefault(asset["sha256"], asset)
    if len(merged) > MOST_ASSETS:
        raise Invalid("too_many_assets", f"a use has {MOST_ASSETS} assets at most")
    return tuple(merged.values())


def publish(
    tx: Transaction,
    context: Context,
    caller: Caller,
    *,
    id: str,
    permit_id: str,
    location: str | None,
    obligations_met: Sequence[Document] = (),
) -> UseRecord:
    """Turn a draft into a published use, on a permit for exactly that, which is spent.

    The use then rests on what both permits rested on, and has receipts of its publication. A
    repeat with the same permit changes nothing.
    """
    now = context.clock()
    use = finding.held(tx, caller, id, now=now)
    permit = issuing.held(tx, caller, permit_id)
    _require_for(permit, use)
    if permit.use_id == use.id and use.published_at is not None:
        return use
    require_publishable(use)
    issuing.require_live(permit, now=now)
    met = stated(permit.basis, obligations_met, permit_id=permit.id)
    published = tx.uses.save(
        replace(
            use,
            state=UseState.PUBLISHED,
            basis=_joined(use.basis, permit.basis),
            rests_on=tuple(sorted({*use.rests_on, *permit.rests_on} - {touched.use(use.id)})),
            location=location if location is not None else use.location,
            published_at=now,
            updated_at=now,
        )
    )
    _spend(tx, permit, published, now=now)
    issue(tx, context, Reported(use=published, permit=permit, met=met), now=now)
    return published


def _require_for(permit: PermitRecord, use: UseRecord) -> None:
    """The permit names this draft, as it is; who holds one holds the other."""
    fits = (
        permit.draft == use.id
        and permit.audience == use.holder
        and permit.request["likenesses"] == list(use.likenesses)
        and permit.request["remix_of"] == sorted(use.remix_of)
    )
    if not fits:
        raise Invalid(
            "permit_for_another_use",
            f"permit `{permit.id}` is not for publishing the use `{use.id}`",
        )


def _joined(draft: Document, publication: Document) -> Document:
    """The parties' yes to the publication, with every grant that either rested on."""
    grants = {grant["id"]: grant for grant in (*draft["grants"], *publication["grants"])}
    return {
        "parties": publication["parties"],
        "grants": [grants[id] for id in sorted(grants)],
        "approvals": sorted({*draft["approvals"], *publication["approvals"]}),
        "obligations": publication.get("obligations", []),
        "shown": sorted({*draft.get("shown", []), *publication.get("shown", [])}),
        "inherited": sorted({*draft["inherited"], *publication["inherited"]}),
        "counted": sorted({*draft["counted"], *publication["counted"]}),
    }


def remove(tx: Transaction, context: Context, caller: Caller, *, id: str) -> UseRecord:
    """Note that a use is gone: deleted or taken down. What was asked for is done with it.

    Nothing can be made from it any more. Reporting it again changes nothing.
    """
    now = context.clock()
    use = finding.held(tx, caller, id, now=now)
    if use.state is UseState.REMOVED:
        return use
    asked = use.recall is RecallState.OPEN
    removed = tx.uses.save(
        replace(
            use,
            state=UseState.REMOVED,
            recall=RecallState.DONE if asked else use.recall,
            removed_at=now,
            updated_at=now,
        )
    )
    subjects = tuple(concerned_by(tx, touched.use(id)))
    record(tx, Event.USE_REMOVED, {"use": id}, subjects=subjects, now=now)
    _end_what_rests_on(tx, use, now=now)
    return removed


def _end_what_rests_on(tx: Transaction, use: UseRecord, *, now: datetime) -> None:
    ending.end_permits(tx, touched.use(use.id), now=now)
    tx.revisions.touch(touched.use(use.id), now=now)
