"""Withdrawals of keys: what may be said of one, and what shows that one was taken away. Pure.

    said = decide(key, keys, reason=Reason.COMPROMISED, since=None, now=now)
    require_withdrawn(keys)

Every certificate of a key names the keys of its purpose that were withdrawn before, so a withdrawal
cannot be missing where that key is there.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from storage.errors import StorageError, Tampered
from storage.keyring.keys import CertifiedKey
from storage.keyring.making import ToldKey
from storage.keys import Purpose
from storage.revocations import Revocation


class WithdrawalRefused(StorageError):
    """The withdrawal makes no sense. `code` is stable and says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def decide(
    key: CertifiedKey,
    keys: Iterable[CertifiedKey],
    *,
    reason: str,
    since: datetime | None,
    now: datetime,
) -> Revocation | None:
    """What the root is to say of `key`, one of `keys`, or None where it has said it.

    `since` is now, unless it is given; it may be moved to an earlier moment afterwards, and not to
    a later one, whether the withdrawal is there or a certificate names one that is missing. Raises
    `WithdrawalRefused`: `withdrawn_in_future`, `withdrawn_earlier`.
    """
    now, stands = _second(now), None if key.revocation is None else key.revocation.revoked_at
    known = min(filter(None, (stands, *(each.names.get(key.kid) for each in keys))), default=None)
    at = _second(since or known or now)
    if at > now:
        raise WithdrawalRefused("withdrawn_in_future", f"`{at.isoformat()}` is not over yet")
    if at == stands:
        return None
    if known is not None and at > known:
        raise WithdrawalRefused(
            "withdrawn_earlier",
            f"signing key `{key.kid}` was withdrawn as of `{known.isoformat()}`: it may become "
            "earlier, and not later",
        )
    return Revocation(
        kid=key.kid,
        purpose=key.purpose.value,
        public_key=key.public.public_key,
        stated_at=now,
        revoked_at=at,
        reason=reason,
    )


def withdrawn_of(keys: Iterable[CertifiedKey], purpose: Purpose) -> dict[str, datetime]:
    """The withdrawn keys of a purpose, with the moment: what certificates name of them."""
    return {
        key.kid: key.revocation.revoked_at
        for key in keys
        if key.purpose is purpose and key.revocation is not None
    }


def require_withdrawn(keys: Sequence[CertifiedKey], *, but: str | None = None) -> None:
    """Raise `Tampered` where a certificate names a withdrawal that is not there.

    One that became earlier afterwards is there. Where that of `but` is not, it is about to be said
    again, and so may others have to be: one comes first.
    """
    revoked = {key.kid: key.revocation for key in keys}
    missing: dict[str, str] = {}
    for key in keys:
        for kid, at in key.names.items():
            known = revoked.get(kid)
            if known is None or known.revoked_at > at:
                missing.setdefault(kid, key.kid)
    if but in missing:
        return
    for kid, by in missing.items():
        raise Tampered(
            f"the withdrawal of signing key `{kid}` is missing: the certificate of `{by}` names it"
        )


def require_withdrawn_as_told(keys: Iterable[CertifiedKey], told: Iterable[ToldKey]) -> None:
    """Raise `Tampered` for the first key whose withdrawal is not as the log has it."""
    revoked: Mapping[str, Revocation | None] = {key.kid: key.revocation for key in keys}
    for key in told:
        known = revoked.get(key.kid)
        said = None if known is None else int(known.revoked_at.timestamp())
        if key.kid in revoked and key.revoked_at != said:
            raise Tampered(
                f"the withdrawal of signing key `{key.kid}` for `{key.purpose}` is not the one "
                "that the consent log has"
            )


def _second(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)
