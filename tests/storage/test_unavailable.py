"""A database that is gone, full, busy, read-only or damaged is unavailable: never empty."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from storage.contracts import Store
from storage.database import Database
from storage.errors import StorageError, StoreUnavailable, UnsupportedDatabase
from storage.local.key_encryption import LocalKeyEncryption
from storage.postgres.connections import address_of
from storage.store import migrate, open_store
from tests.stalls import stopwatch
from tests.storage import samples
from tests.storage.conftest import OpenStore
from tests.storage.machine import NOBODY, largest_file, without_privileges
from tests.storage.samples import NOW

KEYS = LocalKeyEncryption(bytes(32))


@pytest.fixture
def store_on_sqlite(sqlite_url: str) -> Iterator[Store]:
    store = open_store(sqlite_url, key_encryption=KEYS)
    yield store
    store.close()


@pytest.fixture
def store_on_postgres(postgres_url: str) -> Iterator[Store]:
    store = open_store(postgres_url, key_encryption=KEYS)
    yield store
    store.close()


def path_of(sqlite_url: str) -> Path:
    return Path(make_url(sqlite_url).database or "")


def add_bulky_cameo(store: Store) -> None:
    with store.write() as tx:
        tx.cameos.add(samples.cameo(id="cam_small"))
        tx.cameos.add(samples.cameo(id="cam_bulky", credential="x" * (1 << 20)))


@pytest.mark.parametrize("after", ["in-time", "swallowed"])
def test_a_full_database_keeps_what_it_had(sqlite_url: str, after: str) -> None:
    database = Database(sqlite_url)
    with database.write() as statements:
        pages = statements.run(text("PRAGMA page_count")).scalar()
        # of this connection, which is the writers' only one
        statements.run(text(f"PRAGMA max_page_count = {pages}"))

    def fill() -> None:
        with database.write() as statements:
            statements.run(text("INSERT INTO revisions VALUES (1, '')"))
            with pytest.raises(StoreUnavailable, match="SQLITE_FULL") as caught:
                statements.run(text("INSERT INTO revision_keys VALUES (1, zeroblob(1000000))"))
            if after == "in-time":
                raise caught.value
            # SQLite has rolled back by itself: this must not be kept on its own
            statements.run(text("INSERT INTO revisions VALUES (2, '')"))

    with pytest.raises(StorageError):
        fill()
    with database.read() as statements:
        assert statements.run(text("SELECT count(*) FROM revisions")).scalar() == 0
    database.close()


def test_a_disk_that_takes_no_more_is_unavailable(store_on_sqlite: Store) -> None:
    with largest_file(1 << 19), pytest.raises(StoreUnavailable):
        add_bulky_cameo(store_on_sqlite)
    with store_on_sqlite.read() as tx:
        assert tx.cameos.owned_by("user:alice") == []
    add_bulky_cameo(store_on_sqlite)


def test_a_database_that_is_gone_is_unavailable(sqlite_url: str) -> None:
    shutil.rmtree(path_of(sqlite_url).parent)
    store = open_store(sqlite_url, key_encryption=KEYS)
    for use in (store.ping, lambda: store.read().__enter__(), lambda: store.write().__enter__()):
        with pytest.raises(StoreUnavailable, match="there is no database"):
            use()
    assert not path_of(sqlite_url).exists()
    store.close()


def test_a_connection_to_a_file_that_is_gone_is_not_used_again(
    sqlite_url: str, store_on_sqlite: Store
) -> None:
    home = path_of(sqlite_url).parent
    with store_on_sqlite.write() as tx:
        tx.cameos.add(samples.cameo())
    away = home.rename(home.with_name("away"))
    for use in (store_on_sqlite.read, store_on_sqlite.write):
        with pytest.raises(StoreUnavailable, match="there is no database"):
            use().__enter__()
    migrate(sqlite_url)
    with store_on_sqlite.write() as tx:
        assert tx.cameos.find("cam_1") is None
        tx.cameos.add(samples.cameo(id="cam_2"))
    with store_on_sqlite.read() as tx:
        assert tx.cameos.get("cam_2").id == "cam_2"
    shutil.rmtree(home)
    away.rename(home)
    with store_on_sqlite.read() as tx:
        assert tx.cameos.get("cam_1") == samples.cameo()


@pytest.mark.parametrize("mode", [0o400, 0o000])
def test_a_file_without_permission_is_unavailable(sqlite_url: str, mode: int) -> None:
    # pytest's own directories are closed to nobody
    home = Path(tempfile.mkdtemp(prefix="cameo-", dir="/var/tmp"))
    home.chmod(0o755)
    try:
        file = home / "cameo.sqlite"
        shutil.copy(path_of(sqlite_url), file)
        file.chmod(mode)
        shutil.chown(file, NOBODY)
        store = open_store(f"sqlite:///{file}", key_encryption=KEYS)
        with without_privileges(), pytest.raises(StoreUnavailable):
            add_bulky_cameo(store)
        with without_privileges(), pytest.raises(StoreUnavailable):
            migrate(f"sqlite:///{home / 'new' / 'cameo.sqlite'}")
        store.close()
    finally:
        shutil.rmtree(home)


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "cameo.sqlite").write_bytes(b"not a database " * 1000)
    url = f"sqlite:///{tmp_path / 'cameo.sqlite'}"
    with pytest.raises(StoreUnavailable, match="SQLITE_NOTADB"):
        open_store(url, key_encryption=KEYS).ping()
    with pytest.raises(StoreUnavailable):
        migrate(url)


def test_waiting_too_long_for_the_writer_is_unavailable(url: str, opened: OpenStore) -> None:
    impatient = Database(url, patience=0.2)
    holding, leave = Event(), Event()

    def hold() -> None:
        with opened().write() as tx:
            tx.revisions.touch("cameo:cam_1", now=NOW)
            holding.set()
            leave.wait(60)

    def write(database: Database) -> None:
        with database.write() as statements:
            statements.run(text("DELETE FROM cameos"))

    holder = Thread(target=hold)
    holder.start()
    assert holding.wait(60)
    with stopwatch() as watch, pytest.raises(StoreUnavailable):
        write(impatient)
    assert watch.seconds < 5
    leave.set()
    holder.join()
    impatient.close()
    patient = Database(url)
    write(patient)
    patient.close()


def test_writers_of_one_store_wait_for_each_other_but_not_for_ever(url: str) -> None:
    database = Database(url)
    database._patience = 0.1
    with (
        database.write(),
        pytest.raises(StoreUnavailable, match="another writer"),
        database.write(),
    ):
        pass
    database.close()


def test_a_cut_connection_is_unavailable_and_the_next_one_works(
    postgres_url: str, store_on_postgres: Store
) -> None:
    def be_cut_off() -> None:
        with store_on_postgres.write() as tx:
            tx.cameos.add(samples.cameo())
            with psycopg.connect(postgres_url) as other:
                other.execute(CUT_THE_OTHERS)
            tx.cameos.add(samples.cameo(id="cam_2"))

    with pytest.raises(StoreUnavailable):
        be_cut_off()
    with store_on_postgres.write() as tx:
        assert tx.cameos.owned_by("user:alice") == []
        tx.cameos.add(samples.cameo())


CUT_THE_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def test_a_server_that_is_not_there_is_unavailable_and_its_password_unsaid() -> None:
    store = open_store("postgresql://cameo:s3cret@127.0.0.1:9/cameo", key_encryption=KEYS)
    with pytest.raises(StoreUnavailable) as caught:
        store.ping()
    assert "s3cret" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert "`127.0.0.1:9`" in str(caught.value)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("postgresql://u:s3cret@db.example/x", "db.example:5432"),
        ("postgresql://u:s3cret@/x?host=a:1&host=b:2", "a:1, b:2"),
        ("postgresql://u:s3cret@/x?host=a,b&port=1,2", "a:1, b:2"),
        ("postgresql://u:s3cret@/x?host=a,b&port=7", "a:7, b:7"),
        ("postgresql://u:s3cret@/x?host=/var/run/db", "/var/run/db"),
        ("postgresql:///x", None),
    ],
)
def test_an_address_is_host_and_port(url: str, address: str | None) -> None:
    assert address_of(make_url(url)) == address


@pytest.mark.parametrize(
    "url",
    [
        *("", "nonsense", "mysql://u:s3cret@host/db", "sqlite://", "sqlite:///:memory:"),
        *("sqlite:///x.sqlite?mode=memory", "postgresql+nonsense:s3cret"),
    ],
)
def test_a_url_that_names_no_database_we_know_is_refused(url: str) -> None:
    with pytest.raises(UnsupportedDatabase) as caught:
        open_store(url, key_encryption=KEYS)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://cameo:secret@database/x",
        "postgresql://database/x?password=secret&sslpassword=secret&sslmode=require",
        "postgresql://cameo:half@secret@database/x",
        "postgresql://cameo:one@two:secret@database:5432/x",
    ],
)
def test_no_part_of_a_password_is_shown(url: str) -> None:
    try:
        said = Database(url).label
    except UnsupportedDatabase as refused:
        said = str(refused)
    assert "secret" not in said
