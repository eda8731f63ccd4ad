"""Mandates over HTTP.

app.include_router(router)
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from cameo_service.callers import Caller, Scope
from cameo_service.people import mandates
from cameo_service.routes.dependencies import ContextOf, CreationOf, caller_with_any
from cameo_service.routes.schemas.common import Page
from cameo_service.routes.schemas.grants import RevokeIn
from cameo_service.routes.schemas.representation import MandateIn, MandateOut, MandateQuery
from storage.contracts import Transaction

router = APIRouter(prefix="/v1/representations", tags=["representation"])

Reading = Annotated[
    Caller,
    Depends(caller_with_any(Scope.REPRESENTATION_READ, Scope.REPRESENTATION_ATTEST)),
]
Writing = Annotated[
    Caller,
    Depends(caller_with_any(Scope.REPRESENTATION_WRITE, Scope.REPRESENTATION_ATTEST)),
]


@router.post("", status_code=201, response_model=MandateOut, operation_id="appointRepresentative")
def appoint_representative(
    body: MandateIn, context: ContextOf, caller: Writing, creation: CreationOf
) -> Response:
    """Appoint an agent in the owner's name, or attest a guardian or an estate."""

    def produce(tx: Transaction) -> MandateOut:
        return MandateOut.of(mandates.appoint(tx, context, caller, body.to_appointment()))

    def repeat(tx: Transaction, first: bytes) -> MandateOut:
        return MandateOut.of(tx.mandates.get(MandateOut.model_validate_json(first).id))

    return creation.run(caller, produce, repeat=repeat)


@router.get("", operation_id="listRepresentations")
def list_representations(
    context: ContextOf, caller: Reading, query: Annotated[MandateQuery, Query()]
) -> Page[MandateOut]:
    """The mandates over `represented`, or those of `representative`; revoked ones too."""
    with context.store.read() as tx:
        records = mandates.listed(
            tx, caller, represented=query.represented, representative=query.representative
        )
    rest = [record for record in records if record.id > (query.after or "")]
    return Page[MandateOut].of(
        rest[: query.limit + 1], query, shown=MandateOut.of, cursor=lambda record: record.id
    )


@router.get("/{id}", operation_id="getRepresentation")
def get_representation(id: str, context: ContextOf, caller: Reading) -> MandateOut:
    """A mandate, for either side and for attesters."""
    with context.store.read() as tx:
        return MandateOut.of(mandates.visible(tx, caller, id))


@router.post("/{id}/revoke", operation_id="revokeRepresentation")
def revoke_representation(
    id: str, context: ContextOf, caller: Writing, body: RevokeIn | None = None
) -> MandateOut:
    """End a mandate, for either side or an attester. Nothing rests on it any more."""
    reason = body.reason if body is not None else None
    with context.store.write() as tx:
        return MandateOut.of(mandates.revoke(tx, context, caller, id=id, reason=reason))
