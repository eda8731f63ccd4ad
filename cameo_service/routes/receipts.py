"""Receipts, consent records and licences over HTTP: what consent can be carried away in.

app.include_router(router)
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from cameo_service.callers import Caller, Scope
from cameo_service.portability import portable
from cameo_service.portability.consent_receipts import consent_receipt
from cameo_service.portability.consent_records import MEDIA_TYPE
from cameo_service.receipts import finding
from cameo_service.routes.dependencies import ContextOf, caller_with
from cameo_service.routes.schemas.receipts import ReceiptOut, ReceiptsOut

router = APIRouter(prefix="/v1", tags=["receipts"])

ReadingUses = Annotated[Caller, Depends(caller_with(Scope.USES_READ))]
ReadingGrants = Annotated[Caller, Depends(caller_with(Scope.GRANTS_READ))]


class LinkedData(JSONResponse):
    """JSON-LD; its context stands in it."""

    media_type = MEDIA_TYPE


_LINKED: dict[int | str, dict[str, Any]] = {200: {"content": {MEDIA_TYPE: {}}}}


@router.get("/uses/{id}/receipts", operation_id="listReceipts")
def list_receipts(id: str, context: ContextOf, caller: ReadingUses) -> ReceiptsOut:
    """The receipts of a use: the holder's, or those of the caller's own cameos in it.

    503 with `Retry-After` for the second or so until the log's next checkpoint covers them.
    """
    found = finding.receipts_of(context, caller, id)
    return ReceiptsOut(use_id=id, data=[ReceiptOut.of(each) for each in found])


@router.get(
    "/receipts/{id}/record",
    operation_id="getReceiptRecord",
    response_class=LinkedData,
    responses=_LINKED,
)
def get_receipt_record(id: str, context: ContextOf, caller: ReadingUses) -> LinkedData:
    """A receipt as ISO/IEC TS 27560 consent receipt, in DPV JSON-LD."""
    with context.store.read() as tx:
        record = finding.visible(tx, context, caller, id)
    return LinkedData(consent_receipt(record, settings=context.settings))


@router.get(
    "/grants/{id}/record",
    operation_id="getConsentRecord",
    response_class=LinkedData,
    responses=_LINKED,
)
def get_consent_record(id: str, context: ContextOf, caller: ReadingGrants) -> LinkedData:
    """A grant as ISO/IEC TS 27560 consent record, in DPV JSON-LD; not for a character's."""
    return LinkedData(portable.consent_record_of(context, caller, id))


@router.get(
    "/grants/{id}/odrl", operation_id="getLicence", response_class=LinkedData, responses=_LINKED
)
def get_licence(id: str, context: ContextOf, caller: ReadingGrants) -> LinkedData:
    """A grant as an ODRL 2.2 agreement."""
    return LinkedData(portable.licence_document_of(context, caller, id))
