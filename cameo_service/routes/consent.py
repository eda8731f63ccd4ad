"""The question over HTTP, as it stands in the documentation: `hot.check` answers it.

app.include_router(router)
"""

from typing import Annotated, NoReturn

from fastapi import APIRouter, Body, Depends

from cameo_service.callers import Caller, Scope
from cameo_service.consent.answers import DecisionOut
from cameo_service.consent.questions import CheckIn
from cameo_service.routes.dependencies import caller_with

router = APIRouter(prefix="/v1", tags=["consent"])

Checking = Annotated[Caller, Depends(caller_with(Scope.CONSENT_CHECK))]


@router.post("/consent/check", operation_id="checkConsent", response_model=DecisionOut)
def check_consent(body: Annotated[CheckIn, Body()], caller: Checking) -> NoReturn:
    """May this requester do this with these likenesses, here and now? Changes nothing.

    With `explain`, the answer has an `explanation`: the whole outcome for every cameo whose owner
    the caller acts for; with the scope `consent:explain`, all of the decision. The cameos' owners
    see who asked about them, by day.
    """
    del body, caller
    raise TypeError("a check came to the router: `HotRoutes` must stand in front of it")
