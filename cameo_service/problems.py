"""Errors over HTTP: RFC 9457 problem documents, from one table.

Every error answer of every route has this shape: `type`, `title`, `status`, `detail`, `code`,
`request_id`, and `errors` or `decision` where there is more to say.

    app = install_problem_handlers(app)
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from cameo_service import errors
from cameo_service.access.refusals import AskingInVain, TooManyAccessRequests
from cameo_service.authzen.refusals import BadRequest
from cameo_service.consent.answers import DecisionOut
from cameo_service.exports.writing import ExportTooLarge
from cameo_service.log.standing import LogBroken, NotYetLogged
from cameo_service.permits.issuing import ConsentDenied
from cameo_service.scans.beginning import TooManyScans
from cameo_service.templates.genuine import CredentialByWithdrawnKey
from cameo_service.webhooks.deliveries import TooManyPings
from storage.errors import (
    Conflict,
    FaceIndexUnavailable,
    KeyUnavailable,
    MalformedCursor,
    StorageError,
    StoreUnavailable,
    Tampered,
    TooLarge,
)

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:cameo:problem:"

STATUS_OF: Mapping[type[Exception], HTTPStatus] = {
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.Unknown: HTTPStatus.NOT_FOUND,
    BadRequest: HTTPStatus.BAD_REQUEST,
    errors.Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.InvalidRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.RecordingRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.RecordingTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.IdempotencyMismatch: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.WrongState: HTTPStatus.CONFLICT,
    errors.TooManyEnrollments: HTTPStatus.TOO_MANY_REQUESTS,
    errors.TooManyRejections: HTTPStatus.TOO_MANY_REQUESTS,
    ConsentDenied: HTTPStatus.FORBIDDEN,
    AskingInVain: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooManyAccessRequests: HTTPStatus.TOO_MANY_REQUESTS,
    TooManyScans: HTTPStatus.TOO_MANY_REQUESTS,
    TooManyPings: HTTPStatus.TOO_MANY_REQUESTS,
    ExportTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Conflict: HTTPStatus.CONFLICT,
    MalformedCursor: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.DecoderUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    NotYetLogged: HTTPStatus.SERVICE_UNAVAILABLE,
    CredentialByWithdrawnKey: HTTPStatus.SERVICE_UNAVAILABLE,
    FaceIndexUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    StoreUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    KeyUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.ServiceError: HTTPStatus.INTERNAL_SERVER_ERROR,
    StorageError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""The nearest class in an error's ancestry decides."""

CODE_OF: Mapping[HTTPStatus, str] = {
    HTTPStatus.BAD_REQUEST: "bad_request",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "body_too_large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "unsupported_media_type",
}
"""The codes of what the framework itself refuses."""

RETRY_AFTER_S: Mapping[HTTPStatus, int] = {
    HTTPStatus.SERVICE_UNAVAILABLE: 2,
    HTTPStatus.TOO_MANY_REQUESTS: 3_600,
}
"""Seconds after which trying again makes sense."""

_log = structlog.get_logger("cameo.problems")


def status_of(error: Exception) -> HTTPStatus:
    """The HTTP status of `error`: that of its nearest ancestor in the table."""
    for ancestor in type(error).__mro__:
        if issubclass(ancestor, Exception) and ancestor in STATUS_OF:
            return STATUS_OF[ancestor]
    return HTTPStatus.INTERNAL_SERVER_ERROR


def problem(
    request: Request,
    status: HTTPStatus,
    *,
    code: str,
    detail: str,
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """A problem document as a response."""
    document = {
        "type": TYPE_PREFIX + code,
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "code": code,
        "request_id": getattr(request.state, "request_id", None),
        **(extra or {}),
    }
    merged = dict(headers or {})
    if status is HTTPStatus.UNAUTHORIZED:
        merged["WWW-Authenticate"] = 'Bearer realm="cameo"'
    if status in RETRY_AFTER_S:
        merged.setdefault("Retry-After", str(RETRY_AFTER_S[status]))
    return JSONResponse(document, status.value, headers=merged, media_type=MEDIA_TYPE)


def install_problem_handlers(app: FastAPI) -> FastAPI:
    """Answer every known error of `app` with a problem document; `unexpected` answers the rest."""
    app.add_exception_handler(errors.ServiceError, _known)
    app.add_exception_handler(StorageError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    return app


def _known(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, errors.ServiceError | StorageError):
        raise TypeError(f"not a known error: {type(error).__name__}")
    if isinstance(error, CredentialByWithdrawnKey):
        return _to_be_signed(request, error)
    if isinstance(error, Tampered | LogBroken):
        return _altered(request, error)
    status = status_of(error)
    if status is HTTPStatus.INTERNAL_SERVER_ERROR:
        return unexpected(request, error)
    detail = str(error)
    if isinstance(error, StoreUnavailable):
        _log.error("store unavailable", error=str(error))
        detail = "the store cannot be reached or written: try again"
    if isinstance(error, KeyUnavailable):
        _log.error("key unavailable", error=str(error))
        detail = "a key cannot be had: try again"
    # a checkpoint follows within a second
    headers = {"Retry-After": "1"} if isinstance(error, NotYetLogged) else None
    return problem(
        request, status, code=error.code, detail=detail, extra=_extra(error), headers=headers
    )


def _to_be_signed(request: Request, error: CredentialByWithdrawnKey) -> JSONResponse:
    """A credential that the operator has to have signed anew; whose it is, the log says."""
    _log.error("a credential is to be signed anew: `cameo keys resign`", error=str(error))
    return problem(
        request,
        HTTPStatus.SERVICE_UNAVAILABLE,
        code="credential_key_withdrawn",
        detail="the key that signed a credential was withdrawn: the operator has it signed anew",
    )


def _altered(request: Request, error: Tampered | LogBroken) -> JSONResponse:
    """What is stored was altered, or does not fit what was published: the log says which, and how.

    The caller learns no more than that, since who altered it may be the caller.
    """
    _log.error(
        "stored data was altered",
        code=error.code,
        error_type=type(error).__name__,
        error=str(error),
        exc_info=error,
    )
    return problem(
        request,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        code="tampered",
        detail="what is stored here was altered, and was not used; the request id helps the "
        "operator to find it",
    )


def _extra(error: Exception) -> dict[str, Any] | None:
    if isinstance(error, ConsentDenied | AskingInVain):
        return {"decision": msgspec.to_builtins(DecisionOut.of(error.decision))}
    if isinstance(error, errors.InvalidRequest):
        return {"errors": list(error.details)}
    return None


def _invalid(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise TypeError(f"not a validation error: {type(error).__name__}")
    # The input itself is not repeated: it may hold a secret.
    details = [
        {"location": ".".join(str(part) for part in item["loc"]), "message": item["msg"]}
        for item in error.errors()
    ]
    return problem(
        request,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        code="invalid_request",
        detail="; ".join(f"{item['location']}: {item['message']}" for item in details),
        extra={"errors": details},
    )


def _http(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise TypeError(f"not an HTTP exception: {type(error).__name__}")
    status = HTTPStatus(error.status_code)
    # Not from the phrases, which differ between versions of Python.
    code = CODE_OF.get(status, f"http_{status.value}")
    return problem(request, status, code=code, detail=str(error.detail), headers=error.headers)


def answer_to(request: Request, error: Exception) -> JSONResponse:
    """The answer to any error at all, where no handlers are installed."""
    if isinstance(error, errors.ServiceError | StorageError):
        return _known(request, error)
    return unexpected(request, error)


def unexpected(request: Request, error: Exception) -> JSONResponse:
    """The answer to what nobody expected: it says nothing of the error but where to look."""
    if isinstance(error, HTTPException):
        return _http(request, error)
    if isinstance(error, errors.InvalidRequest):
        return _known(request, error)
    _log.error("unexpected error", error_type=type(error).__name__, exc_info=error)
    return problem(
        request,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        code="internal_error",
        detail="something went wrong here; the request id helps the operator to find it",
    )
