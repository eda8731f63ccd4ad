"""PostgreSQL as an operator gives it: a role without rights over the server, and its settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url

from storage import schema
from storage.contracts import RevisionProbe, Store
from storage.database import Database
from storage.errors import FaceIndexUnavailable, StoreUnavailable
from storage.faces.turned import TurnedFaces
from storage.faces.turning import Turn
from storage.local.key_encryption import LocalKeyEncryption
from storage.postgres.vectors import prepare
from storage.store import migrate, open_store
from tests.storage import samples
from tests.storage.databases import name_of
from tests.storage.test_faces import UNSIGNED, enroll, found, unit
from tests.storage.watching import touch, watched

KEYS = LocalKeyEncryption(bytes(32))
FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)


@pytest.fixture
def role_url(empty_postgres: str) -> Iterator[str]:
    """An empty database whose owner may do nothing outside of it."""
    role = sql.Identifier(f"role_{uuid4().hex}")
    name = sql.Identifier(name_of(empty_postgres))
    with psycopg.connect(empty_postgres, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
        connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(name, role))
        url = make_url(empty_postgres).set(username=role.as_string(None).strip('"'))
        yield url.render_as_string(hide_password=False)
        connection.execute(sql.SQL("REASSIGN OWNED BY {} TO CURRENT_USER").format(role))
        connection.execute(sql.SQL("DROP ROLE {}").format(role))


def set_for(url: str, setting: str, value: str) -> None:
    """A default of this database, as an operator may have it."""
    with psycopg.connect(url, autocommit=True) as connection:
        place = sql.Identifier(name_of(url))
        change = sql.SQL("ALTER DATABASE {} SET {} = {}")
        connection.execute(change.format(place, sql.Identifier(setting), sql.Literal(value)))


@contextmanager
def opened_at(url: str) -> Iterator[Store]:
    store = open_store(url, key_encryption=KEYS)
    try:
        yield store
    finally:
        store.close()


def test_the_owner_of_a_database_needs_no_other_right(role_url: str) -> None:
    assert migrate(role_url) == schema.HEAD
    with opened_at(role_url) as store:
        store.ping()
        with store.write() as tx:
            tx.cameos.add(samples.cameo())
    database = Database(role_url)
    schema.downgrade(database)
    database.close()


def test_a_role_that_may_make_no_table_is_told_so(role_url: str, empty_postgres: str) -> None:
    name = sql.Identifier(name_of(empty_postgres))
    with psycopg.connect(empty_postgres, autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO CURRENT_USER").format(name))
    with pytest.raises(StoreUnavailable, match="`42501 InsufficientPrivilege`"):
        migrate(role_url)


def test_pgvector_that_nobody_installed_is_said_and_harms_nothing(role_url: str) -> None:
    migrate(role_url)
    database = Database(role_url)
    with pytest.raises(FaceIndexUnavailable, match="CREATE EXTENSION vector"):
        prepare(database)
    with opened_at(role_url) as store:
        store.ping()
    database.close()


def test_pgvector_that_a_superuser_installed_is_used(empty_postgres: str, role_url: str) -> None:
    migrate(role_url)
    with psycopg.connect(empty_postgres, autocommit=True) as superuser:
        superuser.execute("CREATE EXTENSION vector")
    database = Database(role_url)
    prepare(database)
    database.close()
    index, ann = TurnedFaces(lambda: Turn(bytes(32)), genuine=UNSIGNED), unit()
    with opened_at(role_url) as store:
        enroll(store, "cam_1", ann)
        index.refresh(store)
        assert found(index, store, ann) == ["cam_1"]


def test_the_schema_goes_back_and_forth_under_a_face_index(postgres_url: str) -> None:
    database = Database(postgres_url)
    prepare(database)
    index, ann = TurnedFaces(lambda: Turn(bytes(32)), genuine=UNSIGNED), unit()
    with opened_at(postgres_url) as store:
        enroll(store, "cam_1", ann)
        index.refresh(store)
        schema.downgrade(database, "0003")
        migrate(postgres_url)
        prepare(database)
        index.refresh(store)
        assert found(index, store, ann) == ["cam_1"]
        schema.downgrade(database)
    database.close()
    assert migrate(postgres_url) == schema.HEAD


def test_a_server_without_a_free_connection_is_unavailable(
    empty_postgres: str, role_url: str
) -> None:
    migrate(role_url)
    role = sql.Identifier(make_url(role_url).username or "")
    limit = sql.SQL("ALTER ROLE {} CONNECTION LIMIT {}")
    with opened_at(role_url) as store, psycopg.connect(empty_postgres, autocommit=True) as owner:
        owner.execute(limit.format(role, 0))
        with pytest.raises(StoreUnavailable):
            store.ping()
        owner.execute(limit.format(role, -1))
        store.ping()


@pytest.mark.parametrize("moment", [FIRST, LAST], ids=["first", "last"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles"])
def test_moments_are_the_same_in_every_time_zone(
    postgres_url: str, zone: str, moment: datetime
) -> None:
    set_for(postgres_url, "timezone", zone)
    kept = samples.cameo(created_at=moment)
    with opened_at(postgres_url) as store:
        with store.write() as tx:
            tx.cameos.add(kept)
        with store.read() as tx:
            assert tx.cameos.get(kept.id) == kept


def value_of(url: str, setting: str) -> object:
    database = Database(url)
    with database.write() as statements:
        found = statements.run(text(f"SHOW {setting}")).scalar()
    database.close()
    return found


@pytest.mark.parametrize(("given", "kept"), [("off", "on"), ("local", "local"), ("on", "on")])
def test_what_is_acknowledged_is_on_the_disk(postgres_url: str, given: str, kept: str) -> None:
    set_for(postgres_url, "synchronous_commit", given)
    assert value_of(postgres_url, "synchronous_commit") == kept


def test_a_server_that_cannot_be_written_to_is_not_read_from(postgres_url: str) -> None:
    """A standby may be behind."""
    set_for(postgres_url, "default_transaction_read_only", "on")
    with opened_at(postgres_url) as store, pytest.raises(StoreUnavailable):
        store.ping()


def test_of_several_hosts_the_one_that_answers_is_taken(postgres_url: str, tmp_path: Path) -> None:
    url = make_url(postgres_url)
    hosts = [f"{tmp_path}:5432", f"{url.host or url.query['host']}:{url.port or 5432}"]
    neither = URL.create(url.drivername, url.username, url.password, database=url.database)
    several = neither.set(query={"host": hosts}).render_as_string(hide_password=False)
    with opened_at(several) as store:
        revision = touch(store)

        async def story(probe: RevisionProbe) -> None:
            assert await probe.confirm() == revision

        watched(store.probe(), story)


def test_the_options_of_a_url_are_kept(empty_postgres: str) -> None:
    """A schema of its own, for the store as for its probe."""
    with psycopg.connect(empty_postgres, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA cameo")
    url = make_url(empty_postgres).update_query_dict({"options": "-csearch_path=cameo"})
    place = url.render_as_string(hide_password=False)
    migrate(place)
    with psycopg.connect(empty_postgres) as connection:
        found = connection.execute("SELECT schemaname FROM pg_tables WHERE tablename = 'cameos'")
        assert found.fetchall() == [("cameo",)]
    with opened_at(place) as store:
        revision = touch(store)

        async def story(probe: RevisionProbe) -> None:
            assert await probe.confirm() == revision

        watched(store.probe(), story)
