"""What all statements share: who makes them, when they hold, and claims read strictly.

>>> require_issuer({"iss": "https://other.example"}, ["https://cameo.example"])
Traceback (most recent call last):
    ...
cameo_service.client.errors.TokenError: wrong_issuer: the statement is from \
`https://other.example`, not from `https://cameo.example`
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from cameo_service.client.documents import Document, read
from cameo_service.client.errors import TokenError

Claims = TypeVar("Claims")
Issuers = str | Sequence[str]
"""What a service calls itself, and what it called itself before: statements outlast its address."""
NO_LEEWAY = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    nbf: int
    exp: int


def claims_of(kind: type[Claims], claims: Document) -> Claims:
    """The claims as a `kind`; raise `TokenError` `claims_malformed`."""
    try:
        return read(kind, claims)
    except ValueError as error:
        raise TokenError("claims_malformed", str(error)) from None


def require_issuer(claims: Document, issuer: Issuers, *, said: str = "the statement") -> None:
    """Raise `TokenError` unless `issuer`, or one of several, made the statement."""
    known = (issuer,) if isinstance(issuer, str) else tuple(issuer)
    found = claims.get("iss")
    if not isinstance(found, str) or found not in known:
        expected = "`, `".join(known)
        raise TokenError("wrong_issuer", f"{said} is from `{found}`, not from `{expected}`")


def require_window(claims: Document, *, now: datetime, leeway: timedelta) -> None:
    """Raise `TokenError` unless `now` lies in the statement's time."""
    window = claims_of(_Window, claims)
    require_time(starts=moment_of(window.nbf), ends=moment_of(window.exp), now=now, leeway=leeway)


def require_time(*, starts: datetime, ends: datetime, now: datetime, leeway: timedelta) -> None:
    """Raise `TokenError` unless `now` lies in the time.

    `leeway` is for a clock behind the issuer's: it admits what is not valid yet, and never what is
    over.
    """
    if now.tzinfo is None:
        raise ValueError("`now` has no time zone")
    if now + leeway < starts:
        raise TokenError("not_yet_valid", f"valid from `{starts.isoformat()}` on")
    if now >= ends:
        raise TokenError("expired", f"valid before `{ends.isoformat()}`")


def moment_of(epoch: int) -> datetime:
    """The moment of a NumericDate (RFC 7519, 2); raise `TokenError` for none."""
    try:
        return datetime.fromtimestamp(epoch, UTC)
    except (OverflowError, OSError, ValueError):
        raise TokenError("claims_malformed", f"`{epoch}` is not a time") from None
