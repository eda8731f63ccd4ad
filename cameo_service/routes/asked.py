"""The owner's list of who asked, over HTTP.

app.include_router(router)
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from cameo_service.callers import Caller, Scope
from cameo_service.inquiries.asked import asked
from cameo_service.routes.dependencies import ContextOf, caller_with
from cameo_service.routes.schemas.asked import AskedQuery, InquiryOut
from cameo_service.routes.schemas.common import Page

router = APIRouter(prefix="/v1/cameos", tags=["cameos"])

Reading = Annotated[Caller, Depends(caller_with(Scope.CAMEOS_READ))]


@router.get("/{id}/asked", operation_id="listWhoAsked")
def list_who_asked(
    id: str, context: ContextOf, caller: Reading, query: Annotated[AskedQuery, Query()]
) -> Page[InquiryOut]:
    """Who asked about a cameo, and how often, the latest day first."""
    with context.store.read() as tx:
        counts = asked(
            tx,
            context,
            caller,
            cameo_id=id,
            limit=query.limit + 1,
            after=query.after,
        )
    return Page[InquiryOut].of(
        counts, query, shown=lambda each: InquiryOut.of(each[1]), cursor=lambda each: each[0]
    )
