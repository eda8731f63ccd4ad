"""The status of every permit, in signed lists that anybody may read (draft-ietf-oauth-status-list).

A permit says at which index of which list it stands. There, 0 is valid and 1 is revoked. A permit
that has expired may be 0 again, whatever became of it: the list says nothing that `exp` says.
Lists are always of full length, so their size tells nothing.

>>> place_of(65_537, issuer="https://cameo.example")["status_list"]
{'idx': 1, 'uri': 'https://cameo.example/v1/status-lists/1'}
>>> encoded(dict.fromkeys((0, 3, 4, 5, 7, 8, 9, 13, 15), REVOKED), length=16, bits=1)
'eNrbuRgAAhcBXQ'
"""

import base64
import binascii
import math
import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from cameo_service.context import Context
from cameo_service.errors import Unknown
from cameo_service.signing import epoch
from storage.contracts import Transaction
from storage.keys import Purpose

LENGTH = 65_536
"""Permits in a list. Changing this moves every permit that was issued."""
TTL_S = 15
"""For how many seconds a copy may be relied on without asking again."""
LIFETIME_S = 300
SIGNED_ANEW_AFTER = timedelta(seconds=5)
"""Well below the time to live, so that what is handed out can still be kept for a while."""
MEDIA_TYPE = "application/statuslist+jwt"
REVOKED = 1


def place_of(index: int, *, issuer: str) -> dict[str, Any]:
    """The claim `status` of the permit with this index."""
    number, place = divmod(index, LENGTH)
    return {"status_list": {"idx": place, "uri": uri_of(number, issuer=issuer)}}


def uri_of(number: int, *, issuer: str) -> str:
    """Where a list is found; also its `sub`."""
    return f"{issuer}/v1/status-lists/{number}"


def encoded(statuses: Mapping[int, int], *, length: int, bits: int) -> str:
    """`lst`: the statuses packed from the least significant bit on, zlib, unpadded base64url.

    `statuses` holds those by index that are not 0; `bits`, the size of one, is 1, 2, 4 or 8.
    """
    _require_size(bits)
    per_byte = 8 // bits
    packed = bytearray(-(-length // per_byte))
    for index, status in statuses.items():
        if not 0 <= index < length or not 0 <= status < 1 << bits:
            raise ValueError(f"the status `{status}` at `{index}` does not fit into the list")
        packed[index // per_byte] |= status << (index % per_byte * bits)
    return base64.urlsafe_b64encode(zlib.compress(packed, 9)).rstrip(b"=").decode()


def decoded(lst: str, *, bits: int, most: int = LENGTH) -> list[int]:
    """The statuses in `lst`, filled up to a whole byte. Raises `ValueError`.

    No more than `most` are unpacked, so that a small text cannot grow into a large one.
    """
    _require_size(bits)
    per_byte = 8 // bits
    unpacking = zlib.decompressobj()
    limit = -(-most // per_byte)
    try:
        packed = unpacking.decompress(_bytes(lst), limit + 1)
    except zlib.error as error:
        raise ValueError("the list is not compressed with zlib") from error
    if len(packed) > limit:
        raise ValueError(f"the list holds more than {most} statuses")
    if not unpacking.eof:
        raise ValueError("the list is cut off")
    mask = (1 << bits) - 1
    return [byte >> shift & mask for byte in packed for shift in range(0, 8, bits)]


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("the list is not base64url") from error


def _require_size(bits: int) -> None:
    if bits not in {1, 2, 4, 8}:
        raise ValueError(f"a status has 1, 2, 4 or 8 bits, not `{bits}`")


class SignedList(NamedTuple):
    """A signed list, the revision and moment at which it was signed, and by which key."""

    revision: int
    issued: datetime
    token: str
    kid: str

    def fresh_for(self, now: datetime) -> int:
        """For how many more seconds a copy may be handed on."""
        return max(0, TTL_S - math.ceil((now - self.issued).total_seconds()))


class StatusLists:
    """The signed lists of one process. One is signed anew when the store moved or it grew old."""

    def __init__(self) -> None:
        self._signed: dict[int, SignedList] = {}

    def get(self, context: Context, number: int) -> SignedList:
        """The list with this number. Raises `Unknown` where no permit has a place in it.

        It states what is true at a revision that the store had after this call began.
        """
        now, kid = context.clock(), context.signer.kid(Purpose.STATUS_LIST)
        with context.store.read() as tx:
            revision = tx.revisions.current()
            known = self._signed.get(number)
            if known is not None and known.kid == kid and _holds(known, revision, now):
                return known
            revoked = _revoked(tx, number, now)
        claims = list_claims(revoked, number, issuer=context.settings.issuer, now=now)
        token = context.signer.sign(Purpose.STATUS_LIST, claims)
        signed = SignedList(revision, now, token, kid)
        self._signed[number] = signed
        return signed


def _holds(known: SignedList, revision: int, now: datetime) -> bool:
    age = now - known.issued
    return known.revision == revision and timedelta(0) <= age < SIGNED_ANEW_AFTER


def _revoked(tx: Transaction, number: int, now: datetime) -> list[int]:
    first = number * LENGTH
    if not 0 <= first < max(tx.permits.next_index(), 1):
        raise Unknown(f"there is no status list `{number}`")
    found = tx.permits.revoked_between(first, first + LENGTH - 1, now=now)
    return [index - first for index in found]


def list_claims(
    revoked: Iterable[int], number: int, *, issuer: str, now: datetime
) -> dict[str, Any]:
    """What a signed list says. `revoked` are places in it."""
    lst = encoded(dict.fromkeys(revoked, REVOKED), length=LENGTH, bits=1)
    return {
        "iss": issuer,
        "sub": uri_of(number, issuer=issuer),
        "iat": epoch(now),
        "exp": epoch(now) + LIFETIME_S,
        "ttl": TTL_S,
        "status_list": {"bits": 1, "lst": lst},
    }
