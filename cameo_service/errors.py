"""What a use case refuses, and why. HTTP is not known here: `problems` has the one table.

>>> str(WrongState("enrollment `enr_1` is `expired`"))
'enrollment `enr_1` is `expired`'
"""


class ServiceError(Exception):
    """The one base. `code` is stable; the message may be read by the caller."""

    code = "service_error"


class Unauthenticated(ServiceError):
    """No credential, or one that is wrong, spent or revoked."""

    code = "unauthenticated"


class WrongClientSecret(Unauthenticated):
    """The client secret is not that of the enrollment."""

    code = "wrong_client_secret"


class Forbidden(ServiceError):
    """The caller is known and may not do this."""

    code = "forbidden"


class MissingScope(Forbidden):
    """The caller's key lacks a scope."""

    code = "missing_scope"


class NotActingFor(Forbidden):
    """The caller's key may not speak for this principal."""

    code = "not_acting_for"


class PermitKeyWithdrawn(Forbidden):
    """The key that signed the permit was withdrawn, and a thief may have signed it: ask anew."""

    code = "key_withdrawn"


class Unknown(ServiceError):
    """There is no such thing, or none that this caller may know of."""

    code = "unknown"


class Invalid(ServiceError):
    """The request can be read but makes no sense. `code` says which of its rules it breaks."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class InvalidRequest(ServiceError):
    """The body does not fit its form. `details` says where and why, as `location` and `message`."""

    code = "invalid_request"

    def __init__(self, *misfits: tuple[str, str]) -> None:
        super().__init__("; ".join(f"{location}: {message}" for location, message in misfits))
        self.details = tuple(
            {"location": location, "message": message} for location, message in misfits
        )


class WrongState(ServiceError):
    """The thing is not in a state in which this can be done."""

    code = "wrong_state"


class ClientSecretSpent(WrongState):
    """A client secret opens an enrollment once."""

    code = "client_secret_spent"


class EnrollmentExpired(WrongState):
    """The enrollment's time is over."""

    code = "enrollment_expired"


class ChallengeExpired(WrongState):
    """The recording comes too long after its challenge was drawn, or another was drawn since."""

    code = "challenge_expired"


class NoMoreChallenges(WrongState):
    """So many challenges were drawn that somebody seems to be choosing."""

    code = "no_more_challenges"


class UploadInProgress(WrongState):
    """The enrollment is already receiving a recording."""

    code = "upload_in_progress"


class TooManyEnrollments(ServiceError):
    """So many enrollments of the principal are open that another one has to wait."""

    code = "too_many_enrollments"


class TooManyRejections(ServiceError):
    """So many recordings of the principal were rejected lately that it has to wait."""

    code = "too_many_rejections"


class AlreadyEnrolled(WrongState):
    """The principal has a cameo that is in use."""

    code = "already_enrolled"


class IdempotencyMismatch(ServiceError):
    """An idempotency key was used again for another request."""

    code = "idempotency_key_reused"


class AnswerErased(WrongState):
    """The answer to a repeated request was erased with the cameo that it was about."""

    code = "answer_erased"


class RecordingRefused(ServiceError):
    """The upload cannot be a recording of the challenge. No attempt is used up."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class RecordingTooLarge(ServiceError):
    """The upload has more bytes than the limit."""

    code = "media_too_large"


class DecoderUnavailable(ServiceError):
    """Uploads cannot be looked at, which is this installation's fault and not the upload's."""

    code = "cage_unavailable"
