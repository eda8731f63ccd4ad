"""Templates: sealed at rest, and refused when anything about them was altered."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from storage.contracts import Store
from storage.database import Database
from storage.envelope import key_context, new_data_key, open_template, seal
from storage.errors import StorageError, StoreUnavailable, Tampered
from storage.local.key_encryption import LocalKeyEncryption
from storage.records import TemplateRecord
from storage.store import open_store
from tests.storage import samples

FACE = samples.template()
VOICE = samples.template(modality="voice", model="ge2e", vector=(1.0, 0.0), salt=b"")
OTHER_FACE = samples.template(cameo_id="cam_2", vector=(0.5,))
OTHER_VOICE = samples.template(cameo_id="cam_2", modality="voice", vector=(0.25,))


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """The same database, without the store's care."""
    database = Database(url)
    yield database
    database.close()


@pytest.fixture
def two_cameos(store: Store) -> Store:
    with store.write() as tx:
        tx.templates.put([VOICE, FACE])
        tx.templates.put([OTHER_FACE, OTHER_VOICE])
    return store


def templates(store: Store, cameo_id: str = "cam_1") -> list[TemplateRecord]:
    with store.read() as tx:
        return tx.templates.of_cameo(cameo_id)


def alter(database: Database, *statements: str) -> None:
    with database.write() as running:
        for statement in statements:
            assert running.run(text(statement)).rowcount >= 1


def test_templates_come_back_by_modality(two_cameos: Store) -> None:
    assert templates(two_cameos) == [FACE, VOICE]
    assert templates(two_cameos, "cam_2") == [OTHER_FACE, OTHER_VOICE]
    assert templates(two_cameos, "cam_3") == []


def test_destroying_leaves_neither_templates_nor_key(two_cameos: Store, database: Database) -> None:
    with two_cameos.write() as tx:
        tx.templates.destroy("cam_1")
        tx.templates.destroy("cam_1")
    assert templates(two_cameos) == []
    assert templates(two_cameos, "cam_2") == [OTHER_FACE, OTHER_VOICE]
    with database.read() as statements:
        for table in ("templates", "template_keys"):
            counted = text(f"SELECT count(*) FROM {table} WHERE cameo_id = 'cam_1'")  # noqa: S608 (our own names)
            assert statements.run(counted).scalar() == 0


@pytest.mark.parametrize("wrong", [[], [FACE, OTHER_VOICE], [FACE, FACE]])
def test_only_different_templates_of_one_cameo_are_put(
    two_cameos: Store, wrong: list[TemplateRecord]
) -> None:
    with pytest.raises(StorageError), two_cameos.write() as tx:
        tx.templates.put(wrong)
    assert templates(two_cameos) == [FACE, VOICE]


@pytest.mark.parametrize(
    ("table", "column", "position"),
    [
        *(("templates", "ciphertext", position) for position in (0, 10, -1)),
        *(("templates", "nonce", position) for position in (0, -1)),
        *(("template_keys", "wrapped", position) for position in (0, 1, 13, -1)),
    ],
)
def test_a_flipped_bit_is_noticed(
    two_cameos: Store, database: Database, table: str, column: str, position: int
) -> None:
    where = f"FROM {table} WHERE cameo_id = 'cam_1'"
    with database.write() as statements:
        stored = bytearray(statements.run(text(f"SELECT {column} {where}")).scalars().all()[0])
        stored[position] ^= 1
        changing = text(f"UPDATE {table} SET {column} = :v WHERE cameo_id = 'cam_1'")  # noqa: S608 (our own names)
        assert statements.run(changing, [{"v": bytes(stored)}]).rowcount >= 1
    with pytest.raises(Tampered):
        templates(two_cameos)
    assert templates(two_cameos, "cam_2") == [OTHER_FACE, OTHER_VOICE]


@pytest.mark.parametrize("column", ["ciphertext", "nonce"])
@pytest.mark.parametrize("length", [0, 1, 11])
def test_a_shortened_value_is_noticed(
    two_cameos: Store, database: Database, column: str, length: int
) -> None:
    # substr, because both databases know it for bytes
    alter(database, f"UPDATE templates SET {column} = substr({column}, 1, {length})")  # noqa: S608 (our own names)
    with pytest.raises(Tampered):
        templates(two_cameos)


@pytest.mark.parametrize(
    "statements",
    [
        ["UPDATE templates SET model = 'other'"],
        ["UPDATE templates SET model_sha256 = '11'"],
        ["UPDATE templates SET created_at = '2026-01-01T00:00:00.000000Z'"],
        ["UPDATE templates SET modality = 'iris' WHERE modality = 'face'"],
        ["DELETE FROM templates"],
        ["UPDATE template_keys SET wrapped = ''"],
    ],
)
def test_an_altered_row_is_noticed(
    two_cameos: Store, database: Database, statements: list[str]
) -> None:
    alter(database, *statements)
    with pytest.raises(Tampered):
        templates(two_cameos)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("template_keys", "wrapped"),
        ("templates", "nonce"),
        ("templates", "ciphertext"),
        ("templates", "created_at"),
        ("cameos", "created_at"),
        ("jobs", "state"),
        ("jobs", "payload"),
    ],
)
def test_a_value_of_another_type_is_noticed(sqlite_url: str, table: str, column: str) -> None:
    database = Database(sqlite_url)
    store = open_store(sqlite_url, key_encryption=LocalKeyEncryption(bytes(32)))
    with store.write() as tx:
        tx.templates.put([FACE])
        tx.cameos.add(samples.cameo())
        tx.jobs.add(samples.job())
    alter(database, f"UPDATE {table} SET {column} = 'nonsense'")  # noqa: S608 (our own names)

    def read_all() -> None:
        with store.read() as tx:
            tx.templates.of_cameo("cam_1")
            tx.cameos.get("cam_1")
            tx.jobs.get("job_1")

    with pytest.raises(Tampered):
        read_all()
    store.close()
    database.close()


SWAPPED = """
UPDATE {table} SET {columns} FROM {table} AS other
WHERE {table}.cameo_id <> other.cameo_id {same}
"""


@pytest.mark.parametrize("what", ["templates", "keys", "both"])
def test_rows_that_changed_places_between_cameos_are_noticed(
    two_cameos: Store, database: Database, what: str
) -> None:
    templates_swapped = SWAPPED.format(
        table="templates",
        columns="ciphertext = other.ciphertext, nonce = other.nonce, model = other.model",
        same="AND templates.modality = other.modality",
    )
    keys_swapped = SWAPPED.format(table="template_keys", columns="wrapped = other.wrapped", same="")
    chosen = {
        "templates": [templates_swapped],
        "keys": [keys_swapped],
        "both": [templates_swapped, keys_swapped],
    }
    alter(database, *chosen[what])
    for cameo_id in ("cam_1", "cam_2"):
        with pytest.raises(Tampered):
            templates(two_cameos, cameo_id)


def test_a_data_key_does_not_unwrap_for_another_cameo() -> None:
    keys = LocalKeyEncryption(bytes(32))
    wrapped = keys.wrap(new_data_key(), context=key_context("cam_1"))
    with pytest.raises(Tampered):
        keys.unwrap(wrapped, context=key_context("cam_2"))


def test_another_key_encryption_key_opens_nothing(two_cameos: Store, url: str) -> None:
    stranger = open_store(url, key_encryption=LocalKeyEncryption(bytes(32)))
    with pytest.raises(Tampered, match="another key"):
        templates(stranger)
    stranger.close()
    assert templates(two_cameos) == [FACE, VOICE]


def test_a_template_sealed_twice_is_different_bytes() -> None:
    key = new_data_key()
    first, second = seal(FACE, key), seal(FACE, key)
    assert first.ciphertext != second.ciphertext
    assert open_template(first, key) == open_template(second, key) == FACE


def test_nothing_of_a_template_stands_in_the_file_and_destroyed_bytes_are_overwritten(
    sqlite_url: str,
) -> None:
    telling = samples.template(salt=b"the salt that must not be seen")
    store = open_store(sqlite_url, key_encryption=LocalKeyEncryption(bytes(32)))
    with store.write() as tx:
        tx.templates.put([telling])
    store.close()
    stored = file_of(sqlite_url).read_bytes()
    database = Database(sqlite_url)
    with database.read() as statements:
        ciphertext = statements.run(text("SELECT ciphertext FROM templates")).scalar_one()
        wrapped = statements.run(text("SELECT wrapped FROM template_keys")).scalar_one()
    database.close()
    with store.write() as tx:
        tx.templates.destroy("cam_1")
    store.close()
    left = file_of(sqlite_url).read_bytes()
    assert telling.salt not in stored
    assert all(secret in stored and secret not in left for secret in (ciphertext, wrapped))


def sealed(database: Database) -> list[bytes]:
    """The ciphertext and the wrapped key of the only template there is."""
    with database.read() as statements:
        return [
            bytes(statements.run(text(query)).scalar_one())
            for query in ("SELECT ciphertext FROM templates", "SELECT wrapped FROM template_keys")
        ]


def left_of(secrets: list[bytes], url: str) -> set[str]:
    """The names of the files of the database that hold any of `secrets`."""
    file = Path(make_url(url).database or "")
    return {
        path.name
        for path in file.parent.glob(f"{file.name}*")
        if any(secret in path.read_bytes() for secret in secrets)
    }


@pytest.fixture
def one_template(sqlite_url: str) -> Iterator[tuple[Store, Database, list[bytes]]]:
    """A file with one template, two who have it open, and what is sealed in it."""
    store = open_store(sqlite_url, key_encryption=LocalKeyEncryption(bytes(32)))
    other = Database(sqlite_url)
    with store.write() as tx:
        tx.templates.put([FACE])
    secrets = sealed(other)
    assert left_of(secrets, sqlite_url) == {"cameo.sqlite-wal"}
    yield store, other, secrets
    store.close()
    other.close()


@pytest.mark.parametrize("change", ["destroy", "replace", "drop"])
def test_destroyed_templates_are_in_no_file_while_others_use_the_database(
    change: str, one_template: tuple[Store, Database, list[bytes]], sqlite_url: str
) -> None:
    store, other, secrets = one_template
    with store.write() as tx:
        if change == "replace":
            tx.templates.put([replace(FACE, vector=(0.75,))])
        elif change == "drop":
            tx.templates.put([replace(FACE, model_sha256="11")])
            tx.templates.drop("cam_1", "face", FACE.model_sha256)
        else:
            tx.templates.destroy("cam_1")
    if change != "destroy":
        secrets = secrets[:1]  # the data key is the cameo's, and stays
    assert left_of(secrets, sqlite_url) == set()
    with other.read() as statements:
        assert statements.run(text("SELECT count(*) FROM templates")).scalar() == (
            change != "destroy"
        )


def test_what_a_reader_still_sees_is_scrubbed_after_it(
    one_template: tuple[Store, Database, list[bytes]], sqlite_url: str
) -> None:
    store, other, secrets = one_template
    with other.read() as statements:
        statements.run(text("SELECT 1 FROM templates")).all()
        with store.write() as tx:
            tx.templates.destroy("cam_1")
        assert not store.scrub()
        assert left_of(secrets, sqlite_url) != set()
    assert store.scrub()
    assert left_of(secrets, sqlite_url) == set()


def test_a_write_that_destroys_nothing_leaves_the_log_alone(sqlite_url: str) -> None:
    store = open_store(sqlite_url, key_encryption=LocalKeyEncryption(bytes(32)))
    with store.write() as tx:
        tx.templates.put([FACE])
        tx.templates.destroy("cam_2")
    assert Path(f"{make_url(sqlite_url).database}-wal").stat().st_size > 0
    store.close()


def test_scrubbing_is_done_at_once_where_nobody_reads(store: Store) -> None:
    assert store.scrub()
    with store.write() as tx:
        tx.templates.put([FACE])
        tx.templates.destroy("cam_1")
    assert store.scrub()


def test_a_file_that_is_gone_cannot_be_scrubbed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'absent.sqlite'}"
    store = open_store(url, key_encryption=LocalKeyEncryption(bytes(32)))
    with pytest.raises(StoreUnavailable):
        store.scrub()


def file_of(url: str) -> Path:
    """The file, whose log was written back when its last connection was closed."""
    file = Path(make_url(url).database or "")
    assert not file.with_name(f"{file.name}-wal").exists()
    return file
