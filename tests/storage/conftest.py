"""Every test that asks for `store` runs on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.contracts import Store
from storage.database import Database
from storage.local.key_encryption import LocalKeyEncryption
from storage.postgres.probe import PostgresProbe, connecting
from storage.store import open_store
from tests.storage.databases import postgres_database

OpenStore = Callable[[], Store]
PATIENCE_S = 120.0


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a lock, a connection or an answer takes longer than a service would wait.

    Tests of impatience say how much of it there is.
    """
    for waiting in (Database.__init__, PostgresProbe.__init__, connecting):
        defaults = waiting.__kwdefaults__
        assert defaults is not None
        monkeypatch.setitem(defaults, "patience", PATIENCE_S)
    monkeypatch.setattr("storage.local.probe.PATIENCE", PATIENCE_S)
    monkeypatch.setattr("storage.keyring.fresh.PATIENCE_S", PATIENCE_S)


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    shutil.copy2(migrated_file, tmp_path / "cameo.sqlite")
    return f"sqlite:///{tmp_path / 'cameo.sqlite'}"


@pytest.fixture
def postgres_url(postgres: str, migrated_template: str) -> Iterator[str]:
    with postgres_database(postgres, template=migrated_template) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database with the schema at head."""
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


@pytest.fixture
def empty_sqlite(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'data dir %' / 'cameo.sqlite'}"


@pytest.fixture
def empty_postgres(postgres: str) -> Iterator[str]:
    with postgres_database(postgres) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(f"empty_{request.param}")
    return found


@pytest.fixture
def opened(url: str) -> Iterator[OpenStore]:
    """Opens one store more on the same database."""
    stores: list[Store] = []

    def another() -> Store:
        stores.append(open_store(url, key_encryption=LocalKeyEncryption(bytes(range(32)))))
        return stores[-1]

    yield another
    for store in stores:
        store.close()


@pytest.fixture
def store(opened: OpenStore) -> Store:
    return opened()
