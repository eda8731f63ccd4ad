"""The question over HTTP.

app.include_router(router)
"""

from typing import Annotated

from fastapi import APIRouter, Body, Depends

from cameo_service.answers import DecisionOut
from cameo_service.callers import Caller, Scope
from cameo_service.consent import Asked
from cameo_service.decisions import judge
from cameo_service.questions import CheckIn
from cameo_service.routes.dependencies import ContextOf, caller_with
from permissions.disclosure import requester_view

router = APIRouter(prefix="/v1", tags=["consent"])

Checking = Annotated[Caller, Depends(caller_with(Scope.CONSENT_CHECK))]


@router.post("/consent/check", operation_id="checkConsent")
def check_consent(
    body: Annotated[CheckIn, Body()], context: ContextOf, caller: Checking
) -> DecisionOut:
    """May this requester do this with these likenesses, here and now? Changes nothing."""
    asked = Asked(body.to_request(), body.draft)
    with context.store.read() as tx:
        judged = judge(tx, caller, asked, now=context.clock())
    return DecisionOut.of(requester_view(judged.decision))
