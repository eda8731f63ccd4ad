"""One exchange with the service, whichever client carries it: the request out of a call, the
result or the error out of the response.

    >>> from cameo_service.client.calls import health
    >>> arguments(health(), key=None)["url"]
    '/healthz'
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

import httpx2

from cameo_service.client.calls import Call
from cameo_service.client.documents import Document, read, whole
from cameo_service.client.errors import (
    AskingInVain,
    ClientError,
    ConsentDenied,
    DecidedAgainst,
    MalformedAnswer,
    ProblemError,
    Unreachable,
    VerdictOverdue,
)
from cameo_service.client.results import Decision, Enrollment, Page

Result = TypeVar("Result")
USER_AGENT = "cameo-client/1"
DECIDED: Mapping[str, type[DecidedAgainst]] = {
    "consent_denied": ConsentDenied,
    "asking_in_vain": AskingInVain,
}
"""The problems that carry a decision, by code."""
JSON = "application/json"
FILES = frozenset({"application/zip"})
"""The media types of answers that are read as bytes."""
NO_CONTENT = 204
FAILURES = (httpx2.RequestError, httpx2.InvalidURL)
"""Everything that httpx2 raises for an exchange without an answer."""


def base_of(url: str) -> str:
    """The service's address without a slash at its end; raise `ClientError` for no address."""
    try:
        parsed = httpx2.URL(url)
        known = parsed.scheme in {"http", "https"} and bool(parsed.host)
        inside = parsed.port is None or 0 < parsed.port < 65_536
    except (httpx2.InvalidURL, ValueError):
        known = inside = False
    if not (known and inside) or parsed.query or parsed.fragment or parsed.userinfo:
        raise ClientError(f"`{url}` is not the `http` or `https` address of a service")
    return url.rstrip("/")


def arguments(call: Call[Result], *, key: str | None) -> dict[str, Any]:
    """What to hand to httpx2's `request`, without the recording."""
    headers = {"Accept": call.accept, "User-Agent": USER_AGENT, **call.headers}
    token = call.token or key
    if call.authenticated:
        if token is None:
            raise ClientError("this request needs an API key or a session token")
        headers["Authorization"] = f"Bearer {token}"
    sent: dict[str, Any] = {"method": call.method, "url": call.path, "headers": headers}
    if call.query:
        sent["params"] = dict(call.query)
    if call.body is not None:
        sent["json"] = dict(call.body)
    if call.timeout_s is not None:
        sent["timeout"] = call.timeout_s
    return sent


@contextmanager
def recording(call: Call[Result]) -> Iterator[Mapping[str, Any]]:
    """The multipart form of an upload, its files open within the block; empty for other calls."""
    if call.files:
        with ExitStack() as opened:
            parts = [
                ("files", (each.path.name, opened.enter_context(each.path.open("rb")), each.mime))
                for each in call.files
            ]
            yield {"files": parts, "data": dict(call.fields)}
        return
    if call.recording is None:
        yield {}
        return
    name, mime = call.recording.path.name, call.recording.mime
    with call.recording.path.open("rb") as file:
        data = {"statement_accepted": "true"}
        if call.recording.timeline is not None:
            data["timeline"] = call.recording.timeline
        yield {"files": {"recording": (name, file, mime)}, "data": data}


def result(call: Call[Result], response: httpx2.Response) -> Result:
    """What the response says; raise what it refuses, and `MalformedAnswer` for anything else."""
    if response.status_code >= 400:
        raise _problem(response.status_code, _json(response))
    if response.status_code not in call.statuses:
        raise MalformedAnswer(
            f"{call.method} {call.path} answered `{response.status_code}`, "
            f"not `{'` or `'.join(map(str, call.statuses))}`"
        )
    try:
        return call.read(_document(call, response))
    except ValueError as error:
        raise MalformedAnswer(f"{call.method} {call.path}: {error}") from error


def next_page(page: Page[Result], asked_after: str | None) -> str | None:
    """The cursor of the page that follows; raise for a list that does not get on."""
    if page.next_cursor is not None and page.next_cursor == asked_after:
        raise MalformedAnswer(f"the page after `{asked_after}` leads back to itself")
    return page.next_cursor


def unreachable(call: Call[Result], error: Exception) -> Unreachable:
    """The error for an exchange that brought no answer."""
    return Unreachable(f"{call.method} {call.path}: {type(error).__name__} {error}".rstrip())


def require_verdict(enrollment: Enrollment, *, final: bool, overdue: bool) -> bool:
    """Whether there is a verdict on `enrollment`; raise when there is none and time is up."""
    if _has_verdict(enrollment, final=final):
        return True
    if overdue:
        raise VerdictOverdue(f"enrollment `{enrollment.id}` is still `{enrollment.status}`")
    return False


def _has_verdict(enrollment: Enrollment, *, final: bool) -> bool:
    match enrollment.status:
        case "processing":
            return False
        case "requires_input":
            # Without an error no recording was looked at yet.
            return not final and enrollment.last_error is not None
        case "needs_review":
            return not final
        case _:
            return True


def _document(call: Call[Result], response: httpx2.Response) -> Document:
    if response.status_code == NO_CONTENT:
        return {}
    if call.accept == JSON:
        return _json(response)
    kind = response.headers.get("content-type", "").partition(";")[0].strip()
    if kind != call.accept:
        raise MalformedAnswer(f"{call.method} {call.path} answered `{kind}`, not `{call.accept}`")
    if kind.endswith("+json"):
        return _json(response)
    return {"content": response.content} if kind in FILES else {"text": response.text}


def _json(response: httpx2.Response) -> Document:
    try:
        return whole(response.json(), "answer")
    except (ValueError, RecursionError):
        raise MalformedAnswer(
            f"answer `{response.status_code}` is not a JSON document: is this the service?"
        ) from None


def _problem(status: int, document: Document) -> ClientError:
    code, detail = document.get("code"), document.get("detail")
    if not isinstance(code, str) or not isinstance(detail, str):
        return MalformedAnswer(f"answer `{status}` is not a problem document")
    request_id = document.get("request_id")
    known_id = request_id if isinstance(request_id, str) else None
    if code not in DECIDED:
        return ProblemError(code=code, status=status, detail=detail, request_id=known_id)
    try:
        decision = read(Decision, document.get("decision"))
    except ValueError as error:
        return MalformedAnswer(f"answer `{status}`: {error}")
    return DECIDED[code](
        code=code, status=status, detail=detail, request_id=known_id, decision=decision
    )
