"""The question and the permit over HTTP.

app.include_router(router)
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from cameo_service import consent, metrics
from cameo_service.callers import Caller, Scope
from cameo_service.routes.dependencies import ContextOf, CreationOf, caller_with
from cameo_service.routes.schemas.consent import ConsentIn, DecisionOut, PermitOut
from storage.contracts import Transaction

router = APIRouter(prefix="/v1", tags=["consent"])

Checking = Annotated[Caller, Depends(caller_with(Scope.CONSENT_CHECK))]
Issuing = Annotated[Caller, Depends(caller_with(Scope.PERMITS_ISSUE))]


@router.post("/consent/check", operation_id="checkConsent")
def check_consent(body: ConsentIn, context: ContextOf, caller: Checking) -> DecisionOut:
    """May this requester do this with these likenesses, here and now? Changes nothing."""
    caller.require_acting_for(body.requester)
    with context.store.read() as tx:
        decision = consent.check(tx, body.to_request(), now=context.clock())
    metrics.DECISIONS.labels(effect=decision.effect.value).inc()
    return DecisionOut.of(decision)


@router.post("/permits", status_code=201, response_model=PermitOut, operation_id="issuePermit")
def issue_permit(
    body: ConsentIn, context: ContextOf, caller: Issuing, creation: CreationOf
) -> Response:
    """The same question; a yes comes signed, for this caller alone. A no is a 403 with why."""
    caller.require_acting_for(body.requester)

    def produce(tx: Transaction) -> PermitOut:
        return PermitOut.of(*consent.issue_permit(tx, context, caller, body.to_request()))

    response = creation.run(caller, produce)
    metrics.PERMITS.inc()
    return response
