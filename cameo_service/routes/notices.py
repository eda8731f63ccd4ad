"""Notices over HTTP.

app.include_router(router)
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from cameo_service.callers import Caller, Scope
from cameo_service.notices.telling import mark_read, told
from cameo_service.routes.dependencies import ContextOf, caller_with
from cameo_service.routes.schemas.common import Page
from cameo_service.routes.schemas.recognition import NoticeOut, NoticesQuery

router = APIRouter(prefix="/v1/notices", tags=["notices"])

Writing = Annotated[Caller, Depends(caller_with(Scope.NOTICES_WRITE))]
Reading = Annotated[Caller, Depends(caller_with(Scope.NOTICES_READ))]


@router.get("", operation_id="listNotices")
def list_notices(
    context: ContextOf, caller: Reading, query: Annotated[NoticesQuery, Query()]
) -> Page[NoticeOut]:
    """What a principal is told, the latest first, for those who act for them."""
    with context.store.read() as tx:
        records = told(
            tx,
            context,
            caller,
            principal=query.principal,
            unread=query.unread,
            limit=query.limit + 1,
            after=query.after,
        )
    return Page[NoticeOut].of(records, query, shown=NoticeOut.of, cursor=lambda record: record.id)


@router.post("/{id}/read", operation_id="readNotice")
def read_notice(id: str, context: ContextOf, caller: Writing) -> NoticeOut:
    """Note that a notice was read. Reading again keeps the first time."""
    with context.store.write() as tx:
        return NoticeOut.of(mark_read(tx, context, caller, id=id))
