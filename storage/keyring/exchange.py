"""One key-encryption key taking the place of another, while both can be had.

>>> from storage.local.key_encryption import LocalKeyEncryption
>>> new, former = LocalKeyEncryption(bytes(32)), LocalKeyEncryption(bytes(range(32)))
>>> both = KeyExchange(new, former)
>>> both.unwrap(former.wrap(b"a data key", context={}), context={})
b'a data key'

Which of them wraps, the database says: the former one until `storage.keyring.rewrapping` names the
new one there, and from that commit on the new one, in every process. So it may be begun only once
every process has both; one that has the former key alone wraps nothing any more from then on.
"""

from storage.contracts.blobs import KeyEncryption
from storage.errors import KeyUnavailable, Tampered
from storage.wrapping import DOES_NOT_UNWRAP, not_named


class KeyExchange:
    """`KeyEncryption` under `present`, which also opens what one of `formers` wrapped.

    `formers` are in order, the last one that wrapped first; there is at least one.
    """

    def __init__(self, present: KeyEncryption, *formers: KeyEncryption) -> None:
        self._present = present
        self._formers = formers
        self._all = (present, *formers)

    @property
    def mark(self) -> bytes:
        """The new key's."""
        return self._present.mark

    @property
    def formers(self) -> tuple[bytes, ...]:
        """The former keys', in order."""
        return tuple(key.mark for key in self._formers)

    def wrap(
        self, data_key: bytes, *, context: dict[str, str], under: bytes | None = None
    ) -> bytes:
        """Wrapped under the key with the mark `under`, without one under the former one."""
        if under is None:
            return self._formers[0].wrap(data_key, context=context)
        for key in self._all:
            if key.mark == under:
                return key.wrap(data_key, context=context, under=under)
        raise not_named()

    def unwrap(self, wrapped: bytes, *, context: dict[str, str]) -> bytes:
        """The data key, by whichever opens it. Raises `Tampered` where none does.

        Where one does not and another cannot be asked, nobody knows: `KeyUnavailable`.
        """
        unavailable: KeyUnavailable | None = None
        for key in self._all:
            try:
                return key.unwrap(wrapped, context=context)
            except Tampered:
                continue
            except KeyUnavailable as error:
                unavailable = unavailable or error
        if unavailable is not None:
            raise unavailable
        raise Tampered(DOES_NOT_UNWRAP)


def exchanging(present: KeyEncryption, *formers: KeyEncryption) -> KeyEncryption:
    """The key-encryption key, with the former ones beside it where there are any."""
    return KeyExchange(present, *formers) if formers else present
