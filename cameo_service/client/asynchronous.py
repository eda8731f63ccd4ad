"""The client for asyncio.

async with AsyncCameoClient("http://127.0.0.1:8400", key="ck_…") as cameo:
    decision = await cameo.check(request)
"""

import asyncio
import functools
import time
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import httpx2

from cameo_service.client import calls
from cameo_service.client.calls import Call
from cameo_service.client.exchange import (
    FAILURES,
    arguments,
    base_of,
    recording,
    require_verdict,
    result,
    unreachable,
)
from cameo_service.client.results import Enrollment
from cameo_service.client.retries import Retries, may_repeat_answer, may_repeat_error

Given = ParamSpec("Given")
Result = TypeVar("Result")


def _sends(
    describe: Callable[Given, Call[Result]],
) -> Callable[Concatenate["AsyncCameoClient", Given], Coroutine[Any, Any, Result]]:
    """A method that takes what `describe` takes, sends that call and returns its result."""

    @functools.wraps(describe)
    async def method(
        self: "AsyncCameoClient", /, *args: Given.args, **kwargs: Given.kwargs
    ) -> Result:
        return await self.send(describe(*args, **kwargs))

    return method


class AsyncCameoClient:
    """Talks to one service with one API key. Every method is described in `calls`.

    `http` brings your own httpx2 client, with its proxies, certificates and limits; it stays
    yours to close. Without `key` only what needs none can be asked.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        timeout_s: float = 10.0,
        retries: Retries | None = None,
        http: httpx2.AsyncClient | None = None,
    ) -> None:
        self._url = base_of(url)
        self._key = key
        self._timeout_s = timeout_s
        self._retries = retries or Retries()
        self._http = http or httpx2.AsyncClient()
        self._owns_http = http is None

    start_enrollment = _sends(calls.start_enrollment)
    open_enrollment = _sends(calls.open_enrollment)
    get_enrollment = _sends(calls.get_enrollment)
    upload_recording = _sends(calls.upload_recording)
    draw_challenge = _sends(calls.draw_challenge)
    cancel_enrollment = _sends(calls.cancel_enrollment)
    get_report = _sends(calls.get_report)
    review_enrollment = _sends(calls.review_enrollment)
    get_cameo = _sends(calls.get_cameo)
    set_policy = _sends(calls.set_policy)
    revoke_cameo = _sends(calls.revoke_cameo)
    make_grant = _sends(calls.make_grant)
    get_grant = _sends(calls.get_grant)
    revoke_grant = _sends(calls.revoke_grant)
    check = _sends(calls.check)
    issue_permit = _sends(calls.issue_permit)
    jwks = _sends(calls.jwks)
    health = _sends(calls.health)

    async def wait_for_verdict(
        self,
        id: str,
        *,
        session_token: str | None = None,
        timeout_s: float = 120.0,
        poll_s: float = 0.5,
    ) -> Enrollment:
        """The enrollment once the verifier is done with it; raise `VerdictOverdue`."""
        deadline = time.monotonic() + timeout_s
        while True:
            enrollment = await self.get_enrollment(id, session_token=session_token)
            if require_verdict(enrollment, overdue=time.monotonic() > deadline):
                return enrollment
            await asyncio.sleep(poll_s)

    async def send(self, call: Call[Result]) -> Result:
        """Send `call`, again where that is safe; return its result or raise `ClientError`."""
        for attempt in range(1, self._retries.attempts):
            try:
                response = await self._exchange(call)
            except FAILURES as error:
                if not may_repeat_error(error, repeatable=call.repeatable):
                    raise unreachable(call, error) from error
                retry_after = None
            else:
                if not may_repeat_answer(response, repeatable=call.repeatable):
                    return result(call, response)
                retry_after = response.headers["retry-after"]
            await asyncio.sleep(self._retries.wait_s(attempt, retry_after))
        try:
            return result(call, await self._exchange(call))
        except FAILURES as error:
            raise unreachable(call, error) from error

    async def _exchange(self, call: Call[Result]) -> httpx2.Response:
        sent = {"timeout": self._timeout_s, **arguments(call, key=self._key)}
        sent["url"] = self._url + sent["url"]
        with recording(call) as form:
            return await self._http.request(**sent, **form)

    async def close(self) -> None:
        """Close the connections, unless they came with `http`."""
        if self._owns_http:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
