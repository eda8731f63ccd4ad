"""What a schema that is taken back loses: said beforehand, and no more and no less than that."""

from sqlalchemy import inspect

from storage import schema
from storage.database import Database
from storage.local.key_encryption import LocalKeyEncryption
from storage.losses import Loss, losses
from storage.store import migrate, open_store
from tests.storage import samples
from tests.storage.samples import NOW


def filled(url: str) -> Database:
    migrate(url)
    store = open_store(url, key_encryption=LocalKeyEncryption(bytes(32)))
    with store.write() as tx:
        tx.cameos.add(samples.cameo())
        tx.cameos.add(samples.cameo(id="cam_2", enrollment_id=None, kind="character"))
        tx.blocks.add(samples.block())
        tx.revisions.touch("cameo:cam_1", now=NOW)
    store.close()
    return Database(url)


def columns_of(database: Database) -> dict[str, set[str]]:
    with database.write_connection() as connection:
        seen = inspect(connection)
        return {
            name: {column["name"] for column in seen.get_columns(name)}
            for name in seen.get_table_names()
        }


def test_what_will_be_lost_is_said_and_nothing_is_touched(empty_url: str) -> None:
    database = filled(empty_url)
    before = columns_of(database)
    found = {loss.table: loss for loss in losses(database, "0001")}
    assert found["blocks"] == Loss(table="blocks", rows=1, is_whole=True)
    # a character has no place in the first schema, and a person stays
    assert found["cameos"].rows == 1
    assert not found["cameos"].is_whole
    assert {"assurance", "enrolled"} <= set(found["cameos"].columns)
    assert "revisions" not in found
    assert columns_of(database) == before
    assert losses(database, "0001") == list(found.values())
    database.close()


def test_no_more_and_no_less_is_lost_than_was_said(empty_url: str) -> None:
    database = filled(empty_url)
    before = columns_of(database)
    for target in [each for each in schema.revisions() if each != schema.HEAD]:
        said = losses(database, target)
        schema.downgrade(database, target)
        after = columns_of(database)
        assert {each.table for each in said if each.is_whole} == before.keys() - after.keys()
        assert {each.table: set(each.columns) for each in said if each.columns} == {
            name: gone for name, kept in after.items() if (gone := before[name] - kept)
        }
        before = after
    database.close()
