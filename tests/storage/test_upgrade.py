"""What a database of an earlier revision holds is there after an upgrade, and after a way back."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from alembic import command
from sqlalchemy import func, inspect, select
from sqlmodel import insert

from storage import schema
from storage.contracts import Store
from storage.database import Database
from storage.errors import NotFound, StoreUnavailable
from storage.local.key_encryption import LocalKeyEncryption
from storage.records import SampleRecord
from storage.rows import row_of
from storage.store import migrate, open_store
from storage.tables import (
    ApiKeyRow,
    CameoRow,
    EnrollmentRow,
    FormerGrantRow,
    GrantRow,
    IdempotencyRow,
    JobRow,
    PermitBasisRow,
    PermitRow,
    PolicyRow,
    RevisionKeyRow,
    RevisionRow,
    Row,
)
from tests.storage import samples
from tests.storage.samples import MINUTE, NOW

FIRST = "0001"
FIRST_GRANT = samples.grant(version=2, parent=None)
FIRST_CAMEO = samples.cameo(assurance=None)
FIRST_ENROLLMENT = samples.enrollment(renews=None)
CHARACTER = samples.cameo(id="cam_7", kind="character", enrollment_id=None, credential=None)
SUBLICENCE = samples.grant(id="gra_2", parent="gra_1", grantor="user:bob", grantee="user:carol")

AT_FIRST: list[tuple[type[Row], dict[str, object]]] = [
    (ApiKeyRow, row_of(samples.api_key())),
    (EnrollmentRow, row_of(FIRST_ENROLLMENT)),
    (CameoRow, row_of(FIRST_CAMEO)),
    (PolicyRow, row_of(samples.policy())),
    (GrantRow, row_of(FIRST_GRANT)),
    (FormerGrantRow, row_of(samples.grant(parent=None))),
    (JobRow, row_of(samples.job())),
    (IdempotencyRow, row_of(samples.idempotency())),
    (RevisionRow, {"number": 7, "committed_at": NOW}),
    (RevisionKeyRow, {"number": 7, "key": "cameo:cam_1"}),
    (PermitRow, row_of(samples.permit())),
    (PermitBasisRow, {"key": "cameo:cam_1", "permit_id": "per_1", "expires_at": NOW + MINUTE}),
]
"""A row of every table but the templates', which need their keys."""


@pytest.fixture
def furnished_url(empty_url: str) -> Iterator[str]:
    """A database at revision 0001, with something in it."""
    database = Database(empty_url)
    database.create()
    with schema._migrating(database) as config:
        command.upgrade(config, FIRST)
    with database.write_connection() as connection:
        for table, row in AT_FIRST:
            known = {
                each["name"] for each in inspect(connection).get_columns(str(table.__tablename__))
            }
            there = {name: value for name, value in row.items() if name in known}
            connection.execute(insert(table), [there])
    yield empty_url
    database.close()


@pytest.fixture
def store(furnished_url: str) -> Iterator[Store]:
    store = open_store(furnished_url, key_encryption=LocalKeyEncryption(bytes(range(32))))
    yield store
    store.close()


def assert_holds_what_it_held(store: Store) -> None:
    with store.read() as tx:
        assert tx.keys.find("key_1") == samples.api_key()
        assert tx.enrollments.get("enr_1") == FIRST_ENROLLMENT
        assert tx.cameos.get("cam_1") == FIRST_CAMEO
        assert tx.policies.current("cam_1") == samples.policy()
        assert tx.grants.get("gra_1") == FIRST_GRANT
        assert tx.grants.history("gra_1") == [samples.grant(parent=None), FIRST_GRANT]
        assert tx.grants.between("cam_1", "user:bob") == [FIRST_GRANT]
        assert tx.jobs.get("job_1") == samples.job()
        assert tx.revisions.current() == 7
        assert tx.revisions.touched_since(6) == frozenset({"cameo:cam_1"})


def test_everything_but_permits_survives_the_upgrade(furnished_url: str, store: Store) -> None:
    assert migrate(furnished_url) == schema.HEAD
    store.ping()
    assert_holds_what_it_held(store)
    with store.write() as tx:
        with pytest.raises(NotFound):
            tx.permits.get("per_1")
        assert tx.permits.revoke_resting_on("cameo:cam_1", now=NOW) == []
        assert tx.permits.next_index() == 0
        assert tx.idempotency.begin(samples.idempotency()) == samples.idempotency()
        # and it can be written to as before
        tx.cameos.save(FIRST_CAMEO)
        tx.grants.save(replace(FIRST_GRANT, revoked_at=NOW))
        tx.permits.add(samples.permit())


def columns_of(url: str) -> dict[str, list[tuple[str, str, bool]]]:
    database = Database(url)
    with database.write_connection() as connection:
        found = {
            table: sorted(
                (each["name"], str(each["type"]), each["nullable"])
                for each in inspect(connection).get_columns(table)
            )
            for table in inspect(connection).get_table_names()
        }
        indexes = {
            f"indexes of {table}": sorted(
                (str(each["name"]), str(each["column_names"]), bool(each["unique"]))
                for each in inspect(connection).get_indexes(table)
            )
            for table in found
        }
    database.close()
    return found | indexes


def test_the_way_back_leaves_what_the_first_revision_had_a_place_for(
    furnished_url: str, store: Store
) -> None:
    at_first = columns_of(furnished_url)
    migrate(furnished_url)
    with store.write() as tx:
        tx.cameos.add(CHARACTER)
        tx.characters.add(samples.character())
        tx.policies.append(samples.policy(cameo_id="cam_7"))
        tx.grants.add(samples.grant(id="gra_7", cameo_id="cam_7", parent=None))
        tx.grants.add(SUBLICENCE)
        tx.grants.save(SUBLICENCE)
        tx.permits.add(samples.permit())
        tx.uses.add(samples.use())
    database = Database(furnished_url)
    schema.downgrade(database, FIRST)
    assert columns_of(furnished_url) == at_first
    with database.read() as statements:
        left = {
            table.__tablename__: statements.run(
                select(func.count()).select_from(table)  # the new columns are gone
            ).scalar()
            for table, _ in AT_FIRST
        }
    database.close()
    assert left == {table.__tablename__: 1 for table, _ in AT_FIRST} | {
        "permits": 0,
        "permit_basis": 0,
    }
    migrate(furnished_url)
    assert_holds_what_it_held(store)


def test_the_way_back_to_the_second_revision_keeps_the_newest_template_and_no_false_voice(
    furnished_url: str, store: Store
) -> None:
    migrate(furnished_url)
    older = samples.template(model_sha256="11", created_at=NOW - MINUTE)
    newer, voice = samples.template(), samples.template(modality="voice")
    still = SampleRecord(
        cameo_id="cam_1",
        modality="face",
        position=0,
        media_type="image/png",
        content=b"still",
        created_at=NOW,
    )
    with store.write() as tx:
        tx.templates.put([older, newer, voice])
        tx.templates.keep_samples("cam_1", [still])
        tx.templates.put([samples.template(cameo_id="enr_1")])
        tx.cameos.add(samples.cameo(id="cam_2", enrolled=("face",)))
    database = Database(furnished_url)
    schema.downgrade(database, "0002")
    migrate(furnished_url)
    database.close()
    with store.read() as tx:
        assert tx.templates.of_cameo("cam_1") == [newer, voice]
        assert tx.templates.samples_of("cam_1") == []
        assert tx.templates.of_cameo("enr_1") == []
        assert tx.cameos.get("cam_1").status == "active"
        assert tx.cameos.get("cam_2").status == "suspended"


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(
    furnished_url: str, store: Store
) -> None:
    database = Database(furnished_url)
    at_first = columns_of(furnished_url)
    with database.write_connection() as connection:
        # in the way of the last thing that the upgrade creates
        connection.exec_driver_sql("CREATE TABLE inquiries (x INTEGER)")
    with pytest.raises(StoreUnavailable):
        migrate(furnished_url)
    with database.write_connection() as connection:
        connection.exec_driver_sql("DROP TABLE inquiries")
    assert columns_of(furnished_url) == at_first
    database.close()
    migrate(furnished_url)
    assert_holds_what_it_held(store)
