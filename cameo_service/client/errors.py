"""What the client raises. Every one has a stable `code`.

>>> str(ProblemError(code="unknown", status=404, detail="there is no cameo `cam_1`"))
'unknown: there is no cameo `cam_1`'
"""

from cameo_service.client.results.decisions import Decision


class ClientError(Exception):
    """The one base. `code` is stable; the message names the condition."""

    code = "client_error"


class Unreachable(ClientError):
    """The service gave no answer: no connection, a timeout, a connection that broke."""

    code = "unreachable"


class MalformedAnswer(ClientError):
    """What answered does not speak this API. It is never taken for a yes."""

    code = "malformed_answer"


class VerdictOverdue(ClientError):
    """The verifier has not come to a verdict in the time that the caller had."""

    code = "verdict_overdue"


class ProblemError(ClientError):
    """The service refused, with a problem document (RFC 9457).

    `code`, `status` and `detail` are the service's; `request_id` helps its operator.
    """

    def __init__(
        self, *, code: str, status: int, detail: str, request_id: str | None = None
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.status = status
        self.detail = detail
        self.request_id = request_id


class DecidedAgainst(ProblemError):
    """The service refused because of a decision. `decision` says why."""

    def __init__(
        self, *, code: str, status: int, detail: str, request_id: str | None, decision: Decision
    ) -> None:
        super().__init__(code=code, status=status, detail=detail, request_id=request_id)
        self.decision = decision


class ConsentDenied(DecidedAgainst):
    """A permit was asked for and the answer is no."""


class AskingInVain(DecidedAgainst):
    """Access was asked for, and nobody who could be asked can change the answer."""


class WebhookError(ClientError):
    """What was received is not known to be a webhook of the service: do nothing of it.

    Codes: `header_missing`, `malformed`, `too_old`, `from_the_future`, `wrong_signature`,
    `secret_malformed`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class TokenError(ClientError):
    """A signed statement does not verify.

    Codes: `token_malformed`, `wrong_algorithm`, `wrong_type`, `unknown_key`, `bad_signature`,
    `key_withdrawn`, where the key was stolen or given up, `claims_malformed`,
    `wrong_issuer`, `wrong_audience`, `not_yet_valid`, `expired`,
    `request_mismatch`; of a status list `wrong_status_list`, `status_unknown`; of a permit that is
    not good any more `revoked`, `suspended`; of an identity package `package_sealed`,
    `package_not_sealed`, `package_unopened`, `wrong_cameo`, `wrong_permit`, `digest_mismatch`. A
    gate refuses with `obligations_unmet` besides, and, where it cannot know, with
    `keys_unavailable` and `status_unavailable`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
