"""Blocks and relationships over HTTP.

app.include_router(router)
"""

from typing import Annotated

from fastapi import APIRouter, Depends

from cameo_service.callers import Caller, Scope
from cameo_service.people import blocks, relationships
from cameo_service.routes.dependencies import ContextOf, PageOf, PrincipalPath, caller_with
from cameo_service.routes.schemas.common import Page
from cameo_service.routes.schemas.relations import (
    BlockOut,
    RelationshipsChanged,
    RelationshipsIn,
)

router = APIRouter(prefix="/v1", tags=["relations"])

ReadingCameos = Annotated[Caller, Depends(caller_with(Scope.CAMEOS_READ))]
WritingCameos = Annotated[Caller, Depends(caller_with(Scope.CAMEOS_WRITE))]
Reading = Annotated[Caller, Depends(caller_with(Scope.RELATIONSHIPS_READ))]
Writing = Annotated[Caller, Depends(caller_with(Scope.RELATIONSHIPS_WRITE))]


@router.get("/principals/{owner}/blocks", operation_id="listBlocks")
def list_blocks(
    owner: PrincipalPath, context: ContextOf, caller: ReadingCameos, query: PageOf
) -> Page[BlockOut]:
    """Whom an owner blocks, on all of their cameos."""
    with context.store.read() as tx:
        records = blocks.listed(tx, caller, owner=owner, limit=query.limit + 1, after=query.after)
    return Page[BlockOut].of(
        records, query, shown=BlockOut.of, cursor=lambda record: record.blocked
    )


@router.put(
    "/principals/{owner}/blocks/{principal}", status_code=204, operation_id="blockPrincipal"
)
def block_principal(
    owner: PrincipalPath, principal: PrincipalPath, context: ContextOf, caller: WritingCameos
) -> None:
    """Block somebody in an owner's name. They cannot tell it from an owner who said no."""
    with context.store.write() as tx:
        blocks.block(tx, context, caller, owner=owner, blocked=principal)


@router.delete(
    "/principals/{owner}/blocks/{principal}", status_code=204, operation_id="unblockPrincipal"
)
def unblock_principal(
    owner: PrincipalPath, principal: PrincipalPath, context: ContextOf, caller: WritingCameos
) -> None:
    """Lift a block. What the owner permits then holds for them again."""
    with context.store.write() as tx:
        blocks.unblock(tx, context, caller, owner=owner, blocked=principal)


@router.post("/relationships", operation_id="changeRelationships")
def change_relationships(
    body: RelationshipsIn, context: ContextOf, caller: Writing
) -> RelationshipsChanged:
    """Say who is mutual with whom, of principals that the caller acts for. All or nothing."""
    with context.store.write() as tx:
        counts = relationships.change(tx, context, caller, add=body.add, remove=body.remove)
    return RelationshipsChanged.of(counts)


@router.get("/principals/{principal}/mutuals", operation_id="listMutuals")
def list_mutuals(
    principal: PrincipalPath, context: ContextOf, caller: Reading, query: PageOf
) -> Page[str]:
    """Who is mutual with a principal, in order."""
    with context.store.read() as tx:
        names = relationships.mutuals(
            tx, caller, principal, limit=query.limit + 1, after=query.after
        )
    return Page[str].of(names, query, shown=str, cursor=str)
