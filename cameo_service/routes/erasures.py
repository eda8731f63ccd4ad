"""Erasures over HTTP.

app.include_router(router)
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from cameo_service.callers import Caller, Scope
from cameo_service.erasure import finding, telling
from cameo_service.erasure.beginning import erase_cameo
from cameo_service.erasure.proofs import proof_of_erasure
from cameo_service.routes.dependencies import ContextOf, caller_with
from cameo_service.routes.schemas.common import Page
from cameo_service.routes.schemas.erasures import (
    ConfirmErasureIn,
    EraseCameoIn,
    ErasureNoticeOut,
    ErasureOut,
    HoldersQuery,
)

router = APIRouter(prefix="/v1", tags=["erasures"])

Reading = Annotated[Caller, Depends(caller_with(Scope.CAMEOS_READ))]
Writing = Annotated[Caller, Depends(caller_with(Scope.CAMEOS_WRITE))]
ReadingAsHolder = Annotated[Caller, Depends(caller_with(Scope.USES_READ))]
WritingAsHolder = Annotated[Caller, Depends(caller_with(Scope.USES_WRITE))]


@router.post("/cameos/{id}/erase", operation_id="eraseCameo")
def erase(
    id: str, context: ContextOf, caller: Writing, body: EraseCameoIn | None = None
) -> ErasureOut:
    """End a cameo, if it has not ended, and destroy everything that is held of it.

    Whoever was handed identity packages is told. Erasing again changes nothing.
    """
    acting_as = body.acting_as if body is not None else None
    record = erase_cameo(context, caller, cameo_id=id, acting_as=acting_as)
    with context.store.read() as tx:
        tellings = tx.erasures.tellings(record.id)
    return ErasureOut.of(record, tellings, proof_of_erasure(context, record))


@router.get("/erasures", operation_id="listErasureNotices")
def list_notices(
    context: ContextOf, caller: ReadingAsHolder, query: Annotated[HoldersQuery, Query()]
) -> Page[ErasureNoticeOut]:
    """The erasures that a holder of identity packages is told of, in order of id."""
    with context.store.read() as tx:
        found = telling.told(
            tx,
            caller,
            holder=query.holder,
            unconfirmed=query.unconfirmed,
            limit=query.limit + 1,
            after=query.after,
        )
    return Page[ErasureNoticeOut].of(
        found, query, shown=ErasureNoticeOut.of, cursor=lambda each: each.telling.erasure_id
    )


@router.get("/erasures/{id}", operation_id="getErasure")
def get_erasure(id: str, context: ContextOf, caller: Reading) -> ErasureOut:
    """An erasure, its certificate with the log's proof, and who confirmed, for the owner's side."""
    with context.store.read() as tx:
        record = finding.visible(tx, caller, id, now=context.clock())
        tellings = tx.erasures.tellings(id)
    return ErasureOut.of(record, tellings, proof_of_erasure(context, record))


@router.post("/erasures/{id}/confirm", operation_id="confirmErasure")
def confirm_erasure(
    id: str, context: ContextOf, caller: WritingAsHolder, body: ConfirmErasureIn | None = None
) -> ErasureNoticeOut:
    """Confirm that a holder deleted its packages of the cameo. The first word stands."""
    holder = body.holder if body is not None else None
    with context.store.write() as tx:
        return ErasureNoticeOut.of(telling.confirm(tx, context, caller, id=id, holder=holder))
