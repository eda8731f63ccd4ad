"""The keys of the ring against what was told of them when they were made and retired: pure.

>>> told = ToldKey(kid="a", purpose="permit")
>>> require_none_told({"grant"}, [told])
>>> require_none_told({"permit"}, [told])
Traceback (most recent call last):
    ...
storage.errors.Tampered: signing key `a` for `permit` is missing: the consent log names it
"""

from collections.abc import Iterable, Sequence

from storage.errors import Tampered
from storage.keyring.making import ToldKey
from storage.keys import Purpose
from storage.records import SigningKeyRecord


def lacking(records: Iterable[SigningKeyRecord]) -> set[str]:
    """The purposes that have no key."""
    return {purpose.value for purpose in Purpose} - {record.purpose for record in records}


def require_none_told(purposes: set[str], told: Iterable[ToldKey]) -> None:
    """Raise `Tampered` where one of these purposes, which have no key, once had one."""
    for key in told:
        if key.purpose in purposes:
            raise _missing(key)


def require_as_told(records: Sequence[SigningKeyRecord], told: Iterable[ToldKey]) -> None:
    """Raise `Tampered` for the first key that is missing, or whose retirement was undone."""
    rows = {record.kid: record for record in records}
    for key in told:
        row = rows.get(key.kid)
        if row is None:
            raise _missing(key)
        if key.retired and row.retired_at is None:
            raise Tampered(
                f"signing key `{key.kid}` for `{key.purpose}` is not retired any more: the "
                "consent log has its retirement"
            )


def _missing(key: ToldKey) -> Tampered:
    return Tampered(
        f"signing key `{key.kid}` for `{key.purpose}` is missing: the consent log names it"
    )
