"""What is to last: a withdrawn key does not sign it, though no other can be had."""

import pytest

from cameo_service.signing import Signer
from storage.errors import KeyUnavailable
from storage.keys import Purpose
from storage.revocations import Reason
from tests.storage.keyring.world import WRAPPING, KeyService, World, kid_of

CLAIMS = {"jti": "rcp_1"}


def test_nothing_that_is_to_last_is_signed_while_the_next_key_cannot_be_opened(
    world: World,
) -> None:
    kms = KeyService(WRAPPING)
    ring = world.prepared(key_encryption=kms)
    signer, stolen = Signer(ring), kid_of(ring, Purpose.RECEIPT)
    world.prepared().withdraw(stolen, reason=Reason.COMPROMISED)
    kms.away = True
    with pytest.raises(KeyUnavailable), world.store.write() as tx:
        signer.sign_in(tx, Purpose.RECEIPT, CLAIMS)
    # by the keys that are known all else is signed, as whenever the key service is away
    assert kid_of(ring, Purpose.PERMIT)
    kms.away = False
    world.advance(6)
    with world.store.write() as tx:
        token = signer.sign_in(tx, Purpose.RECEIPT, CLAIMS)
    assert kid_of(ring, Purpose.RECEIPT) != stolen
    assert signer.open(Purpose.RECEIPT, token) == CLAIMS
