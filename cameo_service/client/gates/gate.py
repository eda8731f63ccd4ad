"""The gates, for code that waits and for asyncio. What they decide stands in `admission`.

gate = PermitGate(
    client, issuer="https://cameo.example", audience="app:studio", executes={"watermark"}
)
permit = gate.admit(token, request)
"""

from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta

from cameo_service.client.asynchronous import AsyncCameoClient
from cameo_service.client.errors import ClientError
from cameo_service.client.forms.questions import ConsentRequest
from cameo_service.client.gates.admission import Cache, Trust, admission
from cameo_service.client.synchronous import CameoClient
from cameo_service.client.tokens import Permit
from cameo_service.client.tokens.claims import NO_LEEWAY


def system_clock() -> datetime:
    """The machine's time, aware."""
    return datetime.now(UTC)


class PermitGate:
    """Admits a permit right before a generator executes the request that it is for.

    `audience` is the generator's principal, `issuer` what the service calls itself, `executes`
    the kinds of obligation that the generator carries out: a permit that owes others is not
    admitted. Keys and status lists are kept as long as they allow, so most admissions ask nobody.
    The client needs no API key.

    A permit is for one use, and no list says that it was used: report the use before the work
    begins (`report_use`), and who brings the permit a second time is refused.
    """

    def __init__(
        self,
        client: CameoClient,
        *,
        issuer: str,
        audience: str,
        executes: Collection[str],
        leeway: timedelta = NO_LEEWAY,
        clock: Callable[[], datetime] = system_clock,
    ) -> None:
        self._client = client
        self._trust = trusting(issuer, audience, executes, leeway=leeway, clock=clock)
        self._cache = Cache()

    def admit(self, token: str, request: ConsentRequest) -> Permit:
        """The permit in `token`, if `request` may be executed on it now; else `TokenError`."""
        steps = admission(token, request, trust=self._trust, cache=self._cache)
        try:
            call = next(steps)
            while True:
                try:
                    answer = self._client.send(call)
                except ClientError as error:
                    call = steps.throw(error)
                else:
                    call = steps.send(answer)
        except StopIteration as admitted:
            permit: Permit = admitted.value
            return permit


class AsyncPermitGate:
    """`PermitGate` for asyncio."""

    def __init__(
        self,
        client: AsyncCameoClient,
        *,
        issuer: str,
        audience: str,
        executes: Collection[str],
        leeway: timedelta = NO_LEEWAY,
        clock: Callable[[], datetime] = system_clock,
    ) -> None:
        self._client = client
        self._trust = trusting(issuer, audience, executes, leeway=leeway, clock=clock)
        self._cache = Cache()

    async def admit(self, token: str, request: ConsentRequest) -> Permit:
        """The permit in `token`, if `request` may be executed on it now; else `TokenError`."""
        steps = admission(token, request, trust=self._trust, cache=self._cache)
        try:
            call = next(steps)
            while True:
                try:
                    answer = await self._client.send(call)
                except ClientError as error:
                    call = steps.throw(error)
                else:
                    call = steps.send(answer)
        except StopIteration as admitted:
            permit: Permit = admitted.value
            return permit


def trusting(
    issuer: str,
    audience: str,
    executes: Collection[str],
    *,
    leeway: timedelta,
    clock: Callable[[], datetime],
) -> Trust:
    """The trust of a gate. Raises `TypeError` for one text where kinds of obligation belong."""
    if isinstance(executes, str):
        raise TypeError(f"`executes` is a collection of kinds, not the text `{executes}`")
    return Trust(
        issuer=issuer,
        audience=audience,
        executes=frozenset(executes),
        leeway=leeway,
        clock=clock,
    )
