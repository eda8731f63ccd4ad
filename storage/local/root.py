"""A root key held in memory.

>>> from storage.algorithms import Algorithm, new_private_key
>>> len(LocalRoot(new_private_key(Algorithm.EDDSA)).sign(b"said"))
64
"""

from storage.algorithms import PrivateHalf, PublicHalf, sign


class LocalRoot:
    """`RootKey` over a private key of this process."""

    def __init__(self, private_key: PrivateHalf) -> None:
        self._private = private_key

    @property
    def public_key(self) -> PublicHalf:
        """What verifies its signatures."""
        return self._private.public_key()

    def sign(self, message: bytes) -> bytes:
        """The signature over `message`."""
        return sign(self._private, message)
