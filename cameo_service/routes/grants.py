"""Grants over HTTP.

app.include_router(router)
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from cameo_service import grants
from cameo_service.callers import Caller, Scope
from cameo_service.routes.dependencies import ContextOf, CreationOf, caller_with
from cameo_service.routes.schemas.grants import GrantIn, GrantOut, GrantRevoked, RevokeIn
from storage.contracts import Transaction

router = APIRouter(prefix="/v1/grants", tags=["grants"])

Reading = Annotated[Caller, Depends(caller_with(Scope.GRANTS_READ))]
Writing = Annotated[Caller, Depends(caller_with(Scope.GRANTS_WRITE))]


@router.post("", status_code=201, response_model=GrantOut, operation_id="makeGrant")
def make_grant(
    body: GrantIn, context: ContextOf, caller: Writing, creation: CreationOf
) -> Response:
    """License a cameo to a grantee, in its owner's name."""

    def produce(tx: Transaction) -> GrantOut:
        return GrantOut.of(
            grants.make(
                tx,
                context,
                caller,
                cameo_id=body.cameo_id,
                grantee=body.grantee,
                terms=body.terms.to_terms(),
            )
        )

    def repeat(tx: Transaction, body: bytes) -> GrantOut:
        return GrantOut.of(tx.grants.get(GrantOut.model_validate_json(body).id))

    return creation.run(caller, produce, repeat=repeat)


@router.get("/{id}", operation_id="getGrant")
def get_grant(id: str, context: ContextOf, caller: Reading) -> GrantOut:
    """A grant, for those who act for either side."""
    with context.store.read() as tx:
        return GrantOut.of(grants.visible(tx, caller, id))


@router.post("/{id}/revoke", operation_id="revokeGrant")
def revoke_grant(
    id: str, context: ContextOf, caller: Writing, body: RevokeIn | None = None
) -> GrantRevoked:
    """End a grant. When this answers, no decision says yes on its strength any more."""
    reason = body.reason if body is not None else None
    with context.store.write() as tx:
        record, permits = grants.revoke(tx, context, caller, id=id, reason=reason)
    fields = GrantOut.of(record).model_dump()
    return GrantRevoked(**fields, permits_revoked=len(permits))
