"""Whether a permit may be relied on, as one procedure: it names the calls that it needs made, and
takes their answers. So it is the same for both clients.

    steps = admission(token, request, trust=trust, cache=Cache())
    call = next(steps)
    steps.send(client.send(call))
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from cameo_service.client import calls
from cameo_service.client.calls import Call
from cameo_service.client.errors import ClientError, TokenError
from cameo_service.client.forms.obligations import unmet
from cameo_service.client.forms.questions import ConsentRequest
from cameo_service.client.tokens import Permit, StatusList, verify_permit, verify_status_list

Verified = TypeVar("Verified")
Steps = Generator[Call[Any], Any, Verified]
Keys = Mapping[str, Any]
KEYS_FOR = timedelta(minutes=10)
"""How long the published keys are used before they are fetched again."""
KEYS_AT_LEAST_FOR = timedelta(seconds=10)
"""How long no unknown key makes anybody fetch them again: forged ones would, all the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whom to believe, who is to be permitted, and which kinds of obligation are executed."""

    issuer: str
    audience: str
    executes: frozenset[str]
    leeway: timedelta
    clock: Callable[[], datetime]


@dataclass(slots=True)
class Cache:
    """What was fetched: the keys and when, and each list with the end of its freshness."""

    keys: Keys | None = None
    keys_at: datetime | None = None
    lists: dict[str, tuple[datetime, StatusList]] = field(default_factory=dict)


def admission(token: str, request: ConsentRequest, *, trust: Trust, cache: Cache) -> Steps[Permit]:
    """The permit in `token`, if `request` may be executed on it now; else `TokenError`.

    What cannot be known is a no: a status list that cannot be had, a key that cannot.
    """

    def permit_by(keys: Keys) -> Permit:
        return verify_permit(
            token,
            keys,
            audience=trust.audience,
            issuer=trust.issuer,
            now=trust.clock(),
            request=request,
            leeway=trust.leeway,
        )

    # 1. The permit is for this request and this audience, and lives.
    permit = yield from _verified(permit_by, trust, cache)
    # 2. Everything that it asks in return can be done here.
    left = sorted({each.kind for each in unmet(permit.obligations, executes=trust.executes)})
    if left:
        message = f"nothing here executes `{'`, `'.join(left)}`"
        raise TokenError("obligations_unmet", message)
    # 3. It was not revoked, by a list that is fresh.
    statuses = yield from _status_list(permit.status.uri, trust, cache)
    status = statuses.status(permit.status.idx)
    if status != "valid":
        code = "revoked" if status == "invalid" else "suspended"
        raise TokenError(code, f"permit `{permit.id}` is `{status}`")
    # 4. It still lives: fetching took its time.
    if trust.clock() >= permit.expires_at:
        raise TokenError("expired", f"valid before `{permit.expires_at.isoformat()}`")
    return permit


def _verified(verify: Callable[[Keys], Verified], trust: Trust, cache: Cache) -> Steps[Verified]:
    """What `verify` makes of the published keys, fetched again where it knows none of them."""
    keys = yield from _keys(trust, cache, older_than=KEYS_FOR)
    try:
        return verify(keys)
    except TokenError as error:
        if error.code != "unknown_key":
            raise
    return verify((yield from _keys(trust, cache, older_than=KEYS_AT_LEAST_FOR)))


def _keys(trust: Trust, cache: Cache, *, older_than: timedelta) -> Steps[Keys]:
    now = trust.clock()
    known, since = cache.keys, cache.keys_at
    if known is not None and since is not None and timedelta(0) <= now - since < older_than:
        return known
    try:
        keys: Keys = yield calls.jwks()
    except ClientError as error:
        message = "the published keys cannot be had"
        raise TokenError("keys_unavailable", message) from error
    cache.keys, cache.keys_at = keys, now
    return keys


def _status_list(uri: str, trust: Trust, cache: Cache) -> Steps[StatusList]:
    asked_at = trust.clock()
    kept = cache.lists.get(uri)
    if kept is not None and kept[1].issued_at - trust.leeway <= asked_at < kept[0]:
        return kept[1]
    try:
        token: str = yield calls.get_status_list(uri)
    except (ClientError, ValueError) as error:
        message = f"the status list `{uri}` cannot be had"
        raise TokenError("status_unavailable", message) from error

    def list_by(keys: Keys) -> StatusList:
        return verify_status_list(
            token,
            keys,
            uri=uri,
            issuer=trust.issuer,
            now=trust.clock(),
            leeway=trust.leeway,
        )

    fetched = yield from _verified(list_by, trust, cache)
    _keep(cache, fetched, until=fetched.fresh_until(asked_at), now=asked_at)
    return fetched


def _keep(cache: Cache, fetched: StatusList, *, until: datetime, now: datetime) -> None:
    """Keep a list, and no others that are not fresh any more."""
    fresh = {uri: kept for uri, kept in cache.lists.items() if now < kept[0]}
    cache.lists = {**fresh, fetched.uri: (until, fetched)}
