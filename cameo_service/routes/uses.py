"""Uses over HTTP: reported by their holders, seen and called back by owners.

app.include_router(router)
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from cameo_service.callers import Caller, Scope
from cameo_service.routes.dependencies import ContextOf, CreationOf, PageOf, caller_with
from cameo_service.routes.schemas.common import Page, PageQuery, PrincipalText
from cameo_service.routes.schemas.uses import (
    AskRemovalIn,
    AssetsIn,
    OwnedUseOut,
    PublishIn,
    UseIn,
    UseOut,
    met_documents,
    view_of,
)
from cameo_service.uses import finding, recalls, reporting
from storage.contracts import Transaction

router = APIRouter(prefix="/v1", tags=["uses"])

Reading = Annotated[Caller, Depends(caller_with(Scope.USES_READ))]
Writing = Annotated[Caller, Depends(caller_with(Scope.USES_WRITE))]


@router.post("/uses", status_code=201, response_model=UseOut, operation_id="reportUse")
def report_use(body: UseIn, context: ContextOf, caller: Writing, creation: CreationOf) -> Response:
    """Report what comes of a permit, while the permit lives: best when work on it begins.

    This spends the permit. `generate` and `remix` give a draft, `tag` and `publish` what is
    published.
    """

    def produce(tx: Transaction) -> UseOut:
        use = reporting.report(
            tx,
            context,
            caller,
            permit_id=body.permit_id,
            assets=[asset.document() for asset in body.assets],
            location=body.location,
            obligations_met=met_documents(body.obligations_met),
        )
        return UseOut.of(use)

    def repeat(tx: Transaction, answer: bytes) -> UseOut:
        return UseOut.of(tx.uses.get(UseOut.model_validate_json(answer).id))

    return creation.run(caller, produce, repeat=repeat)


class HeldQuery(PageQuery):
    """Whose uses: the caller's own, or those of a holder that it acts for."""

    recalled: bool = False
    holder: PrincipalText | None = None


@router.get("/uses", operation_id="listUses")
def list_uses(
    context: ContextOf, caller: Reading, query: Annotated[HeldQuery, Query()]
) -> Page[UseOut]:
    """The uses that a holder answers for; with `recalled=true`, those it is asked to remove."""
    holder = query.holder or caller.principal
    with context.store.read() as tx:
        found = finding.of_holder(
            tx,
            caller,
            holder,
            recalled=query.recalled,
            limit=query.limit + 1,
            after=query.after,
        )
    return Page[UseOut].of(found, query, shown=UseOut.of, cursor=lambda use: use.id)


@router.get("/uses/{id}", operation_id="getUse")
def get_use(id: str, context: ContextOf, caller: Reading) -> UseOut | OwnedUseOut:
    """A use, for its holder; and for the owners of the likenesses in it, as far as they go."""
    with context.store.read() as tx:
        return view_of(finding.visible(tx, caller, id, now=context.clock()))


@router.get("/cameos/{id}/uses", operation_id="listCameoUses")
def list_cameo_uses(
    id: str, context: ContextOf, caller: Reading, query: PageOf
) -> Page[OwnedUseOut]:
    """Every use of a cameo, drafts too, for its owner's side."""
    now, limit = context.clock(), query.limit + 1
    with context.store.read() as tx:
        found = finding.of_cameo(tx, caller, id, now=now, limit=limit, after=query.after)
    return Page[OwnedUseOut].of(found, query, shown=OwnedUseOut.of, cursor=lambda seen: seen.use.id)


@router.post("/uses/{id}/assets", operation_id="addAssets")
def add_assets(id: str, body: AssetsIn, context: ContextOf, caller: Writing) -> UseOut:
    """Add assets to a draft. A permit or approval to publish it as it was ends."""
    assets = [asset.document() for asset in body.assets]
    with context.store.write() as tx:
        return UseOut.of(reporting.add_assets(tx, context, caller, id=id, assets=assets))


@router.post("/uses/{id}/publish", operation_id="publishUse")
def publish_use(id: str, body: PublishIn, context: ContextOf, caller: Writing) -> UseOut:
    """Publish a draft, on a living permit to `publish` that names it as its `draft`."""
    with context.store.write() as tx:
        use = reporting.publish(
            tx,
            context,
            caller,
            id=id,
            permit_id=body.permit_id,
            location=body.location,
            obligations_met=met_documents(body.obligations_met),
        )
        return UseOut.of(use)


@router.post("/uses/{id}/remove", operation_id="removeUse")
def remove_use(id: str, context: ContextOf, caller: Writing) -> UseOut:
    """Report that a use is gone. A recall of it is done then."""
    with context.store.write() as tx:
        return UseOut.of(reporting.remove(tx, context, caller, id=id))


@router.post("/uses/{id}/ask-removal", operation_id="askRemoval")
def ask_removal(
    id: str, context: ContextOf, caller: Writing, body: AskRemovalIn | None = None
) -> OwnedUseOut:
    """Ask the holder to remove a use, as the owner of a likeness in it."""
    reason = body.reason if body is not None else None
    with context.store.write() as tx:
        return OwnedUseOut.of(recalls.ask_removal(tx, context, caller, id=id, reason=reason))
