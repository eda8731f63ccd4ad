"""One attempt to deliver: to an address that was judged, within a time, without a redirect.

async with Sender(rules, timeout_s=10, verify=authorities) as sender:
    outcome = await sender.send(url, body, headers)

Of the answer only its status is read, and never its body.
"""

import asyncio
import ssl
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Self

import httpx2

from cameo_service.webhooks.answers import BriefAnswers
from cameo_service.webhooks.names import Resolve, look_up, resolved
from cameo_service.webhooks.targets import TargetRules

CONNECTIONS = 100
"""More than are ever sent at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an attempt ended: with an HTTP `status`, or with the code of an `error`.

    `looking_up` is what was asked of a name server, which may go on after that.
    """

    status: int | None = None
    error: str | None = None
    looking_up: Future[list[str]] | None = field(default=None, compare=False, repr=False)

    @property
    def is_over(self) -> bool:
        """Whether nothing of the attempt goes on."""
        return self.looking_up is None or self.looking_up.done()

    @property
    def delivered(self) -> bool:
        """Whether the endpoint took it: any status of 2xx."""
        return self.status is not None and httpx2.codes.is_success(self.status)

    @property
    def gone(self) -> bool:
        """Whether the endpoint wants nothing any more."""
        return self.status == httpx2.codes.GONE


class Sender:
    """Sends. For one event loop. `verify` has the authorities that certificates are verified by."""

    def __init__(
        self,
        rules: TargetRules,
        *,
        timeout_s: float,
        verify: ssl.SSLContext,
        resolve: Resolve = resolved,
    ) -> None:
        self._rules = rules
        self._timeout_s = timeout_s
        self._resolve = resolve
        self._http = httpx2.AsyncClient(
            transport=BriefAnswers(verify=verify, connections=CONNECTIONS),
            # neither a proxy nor a password of this machine's environment
            trust_env=False,
            # what one endpoint sets another at the same address would be sent
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
            timeout=timeout_s,
        )

    async def __aenter__(self) -> Self:
        """Ready as it is."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every connection. Look-ups that were given up end when they end."""
        await self._http.aclose()

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """Try once. Nothing that the other side does is raised."""
        asked: Future[list[str]] | None = None
        try:
            async with asyncio.timeout(self._timeout_s):
                parsed = httpx2.URL(url)
                asked = look_up(_host(parsed), _port(parsed), resolve=self._resolve)
                return await self._try(parsed, asked, body, headers)
        except (TimeoutError, httpx2.TimeoutException):
            return Outcome(error="timed_out", looking_up=asked)
        except (OSError, UnicodeError, httpx2.HTTPError, httpx2.InvalidURL):
            return Outcome(error="unreachable", looking_up=asked)

    async def _try(
        self,
        url: httpx2.URL,
        asked: Future[list[str]],
        body: bytes,
        headers: Mapping[str, str],
    ) -> Outcome:
        ends = _now() + self._timeout_s
        addresses = await asyncio.wrap_future(asked)
        lets = self._rules.lets if url.scheme == "https" else self._rules.lets_plain
        # one that is not public among public ones is no mistake
        if not addresses or not all(lets(address) for address in addresses):
            return Outcome(error="target_refused")
        for index, address in enumerate(addresses[:-1]):
            share_s = (ends - _now()) / (len(addresses) - index)
            try:
                return await self._post(url, address, body, headers, connect_s=share_s)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                continue
        return await self._post(url, addresses[-1], body, headers, connect_s=self._timeout_s)

    async def _post(
        self,
        url: httpx2.URL,
        address: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        connect_s: float,
    ) -> Outcome:
        """Post to the address itself; certificate and host are still those of the name."""
        named = {"host": url.netloc.decode("ascii")}
        async with self._http.stream(
            "POST",
            url.copy_with(host=address),
            content=body,
            headers={**headers, **named},
            extensions={"sni_hostname": _host(url)},
            timeout=httpx2.Timeout(self._timeout_s, connect=connect_s),
        ) as response:
            return Outcome(status=response.status_code)


def _host(url: httpx2.URL) -> str:
    """The name as the URL has it; `url.host` decodes it, and what is decoded may be encoded to
    another name.

    >>> _host(httpx2.URL("https://xn--fa-hia.de/"))
    'xn--fa-hia.de'
    """
    return url.raw_host.decode("ascii")


def _port(url: httpx2.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _now() -> float:
    return asyncio.get_running_loop().time()
