"""What an AuthZEN request is refused for, as the standard's section on error responses wants it.

A refusal concerns the request, never the answer: a denial is a decision and has status 200. The
body is a JSON object with an error message string.

>>> refusal_document(400, "empty_body", "the body is empty")
{'error': {'status': 400, 'code': 'empty_body', 'message': 'the body is empty'}}
"""

from typing import Any

from cameo_service.errors import ServiceError


class BadRequest(ServiceError):
    """The request cannot be read, or a member of it has a wrong type or value: status 400."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def refusal_document(status: int, code: str, message: str) -> dict[str, Any]:
    """The body of an answer that is no decision."""
    return {"error": {"status": status, "code": code, "message": message}}


def failed_evaluation(status: int, code: str, message: str) -> dict[str, Any]:
    """The decision of one evaluation among others that cannot be made: closed, with its error."""
    return {"decision": False, "context": refusal_document(status, code, message)}
