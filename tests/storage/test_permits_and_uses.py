"""What ends one permit alone, and what a use comes to rest on, on every database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.contracts import Store
from storage.errors import StorageError
from tests.storage import samples
from tests.storage.samples import NOW


def test_a_permit_ends_by_itself_once(store: Store) -> None:
    with store.write() as tx:
        tx.permits.add(samples.permit())
        tx.permits.add(samples.permit(id="per_2", status_index=samples.permit().status_index + 1))
    with store.write() as tx:
        assert tx.permits.revoke("per_1", now=NOW)
        assert not tx.permits.revoke("per_1", now=NOW)
        assert not tx.permits.revoke("per_9", now=NOW)
        assert not tx.permits.revoke("per_2", now=NOW + timedelta(days=1))
    with store.read() as tx:
        assert tx.permits.get("per_1").revoked_at == NOW
        assert tx.permits.get("per_2").revoked_at is None


def test_a_use_comes_to_rest_on_more_and_never_on_less(store: Store) -> None:
    use = samples.use(rests_on=("cameo:cam_1",))
    with store.write() as tx:
        tx.uses.add(use)
        tx.uses.save(replace(use, rests_on=("cameo:cam_1", "grant:gra_9")))
    with store.read() as tx:
        for key in ("cameo:cam_1", "grant:gra_9"):
            assert [each.id for each in tx.uses.resting_on(key, limit=9)] == [use.id]
        stored = tx.uses.get(use.id)

    def lose_one() -> None:
        with store.write() as tx:
            tx.uses.save(replace(stored, rests_on=("grant:gra_9",)))

    with pytest.raises(StorageError, match="rests on more"):
        lose_one()
