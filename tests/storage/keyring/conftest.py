"""Every test of the ring runs on SQLite and on PostgreSQL."""

import pytest

from storage.contracts import Store
from tests.storage.keyring.world import World


@pytest.fixture
def world(store: Store) -> World:
    return World(store)
