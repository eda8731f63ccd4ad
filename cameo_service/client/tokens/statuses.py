"""A status list, verified offline: which permits were revoked (draft-ietf-oauth-status-list).

>>> from datetime import UTC
>>> statuses = StatusList(
...     uri="https://cameo.example/v1/status-lists/0",
...     bits=1,
...     packed=unpacked("eNrbuRgAAhcBXQ"),
...     ttl_s=15,
...     issued_at=datetime(2026, 11, 22, tzinfo=UTC),
...     expires_at=datetime(2026, 11, 23, tzinfo=UTC),
... )
>>> [statuses.status(index) for index in range(3)]
['invalid', 'valid', 'valid']
"""

import base64
import binascii
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from cameo_service.client.errors import TokenError
from cameo_service.client.tokens.claims import (
    NO_LEEWAY,
    claims_of,
    moment_of,
    require_issuer,
    require_time,
)
from cameo_service.client.tokens.jws import signed_claims

Status = Literal["valid", "invalid", "suspended"]
STATUSES: tuple[Status, ...] = ("valid", "invalid", "suspended")
"""By number (draft-ietf-oauth-status-list, 7.1). Others mean nothing here."""
MOST_BYTES = 1 << 20
"""What a list may grow to. One of this service has 8 KiB."""
LONGEST_TTL_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusList:
    """A verified list: `bits` per status, packed from the least significant bit on.

    A copy is to be fetched again after `ttl_s`, and good for nothing from `expires_at` on.
    """

    uri: str
    bits: int
    packed: bytes = field(repr=False)
    ttl_s: int
    issued_at: datetime
    expires_at: datetime

    def status(self, index: int) -> Status:
        """The status at `index`; raise `TokenError` `status_unknown` where the list says none."""
        per_byte = 8 // self.bits
        if not 0 <= index < len(self.packed) * per_byte:
            raise TokenError("status_unknown", f"`{index}` lies outside of `{self.uri}`")
        shift = index % per_byte * self.bits
        value = self.packed[index // per_byte] >> shift & (1 << self.bits) - 1
        if value >= len(STATUSES):
            raise TokenError("status_unknown", f"`{value}` is no status that is known here")
        return STATUSES[value]

    def fresh_until(self, fetched_at: datetime) -> datetime:
        """Until when a copy that was asked for at `fetched_at` need not be fetched again.

        Counted from the signature and from the question, so that no wrong clock lengthens it.
        """
        return min(self.expires_at, min(self.issued_at, fetched_at) + timedelta(seconds=self.ttl_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    bits: Literal[1, 2, 4, 8]
    lst: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claims:
    sub: str
    iat: int
    exp: int
    status_list: _List
    ttl: int = 0


def verify_status_list(
    token: str,
    jwks: Mapping[str, Any],
    *,
    uri: str,
    issuer: str,
    now: datetime,
    leeway: timedelta = NO_LEEWAY,
) -> StatusList:
    """The status list in `token`, or `TokenError` with what is wrong. `uri` is the permit's."""
    # 1. The signature, by a known key, over a statement of this kind.
    claims = signed_claims(token, jwks, typ="statuslist+jwt")
    # 2. Whose word it is, and which list.
    require_issuer(claims, issuer)
    if claims.get("sub") != uri:
        raise TokenError("wrong_status_list", f"the list is not the one at `{uri}`")
    # 3. Its time. One without an end would be believed for ever, and is not taken.
    stated = claims_of(_Claims, claims)
    issued_at, expires_at = moment_of(stated.iat), moment_of(stated.exp)
    require_time(starts=issued_at, ends=expires_at, now=now, leeway=leeway)
    # 4. What it says, which must not grow beyond bounds.
    if not 0 <= stated.ttl <= LONGEST_TTL_S:
        raise TokenError("claims_malformed", f"`{stated.ttl}` is no time to live")
    return StatusList(
        uri=uri,
        bits=stated.status_list.bits,
        packed=unpacked(stated.status_list.lst),
        ttl_s=stated.ttl,
        issued_at=issued_at,
        expires_at=expires_at,
    )


def unpacked(lst: str) -> bytes:
    """The bytes in `lst`, unpadded base64url over zlib, of which there may be `MOST_BYTES`."""
    unpacking = zlib.decompressobj()
    try:
        compressed = base64.b64decode(lst + "=" * (-len(lst) % 4), altchars=b"-_", validate=True)
        packed = unpacking.decompress(compressed, MOST_BYTES + 1)
    except (binascii.Error, ValueError, zlib.error):
        raise TokenError("claims_malformed", "the status list cannot be read") from None
    if len(packed) > MOST_BYTES or not unpacking.eof or unpacking.unused_data:
        message = f"the status list is cut off, or larger than {MOST_BYTES} bytes"
        raise TokenError("claims_malformed", message)
    return packed
