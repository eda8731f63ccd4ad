"""From what a command raises to one line on standard error and an exit code.

>>> describe(CliError("no_such_key", "there is no key `ck_1`", exit_code=ExitCode.NO)).line
'cameo: no_such_key: there is no key `ck_1`'
"""

import json
from dataclasses import dataclass

from cameo_service.cli.exits import ExitCode
from storage.errors import NotFound, StorageError, StoreUnavailable


class CliError(Exception):
    """A command cannot go on. `code` is stable; the message names the condition."""

    def __init__(self, code: str, message: str, *, exit_code: ExitCode) -> None:
        super().__init__(message)
        self.code = code
        self.exit_code = exit_code


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What is told about an error."""

    code: str
    message: str
    exit_code: ExitCode

    @property
    def line(self) -> str:
        """For people."""
        return f"cameo: {self.code}: {self.message}"

    @property
    def document(self) -> str:
        """For programs, one line of JSON."""
        return json.dumps({"error": {"code": self.code, "message": self.message}})


def describe(error: Exception) -> Failure:
    """What to tell about `error`."""
    if isinstance(error, CliError):
        return Failure(code=error.code, message=_line(error), exit_code=error.exit_code)
    known = _known(error)
    if known is not None:
        return known
    return Failure(
        code="internal_error",
        message=f"{type(error).__name__}: {_line(error)} (CAMEO_LOG_LEVEL=DEBUG shows where)",
        exit_code=ExitCode.UNEXPECTED,
    )


def _known(error: Exception) -> Failure | None:
    # Imported here, since most runs of the command fail at nothing.
    from cameo_service.client.errors import ClientError
    from cameo_service.errors import ServiceError
    from permissions.vocabulary import MalformedPrincipal
    from verification.challenge import MalformedChallenge
    from verification.errors import VerificationError

    if isinstance(error, MalformedPrincipal | MalformedChallenge):
        return Failure(code=error.code, message=_line(error), exit_code=ExitCode.USAGE)
    if isinstance(error, NotFound):
        return Failure(code=error.code, message=_line(error), exit_code=ExitCode.NO)
    if isinstance(error, StoreUnavailable):
        message = _line(error) + _why_unreachable(error)
        return Failure(code=error.code, message=message, exit_code=ExitCode.UNAVAILABLE)
    if isinstance(error, StorageError | VerificationError | ServiceError | ClientError):
        return Failure(code=error.code, message=_line(error), exit_code=ExitCode.UNAVAILABLE)
    if isinstance(error, OSError):
        return Failure(code="os_error", message=_refusal(error), exit_code=ExitCode.UNAVAILABLE)
    return None


def _why_unreachable(error: StoreUnavailable) -> str:
    """What PostgreSQL's library says of a connection that it did not get, in brackets.

    For the operator at the terminal alone: it names address, role and database, and no password.
    Answers and logs have the bare condition.
    """
    from psycopg import OperationalError

    cause = getattr(error.__cause__, "orig", None)
    if not isinstance(cause, OperationalError) or cause.sqlstate is not None:
        return ""
    return f" ({_line(cause)})"


def _refusal(error: OSError) -> str:
    """What the system refused, and of what: `PATH`: Permission denied."""
    if error.filename is None or error.strerror is None:
        return _line(error)
    return f"`{error.filename}`: {error.strerror}"


def _line(error: Exception) -> str:
    """The message in one line, without the code where it begins with that."""
    code = getattr(error, "code", None)
    return " ".join(str(error).split()).removeprefix(f"{code}: ")
