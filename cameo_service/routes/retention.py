"""The retention schedule over HTTP: for anybody.

app.include_router(router)
"""

from fastapi import APIRouter

from cameo_service.retention.schedule import schedule
from cameo_service.routes.dependencies import ContextOf
from cameo_service.routes.schemas.retention import RetentionOut, RetentionRuleOut

router = APIRouter(prefix="/v1", tags=["erasures"])


@router.get("/retention", operation_id="getRetentionSchedule")
def get_retention_schedule(context: ContextOf) -> RetentionOut:
    """How long what is kept here, as the page `/retention` says it. Needs no key."""
    return RetentionOut(rules=[RetentionRuleOut.of(rule) for rule in schedule(context.settings)])
