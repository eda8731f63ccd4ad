"""Grants over HTTP.

app.include_router(router)
"""

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from cameo_service.callers import Caller, Scope
from cameo_service.grants import granted, offers
from cameo_service.routes.dependencies import ContextOf, CreationOf, PageOf, caller_with
from cameo_service.routes.schemas.common import Page, version_cursor
from cameo_service.routes.schemas.grants import (
    GrantIn,
    GrantOut,
    GrantRevoked,
    GrantsQuery,
    GrantVersionOut,
    RevokeIn,
)
from storage.contracts import Transaction

router = APIRouter(prefix="/v1/grants", tags=["grants"])

Reading = Annotated[Caller, Depends(caller_with(Scope.GRANTS_READ))]
Writing = Annotated[Caller, Depends(caller_with(Scope.GRANTS_WRITE))]


@router.post("", status_code=201, response_model=GrantOut, operation_id="makeGrant")
def make_grant(
    body: GrantIn, context: ContextOf, caller: Writing, creation: CreationOf
) -> Response:
    """License a cameo to a grantee, in its owner's name; or pass on a part of a grant."""
    now = context.clock()

    def produce(tx: Transaction) -> GrantOut:
        made = offers.make(tx, context, caller, body.to_offer())
        return GrantOut.of(granted.seen(tx, caller, made, now=now))

    def repeat(tx: Transaction, body: bytes) -> GrantOut:
        made = tx.grants.get(json.loads(body)["id"])
        return GrantOut.of(granted.seen(tx, caller, made, now=now))

    return creation.run(caller, produce, repeat=repeat)


@router.get("", operation_id="findGrants")
def find_grants(
    context: ContextOf, caller: Reading, query: Annotated[GrantsQuery, Query()]
) -> Page[GrantOut]:
    """The grants to a grantee, or those on a cameo; revoked ones too."""
    now = context.clock()
    with context.store.read() as tx:
        records = granted.listed(
            tx,
            caller,
            grantee=query.grantee,
            cameo_id=query.cameo_id,
            now=now,
            limit=query.limit + 1,
            after=query.after,
        )
        return Page[GrantOut].of(
            records,
            query,
            shown=lambda record: GrantOut.of(granted.seen(tx, caller, record, now=now)),
            cursor=lambda record: record.id,
        )


@router.get("/{id}", operation_id="getGrant")
def get_grant(id: str, context: ContextOf, caller: Reading) -> GrantOut:
    """A grant, for either side, who holds a link above it, and the owner's side."""
    now = context.clock()
    with context.store.read() as tx:
        record = granted.visible(tx, caller, id, now=now)
        return GrantOut.of(granted.seen(tx, caller, record, now=now))


@router.get("/{id}/sublicences", operation_id="listSublicences")
def list_sublicences(id: str, context: ContextOf, caller: Reading, query: PageOf) -> Page[GrantOut]:
    """The sublicences directly below a grant, revoked ones too."""
    now = context.clock()
    with context.store.read() as tx:
        records = granted.below(tx, caller, id, now=now, limit=query.limit + 1, after=query.after)
        return Page[GrantOut].of(
            records,
            query,
            shown=lambda record: GrantOut.of(granted.seen(tx, caller, record, now=now)),
            cursor=lambda record: record.id,
        )


@router.get("/{id}/history", operation_id="getGrantHistory")
def get_grant_history(
    id: str, context: ContextOf, caller: Reading, query: PageOf
) -> Page[GrantVersionOut]:
    """The versions of a grant, oldest first."""
    now, after = context.clock(), version_cursor(query.after)
    with context.store.read() as tx:
        versions = granted.history(tx, caller, id, now=now, limit=query.limit + 1, after=after)
        record = granted.visible(tx, caller, id, now=now)
        is_giver = granted.seen(tx, caller, record, now=now).is_giver
    return Page[GrantVersionOut].of(
        versions,
        query,
        shown=lambda version: GrantVersionOut.of(version, is_giver=is_giver),
        cursor=lambda version: str(version.version),
    )


@router.post("/{id}/revoke", operation_id="revokeGrant")
def revoke_grant(
    id: str, context: ContextOf, caller: Writing, body: RevokeIn | None = None
) -> GrantRevoked:
    """End a grant and all below it. When this answers, no decision says yes on its strength."""
    sent, now = body or RevokeIn(), context.clock()
    with context.store.write() as tx:
        revoked = granted.revoke(
            tx, context, caller, id=id, reason=sent.reason, acting_as=sent.acting_as
        )
        return GrantRevoked.after(granted.seen(tx, caller, revoked.grant, now=now), revoked)
