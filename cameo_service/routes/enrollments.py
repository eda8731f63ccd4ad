"""Enrollments over HTTP.

app.include_router(router)
"""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from cameo_service.callers import Caller, Scope
from cameo_service.context import Context
from cameo_service.enrollments import recordings, reviews, sessions, withdrawal
from cameo_service.enrollments.sessions import Access
from cameo_service.enrollments.statements import statement
from cameo_service.enrollments.timelines import LONGEST_TIMELINE
from cameo_service.errors import Invalid
from cameo_service.routes.dependencies import (
    ContextOf,
    CreationOf,
    PageOf,
    access_with,
    caller_with,
)
from cameo_service.routes.schemas.common import Page
from cameo_service.routes.schemas.enrollments import (
    DrawIn,
    EnrollmentCreated,
    EnrollmentIn,
    EnrollmentOpened,
    EnrollmentOut,
    OpenIn,
    ReportOut,
    ReviewIn,
)
from storage.contracts import Transaction
from storage.errors import StoreUnavailable
from storage.records import EnrollmentRecord

router = APIRouter(prefix="/v1/enrollments", tags=["enrollments"])

Writing = Annotated[Caller, Depends(caller_with(Scope.ENROLLMENTS_WRITE))]
Reviewing = Annotated[Caller, Depends(caller_with(Scope.ENROLLMENTS_REVIEW))]
ReadingOrPerson = Annotated[Access, Depends(access_with(Scope.ENROLLMENTS_READ))]
WritingOrPerson = Annotated[Access, Depends(access_with(Scope.ENROLLMENTS_WRITE))]

RECORDING_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["recording", "statement_accepted"],
                    "properties": {
                        "recording": {
                            "type": "string",
                            "format": "binary",
                            "description": "WebM or MP4 with picture and sound.",
                        },
                        "statement_accepted": {"type": "string", "enum": ["true"]},
                        "timeline": {
                            "type": "string",
                            "maxLength": LONGEST_TIMELINE,
                            "description": "When the page showed each prompt, as JSON: "
                            '`{"shown_ms": [1003, 2716, …]}`, one entry for each step of the '
                            "challenge in order, in milliseconds from the recorder's start, null "
                            "for one that was not shown.",
                        },
                    },
                }
            }
        },
    }
}


def _shown(record: EnrollmentRecord, context: Context) -> EnrollmentOut:
    return EnrollmentOut.of(record, context)


@router.post("", status_code=201, response_model=EnrollmentCreated, operation_id="startEnrollment")
def start_enrollment(
    body: EnrollmentIn, context: ContextOf, caller: Writing, creation: CreationOf
) -> Response:
    """Open an enrollment, and get the link to send the person to."""

    def produce(tx: Transaction) -> EnrollmentCreated:
        record, secret = sessions.start(
            tx,
            context,
            caller,
            principal=body.principal,
            statement=statement(
                version=body.statement.version,
                locale=body.statement.locale,
                text=body.statement.text,
            ),
            minor=body.minor.to_minor() if body.minor is not None else None,
            accommodations=frozenset(body.accommodations),
            renews=body.renews,
        )
        fields = EnrollmentOut.fields_of(record, context)
        link = f"{fields['url']}#{secret}"
        return EnrollmentCreated(**fields, client_secret=secret, capture_url=link)

    return creation.run(caller, produce)


@router.get("", operation_id="listEnrollmentsAwaitingReview")
def list_awaiting_review(
    context: ContextOf, caller: Reviewing, query: PageOf
) -> Page[EnrollmentOut]:
    """Enrollments that wait for a reviewer, of the principals the key may act for."""
    with context.store.read() as tx:
        records = reviews.waiting(tx, caller, limit=query.limit + 1, after=query.after)
    return Page[EnrollmentOut].of(
        records,
        query,
        shown=lambda record: _shown(record, context),
        cursor=lambda record: record.id,
    )


@router.get("/{id}", operation_id="getEnrollment")
def get_enrollment(id: str, context: ContextOf, access: ReadingOrPerson) -> EnrollmentOut:
    """Where an enrollment stands."""
    with context.store.read() as tx:
        record = sessions.accessible(tx, access, id, now=context.clock())
    return _shown(record, context)


@router.post("/{id}/open", operation_id="openEnrollment")
def open_enrollment(id: str, body: OpenIn, context: ContextOf) -> EnrollmentOpened:
    """Spend the client secret of the link; get a session token for the rest."""
    record, token = sessions.open_session(context, id=id, client_secret=body.client_secret)
    return EnrollmentOpened(session_token=token, enrollment=_shown(record, context))


@router.post("/{id}/challenge", operation_id="drawChallenge")
def draw_challenge(
    id: str, context: ContextOf, access: WritingOrPerson, body: DrawIn | None = None
) -> EnrollmentOut:
    """Draw another challenge for the attempt at hand.

    For a person who cannot do what the one before asks, or when that one is running out.
    """
    given = body.accommodations if body is not None else None
    accommodations = None if given is None else frozenset(given)
    with context.store.write() as tx:
        record = sessions.draw_challenge(tx, context, access, id=id, accommodations=accommodations)
    return _shown(record, context)


@router.post(
    "/{id}/recording",
    status_code=202,
    operation_id="uploadRecording",
    openapi_extra=RECORDING_BODY,
)
async def upload_recording(
    id: str, request: Request, context: ContextOf, access: WritingOrPerson
) -> EnrollmentOut:
    """Upload the recording of the current challenge. The verdict follows in the enrollment."""
    await run_in_threadpool(recordings.require_room, context, access, id)
    with recordings.receiving(id):
        async with _form_of(request) as form:
            record = await _receive(request, context, access, id, form)
    return _shown(record, context)


async def _receive(
    request: Request, context: Context, access: Access, id: str, form: FormData
) -> EnrollmentRecord:
    recording = form.get("recording")
    if not isinstance(recording, UploadFile):
        raise Invalid("recording_missing", "the form has no file `recording`")
    # few at a time, or recordings would take the threads that answer questions
    async with request.app.state.uploads:
        return await run_in_threadpool(
            recordings.receive,
            context,
            access,
            id=id,
            upload=recording.file,
            mime=recording.content_type or "application/octet-stream",
            statement_accepted=form.get("statement_accepted") == "true",
            timeline=_timeline_in(form),
        )


def _timeline_in(form: FormData) -> str | None:
    given = form.getlist("timeline")
    if not given:
        return None
    if len(given) > 1 or not isinstance(given[0], str):
        raise Invalid("timeline_malformed", "`timeline` is one field of text")
    return given[0]


@asynccontextmanager
async def _form_of(request: Request) -> AsyncIterator[FormData]:
    """The multipart form, spooled to disk and closed at the end."""
    try:
        form = await request.form(max_files=1, max_fields=4)
    except OSError as error:
        raise StoreUnavailable(f"the upload cannot be spooled: {error}") from error
    try:
        yield form
    finally:
        await form.close()


@router.post("/{id}/cancel", operation_id="cancelEnrollment")
def cancel_enrollment(id: str, context: ContextOf, access: WritingOrPerson) -> EnrollmentOut:
    """End an enrollment before its verdict stands; what it holds is deleted."""
    return _shown(withdrawal.cancel(context, access, id=id), context)


@router.get("/{id}/report", operation_id="getEnrollmentReport")
def get_report(id: str, context: ContextOf, caller: Reviewing) -> ReportOut:
    """The verifier's whole report on the last recording."""
    with context.store.read() as tx:
        record = sessions.accessible(tx, caller, id, now=context.clock())
    return ReportOut(enrollment=record.id, report=record.report)


@router.get(
    "/{id}/recording", operation_id="getRecordingForReview", response_class=StreamingResponse
)
def get_recording(id: str, context: ContextOf, caller: Reviewing) -> StreamingResponse:
    """The recording of an enrollment that waits for a reviewer. Nobody else ever gets it."""
    spool = tempfile.TemporaryFile()  # noqa: SIM115 (closed when the answer has been sent)
    try:
        mime = reviews.fetch_recording(context, caller, id=id, target=spool)
    except BaseException:
        spool.close()
        raise
    spool.seek(0)
    headers = {"Cache-Control": "no-store", "Content-Disposition": "attachment"}
    return StreamingResponse(
        iter(lambda: spool.read(1 << 20), b""),
        media_type=mime if mime in ("video/webm", "video/mp4") else "application/octet-stream",
        headers=headers,
        background=BackgroundTask(spool.close),
    )


@router.post("/{id}/review", operation_id="reviewEnrollment")
def review_enrollment(
    id: str, body: ReviewIn, context: ContextOf, caller: Reviewing
) -> EnrollmentOut:
    """Approve or reject an enrollment that the checks left open."""
    approve = body.decision == "approve"
    return _shown(reviews.settle(context, caller, id=id, approve=approve), context)
