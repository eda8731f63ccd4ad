"""Scans over HTTP.

app.include_router(router)
"""

import asyncio
import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from cameo_service.callers import Caller, Scope
from cameo_service.context import Context
from cameo_service.routes.dependencies import ContextOf, caller_with
from cameo_service.routes.forms import files_in, form_of, text_in
from cameo_service.routes.schemas.recognition import ScanOut
from cameo_service.scans import beginning
from cameo_service.uploads import MOST_FILES
from storage.records import ScanRecord, ScanState

router = APIRouter(prefix="/v1/scans", tags=["scans"])

Writing = Annotated[Caller, Depends(caller_with(Scope.SCANS_WRITE))]
Reading = Annotated[Caller, Depends(caller_with(Scope.SCANS_READ))]
LOOK_EVERY_S = 0.1
LONGEST_PERMIT = 100_000
FILES: dict[str, Any] = {
    "type": "array",
    "items": {"type": "string", "format": "binary"},
    "description": "JPEG, PNG or WebP stills, or WebM or MP4 clips; at most 8.",
}
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {
                        "files": FILES,
                        "permit": {
                            "type": "string",
                            "description": "A permit of this caller, or the id of one.",
                        },
                        "question": {
                            "type": "string",
                            "description": "The consent question without `likenesses`, as JSON; "
                            "`appearance_change` stands for all that are recognized.",
                        },
                    },
                }
            }
        },
    }
}


@router.post(
    "",
    status_code=202,
    response_model=ScanOut,
    operation_id="scanUpload",
    openapi_extra=BODY,
    responses={200: {"model": ScanOut, "description": "The answer came within `wait_s`."}},
)
async def scan_upload(
    request: Request,
    response: Response,
    context: ContextOf,
    caller: Writing,
    wait_s: Annotated[float, Query(ge=0.0, le=20.0)] = 0.0,
) -> ScanOut:
    """Which enrolled or protected faces appear in these files, and is there consent for each?

    A recognized face without consent is a denial. The files are deleted when the scan is over.
    With a permit the consent is what the permit says, live or used; with a question, what the
    decision procedure says; with neither, there is none.
    """
    async with form_of(request, most_files=MOST_FILES, most_fields=2) as form:
        permit = text_in(form, "permit", most=LONGEST_PERMIT)
        question = text_in(form, "question", most=beginning.LONGEST_QUESTION)
        async with request.app.state.uploads:
            record = await run_in_threadpool(
                beginning.begin,
                context,
                caller,
                files_in(form),
                permit=permit,
                question=question,
            )
    record = await _awaited(context, record, wait_s)
    response.status_code = 202 if record.state is ScanState.PROCESSING else 200
    return ScanOut.of(record)


async def _awaited(context: Context, record: ScanRecord, wait_s: float) -> ScanRecord:
    """The scan, once it is over or the time is."""
    deadline = time.monotonic() + wait_s
    while record.state is ScanState.PROCESSING and time.monotonic() < deadline:
        await asyncio.sleep(LOOK_EVERY_S)
        record = await run_in_threadpool(_read, context, record.id)
    return record


def _read(context: Context, id: str) -> ScanRecord:
    with context.store.read() as tx:
        return tx.scans.get(id)


@router.get("/{id}", operation_id="getScan")
def get_scan(id: str, context: ContextOf, caller: Reading) -> ScanOut:
    """Where a scan stands, and its answer."""
    with context.store.read() as tx:
        return ScanOut.of(beginning.found(tx, caller, id))
