"""What an AuthZEN request is refused for, as the standard's section on error responses wants it.

A refusal concerns the request, never the answer: a denial is a decision and has status 200. The
body is a JSON object with an error message string.

>>> refusal_document(400, "empty_body", "the body is empty")
{'error': {'status': 400, 'code': 'empty_body', 'message': 'the body is empty'}}
"""

from http import HTTPStatus
from typing import Any

from cameo_service.errors import ServiceError


class BadRequest(ServiceError):
    """The request cannot be read, or a member of it has a wrong type or value: status 400."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class TaskRefused(ServiceError):
    """An access request is refused for one of the reasons of the access-request draft."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    @property
    def status(self) -> HTTPStatus:
        """The status that the draft gives it."""
        return _TASK_STATUSES[self.code]

    @property
    def type(self) -> str:
        """The problem type (RFC 9457) that the draft gives it."""
        return f"urn:openid:authzen:access-request:error:{self.code}"


_TASK_STATUSES = {
    "not_requestable": HTTPStatus.BAD_REQUEST,
    "invalid_denial_binding": HTTPStatus.BAD_REQUEST,
    "expired_denial": HTTPStatus.GONE,
    "duplicate_request": HTTPStatus.CONFLICT,
    "unknown_task": HTTPStatus.NOT_FOUND,
    "invalid_task_state": HTTPStatus.CONFLICT,
}


def refusal_document(status: int, code: str, message: str) -> dict[str, Any]:
    """The body of an answer that is no decision."""
    return {"error": {"status": status, "code": code, "message": message}}


def failed_evaluation(status: int, code: str, message: str) -> dict[str, Any]:
    """The decision of one evaluation among others that cannot be made: closed, with its error."""
    return {"decision": False, "context": refusal_document(status, code, message)}
