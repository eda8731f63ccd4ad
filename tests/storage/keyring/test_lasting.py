"""What is to last: a withdrawn key does not sign it, though no other can be had."""

import pytest

from cameo_service.signing import Signer
from storage.errors import KeyUnavailable
from storage.keys import Purpose
from storage.local.key_encryption import LocalKeyEncryption
from storage.revocations import Reason
from tests.storage.keyring.world import WRAPPING, World, kid_of

CLAIMS = {"jti": "rcp_1"}


class Away(LocalKeyEncryption):
    """A key-encryption key that can be away, as KMS is."""

    away = False

    def unwrap(self, wrapped: bytes, *, context: dict[str, str]) -> bytes:
        if self.away:
            raise KeyUnavailable("the key service is away")
        return super().unwrap(wrapped, context=context)


def test_nothing_that_is_to_last_is_signed_while_the_next_key_cannot_be_opened(
    world: World,
) -> None:
    kms = Away(WRAPPING)
    ring = world.prepared(key_encryption=kms)
    signer, stolen = Signer(ring), kid_of(ring, Purpose.RECEIPT)
    world.prepared().withdraw(stolen, reason=Reason.COMPROMISED)
    kms.away = True
    with pytest.raises(KeyUnavailable), world.store.write() as tx:
        signer.sign_in(tx, Purpose.RECEIPT, CLAIMS)
    # what does not last is signed by the keys that are known, as whenever the key service is away
    assert kid_of(ring, Purpose.PERMIT)
    kms.away = False
    with world.store.write() as tx:
        token = signer.sign_in(tx, Purpose.RECEIPT, CLAIMS)
    assert kid_of(ring, Purpose.RECEIPT) != stolen
    assert signer.open(Purpose.RECEIPT, token) == CLAIMS
