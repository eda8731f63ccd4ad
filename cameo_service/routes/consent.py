"""The question and the permit over HTTP.

app.include_router(router)
"""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Response

from cameo_service import consent
from cameo_service.answers import DecisionOut
from cameo_service.callers import Caller, Scope
from cameo_service.questions import CheckIn, ConsentIn
from cameo_service.routes.dependencies import ContextOf, CreationOf, caller_with
from cameo_service.routes.schemas.consent import PermitOut
from storage.contracts import Transaction

router = APIRouter(prefix="/v1", tags=["consent"])

Checking = Annotated[Caller, Depends(caller_with(Scope.CONSENT_CHECK))]
Issuing = Annotated[Caller, Depends(caller_with(Scope.PERMITS_ISSUE))]


@router.post("/consent/check", operation_id="checkConsent")
def check_consent(
    body: Annotated[CheckIn, Body()], context: ContextOf, caller: Checking
) -> DecisionOut:
    """May this requester do this with these likenesses, here and now? Changes nothing."""
    with context.store.read() as tx:
        return DecisionOut.of(consent.check(tx, caller, body.to_request(), now=context.clock()))


@router.post("/permits", status_code=201, response_model=PermitOut, operation_id="issuePermit")
def issue_permit(
    body: Annotated[ConsentIn, Body()], context: ContextOf, caller: Issuing, creation: CreationOf
) -> Response:
    """The same question; a yes comes signed, for this caller alone. A no is a 403 with why.

    A repeat under the same idempotency key gets the same permit while that lives. Once it has
    ended or was revoked, the repeat is a new question.
    """

    def produce(tx: Transaction) -> PermitOut:
        return PermitOut.of(*consent.issue_permit(tx, context, caller, body.to_request()))

    def repeat(tx: Transaction, answer: bytes) -> PermitOut | None:
        issued = PermitOut.model_validate_json(answer)
        lives = consent.permit_lives(tx, issued.id, now=context.clock())
        return issued if lives else None

    return creation.run(caller, produce, repeat=repeat)
