"""Every test that asks for `store` runs on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.contracts import Store
from storage.local.key_encryption import LocalKeyEncryption
from storage.store import open_store
from tests.storage.databases import postgres_database

OpenStore = Callable[[], Store]


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
