"""When a request may be sent again, and how long to wait before.

Only two things are repeated: what certainly had no effect, and what has the same effect twice.

    >>> Retries(attempts=3, first_wait_s=0.25).wait_s(2, None)
    0.5
"""

from dataclasses import dataclass

import httpx2

UNAVAILABLE = 503


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How often to try in all, and how long to wait: doubling, at most `longest_wait_s`."""

    attempts: int = 3
    first_wait_s: float = 0.25
    longest_wait_s: float = 5.0

    def wait_s(self, attempt: int, retry_after: str | None) -> float:
        """Seconds to wait after failed attempt number `attempt`, which counts from 1."""
        doubled = self.first_wait_s * 2.0 ** (attempt - 1)
        asked = float(retry_after) if retry_after and retry_after.isdecimal() else 0.0
        return float(min(max(doubled, asked), self.longest_wait_s))


def may_repeat_error(error: Exception, *, repeatable: bool) -> bool:
    """Whether a request that failed so may be sent again.

    A connection that never stood carried nothing. Any other failure leaves open whether the
    service acted, so only a repeatable request goes again.
    """
    never_sent = isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout)
    return never_sent or (repeatable and isinstance(error, _PASSING))


_PASSING = (httpx2.NetworkError, httpx2.TimeoutException, httpx2.RemoteProtocolError)


def may_repeat_answer(response: httpx2.Response, *, repeatable: bool) -> bool:
    """Whether the answer is 503 with `Retry-After` to a request that may be sent again."""
    return repeatable and response.status_code == UNAVAILABLE and "retry-after" in response.headers
